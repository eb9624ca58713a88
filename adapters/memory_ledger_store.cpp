#include "adapters/memory_ledger_store.hpp"

#include "adapters/usage_sums.hpp"
#include "messages/error.hpp"

#include <caf/expected.hpp>

namespace smart_agents {

caf::error memory_ledger_store::append(const ledger_batch& batch) {
  auto guard = std::lock_guard{mutex_};
  auto& last = writers_[batch.writer];
  if (batch.number <= last)
    return caf::none;
  last = batch.number;
  leases_.apply(
    batch.writer, batch.changes,
    [this](const meter& x, const meter_time& at) { return used_of(x, at); });
  rows_.insert(rows_.end(), batch.rows.begin(), batch.rows.end());
  while (rows_.size() > max_rows_)
    rows_.pop_front();
  return caf::none;
}

uint64_t memory_ledger_store::used_of(const meter& x, const meter_time& at) {
  uint64_t result = 0;
  for (const auto& row : rows_)
    if (counts(x, row, at))
      result += amount_of(x.kind, row);
  return result;
}

void memory_ledger_store::live(const std::string& owner) {
  auto guard = std::lock_guard{mutex_};
  leases_.live(owner, true);
}

void memory_ledger_store::ended(const std::string& owner) {
  auto guard = std::lock_guard{mutex_};
  leases_.live(owner, false);
}

caf::expected<std::vector<lease_grant>>
memory_ledger_store::lease(const std::string& owner,
                           const std::vector<lease_ask>& asks,
                           lease_clock now) {
  auto guard = std::lock_guard{mutex_};
  return leases_.lease(
    owner, asks, now,
    [this](const meter& x, const meter_time& at) { return used_of(x, at); });
}

caf::expected<std::vector<usage_sum>>
memory_ledger_store::sum(wall_time since, const std::string& by) {
  auto sums = usage_sums::by(by);
  if (!sums)
    return std::move(sums.error());
  auto guard = std::lock_guard{mutex_};
  for (const auto& row : rows_)
    if (row.at >= since)
      sums->add(row);
  return sums->take();
}

std::string memory_ledger_store::path() const {
  return "memory";
}

} // namespace smart_agents
