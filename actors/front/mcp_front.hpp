#pragma once

#include "actors/coordinator/skill_shelf.hpp"
#include "actors/front/coordinator_link.hpp"
#include "actors/front/mcp_http.hpp"
#include "actors/front/mcp_memory.hpp"
#include "actors/front/mcp_server.hpp"
#include "actors/front/media_loader.hpp"
#include "actors/router/routing_board.hpp"
#include "adapters/line_channel.hpp"
#include "messages/actors.hpp"
#include "messages/event.hpp"
#include "messages/job.hpp"
#include "messages/quota.hpp"
#include "messages/storage.hpp"
#include "messages/task.hpp"

#include <functional>
#include <memory>
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

/// A request of a client that speaks HTTP.
struct mcp_http_incoming {
  std::shared_ptr<const server_request> request;
  http_responder_ptr answer;
};

/// Such a client closed its connection.
struct mcp_http_gone {
  uint64_t exchange = 0;
};

/// The front's reminder to itself to look after its streams.
struct mcp_tick {};

/// The MCP FRONT: speaks with one client over a line channel, or with many over
/// HTTP.
using mcp_front_actor = protocol<
  // From the channel.
  void(mcp_lines), void(mcp_end),
  // From the listener.
  void(mcp_http_incoming), void(mcp_http_gone),
  // INTERNAL: time passes.
  void(mcp_tick),
  // From the event bus.
  void(event),
  // From the dispatches.
  void(answer_started), void(answer_delta), void(answer_finished),
  void(answer_failed)>;

struct mcp_front_options {
  supervisor_actor supervisor;
  std::shared_ptr<mcp_memory> memory;
  /// Must outlive the front; null for a front that speaks HTTP.
  std::shared_ptr<line_channel> channel;
  /// Set for a front that speaks HTTP.
  std::optional<mcp_http_options> http = std::nullopt;
  std::string version;
  caf::timespan timeout = std::chrono::minutes{10};
  std::function<std::string()> make_id;
  /// How results read.
  std::function<std::string(const answer&)> answer_text;
  std::function<std::string(const answer_failed&)> failure_text;
  std::function<std::string(const decision&)> decision_text;
  /// `since` and `by` are about the last.
  std::function<std::string(
    const quota_report&, const std::vector<provider_status>&,
    const usage_report&, wall_time since, const std::string& by)>
    usage_text;
  /// An instant as users write it (`7d`); null knows none.
  std::function<std::optional<wall_time>(const std::string&, wall_time now)>
    parse_since = nullptr;
  /// How the end of a job reads; null for its text alone.
  std::function<std::string(const job&)> job_text = nullptr;
  /// Those two as data, for programs; null for none.
  std::function<boost::json::object(const decision&)> decision_data = nullptr;
  std::function<boost::json::object(
    const quota_report&, const std::vector<provider_status>&,
    const usage_report&, wall_time since, const std::string& by)>
    usage_data = nullptr;
  /// The JSON document at an address, made of the same parts; empty when there
  /// is none.
  std::function<std::string(const std::string& uri, const quota_report&,
                            const std::vector<provider_status>&,
                            const usage_report&)>
    resource_text;
  /// Whether a client's key may ask for a model; null for any.
  std::function<bool(const std::string& key, const std::string& model)>
    may_ask = nullptr;
  /// `task::stand_ins` for a client's key; null for none.
  std::function<std::vector<std::string>(const std::string& key)> stand_ins =
    nullptr;
  /// Where media that clients name may come from.
  media_rules media = {};
  /// The skills there are, which may change; null has the built-in ones.
  std::shared_ptr<const skill_shelf> skills = nullptr;
  /// Where files that clients name may be, beside their own folders, and how
  /// much of them is read.
  input_bounds input = {};
  /// Starts a loader, which blocks; null refuses all media and files.
  std::function<media_loader_actor(caf::actor_system&)> make_loader = nullptr;
  /// Where prices are estimated from; null asks nobody about them.
  std::shared_ptr<const routing_board> routing = nullptr;
  /// Beyond this a call is put to the user first, where the client can do that,
  /// in US dollars; 0 asks never. A budget of the call's own comes before it.
  double confirm_above_usd = 0;
  /// Longer answers are shortened and linked, in bytes; 0 shortens none.
  uint64_t max_answer = 0;
  /// Takes what a person says of an answer, and tells whose it was; null takes
  /// nothing.
  std::function<caf::expected<std::string>(const std::string& id, bool good)>
    rate = nullptr;
  /// Runs once the input ended and no call is left; may run again.
  std::function<void()> on_end;
  std::function<wall_time()> wall_clock = std::chrono::system_clock::now;
};

class mcp_front_state {
public:
  /// Loaders at once; each has a thread.
  static constexpr size_t max_loaders = 16;

  static constexpr const char* name = "mcp-front";

  explicit mcp_front_state(mcp_front_actor::pointer self) : self_{self} {}

  mcp_front_actor::behavior_type make_behavior(mcp_front_options options);

private:
  /// A call that runs as a task.
  struct running {
    mcp_work_ptr work;
    dispatch_actor dispatch;
    bool cancelled = false;
    uint64_t pieces = 0;
    /// What is kept in the call's thread, if it has one.
    std::string question = {};
  };

  /// Parts of a report as they come.
  struct gathering {
    quota_report quota;
    usage_report spent;
    wall_time since{};
    std::string by = "provider";
    std::vector<provider_status> providers;
    /// Why a part is missing.
    std::string failed;
    size_t missing = 0;
  };

  void make_server();
  void take_lines();
  void begin(const mcp_work_ptr& work);
  void load(const mcp_work_ptr& work, task what, load_all request);
  // Prices and long answers (mcp_front_answers.cpp).
  bool consents(const mcp_work_ptr& work, task& what);
  std::optional<double> expect(const mcp_call& call, const task& what) const;
  void read_answer(const mcp_work_ptr& work);
  void tell_answer(const mcp_work_ptr& work, const std::string& id,
                   std::string text) const;
  boost::json::object job_result(const job& x) const;
  /// Does what a call wants, now that all its input is there.
  void perform(const mcp_work_ptr& work, task what);
  /// Learns of skills that came or went.
  void look_at_skills();
  void run(const mcp_work_ptr& work, task what);
  void route(const mcp_work_ptr& work, task what);
  void rate(const mcp_work_ptr& work) const;
  void gather(const mcp_work_ptr& work);
  // Background jobs and threads (mcp_front_jobs.cpp).
  void submit(const mcp_work_ptr& work, task what);
  void hand_in(const mcp_work_ptr& work, const task& what);
  void use_jobs(const mcp_work_ptr& work);
  void read_job(const mcp_work_ptr& work);
  void run_in_thread(const mcp_work_ptr& work, task what);
  void finish_in_thread(const mcp_work_ptr& work, const std::string& id,
                        const std::string& question, const answer& what);
  void look_after(const mcp_work_ptr& work, const std::string& id);
  void hear(const job& x);
  void end_job(const std::string& id);
  void finish(const mcp_work_ptr& work, const job& x) const;
  mcp_task to_task(const job& x) const;
  void find_task(const std::string& id, const std::string& who,
                 const mcp_host::found& found);
  void stop_job(const std::string& id, const std::string& who);
  template <class Use>
  void with_jobs(Use use);
  template <class Reply, class Request, class Use>
  void ask_jobs(const mcp_work_ptr& work, Request request, Use use);
  void gathered(const mcp_work_ptr& work, gathering& parts);
  void cancel(const mcp_work_ptr& work);
  void end(mcp_end how);
  void tell_end();
  void hear(const event& x);
  void tick();
  void subscribe_to_events();
  /// Costs a message an event, so not before somebody may care.
  void listen();
  template <class Use>
  void with_services(Use use, const mcp_work_ptr& work);

  mcp_front_actor::pointer self_;
  mcp_front_options options_;
  std::unique_ptr<coordinator_link<mcp_front_actor::base>> link_;
  /// By task id.
  std::unordered_map<std::string, running> running_;
  /// Those that run as jobs, by job.
  std::unordered_map<std::string, mcp_work_ptr> jobs_;
  event_actor events_;
  /// Those that clients know of.
  std::vector<skill_ptr> skills_;
  size_t loaders_ = 0;
};

mcp_front_actor::behavior_type
mcp_front(self_of<mcp_front_actor, mcp_front_state> self,
          mcp_front_options options);

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::mcp_lines)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::mcp_end)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::mcp_http_incoming)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::mcp_http_gone)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::mcp_tick)
