#pragma once

#include "adapters/usage_sums.hpp"
#include "messages/storage.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

namespace smart_agents {

/// The rows on their way to the store, in order. Pure; it outlives the storage
/// actor, so that a restarted one goes on where the last one stopped.
class ledger_spool {
public:
  /// A name for this process's batches that no other writer has.
  static std::string fresh_writer();

  /// Holds at most `most` rows.
  explicit ledger_spool(std::string writer = fresh_writer(),
                        size_t most = 200'000);

  /// Appends a row. Returns false when the oldest waiting row was dropped for
  /// it.
  bool add(ledger_row row);

  /// Adds what became of a lease; goes with the next batch.
  void add(const lease_change& change);

  const std::string& writer() const {
    return writer_;
  }

  /// The batch to write next: the last one again until it is confirmed, else a
  /// new one of up to `rows`; null when nothing is pending.
  ledger_batch_ptr next(size_t rows);

  /// The store has batch `number`. Older and repeated news change nothing.
  void confirm(uint64_t number);

  /// Adds the pending rows since an instant to sums.
  void add_to(usage_sums& sums, wall_time since) const;

  /// Rows and changes taken and not confirmed.
  size_t pending() const;

  /// Rows and changes taken so far; the count at which a flush is done.
  uint64_t taken() const {
    return taken_;
  }

  /// Rows that left: confirmed or dropped.
  uint64_t gone() const {
    return taken_ - pending();
  }

  uint64_t dropped() const {
    return dropped_;
  }

private:
  std::string writer_;
  size_t most_;
  std::deque<ledger_row> waiting_;
  /// By meter and slot.
  std::map<std::pair<std::string, int64_t>, lease_change> changes_;
  /// Offered to the store and not confirmed: its rows and number are fixed,
  /// since they may have been committed already.
  ledger_batch_ptr offered_;
  uint64_t last_number_ = 0;
  uint64_t taken_ = 0;
  uint64_t dropped_ = 0;
};

} // namespace smart_agents
