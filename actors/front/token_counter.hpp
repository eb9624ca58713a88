#pragma once

#include "adapters/token_estimate.hpp"
#include "messages/provider.hpp"
#include "messages/route.hpp"
#include "messages/services.hpp"
#include "messages/task.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace smart_agents {

/// Counts the input tokens of a task that is not run: by the endpoint of the
/// provider that would be asked first, where it has one and answers in time;
/// else by our estimate for its model, with what was learned of it.
template <class Self>
class token_counter {
public:
  using on_counted = std::function<void(uint64_t tokens)>;

  token_counter(Self* self, supervisor_actor supervisor)
    : self_{self}, supervisor_{std::move(supervisor)} {}

  /// Calls `done` exactly once. Counts are rare, so that a timer each is no
  /// burden.
  void count(const task_ptr& what, const on_counted& done) {
    if (services_)
      return route(what, done);
    self_->request(supervisor_, patience, get_services{})
      .then(
        [this, what, done](const services_changed& x) {
          services_ = x.now;
          route(what, done);
        },
        [what, done](const caf::error&) {
          done(estimate_input(what->request, {}));
        });
  }

private:
  static constexpr auto patience = std::chrono::seconds{5};

  void route(const task_ptr& what, const on_counted& done) {
    auto neutral = [this, what, done] {
      services_ = nullptr; // there may be successors
      done(estimate_input(what->request, {}));
    };
    if (!services_->router)
      return neutral();
    self_->request(services_->router, patience, route_task{what})
      .then(
        [this, what, done, neutral](const routed& x) {
          if (x.what->ranked.empty())
            neutral();
          else
            ask(*what, x.what->ranked.front(), done);
        },
        [neutral](const caf::error&) { neutral(); });
  }

  void ask(const task& what, const candidate& first, const on_counted& done) {
    auto request = std::make_shared<chat_request>(what.request);
    request->model = first.model;
    auto estimate = first.input_tokens > 0 ? first.input_tokens
                                           : estimate_input(*request, {});
    if (!services_)
      return done(estimate);
    auto i = services_->providers.find(first.provider);
    if (i == services_->providers.end() || !i->second)
      return done(estimate);
    self_->request(i->second, patience, count_input{std::move(request)})
      .then([done](const counted_input& x) { done(x.tokens); },
            [done, estimate](const caf::error&) { done(estimate); });
  }

  Self* self_;
  supervisor_actor supervisor_;
  services_ptr services_;
};

} // namespace smart_agents
