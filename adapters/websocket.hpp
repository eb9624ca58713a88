#pragma once

#include "adapters/http_server.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace smart_agents {

/// A message, shared by all who get it.
using websocket_text = std::shared_ptr<const std::string>;

/// One client's WebSocket (RFC 6455), text messages both ways. Thread-safe.
/// Pings and their answers are its own business: a client that answers none
/// is closed.
class websocket {
public:
  virtual ~websocket() = default;

  /// Sends a message behind those that wait. When more wait than
  /// `websocket_bounds` allow, all of them are dropped, and once the client
  /// takes something again it gets `websocket_bounds::lost` first.
  virtual void send(websocket_text message) = 0;

  /// Closes politely, behind what waits: 1000 is the end, 1001 going away, 1008
  /// against the rules.
  virtual void close(uint16_t code, std::string why) = 0;
};

using websocket_ptr = std::shared_ptr<websocket>;

/// What one client may cost.
struct websocket_bounds {
  size_t messages = 1024;
  size_t bytes = 1u << 20;
  /// From the client.
  size_t message_size = 64u << 10;
  /// A client that is silent for so long, pings included, is closed.
  caf::timespan idle = std::chrono::seconds{60};
  /// What to tell a client that lost so many messages.
  std::function<std::string(uint64_t lost)> lost;
};

/// The other side of a client's WebSocket. Called on its I/O thread; must not
/// block. Nothing is called after `closed`.
struct websocket_reader {
  std::function<void(std::string message)> text;
  std::function<void()> closed;
};

/// Takes new clients.
struct websocket_door {
  /// Says, before the handshake, by which status a request is refused; 0 lets
  /// it in. Called for requests that ask for a WebSocket.
  std::function<int(const server_request& request)> check;
  /// A client came in. Returns what hears of it.
  std::function<websocket_reader(server_request request, websocket_ptr client)>
    open;
  websocket_bounds bounds;
  /// Clients at once, a thread; one more gets 503.
  size_t most = 8192;
};

} // namespace smart_agents
