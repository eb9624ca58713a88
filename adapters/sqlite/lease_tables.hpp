#pragma once

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/owner_locks.hpp"
#include "messages/lease.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smart_agents::sqlite {

/// The leases of a ledger: who holds how much of which limit, and what was
/// spent of it. Works within the caller's transaction; the rules are those of
/// `lease_table`. Of a limit or window that it does not know it takes what the
/// ledger says.
class lease_tables {
public:
  /// The tables of a database whose schema is up to date.
  static caf::expected<lease_tables> make(database& on);

  /// See `smart_agents::ledger_store::live`.
  void live(const std::string& owner);

  /// See `smart_agents::ledger_store::lease`.
  caf::expected<std::vector<lease_grant>>
  lease(database& on, const std::string& owner,
        const std::vector<lease_ask>& asks, lease_clock now);

  /// See `ledger_batch::changes`. `steady` is the clock now, in nanoseconds.
  caf::error apply(database& on, const std::string& owner,
                   const std::vector<lease_change>& changes, int64_t steady);

private:
  struct statements;
  using statements_ptr = std::shared_ptr<statements>;

  lease_tables(statements_ptr all, std::unique_ptr<owner_locks> owners);

  caf::error open_window(database& on, const meter& x, const meter_time& at);
  caf::expected<uint64_t> used(database& on, const meter& x,
                               const meter_time& at, int64_t steady);
  /// See `lease_table::used_from`.
  caf::expected<uint64_t> used_from(database& on, const meter& x,
                                    const meter_time& at, int64_t steady);
  /// Counts what was spent at `steady`, which is not after `now`.
  caf::error spend(database& on, const meter& x, const meter_time& at,
                   int64_t steady, uint64_t amount, int64_t now);
  /// See `lease_table::spend_anywhere`.
  caf::error spend_anywhere(database& on, const meter& x, meter_time at,
                            int64_t steady, uint64_t amount);
  caf::expected<uint64_t> leased(database& on, const meter& x,
                                 const meter_time& at, lease_clock now,
                                 bool may_write);
  caf::expected<double> burnt(database& on, const meter& x, int64_t steady);
  /// The limit that somebody set, if anybody did.
  caf::expected<std::optional<uint64_t>> amount_set(database& on,
                                                    const std::string& id);
  caf::expected<lease_grant> one(database& on, const std::string& owner,
                                 const lease_ask& ask, lease_clock now);

  statements_ptr all_;
  std::unique_ptr<owner_locks> owners_;
};

} // namespace smart_agents::sqlite
