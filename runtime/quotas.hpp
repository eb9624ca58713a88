#pragma once

#include "actors/quota/quota_book.hpp"
#include "adapters/ledger_store.hpp"
#include "runtime/settings.hpp"

#include <vector>

namespace smart_agents {

/// A window as users write it: `second`, `minute`, `day`, `week`, `month`, or
/// hours or minutes such as `5h` and `90m`. Nothing for anything else.
std::optional<quota_limit> parse_window(const std::string& per);

/// All limits of a configuration. Fails with `ec::bad_config`.
caf::expected<std::vector<provider_quota>> quotas_of(const settings& x);

/// A book of the configured limits that stands where the ledger is: what was
/// used before now, by anybody.
caf::expected<quota_book> open_book(const settings& x, ledger_store& ledger);

/// Where processes tell each other what providers told (`told_limits`).
std::string told_file(const settings& x);

} // namespace smart_agents
