#include "adapters/sqlite/schema.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace smart_agents::sqlite {

namespace {

// "SmAg": marks the file as ours, for us and for file(1).
constexpr int64_t application_id = 0x536d4167;

// Entry n brings version n to version n + 1. Append; never change what has
// been released. Times are nanoseconds since 1970 (UTC).
constexpr std::array migrations{
  R"(
CREATE TABLE ledger (
  id INTEGER PRIMARY KEY,
  at_ns INTEGER NOT NULL,
  task_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  origin TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  type TEXT NOT NULL,
  complexity INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  served INTEGER NOT NULL,
  uncached_input INTEGER NOT NULL,
  cache_read INTEGER NOT NULL,
  cache_write INTEGER NOT NULL,
  output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  estimated INTEGER NOT NULL,
  cost_usd REAL NOT NULL,
  saved_usd REAL NOT NULL,
  elapsed_ns INTEGER NOT NULL,
  first_byte_ns INTEGER NOT NULL
) STRICT;
CREATE INDEX ledger_by_time ON ledger (at_ns);
CREATE TABLE writers (
  id TEXT PRIMARY KEY,
  last_batch INTEGER NOT NULL,
  at_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)",
};

} // namespace

int64_t schema_version() {
  return migrations.size();
}

caf::error migrate(database& on) {
  auto work = transaction::begin(on);
  if (!work)
    return std::move(work.error());
  auto owner = on.number("PRAGMA application_id");
  if (!owner)
    return std::move(owner.error());
  auto tables = on.number("SELECT count(*) FROM sqlite_schema");
  if (!tables)
    return std::move(tables.error());
  if (*owner != application_id && (*owner != 0 || *tables != 0))
    return make_error(ec::storage_failed,
                      on.path()
                        + " is the database of another program: set "
                          "another \"database\"");
  auto version = on.number("PRAGMA user_version");
  if (!version)
    return std::move(version.error());
  if (*version > schema_version())
    return make_error(
      ec::storage_failed,
      on.path() + " was written by a newer version of smart-agents (schema "
        + std::to_string(*version) + ", this one knows "
        + std::to_string(schema_version())
        + "): update smart-agents, or set another \"database\"");
  if (*version == schema_version())
    return caf::none;
  for (auto i = static_cast<size_t>(*version); i < migrations.size(); ++i)
    if (auto failed = on.execute(migrations[i]))
      return failed;
  if (auto failed = on.execute(
        "PRAGMA application_id=" + std::to_string(application_id)
        + ";PRAGMA user_version=" + std::to_string(schema_version())))
    return failed;
  return work->commit();
}

} // namespace smart_agents::sqlite
