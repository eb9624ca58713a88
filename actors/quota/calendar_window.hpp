#pragma once

#include "messages/dialect.hpp"

#include <caf/expected.hpp>

#include <string>

namespace date {
class time_zone;
} // namespace date

namespace smart_agents {

/// A span of civil time: `begin` belongs to it, `end` to the next one.
struct time_span {
  wall_time begin{};
  wall_time end{};

  bool contains(wall_time t) const {
    return begin <= t && t < end;
  }
  bool operator==(const time_span&) const = default;
};

/// Where days and months begin and end in one time zone, daylight-saving
/// changes included. Uses the system's time zone data.
class calendar {
public:
  /// UTC; needs no time zone data.
  calendar() = default;

  /// A zone by its IANA name, for example `America/Los_Angeles`. Fails with
  /// `ec::bad_config`, naming it.
  static caf::expected<calendar> in(const std::string& zone);

  /// The day, month or week that holds an instant. A day starts at the first
  /// moment that bears its date, even where midnight is skipped.
  time_span day(wall_time t) const;
  time_span month(wall_time t) const;
  /// From Monday to Sunday, as in ISO 8601.
  time_span week(wall_time t) const;

  /// The zone's IANA name.
  std::string name() const;

  /// For people: `2026-11-24 00:00 PST`.
  std::string show(wall_time t) const;

private:
  /// Null for UTC.
  const date::time_zone* zone_ = nullptr;
};

/// A duration for people, two units at most: `8 h 12 min`, `3 d 4 h`, `45 s`.
/// Rounded up, so that waiting so long is enough.
std::string show(caf::timespan duration);

} // namespace smart_agents
