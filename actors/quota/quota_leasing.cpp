// The half of the quota manager that deals with the storage.

#include "actors/quota/quota_manager.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace smart_agents {

namespace {

/// Adds a change to those that wait: one entry a meter and slot.
void merge(std::vector<lease_change>& into, lease_change x) {
  for (auto& y : into)
    if ((y.what == x.what || y.what->id == x.what->id) && y.at == x.at) {
      y.steady = std::max(y.steady, x.steady);
      y.spent += x.spent;
      y.covered += x.covered;
      y.returned += x.returned;
      return;
    }
  into.push_back(std::move(x));
}

} // namespace

// -- reports ------------------------------------------------------------------

caf::result<quota_report> quota_manager_state::report() {
  listen();
  auto& book = options_.memory->book;
  auto questions = book.look(now());
  // A store that owes an answer already would not be faster now.
  if (questions.empty() || !storage_ || reports_ask_ != 0)
    return book.report(now());
  auto promise = self_->make_response_promise<quota_report>();
  reports_.push_back(promise);
  reports_until_ = now_of(self_) + options_.report_patience;
  reports_ask_ = last_asking_ + 1;
  send_asks(std::move(questions));
  arm();
  return promise;
}

void quota_manager_state::answer_reports() {
  for (auto& promise : std::exchange(reports_, {}))
    promise.deliver(options_.memory->book.report(now()));
}

// -- questions ----------------------------------------------------------------

void quota_manager_state::use_storage(const storage_actor& now) {
  if (storage_ == now)
    return;
  storage_ = now;
  // What the one before took without an answer is asked again.
  while (!asking_.empty())
    asked(asking_.begin()->first, nullptr);
  for (auto& x : std::exchange(sent_, {}))
    merge(options_.memory->unsent, std::move(x));
  ++sending_;
  send_changes();
  retry();
}

void quota_manager_state::send_asks(std::vector<lease_ask> asks) {
  if (asks.empty())
    return;
  auto number = ++last_asking_;
  auto& entry = asking_[number];
  entry = std::move(asks);
  if (!storage_) {
    // Asked again when there is one.
    asked(number, nullptr);
    return;
  }
  last_beat_ = now_of(self_);
  self_->request(storage_, caf::infinite, take_leases{entry})
    .then(
      [this, number](const leases_taken& x) {
        ailing_ = false;
        asked(number, &x);
      },
      [this, number](const caf::error& why) {
        ailing_ = why == ec::storage_failed;
        asked(number, nullptr);
      });
}

void quota_manager_state::asked(uint64_t number, const leases_taken* answer) {
  auto found = asking_.extract(number);
  if (!found)
    return;
  auto& book = options_.memory->book;
  if (answer != nullptr)
    book.take(answer->grants, now());
  else
    book.asks_failed(found.mapped());
  if (number == reports_ask_) {
    reports_ask_ = 0;
    answer_reports();
  }
  if (answer != nullptr)
    retry();
}

void quota_manager_state::retry() {
  if (waiting_.empty())
    return;
  auto& book = options_.memory->book;
  for (auto& x : std::exchange(waiting_, {})) {
    auto result = book.try_hold(x.request, now());
    if (!result) {
      waiting_.push_back(std::move(x));
      continue;
    }
    if (result->id != 0)
      own(*result, x.owner);
    tell(x.request.provider, now());
    x.promise.deliver(std::move(*result));
  }
  send_asks(book.take_asks());
  publish();
}

void quota_manager_state::expire() {
  auto at = now_of(self_);
  if (!reports_.empty() && at >= reports_until_)
    answer_reports();
  auto due =
    std::stable_partition(waiting_.begin(), waiting_.end(),
                          [at](const waiter& x) { return at < x.deadline; });
  std::vector<waiter> late{std::make_move_iterator(due),
                           std::make_move_iterator(waiting_.end())};
  waiting_.erase(due, waiting_.end());
  for (auto& x : late) {
    reserved result;
    auto& why = result.refused.emplace();
    why.what = failure_class::over_quota;
    why.message = x.request.provider
                  + "'s limits cannot be checked, because the ledger does not "
                    "answer (see `smart-agents doctor`)";
    why.code = "ledger_unavailable";
    why.retry_after = options_.lease_patience;
    x.promise.deliver(std::move(result));
  }
  retry();
}

// -- news ---------------------------------------------------------------------

void quota_manager_state::send_changes() {
  // The next piece goes when the last one was taken; until then the meters
  // sum it up.
  if (!storage_ || !sent_.empty())
    return;
  auto& memory = *options_.memory;
  for (auto& x : memory.book.take_changes())
    merge(memory.unsent, std::move(x));
  if (memory.unsent.empty())
    return;
  sent_ = std::exchange(memory.unsent, {});
  auto number = ++sending_;
  self_->request(storage_, caf::infinite, change_leases{sent_})
    .then(
      [this, number] {
        if (number != sending_)
          return;
        sent_.clear();
        send_changes();
      },
      [this, number](const caf::error&) {
        if (number != sending_)
          return;
        // Never taken; the storage's successor gets it.
        for (auto& x : std::exchange(sent_, {}))
          merge(options_.memory->unsent, std::move(x));
      });
}

void quota_manager_state::beat() {
  if (!storage_ || now_of(self_) - last_beat_ < options_.beat)
    return;
  last_beat_ = now_of(self_);
  self_->request(storage_, caf::infinite, take_leases{})
    .then([](const leases_taken&) {}, [](const caf::error&) {});
}

void quota_manager_state::stop(const caf::exit_msg& how) {
  if (!how.reason)
    return;
  // The others need not wait until our leases expire.
  options_.memory->book.give_back(true, now());
  sent_.clear();
  send_changes();
  self_->quit(how.reason);
}

} // namespace smart_agents
