#pragma once

#include "messages/services.hpp"
#include "runtime/restart_policy.hpp"

#include <caf/actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace spdlog {
class logger;
} // namespace spdlog

namespace smart_agents {

/// A supervised actor's handle, by its place in the system. Fronts are
/// `caf::actor`: exit is all the supervisor ever says to them.
using child_handle =
  std::variant<storage_actor, event_actor, router_actor, quota_actor,
               provider_actor, coordinator_actor, jobs_actor, caf::actor>;

/// The place of a child. Children start in this order, and within a role in
/// the order of their specs.
enum class child_role : uint8_t {
  storage,
  events,
  router,
  quota,
  provider,
  coordinator,
  jobs,
  front,
};

/// One supervised actor: the supervisor knows its name, place and handle, and
/// nothing of its options, which the factory has captured.
struct child_spec {
  /// For a provider also its key in `services::providers`.
  std::string name;
  child_role role = child_role::front;
  /// Starts the actor. The snapshot holds every child that runs already (and
  /// the last handle of those that do not).
  std::function<child_handle(const services_ptr& now)> start;
};

/// What a supervisor needs.
struct supervisor_options {
  std::vector<child_spec> children;
  restart_limits restarts;
  /// How long each stage of the shutdown may take before the rest of it is
  /// killed.
  caf::timespan stage_grace = std::chrono::seconds{5};
  /// Runs in the supervisor, after each new snapshot, for those that are no
  /// child (the host's side); may be empty.
  std::function<void(const services_ptr& now)> on_services;
  /// Runs in the supervisor when it gives up because a child dies too often:
  /// a sentence for people. All children are gone or going; the process should
  /// end with that sentence.
  std::function<void(const std::string& why)> on_give_up;
  /// May be null.
  std::shared_ptr<spdlog::logger> log;
};

/// Starts, watches, restarts and stops all long-lived actors (one_for_one).
/// A restarted child is a new handle, so after each (re)start everybody who
/// keeps handles gets a new snapshot. A front that ends normally stays down.
class supervisor_state {
public:
  static constexpr const char* name = "supervisor";

  explicit supervisor_state(root_actor::pointer self) : self_{self} {}
  supervisor_state(const supervisor_state&) = delete;
  supervisor_state& operator=(const supervisor_state&) = delete;
  /// Leaves no orphans, however the supervisor ends.
  // Where there is no memory left to send a message, the program ends.
  // NOLINTNEXTLINE(bugprone-exception-escape)
  ~supervisor_state();

  root_actor::behavior_type make_behavior(supervisor_options options);

private:
  struct child {
    child_spec spec;
    restart_policy policy;
    child_handle handle;
    bool running = false;
    bool killed = false;
    std::string last_error;
  };

  /// Starts a child; a factory that throws counts as a death.
  void start(child& who);
  void start_by_name(const std::string& name);
  void child_down(const caf::down_msg& down);
  void died(child& who, std::string why);
  void give_up(const std::string& why);
  /// Builds a new snapshot.
  void take_snapshot();
  void publish();
  void announce_restart(const child& who);
  children_report report() const;
  /// The snapshot, once nobody in it (but providers) is down.
  caf::result<services_changed> tell_services();
  bool complete() const;

  caf::result<all_stopped> stop(const stop_all& request);
  void begin_stage();
  void end_children_of_stage();
  void stage_late(uint32_t stage);
  /// Goes on once no child of the stage runs any more.
  void check_stage();
  bool in_stage(const child& who) const;

  root_actor::pointer self_;
  supervisor_options options_;
  std::vector<child> children_;
  services_ptr now_;
  bool stopping_ = false;
  uint32_t stage_ = 0;
  caf::timespan drain_grace_{0};
  std::vector<std::string> killed_;
  std::vector<caf::typed_response_promise<all_stopped>> waiting_;
  std::vector<caf::typed_response_promise<services_changed>> asking_;
};

/// Starts a supervisor, which starts all its children at once, in order, before
/// it takes its first message.
root_actor::behavior_type supervisor(self_of<root_actor, supervisor_state> self,
                                     supervisor_options options);

} // namespace smart_agents
