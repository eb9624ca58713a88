#pragma once

#include "actors/front/coordinator_link.hpp"
#include "actors/front/mcp_protocol.hpp"
#include "adapters/line_channel.hpp"
#include "messages/actors.hpp"
#include "messages/event.hpp"
#include "messages/quota.hpp"
#include "messages/storage.hpp"
#include "messages/task.hpp"

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

/// The peer is gone.
struct mcp_end {};

/// The MCP FRONT: speaks with one client over a line channel.
using mcp_front_actor = protocol<
  // From the channel.
  void(mcp_lines), void(mcp_end),
  // From the event bus.
  void(event),
  // From the dispatches.
  void(answer_started), void(answer_delta), void(answer_finished),
  void(answer_failed)>;

/// What survives a front: lines that wait, and requests that are not yet
/// answered, so that its successor answers them.
class mcp_memory {
public:
  /// From the channel's thread. False when too much waits already.
  bool push(std::string line);

  /// From the front.
  std::optional<std::string> pop();

  /// Requests in hand, by id; only the living front touches it.
  std::map<std::string, mcp_call> unanswered;

private:
  std::mutex mutex_;
  std::deque<std::string> lines_;
  size_t bytes_ = 0;
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
  /// Runs once the client is gone and its tasks are cancelled.
  std::function<void()> on_end;
  std::function<wall_time()> wall_clock = std::chrono::system_clock::now;
};

class mcp_front_state {
public:
  static constexpr const char* name = "mcp-front";

  /// Requests in hand at once; more are refused.
  static constexpr size_t max_requests = 256;

  explicit mcp_front_state(mcp_front_actor::pointer self) : self_{self} {}

  mcp_front_actor::behavior_type make_behavior(mcp_front_options options);

private:
  /// A call that runs as a task.
  struct running {
    mcp_call call;
    dispatch_actor dispatch;
    bool cancelled = false;
    uint64_t steps = 0;
    uint64_t pieces = 0;
  };

  /// Parts of a usage report as they come.
  struct gathering {
    quota_report quota;
    usage_report spent;
    std::vector<provider_status> providers;
    size_t missing = 0;
  };

  void take_lines();
  void perform(const mcp_step& step);
  void begin(const mcp_call& call);
  void run(const mcp_call& call, task what);
  void route(const mcp_call& call, task what);
  void gather_usage(const mcp_call& call);
  void cancel(const boost::json::value& id);
  void cancel_all();
  void report(running& x, const std::string& what);
  void reply(const mcp_call& call, const std::string& text, bool is_error);
  void subscribe_to_events();
  template <class Use>
  void with_services(Use use, const mcp_call& call);

  mcp_front_actor::pointer self_;
  mcp_front_options options_;
  std::unique_ptr<mcp_protocol> protocol_;
  std::unique_ptr<coordinator_link<mcp_front_actor::base>> link_;
  /// By task id.
  std::unordered_map<std::string, running> running_;
};

mcp_front_actor::behavior_type
mcp_front(self_of<mcp_front_actor, mcp_front_state> self,
          mcp_front_options options);

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::mcp_lines)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::mcp_end)
