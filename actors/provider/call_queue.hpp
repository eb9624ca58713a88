#pragma once

#include "messages/provider.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace smart_agents {

/// Calls that wait for a slot: by priority, and among equals each client key in
/// its turn, so that one that asks for much does not keep others waiting; a
/// key's own in order of arrival. Bounded. Pure; time is an argument.
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
  /// Highest priority first, then by round, then first come. In a round every
  /// client key is served once at most.
  using place = std::tuple<int, uint64_t, uint64_t>;

  /// Those of one priority.
  struct lane {
    /// Of the call that was served last.
    uint64_t round = 0;
    /// The round of each key's last call, none of them before `round`.
    std::map<std::string, uint64_t> last;
  };

  size_t limit_;
  uint64_t arrivals_ = 0;
  std::map<place, waiter> waiting_;
  /// Empty while nobody waits.
  std::map<int, lane> lanes_;
};

} // namespace smart_agents
