#pragma once

#include "messages/provider.hpp"
#include "messages/quota.hpp"
#include "messages/storage.hpp"

#include <memory>
#include <string>

namespace smart_agents {

/// What /metrics shows. Thread-safe and cheap to feed. Labels are bounded:
/// after `max_series` pairs of provider and model the rest counts as `other`.
///
/// Naming: https://prometheus.io/docs/practices/naming/
class metrics {
public:
  static constexpr size_t max_series = 256;

  metrics();
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  /// Counts an attempt: requests by outcome, tokens, dollars, durations.
  void attempt(const ledger_row& row);

  /// Counts how long a call waited in its provider's queue.
  void waited(const std::string& provider, caf::timespan how_long);

  /// Counts spans that an OpenTelemetry collector took, and that were dropped.
  void traced(uint64_t sent, uint64_t dropped);

  /// Shows a provider as it is now.
  void provider(const provider_status& now);

  /// Shows a limit as it stands.
  void limit(const limit_status& now);

  /// Shows how often providers refused what was not foreseen, and how often
  /// more was used than was reserved.
  void refusals(uint64_t unforeseen, uint64_t beyond_bound);

  /// Shows how many tasks are in hand.
  void running_tasks(uint32_t count);

  /// Counts a restart of a supervised actor.
  void restarts(const std::string& child, uint32_t count);

  /// All of it in Prometheus text format.
  std::string text() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace smart_agents
