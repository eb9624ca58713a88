#pragma once

#include "messages/dialect.hpp"
#include "messages/storage.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smart_agents {

/// Where the ledger is kept. Blocking: only detached actors call it, and start
/// and stop of the program. One thread at a time.
class ledger_store {
public:
  virtual ~ledger_store() = default;

  /// Appends all rows or none. Fails with `ec::storage_failed`.
  virtual caf::error append(const std::vector<ledger_row>& rows) = 0;

  /// Sums over the rows since an instant. Fails with `ec::storage_failed`, or
  /// `ec::bad_input` for an unknown group.
  virtual caf::expected<std::vector<usage_sum>> sum(wall_time since,
                                                    const std::string& by) = 0;

  /// For messages.
  virtual std::string path() const = 0;
};

} // namespace smart_agents
