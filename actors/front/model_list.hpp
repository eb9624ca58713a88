#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The names that `/v1/models` tells. Pure.

namespace smart_agents {

/// OpenAI's list: `auto` and its variants, then `models` as they are named.
std::string openai_model_list(const std::vector<std::string>& models);

/// Anthropic's list of the same. Claude Code drops names that begin with
/// neither `claude` nor `anthropic`, so that the others go by an alias.
std::string anthropic_model_list(const std::vector<std::string>& models);

/// `claude-smart-agents-auto` for `auto`; a name that Claude Code takes stays
/// as it is.
std::string claude_alias(std::string_view model);

/// The name behind an alias; any other name stays as it is.
std::string_view behind_alias(std::string_view model);

} // namespace smart_agents
