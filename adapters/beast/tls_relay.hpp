#pragma once

#include "adapters/beast/connection.hpp"
#include "adapters/tls_files.hpp"

#include <caf/expected.hpp>

#include <atomic>
#include <functional>
#include <memory>

namespace smart_agents::beast_detail {

/// Ends TLS before a server that speaks plainly: shakes hands with a client,
/// then passes bytes on between it and a socket pair, whose other end the
/// server takes for the client's. So the server's plain path has no cost of it.
/// What either side does not read stays in the sockets' buffers; either side's
/// end is the other's.
class tls_gate : public std::enable_shared_from_this<tls_gate> {
public:
  /// TLS 1.2 or later. Fails as `check_tls_files`.
  static caf::expected<std::shared_ptr<tls_gate>> open(const tls_files& which);

  /// Hands over the plain end of a client on its own thread, once the hands are
  /// shaken. A client that takes longer than ten seconds for that, or comes
  /// while very many do, is closed.
  void take(boost::asio::io_context& context, tcp_socket client,
            std::function<void(tcp_socket)> ready);

private:
  class relay;

  tls_gate();

  boost::asio::ssl::context tls_;
  std::atomic<size_t> shaking_ = 0;
};

} // namespace smart_agents::beast_detail
