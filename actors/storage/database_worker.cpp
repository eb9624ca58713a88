#include "actors/storage/database_worker.hpp"

#include "messages/error.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/expected.hpp>
#include <caf/send.hpp>

#include <utility>

namespace smart_agents {

database_actor::behavior_type
database_worker_state::make_behavior(std::shared_ptr<ledger_store> store,
                                     const storage_actor& owner,
                                     disk_chore chore) {
  chore_ = std::move(chore);
  chore_done_ = now_of(self_);
  store_ = std::move(store);
  // Weak: the owner holds this worker.
  owner_ = caf::actor_cast<caf::weak_actor_ptr>(owner);
  self_->monitor(owner);
  self_->set_down_handler(
    [this](caf::down_msg&) { self_->quit(caf::exit_reason::user_shutdown); });
  return {
    [this](const write_batch& request) { write(*request.what); },
    [this](const take_leases& request) { return lease(request); },
    [this](const get_usage& request) { return sum(request); },
  };
}

void database_worker_state::write(const ledger_batch& batch) {
  auto outcome = batch_over{batch.number, store_->append(batch)};
  if (auto owner = caf::actor_cast<storage_actor>(owner_))
    self_->send(owner, std::move(outcome));
  // Nobody waits for it.
  if (auto now = now_of(self_);
      chore_ && now - chore_done_ >= std::chrono::minutes{1}) {
    chore_done_ = now;
    chore_();
  }
}

caf::result<leases_taken>
database_worker_state::lease(const take_leases& request) {
  auto nanoseconds = [](auto t) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
             t.time_since_epoch())
      .count();
  };
  // The real clocks: the steady one is the same for all processes.
  lease_clock now{nanoseconds(std::chrono::system_clock::now()),
                  nanoseconds(std::chrono::steady_clock::now())};
  // Before it holds anything that others could take for left behind.
  store_->live(request.owner);
  auto grants = store_->lease(request.owner, request.asks, now);
  if (!grants)
    return std::move(grants.error());
  return leases_taken{std::move(*grants)};
}

caf::result<usage_report> database_worker_state::sum(const get_usage& request) {
  auto sums = store_->sum(request.since, request.by);
  if (!sums)
    return std::move(sums.error());
  return usage_report{std::move(*sums)};
}

database_actor::behavior_type
database_worker(self_of<database_actor, database_worker_state> self,
                std::shared_ptr<ledger_store> store, const storage_actor& owner,
                disk_chore chore) {
  return state_of(self).make_behavior(std::move(store), owner,
                                      std::move(chore));
}

spawn_database detached_database(caf::actor_system& system,
                                 std::shared_ptr<ledger_store> store,
                                 disk_chore chore) {
  return [&system, store = std::move(store),
          chore = std::move(chore)](const storage_actor& owner) {
    return system.spawn<caf::detached>(database_worker, store, owner, chore);
  };
}

} // namespace smart_agents
