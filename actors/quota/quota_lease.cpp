// The half of a quota meter that deals with the store.

#include "actors/quota/quota_meter.hpp"

#include <algorithm>
#include <utility>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

/// Asked for again this soon, a lease is too small.
constexpr caf::timespan busy = 1s;

/// Not asked for again this long, it is too large.
constexpr caf::timespan quiet = 10s;

/// A lease that nobody used for so long goes back to the others.
constexpr caf::timespan idle = 10s;

/// How long a refusal by the store is believed.
constexpr caf::timespan believed = 200ms;

/// How soon a limit that was raised is noticed by one that does not ask.
constexpr caf::timespan look_every = 2s;

/// No lease is larger than this share of its limit.
constexpr uint64_t most_share = 8;

} // namespace

std::optional<lease_ask> quota_meter::ask_for(uint64_t amount) {
  if (waiting_)
    return std::nullopt;
  auto missing = amount - std::min(amount, spare());
  // A question whose answer never came is asked again as it was: it may have
  // been granted.
  if (!asked_ || (asked_->need < missing && asked_->number == 0)) {
    auto pause = now_.steady - last_ask_;
    if (pause < busy)
      slice_ *= 2;
    else if (pause > quiet)
      slice_ /= 2;
    slice_ = std::clamp(slice_, typical_,
                        std::max(typical_, limit_.amount / most_share));
    last_ask_ = now_.steady;
    asked_ =
      lease_ask{what_, at_, ++last_number_, missing, std::max(missing, slice_)};
  }
  waiting_ = true;
  return asked_;
}

std::optional<lease_ask> quota_meter::ask_ahead() {
  if (!leased_ || waiting_ || denied()
      || room() >= std::max(slice_ / 2, typical_))
    return std::nullopt;
  auto result = ask_for(room());
  return result;
}

std::optional<lease_ask> quota_meter::ask_again() {
  if (!asked_ || waiting_ || now_.steady - last_use_ < idle)
    return std::nullopt;
  waiting_ = true;
  return asked_;
}

lease_ask quota_meter::look() const {
  return {what_, at_, 0, 0, 0};
}

std::optional<lease_ask> quota_meter::look_again() {
  if (!leased_ || now_.steady - last_look_ < look_every)
    return std::nullopt;
  last_look_ = now_.steady;
  return look();
}

void quota_meter::take(const lease_grant& x) {
  if (x.amount)
    amend(*x.amount);
  told_per_hour_ = x.per_hour;
  auto unsaid = change_ ? change_->spent : 0;
  auto answer = asked_ && x.number == asked_->number && x.number != 0;
  if (answer) {
    hand_ += x.granted;
    heard_ = std::max(heard_, asked_->at.slot);
    // Granted beside what was spent in another window than the present one.
    auto elsewhere = at_.slot != asked_->at.slot;
    if (x.granted < asked_->need || x.granted == 0)
      denied_until_ = now_.steady + believed;
    asked_.reset();
    waiting_ = false;
    if (elsewhere)
      give_back(true);
  }
  others_ = x.leased - std::min(x.leased, hand_);
  if (is_bucket()) {
    debt_ = x.used + unsaid;
    debt_at_ = std::chrono::duration_cast<std::chrono::nanoseconds>(
                 now_.steady.time_since_epoch())
                 .count();
    return;
  }
  auto told = is_calendar() ? slots_[at_.slot].told : 0;
  slots_.erase(slots_.lower_bound(at_.from), slots_.lower_bound(at_.to));
  slots_[at_.slot] = {x.used + unsaid, told};
}

void quota_meter::ask_failed(bool broken) {
  waiting_ = false;
  if (broken && leased_)
    heard_ = std::max(heard_, at_.slot);
}

bool quota_meter::denied() const {
  return leased_ && now_.steady < denied_until_;
}

void quota_meter::give_back(bool all) {
  if (!leased_ || (!all && now_.steady - last_use_ < idle))
    return;
  auto rest = hand_ - std::min(hand_, reserved_);
  if (rest == 0)
    return;
  hand_ -= rest;
  if (!change_)
    change_ = lease_change{what_, at_, 0, 0, 0, 0};
  change_->returned += rest;
}

std::optional<lease_change> quota_meter::take_change() {
  std::optional<lease_change> result;
  if (earlier_.empty()) {
    result = std::exchange(change_, std::nullopt);
  } else {
    result = std::move(earlier_.front());
    earlier_.pop_front();
  }
  if (result)
    result->steady = std::chrono::duration_cast<std::chrono::nanoseconds>(
                       now_.steady.time_since_epoch())
                       .count();
  return result;
}

} // namespace smart_agents
