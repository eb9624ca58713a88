#pragma once

#include "messages/actors.hpp"
#include "messages/chat.hpp"

#include <cstdint>
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
};

/// Sums over the ledger.
struct usage_sum {
  /// The group's value: a provider, model, origin or day.
  std::string group;
  uint64_t requests = 0;
  uint64_t failed = 0;
  usage tokens;
  double cost_usd = 0;
  double saved_usd = 0;
};

/// Appends a row; acknowledged by nothing, committed in groups.
struct record {
  ledger_row row;
};

/// Asks for sums since `since`, grouped by a column: `provider`, `model`,
/// `origin` or `day`.
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
  bool ok = true;
};

/// The storage's reminder to itself to commit a group.
struct commit_group {};

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::record)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::get_usage)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::usage_report)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::get_storage_status)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::storage_status)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::flush)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::flushed)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::commit_group)
