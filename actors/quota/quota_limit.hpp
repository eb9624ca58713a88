#pragma once

#include "actors/quota/calendar_window.hpp"
#include "messages/lease.hpp"
#include "messages/quota.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace smart_agents {

/// For how long it is counted.
enum class quota_window : uint8_t {
  /// Calendar windows in a time zone.
  day,
  month,
  week,
  /// Token buckets that are refilled continuously.
  second,
  minute,
  /// The last so many hours, `quota_limit::length`.
  rolling,
  /// A provider's own, as its answers tell: it ends when they say, or is
  /// refilled continuously (`quota_limit::refills`).
  told,
};

/// What happens to a request that does not fit.
enum class limit_action : uint8_t {
  /// It is refused.
  block,
  /// It passes, with a warning.
  warn,
  /// It passes if it is the cheapest that can be had.
  downgrade,
};

/// Who set a limit. Our defaults bind only what we do of ourselves
/// (`reserve::limits_bind`), the others everybody.
enum class limit_source : uint8_t { preset, user, provider };

std::string to_string(quota_window x);
std::string to_string(limit_action x);
std::string to_string(limit_source x);

/// One limit; an amount of 0 leaves nothing.
struct quota_limit {
  quota_kind kind = quota_kind::requests;
  quota_window window = quota_window::day;
  /// In units of the kind; dollars in billionths.
  uint64_t amount = 0;
  /// Of a rolling window or one that was told.
  caf::timespan length{0};
  /// Narrow it down; empty names mean any.
  std::string model = {};
  std::string credential = {};
  std::string key = {};
  limit_action action = limit_action::block;
  limit_source source = limit_source::preset;
  /// The next three are about limits that were told (`told_limit`).
  bool refills = false;
  bool counts_cap = false;
  bool cache_is_free = false;
};

/// `minute`, `5h`, `day`, ...: a limit's window as users write it.
std::string window_name(const quota_limit& x);

/// A provider and its limits; none means no limit. An empty name holds limits
/// on all providers together.
struct provider_quota {
  std::string provider;
  std::vector<quota_limit> limits;
  /// Where its days, weeks and months end.
  calendar zone;
  /// Names of its credentials, when it has several.
  std::vector<std::string> credentials = {};
  /// As in the catalogue: whose limits its answers tell.
  std::string vendor = {};
};

/// One number for each kind.
class quota_amounts {
public:
  quota_amounts() = default;
  /// Numbers are bounded, so that no sum of them overflows.
  quota_amounts(uint64_t requests, uint64_t input, uint64_t output,
                double cost_usd = 0);

  uint64_t operator[](quota_kind kind) const {
    return values_[static_cast<size_t>(kind)];
  }

  bool operator==(const quota_amounts&) const = default;

private:
  std::array<uint64_t, quota_kinds> values_{};
};

/// Both clocks at one moment: civil time for windows; the steady one, which
/// does not change when the civil clock is set, for rests and token buckets.
struct quota_now {
  wall_time wall{};
  instant steady{};
};

/// A limit as stores know it. Its id names scope, kind, window and zone, so
/// that every process finds the same counter, whatever the amount.
meter_ptr make_meter(const std::string& provider, const quota_limit& limit,
                     const calendar& zone);

/// Whom a limit is about, as the subject of a sentence: `claude`, `claude
/// (work)`, `key team`, `all together`.
std::string subject_of(const quota_scope& x);

/// A number for people: `1,234,567`; dollars as `$0.25`.
std::string amount_text(quota_kind kind, uint64_t amount);

/// ` requests`, ` input tokens`, ...; nothing for dollars.
std::string noun_of(quota_kind kind);

} // namespace smart_agents
