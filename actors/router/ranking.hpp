#pragma once

#include "actors/router/route_case.hpp"

namespace smart_agents {

/// Ranks the candidates of a case by the rules of docs/ROUTING.md, and says why
/// each stands where it stands. Pure: what it says follows from the case alone.
decision rank(const route_case& what);

} // namespace smart_agents
