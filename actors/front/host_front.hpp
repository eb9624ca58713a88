#pragma once

#include "actors/front/coordinator_link.hpp"
#include "actors/front/stream_reader.hpp"
#include "messages/actors.hpp"
#include "messages/task.hpp"

#include <memory>
#include <string>
#include <unordered_map>

namespace smart_agents {

/// Calls a reader that owes its caller an end: dropped without one, as when
/// its front dies, it reports a failure.
class owed_reader {
public:
  owed_reader(std::string task_id, stream_reader reader);
  ~owed_reader();
  owed_reader(const owed_reader&) = delete;
  owed_reader& operator=(const owed_reader&) = delete;

  void started(const answer& head);
  void piece(const stream_event& event);
  void finished(answer_ptr what);
  void failed(const answer_failed& why);

private:
  std::string task_id_;
  stream_reader reader_;
  bool done_ = false;
};

/// A host program hands in a task, or a skill when `skill` is named.
struct host_submit {
  task_ptr what;
  std::string skill;
  std::shared_ptr<owed_reader> reader;
};

/// The HOST FRONT: turns tasks of the embedding program into messages, and
/// their events into calls.
using host_front_actor = protocol<
  // Starts a task.
  void(host_submit),
  // Cancels one.
  void(cancel_task),
  // From the dispatch.
  void(answer_started), void(answer_delta), void(answer_finished),
  void(answer_failed)>;

class host_front_state {
public:
  static constexpr const char* name = "host-front";

  explicit host_front_state(host_front_actor::pointer self) : self_{self} {}

  host_front_actor::behavior_type make_behavior(supervisor_actor supervisor);

private:
  struct running {
    std::shared_ptr<owed_reader> reader;
    dispatch_actor dispatch;
    /// Set when the host cancels before the dispatch is known.
    bool cancelled = false;
  };

  void submit(const host_submit& work);
  void cancel(const cancel_task& which);
  void deliver(const answer_delta& delta);

  host_front_actor::pointer self_;
  std::unique_ptr<coordinator_link<host_front_actor::base>> link_;
  std::unordered_map<std::string, running> running_;
};

host_front_actor::behavior_type
host_front(self_of<host_front_actor, host_front_state> self,
           supervisor_actor supervisor);

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::host_submit)
