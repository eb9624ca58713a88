#pragma once

#include "actors/front/mcp_offer.hpp"
#include "actors/front/mcp_protocol.hpp"
#include "messages/error.hpp"
#include "messages/job.hpp"
#include "messages/services.hpp"

#include <functional>
#include <string>
#include <utility>

namespace smart_agents {

/// The tool `jobs`: background jobs for clients that know no tasks.
mcp_tool jobs_tool();

/// True for a call that hands in or looks at jobs: `jobs`, and `orchestrate`
/// or `ask` with `background`.
bool is_job_call(const mcp_call& call);

/// The job that a call with `background` describes. Fails with `ec::bad_input`
/// naming the argument.
caf::expected<job_request> mcp_job(const mcp_call& call);

/// What a call of `jobs` asks for: `list`, `status`, `result` or `cancel`, with
/// the id where one is needed. Fails with `ec::bad_input`.
struct jobs_call {
  std::string action;
  std::string id;
};
caf::expected<jobs_call> read_jobs_call(const mcp_call& call);

/// How jobs read for a model.
std::string accepted_text(const job& x);
std::string status_text(const job& x);
std::string result_text(const job& x);
std::string list_text(const job_list& x);

/// A front's line to the queue of jobs, which may be restarted at any time.
template <class Self>
class job_link {
public:
  /// The text of the answer, and whether it is an error.
  using reply = std::function<void(const std::string& text, bool is_error)>;

  job_link(Self* self, supervisor_actor supervisor)
    : self_{self}, supervisor_{std::move(supervisor)} {}

  /// Answers a call for which `is_job_call` is true; `reply` is called once.
  void perform(const mcp_call& call, reply done) {
    if (call.tool != "jobs") {
      auto what = mcp_job(call);
      if (!what)
        return done(render(what.error()), true);
      return ask<job_report>(
        submit_job{std::move(*what)}, done,
        [done](const job_report& x) { done(accepted_text(*x.what), false); });
    }
    auto what = read_jobs_call(call);
    if (!what)
      return done(render(what.error()), true);
    if (what->action == "list") {
      job_filter newest;
      newest.limit = 20;
      return ask<job_list>(list_jobs{newest}, done, [done](const job_list& x) {
        done(list_text(x), false);
      });
    }
    if (what->action == "cancel")
      return ask<job_report>(
        cancel_job{what->id}, done,
        [done](const job_report& x) { done(status_text(*x.what), false); });
    auto result = what->action == "result";
    ask<job_report>(
      get_job{what->id}, done, [done, result](const job_report& x) {
        auto failed = result && is_final(x.what->state)
                      && x.what->state != job_state::completed;
        done(result ? result_text(*x.what) : status_text(*x.what), failed);
      });
  }

private:
  template <class Reply, class Request, class Use>
  void ask(Request request, const reply& done, Use use) {
    auto failed = [done](const caf::error& why) { done(render(why), true); };
    self_->request(supervisor_, std::chrono::seconds{30}, get_services{})
      .then(
        [self = self_, request, use, failed](const services_changed& x) {
          self->request(x.now->jobs, std::chrono::seconds{30}, request)
            .then([use](const Reply& reply) { use(reply); }, failed);
        },
        failed);
  }

  Self* self_;
  supervisor_actor supervisor_;
};

} // namespace smart_agents
