#pragma once

#include "adapters/beast/io_threads.hpp"
#include "adapters/http_server.hpp"
#include "adapters/tls_files.hpp"

#include <memory>

namespace smart_agents {

/// Starts an HTTP/1.1 server on Boost.Beast, with one listener a thread
/// (SO_REUSEPORT), so that a request stays on the thread that accepted it.
/// Fails with `ec::io_failed` when the address cannot be bound, and as
/// `check_tls_files` where it is to speak TLS. The server must go before its
/// threads.
caf::expected<std::unique_ptr<http_server>>
start_http_server(io_threads& io, const http_server_options& options,
                  const http_handler& handler, const tls_files& tls = {});

} // namespace smart_agents
