#pragma once

#include "messages/dispatch.hpp"
#include "messages/error.hpp"
#include "messages/services.hpp"

#include <functional>
#include <string>
#include <utility>

namespace smart_agents {

/// A front's line to the coordinator, which may be restarted at any time: work
/// that meets a dead coordinator is handed to its successor.
///
/// Requests carry no time-out of their own. A coordinator answers at once or
/// is dead, and then CAF bounces the request; a timer per request would stay
/// in CAF's clock long after its answer.
template <class Self>
class coordinator_link {
public:
  /// Takes the handle that was accepted, or why the work was refused.
  using on_accepted = std::function<void(const task_accepted&)>;
  using on_refused = std::function<void(const failure&)>;

  coordinator_link(Self* self, supervisor_actor supervisor)
    : self_{self}, supervisor_{std::move(supervisor)} {}

  /// Hands in a `run_task` or `run_skill`. Exactly one of the two is called.
  template <class Work>
  void submit(Work work, on_accepted accepted, on_refused refused,
              int tries = 5) {
    if (!coordinator_) {
      renew(std::move(work), std::move(accepted), std::move(refused), tries);
      return;
    }
    self_->request(coordinator_, caf::infinite, work)
      .then([accepted](const task_accepted& x) { accepted(x); },
            [this, work, accepted, refused, tries](caf::error& why) mutable {
              if (is_ours(why)) {
                refused(to_failure(why));
                return;
              }
              coordinator_ = coordinator_actor{};
              renew(std::move(work), std::move(accepted), std::move(refused),
                    tries);
            });
  }

private:
  static bool is_ours(const caf::error& why) {
    return why == ec::overloaded || why == ec::shutting_down
           || why == ec::not_found || why == ec::bad_input;
  }

  static failure to_failure(const caf::error& why) {
    failure result;
    result.what = why == ec::overloaded      ? failure_class::queue_full
                  : why == ec::shutting_down ? failure_class::overloaded
                                             : failure_class::bad_request;
    result.message = render(why);
    return result;
  }

  /// Asks the supervisor, which answers once every child runs again.
  template <class Work>
  void renew(Work work, on_accepted accepted, on_refused refused, int tries) {
    if (tries == 0) {
      failure why;
      why.message = "the coordinator keeps failing; the log says why";
      refused(why);
      return;
    }
    self_->request(supervisor_, std::chrono::seconds{30}, get_services{})
      .then(
        [this, work, accepted, refused, tries](const services_changed& x) {
          coordinator_ = x.now->coordinator;
          submit(work, accepted, refused, tries - 1);
        },
        [refused](const caf::error& why) {
          failure stopped;
          stopped.what = failure_class::overloaded;
          stopped.message = "the service is stopping (" + render(why) + ")";
          refused(stopped);
        });
  }

  Self* self_;
  supervisor_actor supervisor_;
  coordinator_actor coordinator_;
};

} // namespace smart_agents
