#pragma once

#include "actors/front/mcp_front.hpp"
#include "runtime/settings.hpp"

namespace smart_agents {

/// How our MCP servers speak, whatever their transport: all options but memory
/// and channel.
mcp_front_options mcp_options(const settings& config);

} // namespace smart_agents
