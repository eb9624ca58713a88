#pragma once

#include "actors/coordinator/skill_shelf.hpp"
#include "actors/front/mcp_offer.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What the MCP server lets clients read, and the prompts that it brings. Pure.

namespace smart_agents {

/// The resources' addresses; each is one JSON document, but for `answer`, which
/// is a text.
namespace mcp_uri {
inline constexpr const char* providers = "smart-agents://providers";
inline constexpr const char* quotas = "smart-agents://quotas";
inline constexpr const char* usage = "smart-agents://usage";
inline constexpr const char* configuration = "smart-agents://configuration";
inline constexpr const char* models = "smart-agents://models";
/// Before a model's name.
inline constexpr const char* model = "smart-agents://models/";
/// Before a job's id.
inline constexpr const char* job = "smart-agents://jobs/";
/// Before a request's id.
inline constexpr const char* answer = "smart-agents://answers/";
} // namespace mcp_uri

std::vector<mcp_resource> mcp_resources();

std::vector<mcp_template> mcp_templates();

/// One for each skill.
std::vector<mcp_prompt> mcp_prompts(const std::vector<skill_ptr>& skills);

/// The catalogue, or one model of it; empty for other addresses and for models
/// that it does not have.
std::string model_resource(std::string_view uri);

} // namespace smart_agents
