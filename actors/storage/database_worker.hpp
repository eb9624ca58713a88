#pragma once

#include "adapters/ledger_store.hpp"
#include "messages/actors.hpp"
#include "messages/dialect.hpp"

#include <functional>
#include <memory>

namespace smart_agents {

/// Starts the worker of a storage actor. Tests hand in one that runs in the
/// scheduler under test.
using spawn_database = std::function<database_actor(storage_actor owner)>;

/// Other work that waits for the disk; done after a batch, once a minute at
/// most.
using disk_chore = std::function<void()>;

/// Calls the blocking store, so that no one else has to wait for the disk.
/// Ends with its owner.
class database_worker_state {
public:
  static constexpr const char* name = "database-worker";

  explicit database_worker_state(database_actor::pointer self) : self_{self} {}

  database_actor::behavior_type make_behavior(std::shared_ptr<ledger_store>,
                                              const storage_actor& owner,
                                              disk_chore chore);

private:
  void write(const ledger_batch& batch);
  caf::result<leases_taken> lease(const take_leases& request);
  caf::result<usage_report> sum(const get_usage& request);

  database_actor::pointer self_;
  std::shared_ptr<ledger_store> store_;
  caf::weak_actor_ptr owner_;
  disk_chore chore_;
  instant chore_done_{};
};

/// Spawn it detached.
database_actor::behavior_type
database_worker(self_of<database_actor, database_worker_state> self,
                std::shared_ptr<ledger_store> store, const storage_actor& owner,
                disk_chore chore);

/// A factory of workers with a thread of their own, all on one store.
spawn_database detached_database(caf::actor_system& system,
                                 std::shared_ptr<ledger_store> store,
                                 disk_chore chore = {});

} // namespace smart_agents
