#pragma once

#include "actors/coordinator/dispatch.hpp"
#include "actors/coordinator/skill_shelf.hpp"
#include "adapters/metrics.hpp"
#include "messages/error.hpp"
#include "messages/services.hpp"

#include <caf/typed_response_promise.hpp>

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace smart_agents {

/// One task or skill that runs.
struct running_task {
  task_ptr what;
  sink_actor sink;
  /// A dispatch, or a skill run in its role as one.
  task_actor dispatch;
  instant deadline = instant::max();
  std::shared_ptr<task_progress> progress;
  bool respawned = false;
  /// Null for a task.
  std::shared_ptr<const run_skill> skill;
};

/// What must survive a coordinator: running work, for deadlines and
/// cancellation. It is handed from one incarnation to the next; only the living
/// coordinator touches it.
struct task_table {
  std::unordered_map<std::string, running_task> running;
  /// Which entry an actor belongs to.
  std::unordered_map<caf::actor_addr, std::string> owner;
};

/// What a coordinator needs.
struct coordinator_options {
  /// The handles known so far; new ones follow as `services_changed`.
  services_ptr peers;
  /// Shared by all incarnations; null starts with an empty one.
  std::shared_ptr<task_table> table;
  /// Null has the built-in skills alone.
  std::shared_ptr<const skill_shelf> skills;
  /// What every dispatch needs.
  std::shared_ptr<const dispatch_settings> dispatch;
  /// Shows how many tasks run; may be null.
  std::shared_ptr<metrics> counters;
  /// Tasks at once, steps of skills included; more are refused.
  uint32_t max_tasks = 4096;
  /// Longest time to an answer; a task's own deadline can only be earlier.
  caf::timespan request_timeout = std::chrono::minutes{10};
  /// How often deadlines are looked at while tasks run.
  caf::timespan sweep_every = std::chrono::milliseconds{250};
};

/// Starts a dispatch per task, watches over them and over the actors that they
/// wait for, and ends what takes too long.
class coordinator_state {
public:
  static constexpr const char* name = "coordinator";

  explicit coordinator_state(coordinator_actor::pointer self) : self_{self} {}

  coordinator_actor::behavior_type make_behavior(coordinator_options options);

private:
  caf::result<task_accepted> run(const run_task& request);
  caf::result<task_accepted> run(const run_skill& request);
  /// Why a new task is refused, or no error.
  caf::error refusal(const task_ptr& what, const sink_actor& sink);
  running_task entry_of(const task_ptr& what, const sink_actor& sink) const;
  task_accepted enter(running_task entry);
  void spawn_for(running_task& entry);
  void watch(running_task& entry);
  void cancel(const cancel_task& request);
  caf::result<drained> begin_drain();
  void check_drained();
  void take_services(const services_ptr& now);
  void watch_peers();
  void look_for_deadlines();
  void keep_sweeping();
  /// Watches a reader for all its tasks: many have the same, and each monitor
  /// of its own would make the next slower to take away.
  void watch_reader(const sink_actor& who);
  void forget_reader(const caf::actor_addr& who);
  void reader_gone(const caf::actor_addr& who);
  void actor_down(const caf::actor_addr& who);
  void task_down(const std::string& id);
  void show_running() const;
  template <class Message>
  void tell_all(const Message& what);
  void stop(caf::exit_msg& why);

  coordinator_actor::pointer self_;
  coordinator_options options_;
  /// The long-lived actors that are watched on behalf of the dispatches.
  std::vector<caf::actor_addr> watched_;
  /// Sinks, by the number of tasks that they read.
  std::unordered_map<caf::actor_addr, size_t> readers_;
  std::vector<caf::typed_response_promise<drained>> waiting_for_drain_;
  bool draining_ = false;
  bool stopping_ = false;
  bool sweeping_ = false;
};

/// Starts a coordinator.
coordinator_actor::behavior_type
coordinator(self_of<coordinator_actor, coordinator_state> self,
            coordinator_options options);

} // namespace smart_agents
