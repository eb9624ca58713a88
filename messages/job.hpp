#pragma once

#include "messages/actors.hpp"
#include "messages/error.hpp"
#include "messages/failure.hpp"
#include "messages/route.hpp"
#include "messages/task.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Background jobs: work that is accepted at once, kept in the store, and done
/// by whichever process has room for it (docs/JOBS.md).

namespace smart_agents {

/// Where a job stands. The last three are final.
///
///   pending <--> running --> completed | failed | cancelled
///      \------------------------------------> cancelled
enum class job_state : uint8_t {
  pending,
  running,
  completed,
  failed,
  cancelled,
};

std::string to_string(job_state x);
std::optional<job_state> parse_job_state(std::string_view name);

/// True for a state that a job never leaves.
bool is_final(job_state x);

/// What is told of a job's way, as events.
enum class job_notify : uint8_t {
  /// Nothing; the state can still be asked for.
  silent,
  /// Its end.
  completion,
  /// Start, quarters and end.
  milestone,
  /// Every step.
  verbose,
};

std::string to_string(job_notify x);
std::optional<job_notify> parse_job_notify(std::string_view name);

/// What a client wants to be done.
struct job_request {
  /// Name of a skill; empty for one question.
  std::string skill;
  std::string input;
  std::string system;
  /// As in `task::model`.
  std::string model = "auto";
  std::optional<task_type> type;
  /// 0 leaves it to the router, or to the skill.
  int complexity = 0;
  /// 0 takes the model's own.
  uint32_t max_output = 0;
  /// Who asks, as in `task::origin`.
  std::string origin = "host";
  /// A conversation that the answer belongs to; empty for none.
  std::string thread;
  /// 1 (background) to 10 (urgent); waiting raises it (`age_of_priority`).
  int priority = 5;
  /// Jobs that must be completed before; when one is not, this one fails.
  std::vector<std::string> after;
  /// Not before this time; the epoch for at once.
  wall_time at{};
  /// Two requests with one key are one job. Empty for none.
  std::string key;
  /// Tries in all, when it fails for a reason that may pass.
  uint32_t tries = 3;
  /// How long one try may run.
  caf::timespan patience = std::chrono::hours{1};
  job_notify notify = job_notify::milestone;
  /// What a try may use, the parts that an earlier one finished included.
  run_budget budget = {};
  /// The client's key, by name, as in `task::key`; set by the front alone.
  std::string client = {};
  /// As in `task::stand_ins`; set by the front alone.
  std::vector<std::string> stand_ins = {};
};

/// The name under which limits and durations of its like are kept: the skill,
/// or `ask`.
std::string kind_of(const job_request& x);

/// The provider that a request insists on; empty when any will do.
std::string provider_of(const job_request& x);

/// What came of a job.
struct job_outcome {
  std::string text;
  /// One sentence when there is no answer; its class is `failed`.
  std::string error;
  std::string failed;
  std::string provider;
  std::string model;
  std::string reason;
  double cost_usd = 0;
  double saved_usd = 0;
  uint64_t input_tokens = 0;
  uint64_t output_tokens = 0;
  bool simulated = false;
  bool operator==(const job_outcome&) const = default;
};

/// What a job was expected to take when it was handed in; nothing is known
/// while `text` is empty.
struct job_expected {
  /// Calls, each part once.
  uint64_t calls = 0;
  uint64_t tokens = 0;
  double usd = 0;
  /// The same in one sentence, with the models and what is left of their
  /// limits.
  std::string text;
  bool operator==(const job_expected&) const = default;
};

/// One turn of a conversation that is kept.
struct thread_turn {
  /// True for an answer, and by whom; false for a question.
  bool answer = false;
  std::string text;
  std::string provider;
  std::string model;
  bool operator==(const thread_turn&) const = default;
};

/// A job as the store knows it.
struct job {
  std::string id;
  job_request what;
  job_state state = job_state::pending;
  /// Somebody wants it stopped; it runs until its process has heard of it.
  bool cancelling = false;
  wall_time created{};
  wall_time started{};
  wall_time ended{};
  /// When it may be tried next.
  wall_time not_before{};
  /// Jobs in `after` that are not completed.
  uint32_t blocked = 0;
  /// Tries that failed.
  uint32_t failures = 0;
  /// Runs in which nobody could be asked; they are no tries.
  uint32_t waits = 0;
  /// How often a process has taken it up; tells a run from an earlier one.
  uint64_t claim = 0;
  /// The process that runs it.
  std::string owner;
  /// 0 to 1, never falls.
  double progress = 0;
  /// What is being done, in words.
  std::string step;
  /// Left of the run, in seconds; below 0 when unknown.
  double seconds_left = -1;
  job_expected expected;
  job_outcome outcome;
  /// Rises with every change of any job.
  uint64_t rev = 0;
  /// Only where they were asked for.
  std::vector<job_step> steps;
  /// What was said in its thread before; only for who runs it.
  std::vector<thread_turn> history;
};

using job_ptr = std::shared_ptr<const job>;

// Where a message has a `client`, it is the key on whose behalf it comes: only
// that key's own jobs and threads are found. Empty finds all.

/// Accepts a job. It is in the store when the answer comes. Fails with
/// `ec::bad_input`, `ec::not_found` (`after`, `skill`), `ec::overloaded` or
/// `ec::storage_failed`.
struct submit_job {
  job_request what;
};

/// Asks for a job with its steps. Fails with `ec::not_found`.
struct get_job {
  std::string id;
  std::string client = {};
};

struct job_report {
  job_ptr what;
};

/// Which jobs a list is about.
struct job_filter {
  std::optional<job_state> state;
  /// A skill's name, or `ask`.
  std::string kind;
  std::string thread;
  /// The page begins after this job: the last `id` of the page before.
  std::string after;
  uint32_t limit = 50;
  std::string client = {};
};

/// Asks for jobs, newest first, without steps and results' texts.
struct list_jobs {
  job_filter which;
};

struct job_list {
  std::vector<job_ptr> jobs;
  /// True when there are more behind the last.
  bool more = false;
};

/// Stops a job: a waiting one at once, a running one within a second. One that
/// is over stays as it is. Fails with `ec::not_found`.
struct cancel_job {
  std::string id;
  std::string client = {};
};

/// Asks what was said in a thread.
struct get_thread {
  std::string id;
  std::string client = {};
};

struct thread_report {
  std::vector<thread_turn> turns;
};

/// Adds turns to a thread. A job that names one adds its own.
struct keep_turns {
  std::string id;
  std::vector<thread_turn> turns;
  std::string client = {};
};

/// What the queue of this process is doing.
struct get_queue {};

/// Stops the queue from starting jobs, or lets it go on.
struct pause_jobs {
  bool paused = true;
};

struct queue_report {
  bool paused = false;
  bool draining = false;
  /// Not empty while load keeps jobs from starting: why.
  std::string held;
  /// Running here.
  uint32_t running = 0;
  /// Not empty when the store fails.
  std::string trouble;
};

/// A part of a skill began or ended, for whoever keeps a record of it.
struct step_news {
  std::string task_id;
  job_step what;
  /// Of the whole, 0 to 1.
  double progress = 0;
};

/// Answers that a run of a skill need not ask for again.
using saved_steps_ptr = std::shared_ptr<const std::vector<job_step>>;

/// A JOURNAL hears of the parts of skills.
using journal_actor = protocol<void(step_news)>;

/// The queue's reminder to itself.
struct jobs_tick {};

/// The QUEUE of background jobs.
using jobs_actor = sink_actor::extend_with<journal_actor>::extend_with<protocol<
  // Accepts a job.
  job_report(submit_job),
  // Tells of one, with its steps.
  job_report(get_job),
  // Tells of many.
  job_list(list_jobs),
  // Stops one.
  job_report(cancel_job),
  // Tells what was said in a thread.
  thread_report(get_thread),
  // Adds to it.
  void(keep_turns),
  // Tells how the queue is.
  queue_report(get_queue),
  // Holds it, or lets it go on.
  queue_report(pause_jobs),
  // Starts no more jobs and waits for those that run.
  drained(drain),
  // Learns the current handles.
  void(services_changed),
  // INTERNAL: time passes.
  void(jobs_tick)>>;

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::submit_job)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::get_job)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::job_report)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::list_jobs)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::job_list)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::cancel_job)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::get_thread)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::thread_report)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::keep_turns)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::get_queue)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::pause_jobs)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::queue_report)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::step_news)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::jobs_tick)
