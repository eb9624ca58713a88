#pragma once

#include "actors/storage/database_worker.hpp"
#include "actors/storage/ledger_desk.hpp"
#include "actors/storage/ledger_spool.hpp"
#include "adapters/log.hpp"
#include "adapters/metrics.hpp"
#include "messages/error.hpp"
#include "messages/event.hpp"
#include "messages/services.hpp"
#include "messages/storage.hpp"

#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smart_agents {

/// How the storage works; only `database` must be given.
struct storage_options {
  /// Starts the worker (`detached_database`).
  spawn_database database;
  /// Rows pending; handed from one incarnation to the next by whoever restarts
  /// the actor. Null makes one that dies with the actor.
  std::shared_ptr<ledger_spool> spool;
  /// Where others lay down their rows; null for none.
  std::shared_ptr<ledger_desk> desk;
  /// `ledger_store::path` and `opened_ledger::note`, for status pages.
  std::string path;
  std::string note;
  /// May be null.
  log_ptr log;
  /// Counts every row; may be null.
  std::shared_ptr<metrics> counters;
  /// Rows are committed this long after the first of a group came, or once so
  /// many wait.
  caf::timespan group_for = std::chrono::milliseconds{20};
  size_t group_rows = 512;
  /// A failing store is asked again after this long, doubling each time.
  caf::timespan first_retry = std::chrono::milliseconds{100};
  caf::timespan longest_retry = std::chrono::seconds{10};
  /// A store silent for so long is in trouble, and a flush has failed.
  caf::timespan patience = std::chrono::seconds{5};
  /// At shutdown, how long the pending rows may take.
  caf::timespan drain_for = std::chrono::seconds{5};
  /// How long sums may take.
  caf::timespan sum_for = std::chrono::seconds{10};
  /// How long the store may take to grant a lease.
  caf::timespan lease_for = std::chrono::seconds{2};
  /// Civil time, for events.
  std::function<wall_time()> wall = std::chrono::system_clock::now;
};

/// Writes the ledger behind everybody's back: collects rows and hands them to
/// the database worker in groups, one group at a time.
///
///   record, desk --> spool --group--> worker --> store
///                      ^                 |
///                      +-- batch_over ---+   failed: the same group again,
///                                            later
class storage_state {
public:
  static constexpr const char* name = "storage";

  explicit storage_state(storage_actor::pointer self) : self_{self} {}

  storage_actor::behavior_type make_behavior(storage_options options);

private:
  struct flush_waiter {
    /// `ledger_spool::gone` at which it is done.
    uint64_t until = 0;
    instant deadline;
    caf::typed_response_promise<flushed> promise;
  };

  void start_worker();
  void take(ledger_row row);
  /// Takes the rows from the desk once a group, in two looks: what quota has to
  /// say of their leases is in the mailbox by then, and must not come after
  /// them.
  void look_at_desk();
  /// Takes all that lie there, at once.
  void clear_desk();
  void keep(ledger_row row);
  void take(const change_leases& what);
  void group_began();
  caf::result<leases_taken> lease(const take_leases& request);
  caf::result<usage_report> sum(const get_usage& request);
  caf::result<flushed> start_flush();
  storage_status status() const;
  void finish_batch(const batch_over& news);
  void worker_gone(const caf::down_msg& news);
  void stop(const caf::exit_msg& how);

  /// Does whatever is due now and arms the timer for the rest.
  void pump();
  void check();
  void retry_later(const std::string& why);
  void answer_flushes(bool ok);
  void end();
  void arm(instant at);
  void arm_check();
  void no_leases(const caf::error& why);
  void probe();
  /// Tells of the begin and the end of a trouble.
  void set_trouble(std::string& which, std::string why);

  storage_actor::pointer self_;
  storage_options options_;
  database_actor worker_;
  event_actor events_;
  /// Batch that the worker has, and since when.
  uint64_t in_flight_ = 0;
  instant sent_at_{};
  /// Not before this time is the next batch sent.
  instant next_commit_{};
  /// Not before this time is the desk looked at, but for the second look.
  instant next_look_{};
  bool looks_again_ = false;
  uint64_t lost_at_desk_ = 0;
  caf::timespan retry_{0};
  std::optional<instant> armed_;
  bool check_armed_ = false;
  /// Why rows cannot be written.
  std::string trouble_;
  /// Why no leases can be had.
  std::string lease_trouble_;
  bool probing_ = false;
  std::vector<flush_waiter> flushes_;
  std::map<uint64_t, caf::typed_response_promise<usage_report>> sums_;
  uint64_t last_sum_ = 0;
  std::map<uint64_t, caf::typed_response_promise<leases_taken>> leases_;
  /// Set once an exit message came.
  caf::error stopping_;
  instant stop_by_{};
};

/// Spawn it as any event-based actor.
storage_actor::behavior_type storage(self_of<storage_actor, storage_state> self,
                                     storage_options options);

} // namespace smart_agents
