#pragma once

#include "messages/provider.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace smart_agents {

/// Calls that wait for a slot: by priority, then in order of arrival. Bounded.
/// Pure; time is an argument.
class call_queue {
public:
  explicit call_queue(size_t limit) : limit_{limit} {}

  struct waiter {
    start_call call;
    /// When it came.
    instant since{};
  };

  /// Takes a call in; false when the queue is full.
  bool push(start_call call, instant now);

  /// The next call, or none.
  std::optional<waiter> pop();

  /// Takes a call out by id.
  std::optional<start_call> remove(call_id id);

  /// Takes out all whose deadline passed.
  std::vector<start_call> expire(instant now);

  /// Takes out all.
  std::vector<start_call> clear();

  size_t size() const {
    return waiting_.size();
  }

private:
  /// Highest priority first, then first come.
  using key = std::pair<int, uint64_t>;

  size_t limit_;
  uint64_t arrivals_ = 0;
  std::map<key, waiter> waiting_;
};

} // namespace smart_agents
