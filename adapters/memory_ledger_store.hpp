#pragma once

#include "adapters/lease_table.hpp"
#include "adapters/ledger_store.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>

namespace smart_agents {

/// Keeps the ledger in memory, for tests and `--ephemeral`. Beyond `max_rows`
/// the oldest rows are forgotten.
class memory_ledger_store : public ledger_store {
public:
  explicit memory_ledger_store(size_t max_rows = 200'000)
    : max_rows_{max_rows} {}

  caf::error append(const ledger_batch& batch) override;

  void live(const std::string& owner) override;

  /// `owner` is dead, whatever was said before.
  void ended(const std::string& owner);

  caf::expected<std::vector<lease_grant>>
  lease(const std::string& owner, const std::vector<lease_ask>& asks,
        lease_clock now) override;

  caf::expected<std::vector<usage_sum>> sum(wall_time since,
                                            const std::string& by) override;

  /// `memory`.
  std::string path() const override;

private:
  uint64_t used_of(const meter& x, const meter_time& at);

  std::mutex mutex_;
  size_t max_rows_;
  std::deque<ledger_row> rows_;
  /// Number of the last batch by writer.
  std::map<std::string, uint64_t> writers_;
  lease_table leases_;
};

} // namespace smart_agents
