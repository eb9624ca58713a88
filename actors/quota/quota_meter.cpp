#include "actors/quota/quota_meter.hpp"

#include "adapters/lease_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

/// Calendar windows remembered for a clock that is set back.
constexpr size_t remembered = 8;

template <class Time>
int64_t nanoseconds_of(Time t) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           t.time_since_epoch())
    .count();
}

wall_time wall_of(int64_t nanoseconds) {
  return wall_time{std::chrono::duration_cast<wall_time::duration>(
    std::chrono::nanoseconds{nanoseconds})};
}

/// How a limit grows that only a refusal named.
constexpr caf::timespan grows_every = 1min;
constexpr uint64_t grows_by = 10;
constexpr uint64_t grows_to = 10;
constexpr caf::timespan longest_quiet = 24h;

/// A share of a limit from which people are warned: 80 %.
uint64_t warning_at(uint64_t amount) {
  return amount - amount / 5;
}

/// Below this they may be warned again, where no window ends.
uint64_t calm_at(uint64_t amount) {
  return amount / 10 * 7;
}

} // namespace

quota_meter::quota_meter(const std::string& provider, quota_limit limit,
                         calendar zone, bool leased)
  : limit_{std::move(limit)}, zone_{zone},
    what_{make_meter(provider, limit_, zone)}, leased_{leased} {}

// -- time ---------------------------------------------------------------------

void quota_meter::turn(quota_now now) {
  if (turned_ && now.steady == now_.steady && now.wall == now_.wall)
    return;
  turned_ = true;
  now_ = now;
  if (grows_at_ && now.steady >= *grows_at_)
    grow();
  if (is_bucket()) {
    refill(*what_, debt_, debt_at_, nanoseconds_of(now.steady));
    return;
  }
  if (limit_.window == quota_window::told) {
    if (span_.end != wall_time{} && now.wall >= span_.end) {
      // Until the next is told it begins at once and ends as late as it can.
      span_ = {now.wall, now.wall + limit_.length};
      slots_.clear();
    }
    return;
  }
  if (is_calendar()) {
    if (!span_.contains(now.wall))
      turn_calendar();
    return;
  }
  auto width = what_->slot_width.count();
  auto t = nanoseconds_of(now.wall);
  auto whole = limit_.length.count();
  auto slot = t - ((t % width) + width) % width;
  if (slot == at_.slot && at_.to != 1)
    return;
  if (slot < at_.slot && at_.to != 1)
    give_back(true);
  // What lies in the future was counted before the clock was set back.
  at_ = {slot, slot - whole, slot + whole};
  slots_.erase(slots_.begin(), slots_.lower_bound(slot - 2 * whole));
}

void quota_meter::turn_calendar() {
  auto before = at_;
  switch (limit_.window) {
  case quota_window::month: span_ = zone_.month(now_.wall); break;
  case quota_window::week: span_ = zone_.week(now_.wall); break;
  default: span_ = zone_.day(now_.wall);
  }
  auto begin = nanoseconds_of(span_.begin);
  // A lease was granted beside what is spent in its window and later ones; an
  // earlier one may be full.
  if (begin < before.slot && before.to != 1)
    give_back(true);
  at_ = {begin, begin, nanoseconds_of(span_.end)};
  // Set back to a window that was never seen: it has been going on while we
  // counted, so what we counted may belong to it.
  if (before.to != 1 && begin < before.slot && slots_.count(begin) == 0)
    if (auto known = slots_.find(before.slot); known != slots_.end())
      slots_[begin] = slot{known->second};
  slots_.try_emplace(begin);
  while (slots_.size() > remembered && slots_.begin()->first != begin)
    slots_.erase(slots_.begin());
}

// -- counting -----------------------------------------------------------------

uint64_t quota_meter::used() const {
  if (is_bucket())
    return debt_;
  if (is_calendar()) {
    auto i = slots_.find(at_.slot);
    return i == slots_.end() ? 0 : i->second.used;
  }
  uint64_t sum = 0;
  for (auto i = slots_.lower_bound(at_.from);
       i != slots_.end() && i->first < at_.to; ++i)
    sum += i->second.used;
  return sum;
}

uint64_t quota_meter::used_from() const {
  if (is_bucket() || slots_.empty() || slots_.rbegin()->first <= at_.slot)
    return used();
  uint64_t result = 0;
  for (auto i = slots_.lower_bound(at_.from); i != slots_.end(); ++i)
    result = is_calendar() ? std::max(result, i->second.used)
                           : result + i->second.used;
  return result;
}

uint64_t quota_meter::held() const {
  return reserved_ + floating_ + others_;
}

uint64_t quota_meter::room() const {
  if (leased_ && unheard())
    return 0;
  return leased_ ? spare() : free();
}

uint64_t quota_meter::spare() const {
  // The store leases within the window that it is asked for; after the clock
  // was set our own count may know better.
  return std::min(hand_ - std::min(hand_, reserved_), free());
}

bool quota_meter::unheard() const {
  // Of a rolling window a slot more or less is within its rounding.
  return !is_bucket() && at_.slot > heard_
         && at_.slot - what_->slot_width.count() > heard_;
}

uint64_t quota_meter::free() const {
  return limit_.amount - std::min(limit_.amount, used_from() + held());
}

double quota_meter::share_free() const {
  auto x = free();
  return x == 0 ? 0
                : static_cast<double>(x) / static_cast<double>(limit_.amount);
}

void quota_meter::hold(uint64_t amount, bool covered) {
  (covered ? reserved_ : floating_) += amount;
  typical_ = std::max(amount, typical_ - typical_ / 4);
  last_use_ = now_.steady;
}

void quota_meter::release(uint64_t amount, bool covered) {
  auto& from = covered ? reserved_ : floating_;
  from -= std::min(from, amount);
}

void quota_meter::add(uint64_t amount) {
  if (is_bucket())
    debt_ += amount;
  else
    slots_[at_.slot].used += amount;
  // Within so short a time nothing decays that anybody would see.
  if (now_.steady - burnt_at_ < what_->smooth / 4096) {
    burnt_ += static_cast<double>(amount);
    return;
  }
  auto whole = std::chrono::duration<double>(what_->smooth);
  auto passed = std::chrono::duration<double>(now_.steady - burnt_at_);
  burnt_ = burnt_ * std::exp(-std::max(0.0, passed / whole))
           + static_cast<double>(amount);
  burnt_at_ = now_.steady;
}

void quota_meter::spend(uint64_t amount, bool covered) {
  add(amount);
  last_use_ = now_.steady;
  if (!leased_)
    return;
  auto part = covered ? std::min(amount, hand_) : 0;
  hand_ -= part;
  if (change_ && change_->at != at_) {
    earlier_.push_back(std::move(*change_));
    change_.reset();
  }
  if (!change_)
    change_ = lease_change{what_, at_, 0, 0, 0, 0};
  change_->spent += amount;
  change_->covered += part;
}

void quota_meter::preset(uint64_t amount) {
  if (is_bucket()) {
    debt_ = amount;
    debt_at_ = nanoseconds_of(now_.steady);
    return;
  }
  slots_.erase(slots_.lower_bound(at_.from), slots_.lower_bound(at_.to));
  slots_[at_.slot].used = amount;
}

void quota_meter::amend(uint64_t amount) {
  if (amount == 0 || amount == limit_.amount)
    return;
  limit_.amount = amount;
  auto changed = std::make_shared<meter>(*what_);
  changed->amount = amount;
  what_ = std::move(changed);
}

void quota_meter::correct(uint64_t amount, uint64_t used, wall_time resets_at,
                          told_when when) {
  amend(amount);
  last_use_ = now_.steady;
  turned_ = false;
  auto fresh = when == told_when::now;
  // What is held here may be counted there already.
  if (when == told_when::under_way)
    used -= std::min(used, held());
  if (is_bucket()) {
    preset(fresh ? used : std::max(used, debt_));
    return;
  }
  auto same = resets_at == span_.end;
  // The ends of one window may be told a little differently.
  if (limit_.window == quota_window::told
      && std::chrono::abs(resets_at - span_.end) > limit_.length / 10) {
    span_ = {resets_at - limit_.length, resets_at};
    slots_.clear();
    same = false;
  }
  auto& now = slots_[at_.slot];
  now.used = fresh || !same ? used : std::max(used, now.used);
}

uint64_t quota_meter::believe(uint64_t said, uint64_t served, uint64_t pace) {
  auto grown = said_ == said && limit_.amount > said;
  said_ = said;
  auto amount = said;
  // A bucket that was full gives twice its limit within the first minute.
  if (served > 2 * said + 1) {
    amount = std::max(said, pace);
    quiet_ = grows_every;
  } else {
    quiet_ = grown ? std::min(2 * quiet_, longest_quiet) : quiet_;
  }
  grows_at_ = now_.steady + quiet_;
  return amount;
}

void quota_meter::grow() {
  auto most = std::max(said_, limit_.amount / grows_to) * grows_to;
  while (grows_at_ && now_.steady >= *grows_at_) {
    auto next = limit_.amount + std::max<uint64_t>(limit_.amount / grows_by, 1);
    amend(std::min(next, most));
    *grows_at_ += grows_every;
    if (next >= most)
      grows_at_.reset();
  }
}

uint64_t quota_meter::expected(uint64_t bound) const {
  if (limit_.source != limit_source::provider || limit_.counts_cap)
    return bound;
  if (limit_.kind == quota_kind::requests || limit_.kind == quota_kind::plan)
    return bound;
  auto part =
    static_cast<uint64_t>(std::ceil(static_cast<double>(bound) * share_));
  // One that is larger than all there is may still come to less.
  return std::min({bound, part, limit_.amount});
}

void quota_meter::learn(uint64_t bound, uint64_t real) {
  if (bound == 0)
    return;
  auto seen =
    std::min(1.0, static_cast<double>(real) * 1.1 / static_cast<double>(bound));
  share_ += (seen > share_ ? 0.5 : 0.1) * (seen - share_);
}

// -- forecast -----------------------------------------------------------------

double quota_meter::per_hour() const {
  auto whole = std::chrono::duration<double>(what_->smooth);
  auto passed = std::chrono::duration<double>(now_.steady - burnt_at_);
  auto rest = burnt_ * std::exp(-std::max(0.0, passed / whole));
  return std::max(rest * 3600 / whole.count(), told_per_hour_);
}

std::optional<wall_time> quota_meter::runs_out_at() const {
  auto rate = per_hour();
  auto taken = used();
  if (taken >= limit_.amount)
    return now_.wall;
  // Within the longest window there is, or never.
  auto hours = static_cast<double>(limit_.amount - taken) / rate;
  if (is_bucket() || !(hours < 24 * 31))
    return std::nullopt;
  auto at = now_.wall
            + std::chrono::duration_cast<wall_time::duration>(
              std::chrono::duration<double, std::ratio<3600>>(hours));
  if (is_calendar() && at >= span_.end)
    return std::nullopt;
  if (!is_calendar() && hours * rate > static_cast<double>(limit_.amount))
    return std::nullopt;
  return at;
}

wall_time quota_meter::resets_at() const {
  if (is_calendar())
    return span_.end;
  if (is_bucket())
    return free_at(limit_.amount);
  auto oldest = slots_.lower_bound(at_.from);
  if (oldest == slots_.end())
    return now_.wall;
  return wall_of(oldest->first + what_->slot_width.count()
                 + limit_.length.count());
}

wall_time quota_meter::free_at(uint64_t amount) const {
  if (is_calendar())
    return span_.end;
  auto left = limit_.amount - std::min(limit_.amount, used() + held());
  if (amount <= left)
    return now_.wall;
  auto missing = amount - left;
  if (is_bucket()) {
    if (limit_.amount == 0)
      return now_.wall + what_->refill;
    auto share =
      static_cast<double>(missing) / static_cast<double>(limit_.amount);
    return now_.wall
           + std::chrono::duration_cast<wall_time::duration>(
             std::chrono::duration<double>(what_->refill) * share + 1ms);
  }
  auto width = what_->slot_width.count() + limit_.length.count();
  for (auto i = slots_.lower_bound(at_.from); i != slots_.end(); ++i) {
    if (i->second.used >= missing)
      return wall_of(i->first + width);
    missing -= i->second.used;
  }
  return now_.wall + limit_.length;
}

int quota_meter::passed(uint64_t refused) {
  // A bucket is full and empty again many times an hour.
  if (is_bucket())
    return 0;
  auto count = used();
  int level = 0;
  if (count >= warning_at(limit_.amount))
    level = 1;
  // A refusal counts only if it was not because of what is under way, which
  // may come back.
  if (count >= limit_.amount || count + refused > limit_.amount)
    level = 2;
  auto& told = is_calendar() ? slots_[at_.slot].told : told_;
  if (!is_calendar() && count < calm_at(limit_.amount))
    told = 0;
  if (level <= told)
    return 0;
  told = level;
  return level;
}

std::string quota_meter::describe(uint64_t wanted) const {
  auto kind = limit_.kind;
  auto count = used();
  auto under_way = held();
  auto text = subject_of(what_->scope) + " has used " + amount_text(kind, count)
              + " of "
              + (kind == quota_kind::plan
                   ? "its plan"
                   : amount_text(kind, limit_.amount) + noun_of(kind));
  switch (limit_.window) {
  case quota_window::day: text += " today"; break;
  case quota_window::week: text += " this week"; break;
  case quota_window::month: text += " this month"; break;
  case quota_window::second: text += " a second"; break;
  case quota_window::minute: text += " a minute"; break;
  case quota_window::rolling: text += " in " + window_name(limit_); break;
  case quota_window::told:
    text += what_->refill.count() != 0 && limit_.length <= 1min
              ? " a " + window_name(limit_)
              : " in " + window_name(limit_);
    break;
  }
  if (under_way != 0)
    text += " and has " + amount_text(kind, under_way) + " under way";
  if (wanted > 1 && count + under_way < limit_.amount)
    text += ", and this one may need " + amount_text(kind, wanted);
  if (is_calendar())
    return text + "; resets " + zone_.show(span_.end) + " (in "
           + show(span_.end - now_.wall) + ")";
  return text + "; has room again in "
         + show(std::max<caf::timespan>(
           free_at(std::max<uint64_t>(wanted, 1)) - now_.wall, 1s));
}

} // namespace smart_agents
