#pragma once

#include "adapters/line_channel.hpp"

#include <memory>

namespace smart_agents {

/// Keeps stdout for a protocol: returns a descriptor that leads to where stdout
/// led, and points stdout itself at stderr, so that nothing printed by anybody
/// can corrupt the protocol. Call it first, once. Returns -1 when there is no
/// stdout.
int claim_stdout();

/// A channel on two descriptors, with a thread that reads and one that writes.
/// Dropping it waits until what was queued is written or the peer is gone; the
/// reader ends with its input.
std::unique_ptr<line_channel> open_line_channel(int in, int out,
                                                line_handler handler);

} // namespace smart_agents
