#pragma once

#include "actors/quota/quota_book.hpp"
#include "adapters/ledger_store.hpp"

#include <vector>

namespace smart_agents {

/// What the ledger says was used of the windows that hold `now`, for every
/// provider and window that has a limit: the starting values of a quota book,
/// so that a restart remembers. Blocks. Fails with `ec::storage_failed`.
caf::expected<std::vector<quota_used>>
used_so_far(ledger_store& ledger, const std::vector<provider_quota>& providers,
            wall_time now);

} // namespace smart_agents
