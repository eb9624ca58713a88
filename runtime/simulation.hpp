#pragma once

#include "messages/dialect.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace smart_agents {

/// How simulated providers behave.
struct simulation_options {
  uint64_t seed = 1;
  /// Port of the first provider, the others follow; 0 takes free ones.
  uint16_t first_port = 0;
  uint32_t latency_ms = 20;
  /// 0 sends an answer at once.
  uint32_t tokens_per_second = 400;
  /// Shares of requests that fail, 0-1.
  double rate_limited = 0;
  double server_errors = 0;
  double hangs = 0;
  double resets = 0;
  double truncated = 0;
};

/// The provider simulator on threads of its own: one loopback server a
/// provider, gone when dropped.
class simulation {
public:
  virtual ~simulation() = default;

  /// Base URL by provider, as `simulated_settings` takes them.
  virtual std::map<std::string, std::string> base_urls() const = 0;
};

/// Starts it. Fails with `ec::io_failed` when a port is taken, and with
/// `ec::bad_input` when the shares add up to more than 1.
caf::expected<std::unique_ptr<simulation>>
start_simulation(const simulation_options& options);

} // namespace smart_agents
