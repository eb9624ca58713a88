#pragma once

#include "actors/router/route_case.hpp"

namespace smart_agents {

/// Decides who should do a task and in which order the others follow; the rules
/// are those of docs/ROUTING.md. Deterministic. Fails with `ec::not_found` for
/// an unknown model. With a log at level debug, writes a row from which the
/// decision can be replayed.
caf::expected<decision> decide(const roster& who, const task& what,
                               const provider_outlooks& outlooks, instant now);

} // namespace smart_agents
