#include "adapters/ledger_reader.hpp"

#include "adapters/sqlite/database.hpp"

#include <date/date.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace smart_agents {

namespace {

using namespace sqlite;

constexpr auto patience = std::chrono::seconds{1};

constexpr const char* columns =
  "SELECT at_ns, task_id, attempt, origin, provider, model, type, complexity, "
  "outcome, served, uncached_input, cache_read, cache_write, output, "
  "reasoning, estimated, cost_usd, saved_usd, elapsed_ns, first_byte_ns, "
  "credential, client_key FROM ledger ";

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> groups{{
  {"provider", "provider"},
  {"model", "model"},
  {"origin", "origin"},
  {"key", "client_key"},
  {"type", "type"},
}};

uint64_t count(const statement& from, int column) {
  return static_cast<uint64_t>(std::max<int64_t>(0, from.integer(column)));
}

ledger_row row_of(const statement& from) {
  int next = -1;
  auto integer = [&] { return from.integer(++next); };
  auto amount = [&] { return count(from, ++next); };
  auto text = [&] { return from.text(++next); };
  auto real = [&] { return from.real(++next); };
  ledger_row x;
  x.at = wall_time{std::chrono::duration_cast<wall_time::duration>(
    std::chrono::nanoseconds{integer()})};
  x.task_id = text();
  x.attempt = static_cast<int>(integer());
  x.origin = text();
  x.provider = text();
  x.model = text();
  x.type = text();
  x.complexity = static_cast<int>(integer());
  x.outcome = text();
  x.served = integer() != 0;
  x.tokens.uncached_input = amount();
  x.tokens.cache_read = amount();
  x.tokens.cache_write = amount();
  x.tokens.output = amount();
  x.tokens.reasoning = amount();
  x.tokens.estimated = integer() != 0;
  x.cost_usd = real();
  x.saved_usd = real();
  x.elapsed = caf::timespan{integer()};
  x.first_byte = caf::timespan{integer()};
  x.credential = text();
  x.key = text();
  return x;
}

/// Runs a query to its end; `take` sees every row.
template <class Take>
caf::error read(database& on, statement& what, Take take) {
  auto scope = execution{what};
  for (;;) {
    auto code = what.step();
    if (code == SQLITE_DONE)
      return caf::none;
    if (code != SQLITE_ROW)
      return on.failure();
    take(what);
  }
}

class sqlite_ledger_reader final : public ledger_reader {
public:
  explicit sqlite_ledger_reader(database on) : on_{std::move(on)} {
    // Whoever writes looks after the log.
    on_.checkpoint_on_close(false);
  }

  caf::expected<std::vector<ledger_row>>
  of_request(const std::string& id) override {
    return rows("WHERE task_id = ?1 OR substr(task_id, 1, length(?1) + 1) = "
                "?1 || '/' ORDER BY id",
                std::string_view{id});
  }

  caf::expected<std::vector<ledger_row>> latest(uint32_t count) override {
    return rows("ORDER BY id DESC LIMIT ?1", int64_t{count});
  }

  caf::expected<std::vector<daily_sum>>
  by_day(wall_time since, std::string_view column) override {
    const std::string_view* name = nullptr;
    for (const auto& [group, in_table] : groups)
      if (group == column)
        name = &in_table;
    if (name == nullptr)
      return make_error(ec::bad_input,
                        "days cannot be grouped by \"" + std::string{column}
                          + "\": take provider, model, origin, key or type");
    auto query = on_.prepare(
      "SELECT hour / 24, " + std::string{*name}
      + ", sum(attempts), sum(answered), sum(failovers), sum(quota_hits), "
        "sum(uncached_input + cache_read + cache_write), sum(output), "
        "sum(cost_usd), sum(saved_usd) FROM hours WHERE hour >= ?1 "
        "GROUP BY 1, 2 ORDER BY 1, 2");
    if (!query)
      return std::move(query.error());
    auto day = std::chrono::floor<date::days>(since).time_since_epoch();
    query->bind(1, int64_t{day.count()} * 24);
    std::vector<daily_sum> result;
    if (auto failed = read(on_, *query, [&](const statement& x) {
          daily_sum sum;
          sum.day = date::format(
            "%F", date::sys_days{date::days{static_cast<int>(x.integer(0))}});
          sum.group = x.text(1);
          sum.attempts = count(x, 2);
          sum.answered = count(x, 3);
          sum.failovers = count(x, 4);
          sum.quota_hits = count(x, 5);
          sum.input = count(x, 6);
          sum.output = count(x, 7);
          sum.cost_usd = x.real(8);
          sum.saved_usd = x.real(9);
          result.push_back(std::move(sum));
        }))
      return failed;
    return result;
  }

private:
  template <class Value>
  caf::expected<std::vector<ledger_row>> rows(const char* which, Value value) {
    auto query = on_.prepare(std::string{columns} + which);
    if (!query)
      return std::move(query.error());
    query->bind(1, value);
    std::vector<ledger_row> result;
    if (auto failed = read(on_, *query, [&](const statement& x) {
          result.push_back(row_of(x));
        }))
      return failed;
    return result;
  }

  database on_;
};

} // namespace

caf::expected<std::unique_ptr<ledger_reader>>
open_ledger_reader(const std::string& path) {
  auto on = database::open(path, patience);
  if (!on)
    return std::move(on.error());
  return std::unique_ptr<ledger_reader>{
    std::make_unique<sqlite_ledger_reader>(std::move(*on))};
}

} // namespace smart_agents
