#pragma once

#include "adapters/http_body.hpp"
#include "messages/dialect.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smart_agents {

/// Header fields in order; names as written, compared without case.
using http_headers = std::vector<std::pair<std::string, std::string>>;

/// The value of the first field called `name` (any case), or empty.
std::string_view find_header(const http_headers& headers,
                             std::string_view name);

/// A parsed `http://` or `https://` URL.
struct url {
  bool tls = false;
  std::string host;
  uint16_t port = 0;
  /// Path and query, starting with `/`.
  std::string target = "/";

  /// Fails with `ec::bad_input`.
  static caf::expected<url> parse(std::string_view text);
};

/// Limits on one exchange. The instants are on the actors' clock.
struct http_limits {
  caf::timespan connect = std::chrono::seconds{10};
  /// From the request being sent to the first byte of the answer's head.
  caf::timespan first_byte = std::chrono::seconds{60};
  /// Between two reads of the body.
  caf::timespan idle = std::chrono::seconds{60};
  /// Bounds the whole exchange.
  instant deadline = instant::max();
  /// Largest answer that is taken, in bytes.
  uint64_t max_body = 64u << 20;
};

/// One request, ready to be sent.
struct http_request {
  std::string method = "POST";
  url to;
  /// Without `Host` and `Content-Length`, which the client sets.
  http_headers headers;
  http_body body;
  http_limits limits;
  /// True when the body is a client's own, so that the answer may reach that
  /// client as it comes (adapters/verbatim.hpp).
  bool verbatim = false;
};

/// Head of an answer.
struct http_head {
  int status = 0;
  http_headers headers;
};

/// Why an exchange ended without a whole answer.
struct http_failure {
  enum class kind : uint8_t {
    name,       // host name not found
    connect,    // refused, unreachable, proxy refused
    tls,        // handshake or certificate
    timeout,    // one of `http_limits`
    reset,      // the peer closed in the middle
    protocol,   // not HTTP
    too_large,  // body over `max_body`
    cancelled,  // by us
    overloaded, // no connection free within the bound
  };
  kind what = kind::reset;
  /// For people: names host and cause, never a header.
  std::string message;
  /// True when the request may have reached the peer.
  bool sent = false;
};

/// Receives one exchange, on an I/O thread, one call at a time. After `on_end`
/// or `on_failure` (exactly one of them) nothing follows.
class http_listener {
public:
  virtual ~http_listener() = default;

  /// The head came.
  virtual void on_head(http_head head) = 0;

  /// A piece of the body, valid during the call. Returning false pauses the
  /// read until `http_exchange::resume`.
  virtual bool on_body(std::string_view bytes) = 0;

  /// The whole answer came.
  virtual void on_end() = 0;

  virtual void on_failure(http_failure why) = 0;
};

/// An exchange under way; thread-safe. Dropping it does not cancel.
class http_exchange {
public:
  virtual ~http_exchange() = default;
  virtual void resume() = 0;
  /// Closes the connection; `on_failure(cancelled)` follows unless the
  /// exchange is over already.
  virtual void cancel() = 0;
};

/// Sends requests. Never blocks; thread-safe.
class http_client {
public:
  virtual ~http_client() = default;
  /// Starts an exchange. The listener is kept alive until it is over. It is
  /// never called from inside `send`.
  virtual std::shared_ptr<http_exchange>
  send(http_request request, std::shared_ptr<http_listener> listener) = 0;
};

} // namespace smart_agents
