#pragma once

#include "adapters/websocket.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

namespace smart_agents {

/// What waits for one client, in the order in which it was given, from whatever
/// threads. Thread-safe. One writer empties it: whoever is told to wake it must
/// have it call `take` until nothing comes.
class websocket_outbox {
public:
  /// What to do next. Without a text and without `close`: nothing.
  struct item {
    websocket_text text;
    bool close = false;
    uint16_t code = 0;
    std::string why;
  };

  explicit websocket_outbox(websocket_bounds bounds)
    : bounds_{std::move(bounds)} {}

  /// True when the writer must be woken up. What passes the bounds is dropped
  /// with all that waits, and counted.
  bool put(websocket_text message);

  /// Nothing can be put behind it. True when the writer must be woken up.
  bool close(uint16_t code, std::string why);

  /// The next, for the writer. First of all what the client has lost.
  item take();

  /// The client is gone: drops everything, takes no more.
  void end();

private:
  std::mutex guard_;
  websocket_bounds bounds_;
  std::deque<websocket_text> waiting_;
  size_t bytes_ = 0;
  uint64_t lost_ = 0;
  item last_;
  bool ended_ = false;
  /// The writer is at it, or on its way.
  bool awake_ = false;
};

} // namespace smart_agents
