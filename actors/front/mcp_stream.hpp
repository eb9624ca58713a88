#pragma once

#include "actors/front/mcp_server.hpp"
#include "adapters/http_server.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <string>

/// How MCP's messages leave by HTTP.

namespace smart_agents {

/// Writes server-sent events to a client, as fast as it reads. Thread-safe.
class event_writer : public std::enable_shared_from_this<event_writer> {
public:
  /// Bytes that may wait for a slow reader; more end the stream.
  static constexpr size_t max_waiting = 32u << 20;

  /// Sends the head too.
  event_writer(http_responder_ptr to, const http_headers& more);

  void write(const std::string& bytes);

  /// Ends the stream once all is written.
  void end();

private:
  void written(bool good);
  void pump(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  http_responder_ptr to_;
  std::string waiting_;
  bool writing_ = false;
  bool ending_ = false;
};

using event_writer_ptr = std::shared_ptr<event_writer>;

/// A message as an event; an empty id for none.
std::string sse_event(std::string_view id, std::string_view message);

/// The way back of one POST: JSON when the answer comes first, else a stream.
class post_link final : public mcp_link {
public:
  /// `streams`: whether the client takes a stream at all.
  post_link(http_responder_ptr to, http_headers more, bool streams);

  void tell(std::string message) override;
  void answer(mcp_reply reply) override;

  /// Keeps a silent stream open; begins one when the answer takes long.
  void ping();

  bool open() const {
    return to_ != nullptr || writer_ != nullptr;
  }

private:
  void start();

  http_responder_ptr to_;
  http_headers more_;
  bool streams_;
  event_writer_ptr writer_;
};

/// A stream of a legacy session: what was sent is kept for a client that lost
/// its connection and comes back for the rest.
class resumable_link final : public mcp_link {
public:
  /// Events that are kept, and their bytes.
  static constexpr size_t max_events = 1024;
  static constexpr size_t max_bytes = 16u << 20;

  resumable_link(uint64_t number, bool primes)
    : number_{number}, primes_{primes} {}

  void tell(std::string message) override;
  void answer(mcp_reply reply) override;
  void hang_up() override;

  /// Writes what came after an event, and all that comes. `again`: the client
  /// was here before.
  void attach(event_writer_ptr to, uint64_t after, bool again);

  /// That connection is gone.
  void detach(const event_writer_ptr& from);

  bool is_read_by(const event_writer_ptr& x) const {
    return x && writer_ == x;
  }

  void ping();

  /// True once its answer is among the events.
  bool done() const {
    return done_;
  }

  bool attached() const {
    return writer_ != nullptr;
  }

private:
  struct event {
    uint64_t number;
    std::string message;
  };

  std::string id_of(uint64_t event) const;

  uint64_t number_;
  bool primes_;
  std::deque<event> events_;
  size_t bytes_ = 0;
  uint64_t last_ = 0;
  bool done_ = false;
  event_writer_ptr writer_;
};

} // namespace smart_agents
