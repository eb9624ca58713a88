#pragma once

#include "adapters/job_store.hpp"

#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace smart_agents {

/// Keeps jobs in memory, for tests and benchmarks.
class memory_job_store : public job_store {
public:
  caf::expected<std::vector<job_changed>>
  apply(const std::vector<job_change>& changes, wall_time now) override;

  caf::expected<std::vector<job_ptr>> claim(const std::string& owner,
                                            uint32_t most,
                                            const job_limits& limits,
                                            wall_time now) override;

  caf::error release(const std::string& owner, wall_time now) override;
  caf::expected<job_ptr> get(const std::string& id) override;
  caf::expected<job_list> list(const job_filter& which) override;
  caf::expected<std::vector<job_ptr>> since(uint64_t rev) override;
  caf::expected<uint64_t> rev() override;
  caf::expected<std::vector<caf::timespan>> durations(const std::string& kind,
                                                      uint32_t most) override;
  caf::expected<std::vector<thread_turn>>
  turns(const std::string& thread) override;
  caf::error add_turns(const std::string& thread,
                       const std::vector<thread_turn>& what,
                       wall_time now) override;
  caf::error forget(wall_time before) override;

  /// `owner` is dead: others may take what it ran.
  void ended(const std::string& owner);

private:
  job_changed make(const add_job& x, wall_time now);
  job_changed make(const save_step& x, wall_time now);
  job_changed make(const end_job& x, wall_time now);
  job_changed make(const return_job& x, wall_time now);
  job_changed make(const stop_job& x, wall_time now);
  job* running(const std::string& id, uint64_t claim);
  void wait_again(job& x, wall_time not_before);
  void end(job& x, job_state as, wall_time now);
  void touch(job& x);
  void say(const std::string& thread, thread_turn what, wall_time now);
  static job_ptr shown(const job& x, bool whole = false);

  std::mutex mutex_;
  std::map<std::string, job> jobs_;
  std::map<std::string, std::string> by_key_;
  /// Pending and not blocked, by rank.
  std::set<std::pair<int64_t, std::string>> ready_;
  /// Who waits for a job.
  std::multimap<std::string, std::string> needed_by_;
  std::map<uint64_t, std::string> by_rev_;
  std::set<std::string> running_;
  std::set<std::string> dead_;
  uint64_t rev_ = 0;
  struct thread {
    std::deque<thread_turn> turns;
    wall_time at{};
  };
  std::map<std::string, thread> threads_;
};

} // namespace smart_agents
