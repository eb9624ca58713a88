#pragma once

#include "actors/front/coordinator_link.hpp"
#include "actors/jobs/estimate.hpp"
#include "actors/jobs/job_worker.hpp"
#include "actors/jobs/notices.hpp"
#include "adapters/log.hpp"
#include "messages/job.hpp"
#include "messages/services.hpp"

#include <caf/typed_response_promise.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace smart_agents {

/// What a queue needs; only `worker`, `supervisor` and `make_id` must be given.
struct job_queue_options {
  spawn_job_worker worker;
  supervisor_actor supervisor;
  /// The handles known so far; new ones follow as `services_changed`.
  services_ptr peers;
  /// Makes ids of tasks; a job's is made of one.
  std::function<std::string()> make_id;
  /// False for a process that only hands jobs in.
  bool runs = true;
  job_limits limits;
  /// How often the store is looked at for what other processes did, while jobs
  /// run here and while none does.
  caf::timespan look_busy = std::chrono::milliseconds{250};
  caf::timespan look_idle = std::chrono::milliseconds{500};
  /// How long jobs are kept after their end.
  caf::timespan keep = std::chrono::hours{7 * 24};
  /// Why no job may start now; empty when one may. Called at most once a
  /// second; may be empty.
  std::function<std::string()> load;
  /// Says whether there is a skill of that name; empty knows all.
  std::function<caf::error(const std::string&)> check_skill;
  /// What a job is expected to take, told with it before it begins; empty
  /// tells nothing.
  std::function<job_expected(const job_request&)> estimate;
  /// 0 to 1, for back-off.
  std::function<double()> luck;
  std::function<wall_time()> wall = std::chrono::system_clock::now;
  /// May be null.
  log_ptr log;
};

/// Takes jobs in, runs them as tasks and skills as there is room, and writes
/// what becomes of them to the store, which all processes share. What it knows
/// of the world it knows from there, so what another process does to a job is
/// told like what this one does.
///
///   submit --> store --claim--> coordinator --answer--> store --> events
///                ^                  |
///                +---- steps -------+
class job_queue_state {
public:
  static constexpr const char* name = "job-queue";

  explicit job_queue_state(jobs_actor::pointer self) : self_{self} {}

  jobs_actor::behavior_type make_behavior(job_queue_options options);

private:
  using changed = std::function<void(const job_changed&)>;

  /// A job that runs here.
  struct run {
    job_ptr what;
    std::string task_id;
    dispatch_actor dispatch;
    instant begun{};
    /// Share of its steps that have ended.
    double done = 0;
    job_estimate shown;
    std::string step;
    std::vector<caf::timespan> before;
    instant noted{};
    /// Somebody wants it stopped.
    bool cancelled = false;
  };

  // -- what clients ask (job_queue.cpp)
  caf::result<job_report> submit(const submit_job& request);
  caf::result<job_report> cancel(const cancel_job& request);
  queue_report report() const;
  caf::result<drained> begin_drain();

  // -- the store (job_queue.cpp)
  void start_worker();
  void worker_gone();
  /// Makes a change with the next group; `then` hears of it. Without `then` it
  /// is made again until the store takes it.
  void change(job_change what, changed then = {});
  void write_group();
  void look();
  void seen(const jobs_seen& x);
  void tick();
  void trouble(const std::string& why);
  void check_held();
  void check_over();
  void stop(const caf::exit_msg& how);

  // -- runs (job_runs.cpp)
  void begin(const job_ptr& what);
  void accepted(const task_accepted& x);
  void step(const step_news& x);
  void note(run& x, std::optional<job_step> what);
  void finished(const answer_finished& x);
  void failed(const answer_failed& x);
  void end(run& x, job_change how);
  void stop_run(run& x, const std::string& why);
  void abandon_runs();
  void tell(const job_ptr& what);

  jobs_actor::pointer self_;
  job_queue_options options_;
  std::unique_ptr<coordinator_link<jobs_actor::base>> link_;
  job_worker_actor worker_;
  event_actor events_;
  job_notices notices_;
  /// By task id.
  std::unordered_map<std::string, run> running_;
  /// Task ids by job.
  std::unordered_map<std::string, std::string> by_job_;
  std::deque<std::pair<job_change, changed>> waiting_;
  bool writing_ = false;
  bool looking_ = false;
  /// Look again when the look under way is over.
  bool again_ = false;
  /// Set once the queue knows up to where it has told.
  bool ready_ = false;
  uint64_t rev_ = 0;
  bool paused_ = false;
  bool draining_ = false;
  caf::error stopping_;
  std::string held_;
  std::string trouble_;
  instant load_read_{};
  instant tidied_{};
  instant retry_at_{};
  bool ticking_ = false;
  std::vector<caf::typed_response_promise<drained>> drains_;
};

/// Starts a queue.
jobs_actor::behavior_type job_queue(self_of<jobs_actor, job_queue_state> self,
                                    job_queue_options options);

} // namespace smart_agents
