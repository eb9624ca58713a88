#pragma once

#include "adapters/simulator/behaviour.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace smart_agents::sim {

/// The limits that a provider keeps, in the order in which they are tested.
enum class limit_kind : uint8_t {
  requests_minute,
  input_minute,
  output_minute,
  tokens_minute,
  requests_day,
  tokens_day,
};

constexpr size_t limit_kinds = 6;

/// How one limit stands.
struct limit_state {
  /// 0 means that there is none.
  uint64_t limit = 0;
  uint64_t remaining = 0;
  /// Until it is whole again.
  caf::timespan reset{0};
};

using limit_states = std::array<limit_state, limit_kinds>;

/// A limit that a request would overstep.
struct limit_refusal {
  limit_kind which = limit_kind::requests_minute;
  uint64_t limit = 0;
  /// Spent of it, and what the request would add.
  uint64_t used = 0;
  uint64_t requested = 0;
  /// Until the request would pass.
  caf::timespan retry_after{0};
};

/// Token buckets and calendar days, as providers keep them. Pure: the time is
/// an argument, and one that goes backwards stands still. A request is charged
/// when it is let in, with the tokens it will have used.
class limiter {
public:
  /// Sets the limits. A bucket whose limit changes starts full, a day keeps
  /// what was used.
  void configure(const limits& allowed, vendor whose, wall_time now);

  /// Lets a request in and charges it, or says which limit stands in the way;
  /// then nothing is charged.
  std::optional<limit_refusal> admit(uint64_t input, uint64_t output,
                                     wall_time now);

  /// How all limits stand.
  limit_states look(wall_time now);

private:
  static constexpr size_t buckets = 4;

  void advance(wall_time now);
  caf::timespan refill_time(size_t bucket, double missing) const;

  std::array<uint64_t, limit_kinds> allowed_{};
  /// What is left in the minute's buckets.
  std::array<double, buckets> left_{};
  /// What was used of the day's limits.
  std::array<uint64_t, limit_kinds - buckets> used_{};
  std::string zone_ = "UTC";
  wall_time last_{};
  wall_time day_end_{};
};

} // namespace smart_agents::sim
