#pragma once

#include "adapters/sqlite/database.hpp"
#include "messages/lease.hpp"
#include "messages/storage.hpp"

#include <map>
#include <string>
#include <vector>

namespace smart_agents::sqlite {

/// Adds rows to the sums by the hour (table `hours`), so that questions about
/// long times stay fast however many rows there are. Within the caller's
/// transaction.
class rollup {
public:
  static caf::expected<rollup> make(database& on);

  caf::error add(database& on, const std::vector<ledger_row>& rows);

private:
  explicit rollup(statement upsert) : upsert_{std::move(upsert)} {}

  statement upsert_;
};

/// Fills the empty table `hours` from the rows that there are.
caf::error sum_up(database& on);

/// What the ledger has of a meter's window, by slot: whole hours from the sums,
/// the rest from the rows.
caf::expected<std::map<int64_t, uint64_t>>
ledger_of(database& on, const meter& x, const meter_time& at);

/// Sums since an instant by a column that `usage_sums::by` knows, ordered.
caf::expected<std::vector<usage_sum>> sums_of(database& on, int64_t since_ns,
                                              const std::string& by);

} // namespace smart_agents::sqlite
