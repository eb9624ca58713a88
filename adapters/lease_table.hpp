#pragma once

#include "messages/lease.hpp"
#include "messages/storage.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace smart_agents {

/// True when a ledger row counts for a meter's scope within a window.
bool counts(const meter& x, const ledger_row& row, const meter_time& at);

/// What a row counts for a kind.
uint64_t amount_of(quota_kind kind, const ledger_row& row);

/// How much of what is free a lease gets: all that is needed or nothing, and of
/// what is only welcome a quarter of the rest, so that several processes near a
/// limit share what is left.
uint64_t share_of(const lease_ask& ask, uint64_t free);

/// Lets a bucket's debt shrink until `now`. `since` is when the debt was true;
/// it moves by the time of whole units only, so that looking often loses
/// nothing. A clock that went back gives nothing back; one that went back by
/// more than `lease_silence` belongs to another start of the machine, and the
/// debt is as of now. Nanoseconds.
void refill(const meter& x, uint64_t& debt, int64_t& since, int64_t now);

/// `lease_grant::per_hour` from a decaying sum.
double burnt_after(const meter& x, double burnt, int64_t nanoseconds);

/// Leases in memory: what a store without tables of its own needs, and the
/// plain form of what the SQLite store does. Pure; the clocks come with every
/// call.
class lease_table {
public:
  /// Sums what the ledger already has of a window that the table does not know.
  using history = std::function<uint64_t(const meter&, const meter_time&)>;

  /// See `ledger_store::lease`.
  std::vector<lease_grant> lease(const std::string& owner,
                                 const std::vector<lease_ask>& asks,
                                 lease_clock now, const history& ledger);

  /// See `ledger_store::live`; `yes == false` ends it.
  void live(const std::string& owner, bool yes);

  /// See `ledger_batch::changes`.
  void apply(const std::string& owner, const std::vector<lease_change>& changes,
             const history& ledger);

private:
  struct holding {
    uint64_t outstanding = 0;
    uint64_t last_number = 0;
    uint64_t last_granted = 0;
  };

  struct counter {
    std::map<int64_t, uint64_t> slots;
    /// The steady clock when the debt of a bucket was true.
    int64_t debt_at = 0;
    std::map<std::string, holding> leases;
    double burnt = 0;
    int64_t burnt_at = 0;
  };

  counter& at(const meter& x, const meter_time& when, const history& ledger);
  static uint64_t used(const meter& x, counter& of, const meter_time& when,
                       int64_t steady);
  /// The most that is used of this window or any later one: a lease may be
  /// spent in those, when a clock that was set back is set right again.
  static uint64_t used_from(const meter& x, counter& of, const meter_time& when,
                            int64_t steady);
  /// Spends what may have been spent in any window, since nobody knows when,
  /// and the clock may have been set.
  void spend_anywhere(const meter& x, counter& of, meter_time when,
                      int64_t steady, uint64_t amount);
  static void spend(const meter& x, counter& of, const meter_time& when,
                    int64_t steady, uint64_t amount);

  std::map<std::string, counter> counters_;
  /// The latest that the civil clock has been.
  int64_t latest_ = 0;
  /// Last sign of life, by the steady clock.
  std::map<std::string, int64_t> owners_;
  /// Known to live.
  std::set<std::string> living_;
};

} // namespace smart_agents
