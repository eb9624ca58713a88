#pragma once

#include "actors/quota/quota_limit.hpp"
#include "runtime/settings.hpp"

#include <vector>

namespace smart_agents {

/// A window as users write it: `second`, `minute`, `day`, `week`, `month`, or
/// hours or minutes such as `5h` and `90m`. Nothing for anything else.
std::optional<quota_limit> parse_window(const std::string& per);

/// All limits of a configuration. Fails with `ec::bad_config`.
caf::expected<std::vector<provider_quota>> quotas_of(const settings& x);

} // namespace smart_agents
