#pragma once

#include "adapters/simulator/turn.hpp"

#include <cstdint>
#include <string_view>

namespace smart_agents::sim {

/// One thing that happens in a streamed answer.
struct step {
  enum class kind : uint8_t {
    /// The answer begins.
    head,
    /// A block begins, goes on, ends.
    open,
    delta,
    close,
    /// The answer ends.
    tail,
  };
  kind what = kind::head;
  /// Index of the block.
  size_t index = 0;
  /// Of a delta.
  std::string_view piece;
  /// Output tokens that this step brings.
  uint64_t tokens = 0;
};

/// Walks a turn in the order in which a stream tells it: head, for each block
/// open, deltas, close, then tail.
class step_cursor {
public:
  /// The turn must outlive the cursor.
  step_cursor(const turn& what, uint32_t chunk_tokens);

  /// False after the tail.
  bool next(step& out);

private:
  void cut_piece(const block& from, step& out);

  const turn& turn_;
  uint32_t chunk_;
  step::kind next_ = step::kind::head;
  size_t index_ = 0;
  size_t at_ = 0;
  /// Tokens of the block that were told.
  uint64_t told_ = 0;
  bool done_ = false;
};

} // namespace smart_agents::sim
