#include "adapters/sqlite/lease_tables.hpp"

#include "adapters/lease_table.hpp"
#include "adapters/ledger_store.hpp"
#include "adapters/sqlite/rollup.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>

namespace smart_agents::sqlite {

namespace {

int64_t as_integer(uint64_t x) {
  return static_cast<int64_t>(std::min<uint64_t>(x, uint64_t{1} << 62));
}

uint64_t as_amount(int64_t x) {
  return x < 0 ? 0 : static_cast<uint64_t>(x);
}

bool is_bucket(const meter& x) {
  return x.refill.count() != 0;
}

bool is_rolling(const meter& x) {
  return x.slot_width.count() != 0;
}

} // namespace

struct lease_tables::statements {
  statement find_slot;
  statement any_slot;
  statement sum_slots;
  statement set_slot;
  statement add_slot;
  statement drop_slots;
  statement find_burn;
  statement set_burn;
  statement holders;
  statement find_lease;
  statement set_lease;
  statement lower_lease;
  statement drop_lease;
  statement find_amount;
  statement most_from;
  statement last_slot;
  statement latest;
  statement drop_within;
  statement add_others;
};

caf::expected<lease_tables> lease_tables::make(database& on) {
  caf::error failed;
  auto prepare = [&](const char* sql) {
    auto x = on.prepare(sql);
    if (x)
      return std::move(*x);
    failed = std::move(x.error());
    return statement{nullptr};
  };
  auto all = statements_ptr{new statements{
    prepare("SELECT used, at_ns FROM counters WHERE id = ? AND slot = ?"),
    prepare("SELECT 1 FROM counters WHERE id = ? LIMIT 1"),
    prepare("SELECT coalesce(sum(used), 0) FROM counters "
            "WHERE id = ? AND slot >= ? AND slot < ?"),
    prepare("INSERT INTO counters (id, slot, used, at_ns) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id, slot) DO UPDATE SET used = excluded.used, "
            "at_ns = excluded.at_ns"),
    prepare("INSERT INTO counters (id, slot, used, at_ns) "
            "VALUES (?1, ?2, ?3, 0) "
            "ON CONFLICT (id, slot) DO UPDATE SET used = used + ?3"),
    prepare("DELETE FROM counters WHERE id = ? AND slot < ?"),
    prepare("SELECT burnt, at_ns FROM burns WHERE id = ?"),
    prepare("INSERT INTO burns (id, burnt, at_ns) VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET burnt = excluded.burnt, "
            "at_ns = excluded.at_ns"),
    prepare("SELECT l.owner, l.outstanding, coalesce(w.beat_ns, -1) "
            "FROM leases l LEFT JOIN writers w ON w.id = l.owner "
            "WHERE l.id = ?"),
    prepare("SELECT outstanding, number, granted FROM leases "
            "WHERE id = ? AND owner = ?"),
    prepare("INSERT INTO leases (id, owner, outstanding, number, granted) "
            "VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (id, owner) DO UPDATE SET "
            "outstanding = excluded.outstanding, number = excluded.number, "
            "granted = excluded.granted"),
    prepare("UPDATE leases SET outstanding = max(0, outstanding - ?3) "
            "WHERE id = ?1 AND owner = ?2"),
    prepare("DELETE FROM leases WHERE id = ? AND owner = ?"),
    prepare("SELECT amount FROM amounts WHERE id = ?"),
    prepare("SELECT coalesce(sum(used), 0), coalesce(max(used), 0) "
            "FROM counters WHERE id = ? AND slot >= ?"),
    prepare("SELECT coalesce(max(slot), 0) FROM counters WHERE id = ?"),
    // Signs of life are signed with the civil clock.
    prepare("SELECT coalesce(max(at_ns), 0) FROM writers"),
    prepare("DELETE FROM counters WHERE id = ? AND slot >= ? AND slot < ?"),
    prepare(
      "UPDATE counters SET used = used + ?3 WHERE id = ?1 AND slot <> ?2"),
  }};
  if (failed)
    return failed;
  return lease_tables{std::move(all), std::make_unique<owner_locks>(on.path())};
}

lease_tables::lease_tables(statements_ptr all,
                           std::unique_ptr<owner_locks> owners)
  : all_{std::move(all)}, owners_{std::move(owners)} {}

void lease_tables::live(const std::string& owner) {
  owners_->live(owner);
}

caf::error lease_tables::open_window(database& on, const meter& x,
                                     const meter_time& at) {
  if (is_bucket(x))
    return caf::none;
  auto& known = is_rolling(x) ? all_->any_slot : all_->find_slot;
  {
    auto scope = execution{known};
    known.bind(1, x.id);
    if (!is_rolling(x))
      known.bind(2, at.slot);
    auto code = known.step();
    if (code == SQLITE_ROW)
      return caf::none;
    if (code != SQLITE_DONE)
      return on.failure();
  }
  auto past = ledger_of(on, x, at);
  if (!past)
    return std::move(past.error());
  // The slot itself in any case, so that this is done once.
  past->try_emplace(at.slot, 0);
  if (!is_rolling(x)) {
    // What the dead may have spent in it before anybody knew it.
    auto found = used(on, x, at, 0);
    if (!found)
      return std::move(found.error());
    if (*found != 0) {
      (*past)[at.slot] += *found;
      auto scope = execution{all_->drop_within};
      all_->drop_within.bind(1, x.id);
      all_->drop_within.bind(2, at.from);
      all_->drop_within.bind(3, at.to);
      if (all_->drop_within.step() != SQLITE_DONE)
        return on.failure();
    }
  }
  for (const auto& [slot, amount] : *past) {
    auto scope = execution{all_->set_slot};
    all_->set_slot.bind(1, x.id);
    all_->set_slot.bind(2, slot);
    all_->set_slot.bind(3, as_integer(amount));
    all_->set_slot.bind(4, int64_t{0});
    if (all_->set_slot.step() != SQLITE_DONE)
      return on.failure();
  }
  // What no clock that is set back will ever want again.
  auto kept = at.from - 8 * std::max<int64_t>(at.to - at.from, 0);
  auto scope = execution{all_->drop_slots};
  all_->drop_slots.bind(1, x.id);
  all_->drop_slots.bind(2, kept);
  if (all_->drop_slots.step() != SQLITE_DONE)
    return on.failure();
  return caf::none;
}

caf::expected<uint64_t> lease_tables::used(database& on, const meter& x,
                                           const meter_time& at,
                                           int64_t steady) {
  if (is_bucket(x)) {
    auto scope = execution{all_->find_slot};
    all_->find_slot.bind(1, x.id);
    all_->find_slot.bind(2, int64_t{0});
    auto code = all_->find_slot.step();
    if (code == SQLITE_DONE)
      return uint64_t{0};
    if (code != SQLITE_ROW)
      return on.failure();
    auto debt = as_amount(all_->find_slot.integer(0));
    auto since = all_->find_slot.integer(1);
    refill(x, debt, since, steady);
    return debt;
  }
  auto scope = execution{all_->sum_slots};
  all_->sum_slots.bind(1, x.id);
  all_->sum_slots.bind(2, at.from);
  all_->sum_slots.bind(3, at.to);
  if (all_->sum_slots.step() != SQLITE_ROW)
    return on.failure();
  return as_amount(all_->sum_slots.integer(0));
}

caf::expected<uint64_t> lease_tables::used_from(database& on, const meter& x,
                                                const meter_time& at,
                                                int64_t steady) {
  if (is_bucket(x))
    return used(on, x, at, steady);
  auto scope = execution{all_->most_from};
  all_->most_from.bind(1, x.id);
  all_->most_from.bind(2, at.from);
  if (all_->most_from.step() != SQLITE_ROW)
    return on.failure();
  return as_amount(all_->most_from.integer(is_rolling(x) ? 0 : 1));
}

caf::expected<double> lease_tables::burnt(database& on, const meter& x,
                                          int64_t steady) {
  auto scope = execution{all_->find_burn};
  all_->find_burn.bind(1, x.id);
  switch (all_->find_burn.step()) {
  case SQLITE_DONE: return 0.0;
  case SQLITE_ROW: break;
  default: return on.failure();
  }
  return burnt_after(x, all_->find_burn.real(0),
                     steady - all_->find_burn.integer(1));
}

caf::error lease_tables::spend(database& on, const meter& x,
                               const meter_time& at, int64_t steady,
                               uint64_t amount, int64_t now) {
  if (is_bucket(x)) {
    uint64_t debt = 0;
    auto since = steady;
    {
      auto scope = execution{all_->find_slot};
      all_->find_slot.bind(1, x.id);
      all_->find_slot.bind(2, int64_t{0});
      auto code = all_->find_slot.step();
      if (code == SQLITE_ROW) {
        debt = as_amount(all_->find_slot.integer(0));
        since = all_->find_slot.integer(1);
        // What was spent before the debt was last written counts from then on:
        // time that has been given back is not given back again. A debt of the
        // future is one of another start of the machine.
        refill(x, debt, since,
               since - now > lease_silence.count() ? steady
                                                   : std::max(steady, since));
      } else if (code != SQLITE_DONE) {
        return on.failure();
      }
    }
    auto scope = execution{all_->set_slot};
    all_->set_slot.bind(1, x.id);
    all_->set_slot.bind(2, int64_t{0});
    all_->set_slot.bind(3, as_integer(debt + amount));
    all_->set_slot.bind(4, since);
    if (all_->set_slot.step() != SQLITE_DONE)
      return on.failure();
  } else {
    auto scope = execution{all_->add_slot};
    all_->add_slot.bind(1, x.id);
    all_->add_slot.bind(2, at.slot);
    all_->add_slot.bind(3, as_integer(amount));
    if (all_->add_slot.step() != SQLITE_DONE)
      return on.failure();
  }
  auto lately = burnt(on, x, steady);
  if (!lately)
    return std::move(lately.error());
  auto scope = execution{all_->set_burn};
  all_->set_burn.bind(1, x.id);
  all_->set_burn.bind(2, *lately + static_cast<double>(amount));
  all_->set_burn.bind(3, steady);
  if (all_->set_burn.step() != SQLITE_DONE)
    return on.failure();
  return caf::none;
}

caf::error lease_tables::spend_anywhere(database& on, const meter& x,
                                        meter_time at, int64_t steady,
                                        uint64_t amount) {
  int64_t latest = 0;
  if (!is_bucket(x)) {
    auto scope = execution{all_->latest};
    if (all_->latest.step() != SQLITE_ROW)
      return on.failure();
    latest = all_->latest.integer(0);
  }
  if (is_rolling(x)) {
    auto scope = execution{all_->last_slot};
    all_->last_slot.bind(1, x.id);
    if (all_->last_slot.step() != SQLITE_ROW)
      return on.failure();
    at.slot = std::max({at.slot, all_->last_slot.integer(0), latest});
  } else if (!is_bucket(x)) {
    {
      auto scope = execution{all_->add_others};
      all_->add_others.bind(1, x.id);
      all_->add_others.bind(2, at.slot);
      all_->add_others.bind(3, as_integer(amount));
      if (all_->add_others.step() != SQLITE_DONE)
        return on.failure();
    }
    // A later window that is not known yet finds it when it is.
    if (latest >= at.to)
      if (auto failed =
            spend(on, x, {latest, latest, latest + 1}, steady, amount, steady))
        return failed;
  }
  return spend(on, x, at, steady, amount, steady);
}

caf::expected<uint64_t> lease_tables::leased(database& on, const meter& x,
                                             const meter_time& at,
                                             lease_clock now, bool may_write) {
  uint64_t result = 0;
  std::vector<std::pair<std::string, uint64_t>> dead;
  {
    auto scope = execution{all_->holders};
    all_->holders.bind(1, x.id);
    int code = SQLITE_ROW;
    while ((code = all_->holders.step()) == SQLITE_ROW) {
      auto amount = as_amount(all_->holders.integer(1));
      auto beat = all_->holders.integer(2);
      auto silent = now.steady - beat;
      result += amount;
      // A steady clock that went far back belongs to another start of the
      // machine; a little is only another process's sign of life while we
      // waited.
      if (beat >= 0 && std::abs(silent) <= lease_silence.count())
        continue;
      auto owner = all_->holders.text(0);
      if (!owners_->lives(owner))
        dead.emplace_back(std::move(owner), amount);
    }
    if (code != SQLITE_DONE)
      return on.failure();
  }
  if (!may_write)
    return result;
  for (const auto& [owner, amount] : dead) {
    result -= amount;
    if (amount != 0)
      if (auto failed = spend_anywhere(on, x, at, now.steady, amount))
        return failed;
    auto scope = execution{all_->drop_lease};
    all_->drop_lease.bind(1, x.id);
    all_->drop_lease.bind(2, owner);
    if (all_->drop_lease.step() != SQLITE_DONE)
      return on.failure();
  }
  return result;
}

caf::expected<std::optional<uint64_t>>
lease_tables::amount_set(database& on, const std::string& id) {
  auto scope = execution{all_->find_amount};
  all_->find_amount.bind(1, id);
  switch (all_->find_amount.step()) {
  case SQLITE_DONE: return std::optional<uint64_t>{};
  case SQLITE_ROW:
    return std::optional<uint64_t>{as_amount(all_->find_amount.integer(0))};
  default: return on.failure();
  }
}

caf::expected<lease_grant> lease_tables::one(database& on,
                                             const std::string& owner,
                                             const lease_ask& ask,
                                             lease_clock now) {
  auto set = amount_set(on, ask.what->id);
  if (!set)
    return std::move(set.error());
  auto what = ask.what;
  if (*set) {
    auto changed = std::make_shared<meter>(*what);
    changed->amount = **set;
    what = std::move(changed);
  }
  const auto& x = *what;
  auto asks = ask.number != 0;
  if (auto failed = open_window(on, x, ask.at))
    return failed;
  auto held = leased(on, x, ask.at, now, asks);
  if (!held)
    return std::move(held.error());
  auto spent = used(on, x, ask.at, now.steady);
  if (!spent)
    return std::move(spent.error());
  lease_grant result;
  result.id = x.id;
  result.number = ask.number;
  result.amount = *set;
  if (asks) {
    uint64_t mine = 0;
    auto repeated = false;
    {
      auto scope = execution{all_->find_lease};
      all_->find_lease.bind(1, x.id);
      all_->find_lease.bind(2, owner);
      auto code = all_->find_lease.step();
      if (code == SQLITE_ROW) {
        mine = as_amount(all_->find_lease.integer(0));
        repeated = as_amount(all_->find_lease.integer(1)) == ask.number;
        if (repeated)
          result.granted = as_amount(all_->find_lease.integer(2));
      } else if (code != SQLITE_DONE) {
        return on.failure();
      }
    }
    if (!repeated) {
      auto amount = std::min<uint64_t>(x.amount, uint64_t{1} << 62);
      auto most = used_from(on, x, ask.at, now.steady);
      if (!most)
        return std::move(most.error());
      auto taken = std::max(*most, *spent) + *held;
      result.granted = share_of(ask, amount - std::min(amount, taken));
      *held += result.granted;
      auto scope = execution{all_->set_lease};
      all_->set_lease.bind(1, x.id);
      all_->set_lease.bind(2, owner);
      all_->set_lease.bind(3, as_integer(mine + result.granted));
      all_->set_lease.bind(4, as_integer(ask.number));
      all_->set_lease.bind(5, as_integer(result.granted));
      if (all_->set_lease.step() != SQLITE_DONE)
        return on.failure();
    }
  }
  result.used = *spent;
  result.leased = *held;
  auto lately = burnt(on, x, now.steady);
  if (!lately)
    return std::move(lately.error());
  result.per_hour = *lately * 3600e9 / static_cast<double>(x.smooth.count());
  return result;
}

caf::expected<std::vector<lease_grant>>
lease_tables::lease(database& on, const std::string& owner,
                    const std::vector<lease_ask>& asks, lease_clock now) {
  std::vector<lease_grant> result;
  for (const auto& ask : asks) {
    auto grant = one(on, owner, ask, now);
    if (!grant)
      return std::move(grant.error());
    result.push_back(std::move(*grant));
  }
  return result;
}

caf::error lease_tables::apply(database& on, const std::string& owner,
                               const std::vector<lease_change>& changes,
                               int64_t steady) {
  for (const auto& change : changes) {
    const auto& x = *change.what;
    if (auto failed = open_window(on, x, change.at))
      return failed;
    if (change.spent != 0)
      if (auto failed = spend(on, x, change.at, change.steady, change.spent,
                              std::max(steady, change.steady)))
        return failed;
    auto scope = execution{all_->lower_lease};
    all_->lower_lease.bind(1, x.id);
    all_->lower_lease.bind(2, owner);
    all_->lower_lease.bind(3, as_integer(change.covered + change.returned));
    if (all_->lower_lease.step() != SQLITE_DONE)
      return on.failure();
  }
  return caf::none;
}

} // namespace smart_agents::sqlite
