#pragma once

#include "adapters/beast/connection.hpp"
#include "adapters/websocket.hpp"

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace smart_agents::beast_detail {

class websocket_session;

/// The WebSockets of one I/O thread.
class websocket_room {
public:
  explicit websocket_room(std::shared_ptr<const websocket_door> door);

  using request = boost::beast::http::request<boost::beast::http::string_body>;

  /// True for a request that asks for a WebSocket.
  static bool wanted(const request& x);

  /// The status that refuses it, or 0.
  int check(const server_request& x) const;

  /// Takes the connection over and answers the handshake.
  void take(boost::asio::io_context& context, tcp_socket socket, request asked,
            server_request what);

  /// Closes all.
  void close();

private:
  friend class websocket_session;

  std::shared_ptr<const websocket_door> door_;
  std::vector<websocket_session*> sessions_;
};

} // namespace smart_agents::beast_detail
