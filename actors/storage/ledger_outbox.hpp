#pragma once

#include "messages/error.hpp"
#include "messages/storage.hpp"

#include <caf/actor_addr.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace smart_agents {

/// The rows that an actor has written and the storage has not taken yet. A
/// storage that dies sends back what it did not take, and then the row waits
/// for the successor: no row is lost or written twice.
///
/// The storage takes a row within one message, so an unanswered row was not
/// taken; nothing needs to be asked about it.
template <class Pointer>
class ledger_outbox {
public:
  /// `when_empty` runs each time the last row was taken.
  explicit ledger_outbox(Pointer self, std::function<void()> when_empty = {})
    : self_{self}, when_empty_{std::move(when_empty)} {}

  /// Sends a row, now or as soon as there is a storage.
  void add(ledger_row row) {
    auto number = ++last_;
    rows_.emplace(number, entry{std::move(row), nullptr});
    send(number);
  }

  /// Goes on with the current storage; null while there is none.
  void use(storage_actor storage) {
    storage_ = std::move(storage);
    if (!storage_)
      return;
    for (auto& [number, x] : rows_)
      if (!x.at)
        send(number);
  }

  bool empty() const {
    return rows_.empty();
  }

private:
  struct entry {
    ledger_row row;
    /// Who has been asked; null when nobody has, or the one asked was dead.
    caf::actor_addr at;
  };

  void send(uint64_t number) {
    if (!storage_)
      return;
    auto& x = rows_.at(number);
    x.at = storage_.address();
    self_->request(storage_, caf::infinite, record{x.row})
      .then([this, number] { taken(number); },
            [this, number](const caf::error&) { came_back(number); });
  }

  void taken(uint64_t number) {
    rows_.erase(number);
    if (rows_.empty() && when_empty_)
      when_empty_();
  }

  void came_back(uint64_t number) {
    auto i = rows_.find(number);
    if (i == rows_.end())
      return;
    auto dead = std::exchange(i->second.at, nullptr);
    if (storage_ && storage_.address() != dead)
      send(number);
  }

  Pointer self_;
  std::function<void()> when_empty_;
  storage_actor storage_;
  std::map<uint64_t, entry> rows_;
  uint64_t last_ = 0;
};

} // namespace smart_agents
