#pragma once

#include "adapters/http_client.hpp"
#include "messages/dialect.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace smart_agents {

/// One request as a server took it; the body is whole.
struct server_request {
  std::string method;
  /// Path and query as sent.
  std::string target;
  http_headers headers;
  std::string body;
  /// Address of the peer.
  std::string peer;
};

/// Answers one request. Thread-safe; exactly one of `send`, or `start` with
/// any number of `write` and a final `end`, or `abort`. Dropping the last
/// reference without an answer sends 500 (or resets a started stream).
class http_responder {
public:
  virtual ~http_responder() = default;

  /// Sends a whole answer.
  virtual void send(int status, http_headers headers, std::string body) = 0;

  /// Sends the head of a chunked answer.
  virtual void start(int status, http_headers headers) = 0;

  /// Sends a piece; `done` runs on the I/O thread once the socket took it, with
  /// false when the client is gone. One write at a time: the next follows
  /// `done`, which is the back-pressure.
  virtual void write(std::string bytes, std::function<void(bool)> done) = 0;

  /// Ends a chunked answer.
  virtual void end() = 0;

  /// Resets the connection.
  virtual void abort() = 0;

  /// Runs `gone` on the I/O thread when the client closes before the end; at
  /// once when it already has.
  virtual void on_gone(std::function<void()> gone) = 0;

  /// True once an answer was given or begun.
  virtual bool answered() const = 0;
};

using http_responder_ptr = std::shared_ptr<http_responder>;

/// Called on the I/O thread that accepted the connection; must not block.
using http_handler =
  std::function<void(server_request request, http_responder_ptr answer)>;

struct websocket_door;

/// Bounds of a server.
struct http_server_options {
  std::string host = "127.0.0.1";
  /// 0 takes a free one.
  uint16_t port = 0;
  uint32_t max_connections = 16384;
  uint32_t max_header = 32u << 10;
  uint64_t max_body = 64u << 20;
  /// For a request's head and body to arrive.
  caf::timespan read_timeout = std::chrono::seconds{30};
  /// Between requests on a kept-alive connection.
  caf::timespan idle_timeout = std::chrono::seconds{75};
  /// Takes clients that ask for a WebSocket (adapters/websocket.hpp); null
  /// treats them as any other request.
  std::shared_ptr<const websocket_door> websockets = nullptr;
};

/// A listening HTTP/1.1 server.
class http_server {
public:
  virtual ~http_server() = default;

  /// The port it listens on.
  virtual uint16_t port() const = 0;

  /// Closes the listener; requests under way go on.
  virtual void stop_accepting() = 0;

  /// Closes everything. Returns when no handler runs any more.
  virtual void stop() = 0;
};

} // namespace smart_agents
