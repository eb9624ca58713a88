#include "actors/storage/ledger_spool.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <random>
#include <utility>

namespace smart_agents {

std::string ledger_spool::fresh_writer() {
  std::random_device random;
  std::string name;
  for (int i = 0; i < 4; ++i) {
    std::array<char, 9> word{};
    std::snprintf(word.data(), word.size(), "%08x", random());
    name += word.data();
  }
  return name;
}

ledger_spool::ledger_spool(std::string writer, size_t most)
  : writer_{std::move(writer)}, most_{std::max<size_t>(most, 1)} {}

bool ledger_spool::add(ledger_row row) {
  ++taken_;
  waiting_.push_back(std::move(row));
  auto rows = waiting_.size() + (offered_ ? offered_->rows.size() : 0);
  if (rows <= most_ || waiting_.empty())
    return true;
  // The offered batch stays: the store may have it already.
  waiting_.pop_front();
  ++dropped_;
  return false;
}

void ledger_spool::add(const lease_change& change) {
  auto [place, fresh] =
    changes_.try_emplace({change.what->id, change.at.slot}, change);
  if (fresh) {
    ++taken_;
    return;
  }
  auto& x = place->second;
  x.what = change.what;
  x.at = change.at;
  x.steady = std::max(x.steady, change.steady);
  x.spent += change.spent;
  x.covered += change.covered;
  x.returned += change.returned;
}

ledger_batch_ptr ledger_spool::next(size_t rows) {
  if (offered_ || (waiting_.empty() && changes_.empty()))
    return offered_;
  auto batch = std::make_shared<ledger_batch>();
  batch->writer = writer_;
  batch->number = ++last_number_;
  auto end = waiting_.begin()
             + static_cast<std::ptrdiff_t>(std::min(rows, waiting_.size()));
  batch->rows.assign(std::make_move_iterator(waiting_.begin()),
                     std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  for (auto& [key, x] : std::exchange(changes_, {}))
    batch->changes.push_back(std::move(x));
  offered_ = std::move(batch);
  return offered_;
}

void ledger_spool::confirm(uint64_t number) {
  if (offered_ && offered_->number == number)
    offered_.reset();
}

void ledger_spool::add_to(usage_sums& sums, wall_time since) const {
  auto add = [&sums, since](const ledger_row& row) {
    if (row.at >= since)
      sums.add(row);
  };
  if (offered_)
    std::for_each(offered_->rows.begin(), offered_->rows.end(), add);
  std::for_each(waiting_.begin(), waiting_.end(), add);
}

size_t ledger_spool::pending() const {
  return waiting_.size() + changes_.size()
         + (offered_ ? offered_->rows.size() + offered_->changes.size() : 0);
}

} // namespace smart_agents
