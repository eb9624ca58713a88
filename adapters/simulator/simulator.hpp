#pragma once

#include "adapters/simulator/behaviour.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smart_agents {

class io_threads;

/// One provider to simulate.
struct simulated_provider {
  std::string name;
  sim::vendor whose = sim::vendor::compatible;
  sim::behaviour behaviour;
  /// 0 takes a free one.
  uint16_t port = 0;
};

/// The five known providers, each with its vendor's habits and models:
/// `ollama gemini grok chatgpt claude`.
std::vector<simulated_provider> default_simulated_providers();

/// How the simulator runs.
struct simulator_options {
  std::vector<simulated_provider> providers = default_simulated_providers();
  /// Same seed, same answers and same faults in the order of arrival.
  uint64_t seed = 1;
  /// Loopback address to listen on.
  std::string host = "127.0.0.1";
  /// Civil time for limits and time stamps; unset takes the system's clock.
  std::function<wall_time()> now;
};

/// The provider simulator: one loopback server a provider that speaks its real
/// wire format (docs/SIMULATOR.md). Thread-safe. Must go before its threads,
/// and not on one of them.
class simulator {
public:
  /// Starts all servers on `io`. Fails with `ec::io_failed` when a port cannot
  /// be had, and `ec::bad_config` for a name that stands twice.
  static caf::expected<std::unique_ptr<simulator>>
  start(io_threads& io, simulator_options options = {});

  simulator(const simulator&) = delete;
  simulator& operator=(const simulator&) = delete;

  /// Stops.
  // NOLINTNEXTLINE(bugprone-exception-escape)
  ~simulator();

  /// Names in the order of the options.
  std::vector<std::string> providers() const;

  /// Where a provider is reached, as its client is configured: with `/v1`
  /// where the real one's base URL has it. Empty for an unknown name.
  std::string base_url(std::string_view provider) const;

  /// All of them by name, as `simulated_settings` takes them.
  std::map<std::string, std::string> base_urls() const;

  /// How a provider behaves now. Fails with `ec::not_found`.
  caf::expected<sim::behaviour> behaviour(std::string_view provider) const;

  /// Changes how it behaves; the next request meets it. When `down` changes,
  /// this waits until connections are refused or taken again, unless called
  /// on an I/O thread. Fails with `ec::not_found`, or `ec::io_failed` when
  /// its port is taken meanwhile.
  caf::error set_behaviour(std::string_view provider, sim::behaviour how);

  /// The same by the keys of a JSON object (see `sim::update`).
  caf::error update(std::string_view provider, std::string_view json);

  /// What a provider counted. Fails with `ec::not_found`.
  caf::expected<sim::stats> stats(std::string_view provider) const;

  /// Counts, limits and behaviour as at the start.
  caf::error reset(std::string_view provider);

  /// Closes everything. Returns when no request runs any more.
  void stop();

private:
  class impl;

  explicit simulator(std::shared_ptr<impl> x);

  std::shared_ptr<impl> impl_;
};

} // namespace smart_agents
