#pragma once

#include "adapters/sqlite/database.hpp"

namespace smart_agents::sqlite {

/// Version of the tables that this program writes (`PRAGMA user_version`).
int64_t schema_version();

/// Brings a file to `schema_version`, step by step, in one transaction. Fails
/// with `ec::storage_failed`, without a change, for another program's database
/// and for one that a newer version of ours has written.
caf::error migrate(database& on);

} // namespace smart_agents::sqlite
