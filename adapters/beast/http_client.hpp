#pragma once

#include "adapters/beast/io_threads.hpp"
#include "adapters/http_client.hpp"

#include <memory>
#include <string>

namespace smart_agents {

/// Bounds and environment of the HTTP client.
struct http_client_options {
  /// Connections at once per I/O thread; more exchanges are refused with
  /// `overloaded`, since those who start them have queues of their own.
  size_t max_connections = 8192;
  /// Idle connections kept per peer and I/O thread.
  size_t max_idle_per_peer = 64;
  /// How long an idle connection is kept; below the usual 60 s of servers.
  caf::timespan idle_timeout = std::chrono::seconds{30};
  /// Largest head of an answer, in bytes.
  uint32_t max_head = 64u << 10;
  /// Proxies, as in the variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
  /// Loopback peers are never reached through a proxy.
  std::string http_proxy;
  std::string https_proxy;
  std::string no_proxy;
  /// PEM file with more trusted authorities than the system's.
  std::string extra_ca_file;
};

/// Makes a client on Boost.Beast. An exchange lives on the I/O thread that
/// starts it, with that thread's own pool of kept-alive connections. Fails with
/// `ec::bad_config` for a wrong proxy or CA file. The client must go before
/// its threads.
caf::expected<std::shared_ptr<http_client>>
make_http_client(io_threads& io, http_client_options options);

} // namespace smart_agents
