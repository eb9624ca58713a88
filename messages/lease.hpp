#pragma once

#include "messages/dialect.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// How a process gets its share of a limit from the store, and how it tells
/// what it did with it (docs/QUOTA.md).

namespace smart_agents {

/// What is counted. Dollars are counted in billionths, so that the cheapest
/// token is still a whole number.
enum class quota_kind : uint8_t {
  requests,
  input_tokens,
  output_tokens,
  total_tokens,
  dollars,
  /// A subscription's window, in thousandths: what a request takes of it only
  /// the provider knows, and tells.
  plan,
};

/// `requests`, `input_tokens`, `output_tokens`, `total_tokens`, `usd`, `plan`.
std::string to_string(quota_kind x);

inline constexpr size_t quota_kinds = 6;

/// Units of `quota_kind::dollars` in a dollar.
inline constexpr double units_per_dollar = 1e9;

/// Dollars in units, rounded up; 0 for what is negative or no number.
uint64_t dollar_units(double dollars);

/// Whom a limit is about; an empty name means any. Every combination is a
/// scope of its own, so `{claude}`, `{claude, work}` and `{key: team}` form a
/// tree in which one request counts at every place that holds it. A key's name
/// may have parts (`team/alice`): it counts for `team` too.
struct quota_scope {
  std::string provider;
  std::string credential;
  std::string model;
  std::string key;
  bool operator==(const quota_scope&) const = default;
};

/// One limit as a store knows it.
struct meter {
  /// Unique by scope, kind and window; the amount may change.
  std::string id;
  quota_scope scope;
  quota_kind kind = quota_kind::requests;
  uint64_t amount = 0;
  /// For a token bucket: the time in which the whole amount comes back; 0 for
  /// windows of civil time.
  caf::timespan refill{0};
  /// For a rolling window: width of the slots in which it is counted.
  caf::timespan slot_width{0};
  /// Over how long the burn rate is smoothed.
  caf::timespan smooth = std::chrono::hours{1};
};

using meter_ptr = std::shared_ptr<const meter>;

/// Where in time something counts: `slot` takes what is spent now; slots from
/// `from` until before `to` make up the window. Nanoseconds since 1970; a token
/// bucket has but slot 0.
struct meter_time {
  int64_t slot = 0;
  int64_t from = 0;
  int64_t to = 1;
  bool operator==(const meter_time&) const = default;
};

/// Both clocks at one moment: civil time for windows; the steady one, which
/// all processes of a machine share, for token buckets and signs of life.
struct lease_clock {
  int64_t wall = 0;
  int64_t steady = 0;
};

/// Asks the store for more of a limit.
struct lease_ask {
  meter_ptr what;
  meter_time at;
  /// Numbers the asks of one owner for one meter, so that one whose answer was
  /// lost can be repeated; 0 only looks.
  uint64_t number = 0;
  /// Without this much it is of no use: all or nothing.
  uint64_t need = 0;
  /// This much would be welcome.
  uint64_t want = 0;
};

/// How a limit stands, and what the store has granted.
struct lease_grant {
  std::string id;
  uint64_t number = 0;
  /// 0 when `need` does not fit.
  uint64_t granted = 0;
  /// Spent in the window, by everybody.
  uint64_t used = 0;
  /// Held by processes and not spent, the asker's share included.
  uint64_t leased = 0;
  /// Spent an hour, lately.
  double per_hour = 0;
  /// The limit that the store has in force, where somebody set it there
  /// (`smart-agents quota set`); unset where the asker's own counts.
  std::optional<uint64_t> amount = {};
};

/// What became of a part of a lease. Committed together with ledger rows.
struct lease_change {
  meter_ptr what;
  meter_time at;
  /// The steady clock when it was spent.
  int64_t steady = 0;
  /// Spent by this owner since its last change.
  uint64_t spent = 0;
  /// The part of it that the lease had covered.
  uint64_t covered = 0;
  /// Given back unused.
  uint64_t returned = 0;
};

/// Asks the storage for leases. Fails with `ec::storage_failed`.
struct take_leases {
  std::vector<lease_ask> asks;
  /// Who asks: the storage fills in its process's name.
  std::string owner = {};
};

/// The answers, in the order of the asks.
struct leases_taken {
  std::vector<lease_grant> grants;
};

/// Appends changes to what is written next. The reply says that the storage
/// has them in memory.
struct change_leases {
  std::vector<lease_change> changes;
};

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::take_leases)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::leases_taken)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::change_leases)
