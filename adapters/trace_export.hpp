#pragma once

#include "adapters/http_client.hpp"
#include "adapters/log.hpp"
#include "messages/storage.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace smart_agents {

/// How traces are exported.
struct trace_export_options {
  /// A collector's address; `/v1/traces` is added.
  std::string endpoint;
  /// More headers as `name=value,name=value`, as OTEL_EXPORTER_OTLP_HEADERS
  /// has them.
  std::string headers;
  std::string version;
  /// Attempts that wait; more are dropped and counted.
  size_t max_waiting = 4096;
  size_t max_batch = 256;
  /// Longest wait for a batch to fill.
  caf::timespan every = std::chrono::seconds{5};
  /// For one batch.
  caf::timespan patience = std::chrono::seconds{3};
  /// Hears what became of spans, from several threads; may be empty.
  std::function<void(uint64_t sent, uint64_t dropped)> count;
};

/// Sends attempts to an OpenTelemetry collector by OTLP/HTTP, in batches, one
/// at a time, from a thread of its own. What it cannot deliver is dropped and
/// counted, never waited for; a collector that fails is logged once until it
/// works again. Thread-safe.
class trace_exporter {
public:
  /// Fails with `ec::bad_config` for an endpoint that is no URL.
  static caf::expected<std::unique_ptr<trace_exporter>>
  make(std::shared_ptr<http_client> client, trace_export_options options,
       log_ptr log);

  trace_exporter(const trace_exporter&) = delete;
  trace_exporter& operator=(const trace_exporter&) = delete;

  /// Sends one last batch of what waits; takes twice `patience` at most.
  ~trace_exporter();

  /// Takes an attempt along, unless its caller does not record its trace. Never
  /// blocks.
  void add(const ledger_row& row);

private:
  struct impl;
  explicit trace_exporter(std::unique_ptr<impl> pimpl);
  std::unique_ptr<impl> impl_;
};

} // namespace smart_agents
