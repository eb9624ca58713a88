#pragma once

#include "messages/storage.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace smart_agents {

/// Where whoever has a row for the ledger lays it down, on any thread: the
/// storage comes for all of them together, so that a row costs no message of
/// its own. Outlives the storage, whose successor finds what it left here.
class ledger_desk {
public:
  /// Keeps at most so many; beyond, the oldest is lost and counted.
  explicit ledger_desk(size_t most = 100'000) : most_{most} {}

  /// True when the storage does not know yet that rows lie here: tell it by a
  /// `commit_group`.
  bool put(ledger_row row) {
    std::lock_guard guard{mutex_};
    if (rows_.size() >= most_) {
      rows_.pop_front();
      ++lost_;
    }
    rows_.push_back(std::move(row));
    return !std::exchange(told_, true);
  }

  /// Those that lay here at the last look already: what was sent to the storage
  /// before them has reached it by now, if it sent itself a message meanwhile.
  std::vector<ledger_row> take_seen() {
    std::lock_guard guard{mutex_};
    return take(seen_);
  }

  std::vector<ledger_row> take_all() {
    std::lock_guard guard{mutex_};
    return take(rows_.size());
  }

  size_t size() const {
    std::lock_guard guard{mutex_};
    return rows_.size();
  }

  uint64_t lost() const {
    std::lock_guard guard{mutex_};
    return lost_;
  }

private:
  std::vector<ledger_row> take(size_t count) {
    count = std::min(count, rows_.size());
    auto end = rows_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<ledger_row> result{std::make_move_iterator(rows_.begin()),
                                   std::make_move_iterator(end)};
    rows_.erase(rows_.begin(), end);
    seen_ = rows_.size();
    told_ = seen_ > 0;
    return result;
  }

  const size_t most_;
  mutable std::mutex mutex_;
  std::deque<ledger_row> rows_;
  size_t seen_ = 0;
  bool told_ = false;
  uint64_t lost_ = 0;
};

} // namespace smart_agents
