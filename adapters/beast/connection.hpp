#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <string>

namespace smart_agents::beast_detail {

using io_executor = boost::asio::io_context::executor_type;
using tcp_socket =
  boost::asio::basic_stream_socket<boost::asio::ip::tcp, io_executor>;

/// One connection to a peer, plain or encrypted, with its read buffer. A
/// stream in Asio's sense, so that Beast's operations run on it.
struct connection {
  using executor_type = io_executor;

  explicit connection(boost::asio::io_context& context)
    : socket{context.get_executor()} {
    // Beast reads as much as fits; an empty buffer would mean 512 bytes.
    buffer.reserve(16384);
  }

  executor_type get_executor() {
    return socket.get_executor();
  }

  template <class Buffers, class Handler>
  auto async_read_some(const Buffers& to, Handler&& handler) {
    if (tls)
      return tls->async_read_some(to, std::forward<Handler>(handler));
    return socket.async_read_some(to, std::forward<Handler>(handler));
  }

  template <class Buffers, class Handler>
  auto async_write_some(const Buffers& from, Handler&& handler) {
    if (tls)
      return tls->async_write_some(from, std::forward<Handler>(handler));
    return socket.async_write_some(from, std::forward<Handler>(handler));
  }

  /// Closes at once; pending operations end with `operation_aborted`.
  void close() {
    boost::system::error_code ignored;
    socket.close(ignored);
  }

  /// False when an idle peer has closed or says something unasked.
  bool quiet() {
    char byte = 0;
    auto got =
      ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  tcp_socket socket;
  std::optional<boost::asio::ssl::stream<tcp_socket&>> tls;
  boost::beast::flat_buffer buffer;
  /// Pool key: what it is connected to, through what.
  std::string peer;
  std::chrono::steady_clock::time_point idle_since;
};

} // namespace smart_agents::beast_detail
