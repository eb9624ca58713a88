#include "adapters/simulator/limiter.hpp"

#include <date/tz.h>

#include <algorithm>
#include <cmath>

namespace smart_agents::sim {

namespace {

/// The next midnight in `zone` after `t`.
wall_time end_of_day(const std::string& zone, wall_time t) {
  if (zone == "UTC")
    return date::floor<date::days>(t) + date::days{1};
  const auto* where = date::locate_zone(zone);
  auto local = where->to_local(date::floor<std::chrono::seconds>(t));
  auto tomorrow = date::floor<date::days>(local) + date::days{1};
  return where->to_sys(tomorrow, date::choose::earliest);
}

/// Guards against sums of fractions that miss a whole by a hair.
constexpr double hair = 1e-6;

} // namespace

void limiter::configure(const limits& x, vendor whose, wall_time now) {
  std::array<uint64_t, limit_kinds> allowed{
    x.requests_per_minute,      x.input_tokens_per_minute,
    x.output_tokens_per_minute, x.tokens_per_minute,
    x.requests_per_day,         x.tokens_per_day};
  auto zone = x.time_zone;
  if (zone.empty())
    zone = whose == vendor::gemini ? "America/Los_Angeles" : "UTC";
  for (size_t i = 0; i < buckets; ++i)
    if (allowed[i] != allowed_[i])
      left_[i] = static_cast<double>(allowed[i]);
  allowed_ = allowed;
  if (zone != zone_) {
    zone_ = std::move(zone);
    day_end_ = {};
  }
  last_ = std::max(last_, now);
}

void limiter::advance(wall_time now) {
  if (now > last_) {
    auto seconds = std::chrono::duration<double>{now - last_}.count();
    for (size_t i = 0; i < buckets; ++i) {
      auto limit = static_cast<double>(allowed_[i]);
      left_[i] = std::min(limit, left_[i] + limit / 60 * seconds);
    }
    last_ = now;
  }
  auto has_days = allowed_[buckets] != 0 || allowed_[buckets + 1] != 0;
  if (has_days && last_ >= day_end_) {
    // A day that was never begun keeps what the zone before it used.
    if (day_end_ != wall_time{})
      used_.fill(0);
    day_end_ = end_of_day(zone_, last_);
  }
}

caf::timespan limiter::refill_time(size_t bucket, double missing) const {
  auto per_second = static_cast<double>(allowed_[bucket]) / 60;
  auto seconds = std::max(0.0, missing) / per_second;
  return caf::timespan{static_cast<int64_t>(std::ceil(seconds * 1e9))};
}

std::optional<limit_refusal> limiter::admit(uint64_t input, uint64_t output,
                                            wall_time now) {
  advance(now);
  const std::array<uint64_t, limit_kinds> cost{1,
                                               input,
                                               output, //
                                               input + output,
                                               1,
                                               input + output};
  for (size_t i = 0; i < limit_kinds; ++i) {
    if (allowed_[i] == 0)
      continue;
    auto kind = static_cast<limit_kind>(i);
    if (i < buckets) {
      auto missing = static_cast<double>(cost[i]) - left_[i];
      if (missing > hair) {
        auto left = static_cast<uint64_t>(std::max(0.0, left_[i] + hair));
        return limit_refusal{kind, allowed_[i], allowed_[i] - left, cost[i],
                             refill_time(i, missing)};
      }
    } else if (used_[i - buckets] + cost[i] > allowed_[i]) {
      return limit_refusal{kind, allowed_[i], used_[i - buckets], cost[i],
                           day_end_ - last_};
    }
  }
  for (size_t i = 0; i < buckets; ++i)
    if (allowed_[i] != 0)
      left_[i] -= static_cast<double>(cost[i]);
  for (size_t i = buckets; i < limit_kinds; ++i)
    if (allowed_[i] != 0)
      used_[i - buckets] += cost[i];
  return std::nullopt;
}

limit_states limiter::look(wall_time now) {
  advance(now);
  limit_states result;
  for (size_t i = 0; i < limit_kinds; ++i) {
    if (allowed_[i] == 0)
      continue;
    auto& x = result[i];
    x.limit = allowed_[i];
    if (i < buckets) {
      x.remaining = static_cast<uint64_t>(std::max(0.0, left_[i] + hair));
      x.reset = refill_time(i, static_cast<double>(allowed_[i]) - left_[i]);
    } else {
      x.remaining = allowed_[i] - std::min(allowed_[i], used_[i - buckets]);
      x.reset = day_end_ - last_;
    }
  }
  return result;
}

} // namespace smart_agents::sim
