#pragma once

#include "messages/route.hpp"

#include <string>
#include <utility>
#include <vector>

/// The environment variables that say what the file also may.

namespace smart_agents {

/// What the environment may say about a known provider: names in order of
/// precedence.
struct provider_variables {
  const char* provider;
  /// Prefix of our own names: CLAUDE_DAILY_LIMIT.
  const char* prefix;
  std::vector<std::string> keys;
  std::vector<std::string> base_urls;
  std::vector<std::string> models;
};

const std::vector<provider_variables>& known_variables();

/// Which variable names the preferred provider of which task types.
const std::vector<std::pair<const char*, std::vector<task_type>>>&
default_provider_variables();

} // namespace smart_agents
