#pragma once

#include "messages/job.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace smart_agents {

/// Adds a job. `id`, `what` and `created` are set; the rest is the store's.
struct add_job {
  job what;
};

/// Keeps a step of a running job; nothing happens when that run is over.
struct save_step {
  std::string id;
  uint64_t claim = 0;
  /// Unset keeps only how far the job is.
  std::optional<job_step> what;
  double progress = 0;
  std::string step;
  double seconds_left = -1;
};

/// Ends a run, and the job with it. Fails with `ec::not_found` when that run is
/// over already, so that no job ends twice.
struct end_job {
  std::string id;
  uint64_t claim = 0;
  job_state as = job_state::completed;
  job_outcome outcome;
};

/// Ends a run; the job waits for another.
struct return_job {
  std::string id;
  uint64_t claim = 0;
  wall_time not_before{};
  /// True when the run failed, which is counted; `why` is its last word.
  bool failed = false;
  std::string why = {};
  /// True when nobody could be asked, which is counted, too.
  bool waited = false;
};

/// Cancels a job as `smart_agents::cancel_job` says.
struct stop_job {
  std::string id;
  /// As in `smart_agents::cancel_job`.
  std::string client = {};
};

using job_change =
  std::variant<add_job, save_step, end_job, return_job, stop_job>;

/// What came of a change.
struct job_changed {
  caf::error failed;
  /// The job afterwards, without steps and long texts (input and result);
  /// null after a failure, and for `save_step`.
  job_ptr now;
};

/// How many jobs may run at once, in all processes together.
struct job_limits {
  uint32_t running = 8;
  std::map<std::string, uint32_t> per_kind;
  std::map<std::string, uint32_t> per_provider;
  /// Only these ids; empty for all.
  std::vector<std::string> only;
};

/// Turns of a thread that are kept.
inline constexpr uint32_t most_turns = 100;

/// Where jobs and threads are kept. Blocking, as `ledger_store`. Thread-safe.
class job_store {
public:
  virtual ~job_store() = default;

  /// Makes all changes in one transaction. One that cannot be made says so in
  /// its place and does not keep the others from being made; fails as a whole
  /// with `ec::storage_failed`, and then nothing was changed.
  virtual caf::expected<std::vector<job_changed>>
  apply(const std::vector<job_change>& changes, wall_time now) = 0;

  /// Takes up to `most` jobs that may run now, the most urgent first, for
  /// `owner`, who lives from now on until this store is closed or the process
  /// ends. Jobs of owners that are dead may be taken, too. Each comes with its
  /// steps.
  virtual caf::expected<std::vector<job_ptr>> claim(const std::string& owner,
                                                    uint32_t most,
                                                    const job_limits& limits,
                                                    wall_time now) = 0;

  /// Gives back what an earlier incarnation of `owner` ran: all but `keep`.
  virtual caf::error release(const std::string& owner, wall_time now) = 0;

  /// A job with its steps; with a `client` only one of its own. Fails with
  /// `ec::not_found`.
  virtual caf::expected<job_ptr> get(const std::string& id,
                                     const std::string& client = {}) = 0;

  /// Newest first, without steps and long texts.
  virtual caf::expected<job_list> list(const job_filter& which) = 0;

  /// Jobs that changed after `rev`, oldest change first, at most 1000,
  /// without steps and long texts.
  virtual caf::expected<std::vector<job_ptr>> since(uint64_t rev) = 0;

  /// The latest change.
  virtual caf::expected<uint64_t> rev() = 0;

  /// How long the last runs of a kind took, newest first, at most `most`.
  virtual caf::expected<std::vector<caf::timespan>>
  durations(const std::string& kind, uint32_t most) = 0;

  /// What was said in a thread (`thread_of`), oldest first, at most the last
  /// `most_turns`.
  virtual caf::expected<std::vector<thread_turn>>
  turns(const std::string& thread) = 0;

  /// Adds turns to a thread. A job that is completed adds its own.
  virtual caf::error add_turns(const std::string& thread,
                               const std::vector<thread_turn>& what,
                               wall_time now) = 0;

  /// Forgets jobs that ended before `before`, and threads that were silent
  /// since.
  virtual caf::error forget(wall_time before) = 0;
};

/// Opens the jobs of the database at `path`, which is made if need be. Fails
/// with `ec::storage_failed`.
caf::expected<std::unique_ptr<job_store>>
open_sqlite_jobs(const std::string& path,
                 caf::timespan busy_timeout = std::chrono::seconds{5});

} // namespace smart_agents
