#include "adapters/quota_admin.hpp"

#include "adapters/sqlite/database.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace smart_agents {

namespace sqlite {

namespace {

int64_t as_integer(uint64_t x) {
  return static_cast<int64_t>(std::min<uint64_t>(x, uint64_t{1} << 62));
}

class admin final : public quota_admin {
public:
  explicit admin(database on) : on_{std::move(on)} {}

  caf::error set(const std::vector<std::string>& ids,
                 std::optional<uint64_t> amount, const audit_row& by) override {
    return change(by, [&] {
      for (const auto& id : ids)
        if (auto failed =
              amount ? run("INSERT INTO amounts (id, amount) VALUES (?, ?) ON "
                           "CONFLICT (id) DO UPDATE SET amount = "
                           "excluded.amount",
                           id, as_integer(*amount))
                     : run("DELETE FROM amounts WHERE id = ?", id))
          return failed;
      return caf::error{};
    });
  }

  caf::error reset(const std::vector<lease_ask>& which,
                   const audit_row& by) override {
    return change(by, [&] {
      for (const auto& x : which) {
        const auto& id = x.what->id;
        if (auto failed = run("UPDATE counters SET used = 0 WHERE id = ? AND "
                              "slot >= ? AND slot < ?",
                              id, x.at.from, x.at.to))
          return failed;
        // One that is not there would be counted from the ledger.
        if (x.what->refill.count() == 0)
          if (auto failed = put(id, x.at.slot, 0))
            return failed;
        if (auto failed = run("DELETE FROM burns WHERE id = ?", id))
          return failed;
      }
      return caf::error{};
    });
  }

  caf::expected<quota_state> save() override {
    quota_state result;
    auto counters = on_.prepare("SELECT id, slot, used FROM counters WHERE "
                                "at_ns = 0 ORDER BY id, slot");
    if (!counters)
      return std::move(counters.error());
    int code = SQLITE_ROW;
    while ((code = counters->step()) == SQLITE_ROW)
      result.counters.push_back(
        {counters->text(0), counters->integer(1),
         static_cast<uint64_t>(std::max<int64_t>(counters->integer(2), 0))});
    if (code != SQLITE_DONE)
      return on_.failure();
    auto amounts = on_.prepare("SELECT id, amount FROM amounts ORDER BY id");
    if (!amounts)
      return std::move(amounts.error());
    while ((code = amounts->step()) == SQLITE_ROW)
      result.amounts.emplace_back(
        amounts->text(0),
        static_cast<uint64_t>(std::max<int64_t>(amounts->integer(1), 0)));
    if (code != SQLITE_DONE)
      return on_.failure();
    return result;
  }

  caf::error load(const quota_state& from, const audit_row& by) override {
    return change(by, [&] {
      for (const auto& x : from.counters)
        if (auto failed = put(x.id, x.slot, x.used))
          return failed;
      for (const auto& [id, amount] : from.amounts)
        if (auto failed = run("INSERT INTO amounts (id, amount) VALUES (?, ?) "
                              "ON CONFLICT (id) DO UPDATE SET amount = "
                              "excluded.amount",
                              id, as_integer(amount)))
          return failed;
      return caf::error{};
    });
  }

  caf::expected<std::vector<audit_row>> audit(uint32_t most) override {
    auto rows = on_.prepare("SELECT at_ns, who, action, what FROM audit ORDER "
                            "BY id DESC LIMIT ?");
    if (!rows)
      return std::move(rows.error());
    rows->bind(1, int64_t{most});
    std::vector<audit_row> result;
    int code = SQLITE_ROW;
    while ((code = rows->step()) == SQLITE_ROW)
      result.push_back(
        {wall_time{std::chrono::duration_cast<wall_time::duration>(
           std::chrono::nanoseconds{rows->integer(0)})},
         rows->text(1), rows->text(2), rows->text(3)});
    if (code != SQLITE_DONE)
      return on_.failure();
    return result;
  }

private:
  template <class Work>
  caf::error change(const audit_row& by, Work work) {
    auto all = transaction::begin(on_);
    if (!all)
      return std::move(all.error());
    if (auto failed = work())
      return failed;
    auto at = std::chrono::duration_cast<std::chrono::nanoseconds>(
                by.at.time_since_epoch())
                .count();
    if (auto failed = run("INSERT INTO audit (at_ns, who, action, what) VALUES "
                          "(?, ?, ?, ?)",
                          int64_t{at}, by.who, by.action, by.what))
      return failed;
    return all->commit();
  }

  caf::error put(const std::string& id, int64_t slot, uint64_t used) {
    return run("INSERT INTO counters (id, slot, used, at_ns) VALUES (?, ?, ?, "
               "0) ON CONFLICT (id, slot) DO UPDATE SET used = excluded.used, "
               "at_ns = 0",
               id, slot, as_integer(used));
  }

  template <class... Values>
  caf::error run(std::string_view sql, const Values&... values) {
    auto x = on_.prepare(sql);
    if (!x)
      return std::move(x.error());
    int next = 0;
    (bind(*x, ++next, values), ...);
    return x->step() == SQLITE_DONE ? caf::error{} : on_.failure();
  }

  static void bind(statement& x, int index, int64_t value) {
    x.bind(index, value);
  }
  static void bind(statement& x, int index, const std::string& value) {
    x.bind(index, std::string_view{value});
  }

  database on_;
};

} // namespace

} // namespace sqlite

caf::expected<std::unique_ptr<quota_admin>>
open_quota_admin(const std::string& path, const sqlite_options& options) {
  // Makes the file and its tables, or says what is wrong with it.
  if (auto ledger = open_sqlite_ledger(path, options); !ledger)
    return std::move(ledger.error());
  auto on = sqlite::database::open(path, options.busy_timeout);
  if (!on)
    return std::move(on.error());
  return std::unique_ptr<quota_admin>{
    std::make_unique<sqlite::admin>(std::move(*on))};
}

} // namespace smart_agents
