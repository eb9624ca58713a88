#pragma once

#include "adapters/job_store.hpp"
#include "adapters/sqlite/owner_locks.hpp"
#include "adapters/sqlite/queries.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace smart_agents::sqlite {

/// Jobs in a SQLite file that several processes share. What a process runs is
/// marked with its name, and that it lives is known by its lock
/// (`owner_locks`): the kernel lets go of it however the process ends.
///
/// Sources: job_store.cpp (changes), job_claims.cpp (who runs what),
/// job_reads.cpp (what is asked), job_rows.cpp (rows as values).
class job_store final : public smart_agents::job_store {
public:
  /// Takes a database whose schema is up to date.
  explicit job_store(database on);

  caf::expected<std::vector<job_changed>>
  apply(const std::vector<job_change>& changes, wall_time now) override;

  caf::expected<std::vector<job_ptr>> claim(const std::string& owner,
                                            uint32_t most,
                                            const job_limits& limits,
                                            wall_time now) override;

  caf::error release(const std::string& owner, wall_time now) override;
  caf::expected<job_ptr> get(const std::string& id,
                             const std::string& client) override;
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

private:
  /// What a job waits for, or how it is run.
  struct place {
    job_state state = job_state::pending;
    bool cancelling = false;
    uint64_t claim = 0;
    wall_time ended{};
    std::string client = {};
  };

  // All but `guarded` throw `queries::broken`, which the public functions turn
  // into an error.
  template <class F>
  auto guarded(F work) -> caf::expected<decltype(work())>;

  /// Comes before every use of the database.
  std::unique_lock<std::mutex> enter();

  job_changed make(const add_job& x, wall_time now);
  job_changed make(const save_step& x, wall_time now);
  job_changed make(const end_job& x, wall_time now);
  job_changed make(const return_job& x, wall_time now);
  job_changed make(const stop_job& x, wall_time now);

  std::optional<place> place_of(const std::string& id);
  bool runs(const std::string& id, uint64_t claim);
  void end(const std::string& id, job_state as, const job_outcome& what,
           wall_time now);
  void wait_again(const return_job& x, wall_time now);
  std::vector<std::string> dead_owners(const std::string& but, wall_time now);
  void live(const std::string& owner, wall_time now);
  int64_t next_rev();
  std::vector<job_ptr> read_all(const std::vector<std::string>& ids);

  std::mutex mutex_;
  queries db_;
  /// Jobs that wait or run, within a group of changes.
  std::optional<int64_t> open_jobs_;
  owner_locks locks_;
};

} // namespace smart_agents::sqlite
