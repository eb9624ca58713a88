#pragma once

#include "adapters/sqlite/database.hpp"
#include "messages/dialect.hpp"

#include <cstdint>
#include <string>

namespace smart_agents::sqlite {

/// Fills a fresh ledger with what can be read of every table of a damaged file:
/// around pages that cannot be read, from both sides. What a table sums up of
/// the ledger (`hours`, `counters`) is made again where it is not whole. Nobody
/// may write to the damaged file meanwhile. Returns how many ledger rows are
/// missing, as far as their numbers tell. Fails when nothing can be read.
caf::expected<uint64_t> refill(database& fresh, const std::string& damaged);

/// Mends the file of a connection that found it damaged, while others use it:
/// keeps its bytes as `PATH.corrupt-YYYYMMDD-HHMMSS`, and its log's beside
/// them, and puts what can be read into its place. All other connections and
/// processes see one large change. Leaves a file alone that is sound again.
/// Returns what it did, for people; fails with `ec::storage_failed` when the
/// damage stays. No statement of `on` may be under way.
caf::expected<std::string> heal(database& on, caf::timespan patience,
                                wall_time now);

} // namespace smart_agents::sqlite
