#pragma once

#include "messages/dialect.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace smart_agents {

/// How often a child may be restarted, and how long to wait before it.
struct restart_limits {
  /// More deaths than this within `period` are given up on.
  uint32_t intensity = 10;
  caf::timespan period = std::chrono::seconds{30};
  /// The first restart after a quiet period is immediate; the second waits this
  /// long, every further one twice as long as the one before.
  caf::timespan first_delay = std::chrono::milliseconds{100};
  caf::timespan longest_delay = std::chrono::seconds{5};
};

/// Decides about the restarts of one child. Pure: time comes as an argument.
class restart_policy {
public:
  explicit restart_policy(restart_limits limits) : limits_{limits} {}

  /// Takes note of a death. Returns how long to wait before the restart, or
  /// nothing when the child dies too often.
  std::optional<caf::timespan> died(instant now);

  /// Restarts granted so far.
  uint32_t restarts() const {
    return restarts_;
  }

private:
  restart_limits limits_;
  /// Deaths within the last period, oldest first.
  std::deque<instant> deaths_;
  uint32_t restarts_ = 0;
};

} // namespace smart_agents
