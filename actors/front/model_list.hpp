#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What `GET /v1/models` says, in the shape of either family of clients.

namespace smart_agents {

/// `{"object":"list","data":[...]}`
/// (https://platform.openai.com/docs/api-reference/models).
std::string openai_models(const std::vector<std::string>& names);

/// `{"data":[...],"has_more":false,...}`
/// (https://platform.claude.com/docs/en/api/models-list). Claude Code drops
/// names that begin with neither `claude` nor `anthropic`: the others get the
/// prefix `claude-smart-agents-`.
std::string anthropic_models(const std::vector<std::string>& names);

/// One entry of either list.
std::string openai_model(std::string_view name);
std::string anthropic_model(std::string_view name);

/// The name that `anthropic_models` gives.
std::string anthropic_name(std::string_view name);

/// A model's own name, where `anthropic_models` put a prefix before it.
std::string_view plain_name(std::string_view listed);

} // namespace smart_agents
