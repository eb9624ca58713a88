#pragma once

#include "messages/actors.hpp"
#include "messages/chat.hpp"
#include "messages/error.hpp"
#include "messages/lease.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace smart_agents {

/// One attempt in the ledger: the only truth about what was used.
struct ledger_row {
  wall_time at{};
  std::string task_id;
  /// Position of the attempt within its task, from 1.
  int attempt = 1;
  std::string origin;
  std::string provider;
  std::string model;
  /// Which of the provider's credentials was used; empty for its only one.
  std::string credential = {};
  /// The client's key, by name; empty for none.
  std::string key = {};
  std::string type;
  int complexity = 0;
  /// `answered`, or the name of a failure class.
  std::string outcome;
  /// True when it counts as a request against the provider's limits.
  bool served = true;
  usage tokens;
  double cost_usd = 0;
  double saved_usd = 0;
  caf::timespan elapsed{0};
  caf::timespan first_byte{0};
  /// The task's; not stored.
  std::string traceparent = {};
};

/// Sums over the ledger.
struct usage_sum {
  /// The group's value: a provider, model, origin or day (UTC, `2026-11-23`).
  std::string group;
  /// Rows that count against the provider's limits (`ledger_row::served`).
  uint64_t requests = 0;
  /// Rows whose outcome is not `answered`, served or not.
  uint64_t failed = 0;
  /// `estimated` is true when any of the rows was.
  usage tokens;
  double cost_usd = 0;
  double saved_usd = 0;
  /// Rows whose outcome is `answered`.
  uint64_t answered = 0;
  /// Those of them that were not their task's first attempt.
  uint64_t failovers = 0;
  /// Rows that a limit stopped, ours or the provider's.
  uint64_t quota_hits = 0;
};

/// True for the outcome of an attempt that a limit stopped.
bool is_quota_hit(const std::string& outcome);

/// Appends a row. The reply says that the storage has it in memory; rows are
/// committed in groups (`flush` waits for that).
struct record {
  ledger_row row;
};

/// Asks for sums since `since`, grouped by a column: `provider`, `credential`,
/// `model`, `origin`, `skill` (the origins of skills, `-` for the rest), `key`,
/// `type` or `day`.
struct get_usage {
  wall_time since{};
  std::string by = "provider";
};

struct usage_report {
  std::vector<usage_sum> sums;
};

/// Asks how the store is.
struct get_storage_status {};

struct storage_status {
  /// Where the ledger is.
  std::string path;
  /// Not empty when something happened at start that people should know, for
  /// example that a damaged file was moved aside.
  std::string note;
  /// Not empty when rows cannot be written: why.
  std::string trouble;
  /// Rows taken and not yet committed.
  uint64_t pending = 0;
  /// Rows lost because the store failed for too long; each was logged.
  uint64_t dropped = 0;
};

/// Waits until everything recorded so far is committed.
struct flush {};
struct flushed {
  /// False when the store failed or did not answer in time; the rows stay
  /// pending and are tried again.
  bool ok = true;
};

/// The storage's reminder to itself to commit a group.
struct commit_group {
  /// True for the slow look at whether the store still answers.
  bool check = false;
};

/// Rows that are committed together. A writer numbers its batches from 1 and
/// repeats one unchanged until it is confirmed, so a store can tell a repeated
/// batch from a new one and nothing is lost or counted twice.
struct ledger_batch {
  /// Unique in time and between processes.
  std::string writer;
  uint64_t number = 0;
  std::vector<ledger_row> rows;
  /// What became of the writer's leases; applied before the rows.
  std::vector<lease_change> changes = {};
};

using ledger_batch_ptr = std::shared_ptr<const ledger_batch>;

/// Asks the database worker to append a batch.
struct write_batch {
  ledger_batch_ptr what;
};

/// The database worker's notice to its storage.
struct batch_over {
  uint64_t number = 0;
  /// `ec::storage_failed` when nothing was appended.
  caf::error failed;
};

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::record)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::get_usage)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::usage_report)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::get_storage_status)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::storage_status)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::flush)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::flushed)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::commit_group)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::write_batch)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::batch_over)
