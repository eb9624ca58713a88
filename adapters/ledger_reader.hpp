#pragma once

#include "messages/storage.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smart_agents {

/// Sums of one day (UTC) and one group.
struct daily_sum {
  /// `2026-11-23`.
  std::string day;
  std::string group;
  uint64_t attempts = 0;
  uint64_t answered = 0;
  uint64_t failovers = 0;
  uint64_t quota_hits = 0;
  uint64_t input = 0;
  uint64_t output = 0;
  double cost_usd = 0;
  double saved_usd = 0;
};

/// Looks into a ledger that others write: for reports, never for decisions.
/// Blocking, and not thread-safe.
class ledger_reader {
public:
  virtual ~ledger_reader() = default;

  /// The attempts of a request and of its steps (`ID/...`), oldest first; empty
  /// when there is no such request.
  virtual caf::expected<std::vector<ledger_row>>
  of_request(const std::string& id) = 0;

  /// The last attempts, newest first.
  virtual caf::expected<std::vector<ledger_row>> latest(uint32_t count) = 0;

  /// Sums a day since an instant, grouped by `provider`, `model`, `origin`,
  /// `key` or `type`, ordered by day and group. The first day counts from its
  /// start. Fails with `ec::bad_input` for another column.
  virtual caf::expected<std::vector<daily_sum>>
  by_day(wall_time since, std::string_view column) = 0;
};

/// Opens a SQLite ledger that exists. Fails with `ec::storage_failed`.
caf::expected<std::unique_ptr<ledger_reader>>
open_ledger_reader(const std::string& path);

} // namespace smart_agents
