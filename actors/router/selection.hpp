#pragma once

#include "actors/router/analysis.hpp"
#include "actors/router/roster.hpp"
#include "messages/route.hpp"
#include "messages/task.hpp"

#include <map>
#include <string>

namespace smart_agents {

/// What the router has heard of one provider.
struct provider_outlook {
  provider_health health;
  provider_headroom room;
};

/// By provider; who is not in it is well and has room.
using provider_outlooks = std::map<std::string, provider_outlook, std::less<>>;

/// Decides who should do a task and in which order the others follow; the rules
/// are those of docs/ROUTING.md. Deterministic. Fails with `ec::not_found` for
/// an unknown model.
caf::expected<decision> decide(const roster& who, const task& what,
                               const provider_outlooks& outlooks, instant now);

} // namespace smart_agents
