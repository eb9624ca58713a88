#pragma once

#include <functional>
#include <memory>
#include <string>

namespace smart_agents {

/// Framed text in and out: one message a line.
class line_channel {
public:
  virtual ~line_channel() = default;

  /// Queues a line, without its end. Thread-safe; never blocks. A peer that
  /// does not read until the queue's bound is reached counts as gone.
  virtual void write(std::string line) = 0;
};

/// What a channel tells, on a thread of its own, in order.
struct line_handler {
  /// A line came; it may be empty, and holds at most `max_line` bytes.
  std::function<void(std::string line)> on_line;
  /// A longer line came and was skipped.
  std::function<void()> on_too_long;
  /// The peer is gone. The last call.
  std::function<void()> on_end;
};

/// Longest line taken, in bytes.
inline constexpr size_t max_line = 64u << 20;

} // namespace smart_agents
