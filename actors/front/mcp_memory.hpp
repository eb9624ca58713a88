#pragma once

#include "actors/front/mcp_answers.hpp"
#include "actors/front/mcp_http.hpp"
#include "actors/front/mcp_server.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace smart_agents {

/// What survives an MCP front: lines that wait, sessions, and calls that are
/// not yet answered, so that its successor answers them.
class mcp_memory {
public:
  /// `bound`: bytes of lines that may wait.
  explicit mcp_memory(size_t bound = 128u << 20) : bound_{bound} {}

  /// From the channel's thread. Waits while the line is too much on top of what
  /// waits already, so that a fast client is slowed and not lost; a line alone
  /// always fits. False once closed.
  bool push(std::string line);

  /// From the front.
  std::optional<std::string> pop();

  /// Bytes of lines that wait.
  size_t waiting();

  /// Takes no more lines and lets go who waits to push one.
  void close();

  /// True when it is closed and empty.
  bool drained();

  /// These are the living front's alone; the first makes them.
  std::unique_ptr<mcp_server> server;
  std::unique_ptr<mcp_http> http;
  /// The client of the line channel.
  mcp_session_ptr session;
  /// A client was there: somebody may care for news.
  bool called = false;
  /// Answers that are too long for a conversation.
  answer_shelf answers;

private:
  const size_t bound_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<std::string> lines_;
  size_t bytes_ = 0;
  bool closed_ = false;
};

} // namespace smart_agents
