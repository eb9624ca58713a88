#pragma once

#include "adapters/line_channel.hpp"

#include <chrono>
#include <cstddef>
#include <memory>

namespace smart_agents {

/// Keeps stdout for a protocol: returns a descriptor that leads to where stdout
/// led, and points stdout itself at stderr, so that nothing printed by anybody
/// can corrupt the protocol. Call it first, once. Returns -1 when there is no
/// stdout.
int claim_stdout();

struct line_channel_limits {
  /// Bytes that may wait for a peer that does not read.
  size_t queued = 256u << 20;
  /// How long a closing channel waits for its peer to read what is queued.
  std::chrono::milliseconds farewell = std::chrono::seconds{2};
};

/// A channel on two descriptors, with a thread that reads and one that writes.
/// A peer that cannot be written to any more counts as gone, like one whose
/// input ended. Dropping the channel waits until what was queued is written or
/// the peer is gone, or for the farewell when the peer does not read; and for a
/// handler that is running.
std::unique_ptr<line_channel>
open_line_channel(int in, int out, line_handler handler,
                  line_channel_limits limits = {});

} // namespace smart_agents
