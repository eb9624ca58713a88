#pragma once

#include "adapters/job_store.hpp"
#include "messages/actors.hpp"
#include "messages/job.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace smart_agents {

/// Makes changes in one transaction.
struct apply_jobs {
  std::vector<job_change> changes;
  wall_time now{};
};
struct jobs_applied {
  std::vector<job_changed> what;
};

/// Looks what has changed since `rev`, and takes up to `most` jobs.
struct look_at_jobs {
  uint64_t rev = 0;
  uint32_t most = 0;
  job_limits limits;
  wall_time now{};
};
struct jobs_seen {
  /// Up to which change `news` goes.
  uint64_t rev = 0;
  std::vector<job_ptr> news;
  std::vector<job_ptr> claimed;
};

/// Gives back what an earlier incarnation of the queue ran, and tells the
/// latest change.
struct release_jobs {
  wall_time now{};
};

/// Asks how long the last runs of a kind took.
struct get_durations {
  std::string kind;
};
struct job_durations {
  std::vector<caf::timespan> took;
};

/// Forgets jobs that ended before `before`.
struct forget_jobs {
  wall_time before{};
};

/// A JOB WORKER: the blocking half of the queue, in its own thread. Each fails
/// with `ec::storage_failed`.
using job_worker_actor =
  protocol<jobs_applied(apply_jobs), jobs_seen(look_at_jobs),
           jobs_seen(release_jobs), job_durations(get_durations),
           void(forget_jobs), thread_report(get_thread), void(keep_turns),
           job_report(get_job), job_list(list_jobs)>;

/// Starts the worker of a queue; tests hand in one that is not detached.
using spawn_job_worker = std::function<job_worker_actor()>;

class job_worker_state {
public:
  static constexpr const char* name = "job-worker";

  explicit job_worker_state(job_worker_actor::pointer) {}

  job_worker_actor::behavior_type make_behavior(std::shared_ptr<job_store>,
                                                std::string owner,
                                                std::function<void()> on_look);

private:
  caf::result<jobs_seen> look(const look_at_jobs& x);

  std::shared_ptr<job_store> store_;
  std::string owner_;
  std::function<void()> on_look_;
};

/// Spawn it detached. `owner` names this process; `on_look`, which may be
/// empty, runs each time the store is looked at and may block.
job_worker_actor::behavior_type
job_worker(self_of<job_worker_actor, job_worker_state> self,
           std::shared_ptr<job_store> store, std::string owner,
           std::function<void()> on_look);

/// A factory of workers with a thread of their own.
spawn_job_worker detached_job_worker(caf::actor_system& system,
                                     std::shared_ptr<job_store> store,
                                     std::string owner,
                                     std::function<void()> on_look);

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::apply_jobs)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::jobs_applied)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::look_at_jobs)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::jobs_seen)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::release_jobs)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::get_durations)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::job_durations)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::forget_jobs)
