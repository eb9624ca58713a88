#pragma once

#include "actors/front/coordinator_link.hpp"
#include "actors/front/mcp_protocol.hpp"
#include "adapters/line_channel.hpp"
#include "messages/actors.hpp"
#include "messages/event.hpp"
#include "messages/quota.hpp"
#include "messages/storage.hpp"
#include "messages/task.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace smart_agents {

/// Lines came; they are in the `mcp_memory`.
struct mcp_lines {};

/// The client's input ended.
struct mcp_end {
  /// True when the client may still read: its calls are answered first. Else
  /// they are cancelled.
  bool finish = false;
};

/// The MCP FRONT: speaks with one client over a line channel.
using mcp_front_actor = protocol<
  // From the channel.
  void(mcp_lines), void(mcp_end),
  // From the event bus.
  void(event),
  // From the dispatches.
  void(answer_started), void(answer_delta), void(answer_finished),
  void(answer_failed)>;

/// A call in hand, as it outlives a front.
struct mcp_pending {
  mcp_call call;
  /// Notes of progress that the client was sent; they must keep growing.
  uint64_t notes = 0;
  /// Fronts that took it up.
  int fronts = 0;
};

using mcp_pending_ptr = std::shared_ptr<mcp_pending>;

/// What survives a front: lines that wait, and calls that are not yet answered,
/// so that its successor answers them.
class mcp_memory {
public:
  /// `bound`: bytes of lines that may wait.
  explicit mcp_memory(size_t bound = 128u << 20) : bound_{bound} {}

  /// From the channel's thread. Waits while the line is too much on top of what
  /// waits already, so that a fast client is slowed and not lost; a line alone
  /// always fits. False once closed.
  bool push(std::string line);

  /// From the front.
  std::optional<std::string> pop();

  /// Bytes of lines that wait.
  size_t waiting();

  /// Takes no more lines and lets go who waits to push one.
  void close();

  /// True when it is closed and empty.
  bool drained();

  /// By id; only the living front touches it.
  std::map<std::string, mcp_pending_ptr> unanswered;

  /// What a legacy client wants to be logged; the front's too.
  std::optional<mcp_level> log_level;

private:
  const size_t bound_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<std::string> lines_;
  size_t bytes_ = 0;
  bool closed_ = false;
};

struct mcp_front_options {
  supervisor_actor supervisor;
  std::shared_ptr<mcp_memory> memory;
  /// Must outlive the front.
  std::shared_ptr<line_channel> channel;
  std::string version;
  caf::timespan timeout = std::chrono::minutes{10};
  std::function<std::string()> make_id;
  /// How results read.
  std::function<std::string(const answer&)> answer_text;
  std::function<std::string(const answer_failed&)> failure_text;
  std::function<std::string(const decision&)> decision_text;
  std::function<std::string(const quota_report&,
                            const std::vector<provider_status>&,
                            const usage_report&)>
    usage_text;
  /// The JSON document at an address, made of the same parts; empty when there
  /// is none.
  std::function<std::string(const std::string& uri, const quota_report&,
                            const std::vector<provider_status>&,
                            const usage_report&)>
    resource_text;
  /// Runs once the input ended and no call is left; may run again.
  std::function<void()> on_end;
  std::function<wall_time()> wall_clock = std::chrono::system_clock::now;
};

class mcp_front_state {
public:
  static constexpr const char* name = "mcp-front";

  /// Requests in hand at once; more are refused.
  static constexpr size_t max_requests = 256;

  /// Fronts that may take up a call: one that ends them all is given up.
  static constexpr int max_fronts = 3;

  explicit mcp_front_state(mcp_front_actor::pointer self) : self_{self} {}

  mcp_front_actor::behavior_type make_behavior(mcp_front_options options);

private:
  /// A call that runs as a task.
  struct running {
    mcp_pending_ptr pending;
    dispatch_actor dispatch;
    bool cancelled = false;
    uint64_t pieces = 0;
  };

  /// Parts of a report as they come.
  struct gathering {
    quota_report quota;
    usage_report spent;
    std::vector<provider_status> providers;
    /// Why a part is missing.
    std::string failed;
    size_t missing = 0;
  };

  void take_lines();
  void perform(mcp_step step);
  void take(mcp_call call);
  void begin(const mcp_pending_ptr& pending);
  void run(const mcp_pending_ptr& pending, task what);
  void route(const mcp_pending_ptr& pending, task what);
  void gather(const mcp_pending_ptr& pending);
  void gathered(const mcp_pending_ptr& pending, gathering& parts);
  void cancel(const boost::json::value& id);
  void cancel_all();
  void end(mcp_end how);
  void tell_end();
  void report(running& x, const std::string& what);
  void log(const running& x, mcp_level level, const std::string& what);
  void reply(const mcp_pending_ptr& pending, const std::string& text,
             bool is_error);
  void answer(const mcp_pending_ptr& pending, std::string line);
  void subscribe_to_events();
  template <class Use>
  void with_services(Use use, const mcp_pending_ptr& pending);

  mcp_front_actor::pointer self_;
  mcp_front_options options_;
  std::unique_ptr<mcp_protocol> protocol_;
  std::unique_ptr<coordinator_link<mcp_front_actor::base>> link_;
  /// By task id.
  std::unordered_map<std::string, running> running_;
  event_actor events_;
};

mcp_front_actor::behavior_type
mcp_front(self_of<mcp_front_actor, mcp_front_state> self,
          mcp_front_options options);

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::mcp_lines)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::mcp_end)
