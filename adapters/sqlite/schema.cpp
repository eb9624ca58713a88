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
  R"(
ALTER TABLE ledger ADD COLUMN credential TEXT NOT NULL DEFAULT '';
ALTER TABLE ledger ADD COLUMN client_key TEXT NOT NULL DEFAULT '';
ALTER TABLE ledger ADD COLUMN cache_write_hour INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN charged_usd REAL;
-- By the steady clock of the machine, which all its processes share.
ALTER TABLE writers ADD COLUMN beat_ns INTEGER NOT NULL DEFAULT -1;
-- What was spent of a limit, by window or by part of one (slot). Of a token
-- bucket: what is not refilled yet, true at at_ns of the steady clock.
CREATE TABLE counters (
  id TEXT NOT NULL,
  slot INTEGER NOT NULL,
  used INTEGER NOT NULL,
  at_ns INTEGER NOT NULL,
  PRIMARY KEY (id, slot)
) STRICT, WITHOUT ROWID;
CREATE TABLE burns (
  id TEXT PRIMARY KEY,
  burnt REAL NOT NULL,
  at_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- What a process may still spend of a limit; number and granted are those of
-- its last question.
CREATE TABLE leases (
  id TEXT NOT NULL,
  owner TEXT NOT NULL,
  outstanding INTEGER NOT NULL,
  number INTEGER NOT NULL,
  granted INTEGER NOT NULL,
  PRIMARY KEY (id, owner)
) STRICT, WITHOUT ROWID;
-- The ledger summed up by the hour (UTC).
CREATE TABLE hours (
  hour INTEGER NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  credential TEXT NOT NULL,
  client_key TEXT NOT NULL,
  origin TEXT NOT NULL,
  type TEXT NOT NULL,
  served INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  failovers INTEGER NOT NULL,
  quota_hits INTEGER NOT NULL,
  uncached_input INTEGER NOT NULL,
  cache_read INTEGER NOT NULL,
  cache_write INTEGER NOT NULL,
  cache_write_hour INTEGER NOT NULL,
  output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  estimated INTEGER NOT NULL,
  cost_usd REAL NOT NULL,
  saved_usd REAL NOT NULL,
  charged_usd REAL NOT NULL,
  cost_units INTEGER NOT NULL,
  PRIMARY KEY (hour, provider, model, credential, client_key, origin, type,
               served)
) STRICT, WITHOUT ROWID;
INSERT INTO hours SELECT
  at_ns / 3600000000000, provider, model, '', '', origin, type, served,
  count(*), sum(outcome = 'answered'),
  sum(outcome = 'answered' AND attempt > 1),
  sum(outcome IN ('over_quota', 'quota_exhausted', 'rate_limited')),
  sum(uncached_input), sum(cache_read), sum(cache_write), 0, sum(output),
  sum(reasoning), max(estimated), sum(cost_usd), sum(saved_usd), 0,
  sum(CAST(cost_usd * 1e9 + 0.999 AS INTEGER))
FROM ledger GROUP BY 1, 2, 3, 6, 7, 8;
)",
  R"(
-- Limits that somebody changed without a configuration (`quota set`).
CREATE TABLE amounts (
  id TEXT PRIMARY KEY,
  amount INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Who changed limits and counters by hand, and how.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at_ns INTEGER NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,
  what TEXT NOT NULL
) STRICT;
)",
  R"(
-- Background jobs (adapters/sqlite/job_store.hpp). state: as job_state.
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  provider TEXT NOT NULL,
  thread TEXT NOT NULL,
  state INTEGER NOT NULL,
  cancelling INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  not_before_ns INTEGER NOT NULL,
  blocked INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  claim INTEGER NOT NULL,
  owner TEXT NOT NULL,
  created_ns INTEGER NOT NULL,
  started_ns INTEGER NOT NULL,
  ended_ns INTEGER NOT NULL,
  progress REAL NOT NULL,
  step TEXT NOT NULL,
  seconds_left REAL NOT NULL,
  rev INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_ready ON jobs (rank) WHERE state = 0 AND blocked = 0;
CREATE INDEX jobs_open ON jobs (state, owner) WHERE state < 2;
CREATE INDEX jobs_ended ON jobs (ended_ns) WHERE state > 1;
CREATE INDEX jobs_done ON jobs (kind, ended_ns) WHERE state = 2;
CREATE INDEX jobs_rev ON jobs (rev);
-- Apart, so that a change of state does not write long texts again.
CREATE TABLE job_texts (
  job TEXT PRIMARY KEY,
  request TEXT NOT NULL,
  outcome TEXT NOT NULL,
  input TEXT NOT NULL,
  result TEXT NOT NULL
) STRICT;
CREATE TABLE job_steps (
  job TEXT NOT NULL,
  id TEXT NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (job, id)
) STRICT;
CREATE TABLE job_keys (
  key TEXT PRIMARY KEY,
  job TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE job_needs (
  needs TEXT NOT NULL,
  job TEXT NOT NULL,
  PRIMARY KEY (needs, job)
) STRICT, WITHOUT ROWID;
CREATE TABLE job_owners (
  id TEXT PRIMARY KEY,
  locked INTEGER NOT NULL,
  beat_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Conversations that are kept.
CREATE TABLE turns (
  id INTEGER PRIMARY KEY,
  thread TEXT NOT NULL,
  at_ns INTEGER NOT NULL,
  answer INTEGER NOT NULL,
  text TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL
) STRICT;
CREATE INDEX turns_by_thread ON turns (thread, id);
CREATE TABLE job_clock (
  id INTEGER PRIMARY KEY,
  rev INTEGER NOT NULL
) STRICT;
INSERT INTO job_clock VALUES (1, 0);
)",
  R"(
ALTER TABLE jobs ADD COLUMN client TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job_texts ADD COLUMN expected TEXT NOT NULL DEFAULT '';
UPDATE jobs SET client = coalesce((SELECT json_extract(request, '$.client')
  FROM job_texts WHERE job = jobs.id), '');
CREATE INDEX jobs_of_client ON jobs (client, id) WHERE client <> '';
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
