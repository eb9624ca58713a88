#pragma once

#include "messages/task.hpp"

#include <functional>

namespace smart_agents {

/// What a stream tells its reader. Called on a runtime thread, one call at a
/// time and in order; `finished` or `failed` is the last.
struct stream_reader {
  /// Provider and model are settled; content follows.
  std::function<void(const answer&)> started;
  /// A piece of the answer. Return when it is taken: the upstream waits.
  std::function<void(const stream_event&)> piece;
  std::function<void(answer_ptr)> finished;
  std::function<void(const answer_failed&)> failed;
};

} // namespace smart_agents
