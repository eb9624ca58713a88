#include "adapters/lease_table.hpp"

#include "adapters/ledger_store.hpp"
#include "adapters/usage_sums.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace smart_agents {

namespace {

int64_t nanoseconds_of(wall_time t) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           t.time_since_epoch())
    .count();
}

/// A key's name counts for every group that it is in.
bool is_in_group(const std::string& key, const std::string& group) {
  return key == group
         || (key.size() > group.size() && key.starts_with(group)
             && key[group.size()] == '/');
}

} // namespace

bool counts(const meter& x, const ledger_row& row, const meter_time& at) {
  auto matches = [](const std::string& wanted, const std::string& is) {
    return wanted.empty() || wanted == is;
  };
  auto t = nanoseconds_of(row.at);
  return row.served && x.refill.count() == 0 && t >= at.from && t < at.to
         && matches(x.scope.provider, row.provider)
         && matches(x.scope.credential, row.credential)
         && matches(x.scope.model, row.model)
         && (x.scope.key.empty() || is_in_group(row.key, x.scope.key));
}

uint64_t amount_of(quota_kind kind, const ledger_row& row) {
  auto tokens = bounded(row.tokens);
  switch (kind) {
  case quota_kind::requests: return 1;
  case quota_kind::input_tokens: return tokens.input();
  case quota_kind::output_tokens: return tokens.output;
  case quota_kind::total_tokens: return tokens.total();
  case quota_kind::dollars: return dollar_units(row.cost_usd);
  case quota_kind::plan: return 0;
  }
  return 0;
}

uint64_t share_of(const lease_ask& ask, uint64_t free) {
  if (ask.need > free)
    return 0;
  return std::min(std::max(ask.want, ask.need), std::max(ask.need, free / 4));
}

void refill(const meter& x, uint64_t& debt, int64_t& since, int64_t now) {
  if (now < since) {
    if (since - now > lease_silence.count())
      since = now;
    return;
  }
  if (debt == 0) {
    since = now;
    return;
  }
  auto passed = now - since;
  auto whole = static_cast<long double>(x.refill.count());
  auto back = static_cast<uint64_t>(static_cast<long double>(x.amount)
                                    * static_cast<long double>(passed) / whole);
  if (back == 0)
    return;
  if (back >= debt) {
    debt = 0;
    since = now;
    return;
  }
  debt -= back;
  since +=
    static_cast<int64_t>(std::ceil(static_cast<long double>(back) * whole
                                   / static_cast<long double>(x.amount)));
}

double burnt_after(const meter& x, double burnt, int64_t nanoseconds) {
  auto shares = static_cast<double>(std::max<int64_t>(nanoseconds, 0))
                / static_cast<double>(x.smooth.count());
  return burnt * std::exp(-shares);
}

lease_table::counter& lease_table::at(const meter& x, const meter_time& when,
                                      const history& ledger) {
  auto& result = counters_[x.id];
  auto rolling = x.slot_width.count() != 0;
  // What the ledger knows of a window that is new here; of a rolling one all of
  // it counts as just now.
  if (x.refill.count() != 0
      || (rolling ? !result.slots.empty() : result.slots.count(when.slot) != 0))
    return result;
  auto sum = ledger(x, when);
  // What the dead may have spent in it before anybody knew it.
  for (auto i = result.slots.upper_bound(when.from);
       i != result.slots.end() && i->first < when.to;) {
    sum += i->second;
    i = result.slots.erase(i);
  }
  result.slots[when.slot] = sum;
  return result;
}

uint64_t lease_table::used(const meter& x, counter& of, const meter_time& when,
                           int64_t steady) {
  if (x.refill.count() != 0) {
    auto& debt = of.slots[0];
    refill(x, debt, of.debt_at, steady);
    return debt;
  }
  uint64_t sum = 0;
  for (auto i = of.slots.lower_bound(when.from);
       i != of.slots.end() && i->first < when.to; ++i)
    sum += i->second;
  return sum;
}

uint64_t lease_table::used_from(const meter& x, counter& of,
                                const meter_time& when, int64_t steady) {
  if (x.refill.count() != 0)
    return used(x, of, when, steady);
  auto rolling = x.slot_width.count() != 0;
  auto result = rolling ? 0 : used(x, of, when, steady);
  for (auto i = of.slots.lower_bound(when.from); i != of.slots.end(); ++i)
    result = rolling ? result + i->second : std::max(result, i->second);
  return result;
}

void lease_table::spend(const meter& x, counter& of, const meter_time& when,
                        int64_t steady, uint64_t amount) {
  // What was spent before the debt was last looked at counts from then on:
  // time that has been given back is not given back again.
  used(x, of, when, std::max(steady, of.debt_at));
  of.slots[when.slot] += amount;
  of.burnt = burnt_after(x, of.burnt, steady - of.burnt_at)
             + static_cast<double>(amount);
  of.burnt_at = steady;
}

void lease_table::spend_anywhere(const meter& x, counter& of, meter_time when,
                                 int64_t steady, uint64_t amount) {
  if (x.refill.count() == 0) {
    if (x.slot_width.count() != 0)
      when.slot = std::max({when.slot, of.slots.rbegin()->first, latest_});
    else
      for (auto& [slot, used] : of.slots)
        if (slot != when.slot)
          used += amount;
    // A later window that is not known yet finds it when it is.
    if (x.slot_width.count() == 0 && latest_ >= when.to)
      of.slots[latest_] += amount;
  }
  spend(x, of, when, steady, amount);
}

std::vector<lease_grant> lease_table::lease(const std::string& owner,
                                            const std::vector<lease_ask>& asks,
                                            lease_clock now,
                                            const history& ledger) {
  owners_[owner] = now.steady;
  latest_ = std::max(latest_, now.wall);
  std::vector<lease_grant> result;
  for (const auto& ask : asks) {
    const auto& x = *ask.what;
    auto& of = at(x, ask.at, ledger);
    uint64_t leased = 0;
    for (auto i = of.leases.begin(); i != of.leases.end();) {
      auto silent = now.steady - owners_[i->first];
      // A steady clock that went far back belongs to another start of the
      // machine; a little is only another process's sign of life while we
      // waited.
      if (std::abs(silent) > lease_silence.count()
          && living_.count(i->first) == 0) {
        if (i->second.outstanding != 0)
          spend_anywhere(x, of, ask.at, now.steady, i->second.outstanding);
        i = of.leases.erase(i);
        continue;
      }
      leased += i->second.outstanding;
      ++i;
    }
    auto used_now = used(x, of, ask.at, now.steady);
    lease_grant grant;
    grant.id = x.id;
    grant.number = ask.number;
    if (ask.number != 0) {
      auto& mine = of.leases[owner];
      if (ask.number == mine.last_number) {
        grant.granted = mine.last_granted;
      } else {
        auto taken = used_from(x, of, ask.at, now.steady) + leased;
        grant.granted = share_of(ask, x.amount - std::min(x.amount, taken));
        mine.outstanding += grant.granted;
        mine.last_number = ask.number;
        mine.last_granted = grant.granted;
        leased += grant.granted;
      }
    }
    grant.used = used_now;
    grant.leased = leased;
    grant.per_hour = burnt_after(x, of.burnt, now.steady - of.burnt_at) * 3600e9
                     / static_cast<double>(x.smooth.count());
    result.push_back(std::move(grant));
  }
  return result;
}

void lease_table::live(const std::string& owner, bool yes) {
  if (yes)
    living_.insert(owner);
  else
    living_.erase(owner);
}

void lease_table::apply(const std::string& owner,
                        const std::vector<lease_change>& changes,
                        const history& ledger) {
  for (const auto& change : changes) {
    const auto& x = *change.what;
    auto& of = at(x, change.at, ledger);
    if (change.spent != 0)
      spend(x, of, change.at, change.steady, change.spent);
    auto i = of.leases.find(owner);
    if (i == of.leases.end())
      continue;
    auto& left = i->second.outstanding;
    left -= std::min(left, change.covered + change.returned);
    auto& beat = owners_[owner];
    beat = std::max(beat, change.steady);
  }
}

} // namespace smart_agents
