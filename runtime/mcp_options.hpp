#pragma once

#include "actors/front/mcp_front.hpp"
#include "adapters/model_experience.hpp"
#include "runtime/settings.hpp"

#include <memory>

namespace smart_agents {

/// How our MCP servers speak, whatever their transport: all options but memory
/// and channel. Ratings go to `experience`.
mcp_front_options mcp_options(const settings& config,
                              std::shared_ptr<model_experience> experience);

} // namespace smart_agents
