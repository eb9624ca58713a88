#include "adapters/simulator/simulator.hpp"

#include "adapters/simulator/control.hpp"
#include "adapters/simulator/site.hpp"
#include "messages/error.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <future>

namespace smart_agents {

/// Sites open and close on a thread of their own, since that waits for the
/// I/O threads, on which a request may have asked for it.
class simulator::impl : public std::enable_shared_from_this<impl> {
public:
  impl(io_threads& io, simulator_options options)
    : io_{io}, options_{std::move(options)} {
    if (!options_.now)
      options_.now = [] { return std::chrono::system_clock::now(); };
  }

  caf::error open_all() {
    for (const auto& x : options_.providers) {
      if (find(x.name) != nullptr)
        return make_error(ec::bad_config,
                          "simulated provider '" + x.name + "' stands twice");
      auto about = std::make_shared<sim::book>(x.name, x.whose, x.behaviour,
                                               options_.seed, options_.now);
      http_server_options server;
      server.host = options_.host;
      server.port = x.port;
      sites_.push_back(std::make_unique<sim::site>(
        io_, server, about,
        [weak = weak_from_this(), name = x.name](
          const server_request& request, const http_responder_ptr& answer) {
          auto self = weak.lock();
          return self && self->control(name, request, answer);
        }));
    }
    // Whoever connects to the first may already speak of the last.
    for (auto& x : sites_)
      if (auto error = x->open())
        return error;
    // A site learns its port by opening, even when it shall be closed.
    for (const auto& x : options_.providers)
      if (x.behaviour.down)
        settle(*find(x.name));
    return {};
  }

  sim::site* find(std::string_view name) {
    auto i = std::find_if(sites_.begin(), sites_.end(), [name](auto& x) {
      return x->about().name() == name;
    });
    return i == sites_.end() ? nullptr : i->get();
  }

  const std::vector<std::unique_ptr<sim::site>>& sites() const {
    return sites_;
  }

  caf::error set(sim::site& x, sim::behaviour how) {
    x.about().set(std::move(how));
    return settle(x);
  }

  caf::error reset(sim::site& x) {
    x.about().reset();
    return settle(x);
  }

  void stop() {
    auto done = std::make_shared<std::promise<void>>();
    boost::asio::post(keeper_.context(0), [this, done] {
      stopped_ = true;
      for (auto& x : sites_)
        x->close();
      done->set_value();
    });
    done->get_future().wait();
  }

private:
  /// Opens or closes a site as its behaviour says, then calls `done`.
  void follow(sim::site& x, std::function<void(caf::error)> done) {
    boost::asio::post(keeper_.context(0), [this, &x, done = std::move(done)] {
      caf::error error;
      if (x.about().down() || stopped_)
        x.close();
      else
        error = x.open();
      done(std::move(error));
    });
  }

  caf::error settle(sim::site& x) {
    auto done = std::make_shared<std::promise<caf::error>>();
    auto result = done->get_future();
    follow(x, [done](caf::error error) { done->set_value(std::move(error)); });
    return io_.inside() ? caf::error{} : result.get();
  }

  bool control(const std::string& at, const server_request& request,
               const http_responder_ptr& answer) {
    auto asked = sim::read_control(request, at);
    auto* about = find(asked.provider);
    auto reply =
      sim::answer_control(asked, about == nullptr ? nullptr : &about->about());
    auto send = [answer](sim::reply x) {
      answer->send(x.status, std::move(x.headers), std::move(x.body));
    };
    auto moves = about != nullptr && asked.changes();
    if (moves && !about->about().down()) {
      // Who asks for a provider to come back finds it there.
      follow(*about, [send, reply](const caf::error& error) {
        send(error ? sim::control_error(503, render(error)) : reply);
      });
      return true;
    }
    // The answer is on its way before its own server may close.
    send(std::move(reply));
    if (moves)
      follow(*about, [](const caf::error&) {});
    return true;
  }

  io_threads& io_;
  simulator_options options_;
  std::vector<std::unique_ptr<sim::site>> sites_;
  bool stopped_ = false;
  /// Last, so that it ends first.
  io_threads keeper_{1};
};

std::vector<simulated_provider> default_simulated_providers() {
  std::vector<simulated_provider> result;
  auto add = [&result](const char* name, sim::vendor whose) {
    result.push_back({name, whose, sim::default_behaviour(whose), 0});
  };
  add("ollama", sim::vendor::ollama);
  add("gemini", sim::vendor::gemini);
  add("grok", sim::vendor::xai);
  add("chatgpt", sim::vendor::openai);
  add("claude", sim::vendor::anthropic);
  return result;
}

namespace {

caf::error unknown(std::string_view provider) {
  return make_error(ec::not_found, "the simulator has no provider '"
                                     + std::string{provider} + "'");
}

} // namespace

caf::expected<std::unique_ptr<simulator>>
simulator::start(io_threads& io, simulator_options options) {
  auto x = std::make_shared<impl>(io, std::move(options));
  std::unique_ptr<simulator> result{new simulator{x}};
  if (auto error = x->open_all())
    return error;
  return result;
}

simulator::simulator(std::shared_ptr<impl> x) : impl_{std::move(x)} {}

// Without memory to say so nothing can end in order.
// NOLINTNEXTLINE(bugprone-exception-escape)
simulator::~simulator() {
  stop();
}

std::vector<std::string> simulator::providers() const {
  std::vector<std::string> result;
  for (const auto& x : impl_->sites())
    result.push_back(x->about().name());
  return result;
}

std::string simulator::base_url(std::string_view provider) const {
  const auto* x = impl_->find(provider);
  return x == nullptr ? std::string{} : x->base_url();
}

std::map<std::string, std::string> simulator::base_urls() const {
  std::map<std::string, std::string> result;
  for (const auto& x : impl_->sites())
    result[x->about().name()] = x->base_url();
  return result;
}

caf::expected<sim::behaviour>
simulator::behaviour(std::string_view provider) const {
  const auto* x = impl_->find(provider);
  if (x == nullptr)
    return unknown(provider);
  return x->about().how();
}

caf::error simulator::set_behaviour(std::string_view provider,
                                    sim::behaviour how) {
  auto* x = impl_->find(provider);
  return x == nullptr ? unknown(provider) : impl_->set(*x, std::move(how));
}

caf::error simulator::update(std::string_view provider, std::string_view json) {
  auto* x = impl_->find(provider);
  if (x == nullptr)
    return unknown(provider);
  auto how = x->about().how();
  if (auto error = sim::update(how, json))
    return error;
  return impl_->set(*x, std::move(how));
}

caf::expected<sim::stats> simulator::stats(std::string_view provider) const {
  const auto* x = impl_->find(provider);
  if (x == nullptr)
    return unknown(provider);
  return x->about().stats();
}

caf::error simulator::reset(std::string_view provider) {
  auto* x = impl_->find(provider);
  return x == nullptr ? unknown(provider) : impl_->reset(*x);
}

void simulator::stop() {
  impl_->stop();
}

} // namespace smart_agents
