#pragma once

#include <algorithm>
#include <chrono>

namespace smart_agents {

/// Tells those who are turned away from a full house when to come back: from
/// how fast its guests have been leaving, and how many were told a time
/// already. Pure; the clock is the caller's.
///
/// Whoever is refused gets the next turn in a line that nobody has to stand in,
/// one mean interval after the one before, so that a crowd does not come back
/// all at once.
class pace {
public:
  using instant = std::chrono::steady_clock::time_point;
  using timespan = std::chrono::nanoseconds;

  /// What is told before anybody has left.
  static constexpr timespan unknown = std::chrono::seconds{5};
  /// Nobody is sent away for longer: by then much may have changed.
  static constexpr timespan longest = std::chrono::minutes{2};

  /// One of those inside has left.
  void left(instant now) {
    if (any_) {
      auto interval = std::max(now - last_, timespan{1});
      // The mean of about the last ten.
      interval_ = known_ ? interval_ + (interval - interval_) / 10 : interval;
      known_ = true;
    }
    any_ = true;
    last_ = now;
  }

  /// Somebody is turned away: how long until there is room for them.
  timespan next_turn(instant now) {
    if (!known_)
      return unknown;
    // Nobody left for longer than usual: that is how slow it is by now.
    auto interval = std::max(interval_, (now - last_) / 2);
    line_ = std::min(std::max(line_, now) + interval, now + longest);
    return line_ - now;
  }

private:
  bool any_ = false;
  bool known_ = false;
  instant last_{};
  timespan interval_{0};
  /// The turn of the last who was turned away.
  instant line_{};
};

} // namespace smart_agents
