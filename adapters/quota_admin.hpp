#pragma once

#include "adapters/ledger_store.hpp"
#include "messages/lease.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smart_agents {

/// What was spent of a limit in one window, or in one slot of a rolling one.
struct quota_counter {
  std::string id;
  int64_t slot = 0;
  uint64_t used = 0;
  bool operator==(const quota_counter&) const = default;
};

/// What `quota export` writes. Token buckets are left out: what they hold is
/// over in a minute.
struct quota_state {
  std::vector<quota_counter> counters;
  /// Limits that were set, by id.
  std::vector<std::pair<std::string, uint64_t>> amounts;
  bool operator==(const quota_state&) const = default;
};

/// One change by hand.
struct audit_row {
  wall_time at{};
  std::string who;
  /// `set`, `reset`, `import`.
  std::string action;
  /// For people.
  std::string what;
};

/// Changes limits and counters of a ledger by hand, beside the processes that
/// use it: they hear of it with their next lease. Each change and its audit row
/// are committed together. Blocking. Fails with `ec::storage_failed`.
class quota_admin {
public:
  virtual ~quota_admin() = default;

  /// Sets the limits of meters by id; unset takes the configured ones again.
  virtual caf::error set(const std::vector<std::string>& ids,
                         std::optional<uint64_t> amount,
                         const audit_row& by) = 0;

  /// Forgets what was spent of these meters in these windows. What is leased or
  /// reserved stays so.
  virtual caf::error reset(const std::vector<lease_ask>& which,
                           const audit_row& by) = 0;

  virtual caf::expected<quota_state> save() = 0;

  /// Sets counters and limits to what was saved; others stay.
  virtual caf::error load(const quota_state& from, const audit_row& by) = 0;

  /// The last changes, newest first.
  virtual caf::expected<std::vector<audit_row>> audit(uint32_t most) = 0;
};

/// Opens the ledger at `path` as `open_sqlite_ledger` does.
caf::expected<std::unique_ptr<quota_admin>>
open_quota_admin(const std::string& path, const sqlite_options& options = {});

} // namespace smart_agents
