#pragma once

#include "adapters/http_client.hpp"

#include <functional>
#include <memory>
#include <string>

namespace smart_agents {

struct http_bridge_options {
  std::shared_ptr<http_client> client;
  /// The server, such as `http://127.0.0.1:8787/mcp`.
  url to;
  /// Sent with every request, such as `Authorization`.
  http_headers headers;
  /// Takes each message for the client, without its end of line; from any
  /// thread.
  std::function<void(std::string)> write;
  /// Runs something later, on any thread; null never goes on with a stream that
  /// broke.
  std::function<void(caf::timespan, std::function<void()>)> later = nullptr;
};

/// Speaks for an MCP server on Streamable HTTP to a client on a line channel,
/// in both eras. A legacy stream that ends before its answer is gone on with
/// from where it ended. Thread-safe.
class http_bridge {
public:
  explicit http_bridge(http_bridge_options options);

  /// Takes one message of the client's. Every request is answered, by the
  /// server or by an error that says why it was not.
  void take(std::string line);

  /// Tries to go on with a stream before it is given up, where no event comes.
  static constexpr int max_tries = 6;

  /// Requests under way.
  size_t waiting() const;

  /// Blocks until none is; false when that took longer.
  bool wait(caf::timespan patience) const;

  /// The client is gone: ends what is under way, and its session.
  void end();

private:
  class impl;
  std::shared_ptr<impl> impl_;
};

/// A header's value for any text: as it is, or as `=?base64?...?=`.
std::string encode_header(std::string_view text);

} // namespace smart_agents
