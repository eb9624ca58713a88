#include "actors/front/mcp_memory.hpp"

#include <utility>

namespace smart_agents {

bool mcp_memory::push(std::string line) {
  std::unique_lock lock{mutex_};
  room_.wait(lock, [&] {
    return closed_ || lines_.empty() || bytes_ + line.size() <= bound_;
  });
  if (closed_)
    return false;
  bytes_ += line.size();
  lines_.push_back(std::move(line));
  return true;
}

std::optional<std::string> mcp_memory::pop() {
  std::string line;
  {
    std::lock_guard guard{mutex_};
    if (lines_.empty())
      return std::nullopt;
    line = std::move(lines_.front());
    lines_.pop_front();
    bytes_ -= line.size();
  }
  room_.notify_one();
  return line;
}

size_t mcp_memory::waiting() {
  std::lock_guard guard{mutex_};
  return bytes_;
}

void mcp_memory::close() {
  {
    std::lock_guard guard{mutex_};
    closed_ = true;
  }
  room_.notify_all();
}

bool mcp_memory::drained() {
  std::lock_guard guard{mutex_};
  return closed_ && lines_.empty();
}

} // namespace smart_agents
