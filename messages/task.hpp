#pragma once

#include "messages/actors.hpp"
#include "messages/chat.hpp"
#include "messages/failure.hpp"
#include "messages/job_step.hpp"
#include "messages/login.hpp"
#include "messages/route.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace smart_agents {

/// What a run may use; 0 means no limit.
struct run_budget {
  /// Input and output of all its calls together.
  uint64_t tokens = 0;
  double usd = 0;
};

/// One piece of work for the coordinator, immutable once sent.
struct task {
  /// Unique request id; also the id in logs, headers and the ledger.
  std::string id;
  /// The conversation. `request.model` is ignored: `model` below decides.
  chat_request request;
  /// A model name as users write it (DESIGN: `auto`, `auto:cheap`,
  /// `auto:best`, `PROVIDER/MODEL`, or a catalogue name).
  std::string model = "auto";
  /// The caller's own classification; unset lets the router decide.
  std::optional<task_type> type;
  /// 1-10; 0 lets the router decide.
  int complexity = 0;
  /// Who asks, for the ledger: `cli`, `mcp`, `gateway`, `skill:NAME`, `host`.
  std::string origin = "host";
  /// 1 (background) to 10 (urgent); orders the providers' queues.
  int priority = 5;
  /// When the answer is worthless.
  instant deadline = instant::max();
  /// Our own default limits bind `ask`, skills and jobs; gateway traffic is
  /// only warned about.
  bool limits_bind = true;
  /// The client's key, by name, for the ledger and for limits on it; empty for
  /// none.
  std::string key = {};
  /// Who else may answer when the model that was asked for by name can not, as
  /// patterns of names; empty allows all.
  std::vector<std::string> stand_ins = {};
  /// The client's own log-in at a provider; null for none.
  std::shared_ptr<const client_login> login = {};
  /// When the provider breaks in the middle of a streamed text, the next one is
  /// asked to go on from there.
  bool continues = false;
  /// Tells conversations apart, so that one stays where its prompt cache is;
  /// empty for unknown.
  std::string conversation = {};
  /// No call begins whose bound would pass it.
  run_budget budget = {};
  /// The caller's place in a trace of its own (messages/trace_parent.hpp);
  /// empty for none.
  std::string traceparent = {};
};

using task_ptr = std::shared_ptr<const task>;

/// One provider call that was made, or refused, on the way to an answer.
struct attempt {
  std::string provider;
  std::string model;
  /// Unset when this attempt gave the answer.
  std::optional<failure> failed;
  usage tokens;
  double cost_usd = 0;
  caf::timespan elapsed{0};
};

/// The whole answer, and the story of how it came about.
struct answer {
  std::string task_id;
  chat_response response;
  std::string provider;
  std::string model;
  /// Why this provider and model, in one sentence.
  std::string reason;
  task_type type = task_type::text;
  int complexity = 0;
  std::vector<attempt> attempts;
  /// All attempts together.
  double cost_usd = 0;
  /// What the strongest model configured would have cost, less `cost_usd`.
  double saved_usd = 0;
  caf::timespan elapsed{0};
  /// True when the provider simulator answered.
  bool simulated = false;
  /// What of the request the provider's format had no place for.
  std::vector<std::string> losses = {};
  /// True when the client's own body went to the provider.
  bool verbatim = false;
  /// Not empty when others began this answer and broke off: who, and who went
  /// on, for people.
  std::string continued = {};
  /// Of a skill: its parts, without their texts.
  std::vector<job_step> steps = {};
  /// Of a skill: what was expected of it before it began, for people.
  std::string expected = {};
};

using answer_ptr = std::shared_ptr<const answer>;

/// Starts a task; events go to `sink`.
struct run_task {
  task_ptr what;
  sink_actor sink;
};

/// The task runs; `dispatch` takes credit and cancellation.
struct task_accepted {
  std::string task_id;
  dispatch_actor dispatch;
};

/// Stops a task: its upstream call is closed and its reservation settled.
struct cancel_task {
  std::string task_id;
  std::string reason;
};

/// The reader has taken `events` stream events and can take as many more. A
/// dispatch starts with `initial_credit`.
struct grant_credit {
  uint32_t events = 0;
};

/// Stream events that a dispatch may send ahead of its reader.
inline constexpr uint32_t initial_credit = 64;

/// The first content is about to follow; provider and model are settled.
/// Sent once, and for streams only.
struct answer_started {
  std::string task_id;
  /// `response` is empty as yet.
  answer_ptr head;
};

/// A piece of a streamed answer. Never holds `stream_end`: `answer_finished`
/// tells the end.
struct answer_delta {
  std::string task_id;
  std::vector<stream_event> events;
};

/// The end of a good answer, streamed or not; `response` is whole in both
/// cases.
struct answer_finished {
  std::string task_id;
  answer_ptr what;
};

/// The end of a task without an answer. After `answer_started` the text sent
/// so far is all there is.
struct answer_failed {
  std::string task_id;
  /// Decisive failure; `message` names every provider tried and the remedy.
  failure why;
  std::vector<attempt> attempts;
  /// What the task was taken for; unset when nobody looked at it.
  std::optional<task_type> type = {};
  int complexity = 0;
};

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::run_task)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::task_accepted)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::cancel_task)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::grant_credit)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::answer_started)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::answer_delta)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::answer_finished)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::answer_failed)
