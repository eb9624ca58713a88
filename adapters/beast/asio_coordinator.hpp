#pragma once

#include "adapters/beast/io_threads.hpp"

#include <caf/fwd.hpp>

#include <cstddef>

namespace smart_agents {

/// Makes actors run on Asio's I/O threads, in place of CAF's own scheduler: a
/// message from a socket's handler to an actor, and back, crosses no thread.
/// Measured in bench/actor_chain_bench. 0 threads takes one per core.
void use_asio_scheduler(caf::actor_system_config& config, size_t threads);

/// The I/O threads of a system that runs on them, or null for a stock one.
io_threads* io_threads_of(caf::actor_system& system);

} // namespace smart_agents
