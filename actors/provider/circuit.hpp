#pragma once

#include "messages/failure.hpp"
#include "messages/provider.hpp"

#include <cstdint>
#include <string>

namespace smart_agents {

/// When a circuit opens, and for how long.
struct circuit_options {
  /// Failures in a row that open it.
  uint32_t failures_to_open = 3;
  /// Rest of a failing provider that does not say how long.
  caf::timespan rest = std::chrono::seconds{60};
  /// Rest after a wrong key or an empty account: only people can mend that.
  caf::timespan long_rest = std::chrono::minutes{10};
  /// Rest of a spent plan that does not say when it resets.
  caf::timespan quota_rest = std::chrono::hours{1};
  /// No rest is longer than this, whatever a provider asks.
  caf::timespan max_rest = std::chrono::hours{24};
};

/// A circuit breaker. Pure; time is an argument.
///
///            failures in a row, or a word
///            that waiting is of use
///   closed ------------------------------> open
///     ^                                   |    ^
///     | the probe succeeds       rest over|    | the probe fails
///     |                                   v    |
///     +------------------------------- half-open
///                                   (one call at a time)
class circuit {
public:
  explicit circuit(circuit_options options) : options_{options} {}

  circuit_state state() const {
    return state_;
  }

  /// Why it is not closed.
  const std::string& reason() const {
    return reason_;
  }

  /// End of the rest, while open.
  instant until() const {
    return until_;
  }

  /// Moves from open to half-open when the rest is over; true when it did.
  bool wake(instant now);

  /// True when a call may start now; in half-open only one until its outcome.
  bool allow(instant now);

  /// A call that was allowed ended well. True when the state changed.
  bool succeeded();

  /// A call that was allowed failed. True when the state changed.
  bool failed(const failure& why, instant now);

  /// A call that was allowed ended without telling anything, as when it was
  /// cancelled.
  void unknown();

private:
  void open(caf::timespan rest, const failure& why, instant now);

  circuit_options options_;
  circuit_state state_ = circuit_state::closed;
  uint32_t in_a_row_ = 0;
  bool probing_ = false;
  instant until_{};
  std::string reason_;
};

} // namespace smart_agents
