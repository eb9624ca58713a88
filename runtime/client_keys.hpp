#pragma once

#include "actors/front/gateway_rules.hpp"
#include "runtime/settings.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smart_agents {

/// What a client key's name is made of, for people.
inline constexpr const char* key_name_rule =
  "must be made of letters, digits, '-', '_', '.' and '/', 1 to 64 of them";

bool is_key_name(const std::string& name);

/// Reads a limit of a key, such as `60requests/minute`, `1000000tokens/day`,
/// `5usd/5h`.
std::optional<limit_settings> parse_key_limit(const std::string& text);

/// Why a text is no such limit.
std::string bad_key_limit(const std::string& text);

/// Adds the keys that `smart-agents keys` keeps beside the ledger, and the
/// limits of all keys to `limits`. Fails with `ec::storage_failed`, and
/// `ec::bad_config` for a name that the file has too.
caf::error add_client_keys(settings& to);

/// What the fronts need of the settings.
std::shared_ptr<const gateway_rules> gateway_rules_of(const settings& x);

/// `ec::bad_config` where clients need keys and there are none.
caf::error check_client_keys(const settings& x);

} // namespace smart_agents
