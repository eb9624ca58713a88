#pragma once

#include "adapters/log.hpp"
#include "adapters/status_pages.hpp"
#include "messages/dialect.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace smart_agents {

/// Bounds of the status endpoint.
struct status_server_options {
  std::string host = "127.0.0.1";
  /// 0 takes a free one.
  uint16_t port = 0;
  /// Requests at once; more wait for a moment.
  uint32_t threads = 4;
  /// For a request to arrive, and for an answer to be taken.
  caf::timespan io_timeout = std::chrono::seconds{2};
};

/// The control plane: `/healthz` (the process lives), `/readyz` (it can
/// answer; 503 with reasons otherwise), `/status` (JSON) and `/metrics`
/// (Prometheus). It has threads of its own and shares nothing with the data
/// plane, so that it answers while that is saturated.
///
/// On a loopback address it answers only requests for an address or
/// `localhost`, so that no web page can read it by a name that it rebinds.
class status_server {
public:
  /// Binds and starts. Fails with `ec::io_failed` naming address, port and
  /// remedy.
  static caf::expected<std::unique_ptr<status_server>>
  start(status_pages pages, const status_server_options& options, log_ptr log);

  status_server(const status_server&) = delete;
  status_server& operator=(const status_server&) = delete;

  /// Stops and waits for its threads.
  ~status_server();

  /// The port it listens on.
  uint16_t port() const;

private:
  struct impl;
  explicit status_server(std::unique_ptr<impl> pimpl);
  std::unique_ptr<impl> impl_;
};

} // namespace smart_agents
