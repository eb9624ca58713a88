#include "adapters/sqlite/rollup.hpp"

#include "adapters/lease_table.hpp"
#include "adapters/usage_sums.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <tuple>

namespace smart_agents::sqlite {

namespace {

constexpr int64_t hour = 3'600'000'000'000;

int64_t floor_hour(int64_t t) {
  return (t - ((t % hour) + hour) % hour) / hour;
}

int64_t as_integer(uint64_t x) {
  return static_cast<int64_t>(std::min<uint64_t>(x, uint64_t{1} << 62));
}

int64_t nanoseconds_of(wall_time t) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           t.time_since_epoch())
    .count();
}

double finite(double dollars) {
  return std::isfinite(dollars) ? dollars : 0;
}

/// The columns of `hours` from rows of the ledger, in order.
constexpr const char* summed_rows =
  "count(*) AS attempts, sum(outcome = 'answered') AS answered, "
  "sum(outcome = 'answered' AND attempt > 1) AS failovers, "
  "sum(outcome IN ('over_quota', 'quota_exhausted', 'rate_limited')) "
  "AS quota_hits, "
  "sum(uncached_input) AS uncached_input, sum(cache_read) AS cache_read, "
  "sum(cache_write) AS cache_write, "
  "sum(cache_write_hour) AS cache_write_hour, sum(output) AS output, "
  "sum(reasoning) AS reasoning, max(estimated) AS estimated, "
  "sum(cost_usd) AS cost_usd, sum(saved_usd) AS saved_usd, "
  "coalesce(sum(charged_usd), 0) AS charged_usd";

const char* amount_column(quota_kind kind, bool of_hours) {
  switch (kind) {
  case quota_kind::requests: return of_hours ? "attempts" : "1";
  case quota_kind::input_tokens:
    return "uncached_input + cache_read + cache_write";
  case quota_kind::output_tokens: return "output";
  case quota_kind::total_tokens:
    return "uncached_input + cache_read + cache_write + output";
  case quota_kind::dollars:
    return of_hours ? "cost_units" : "CAST(cost_usd * 1e9 + 0.999 AS INTEGER)";
  case quota_kind::plan: return "0";
  }
  return "0";
}

/// A condition for a scope; parameters from `?10` on.
std::string condition(const quota_scope& x) {
  std::string result = " AND served = 1";
  if (!x.provider.empty())
    result += " AND provider = ?10";
  if (!x.credential.empty())
    result += " AND credential = ?11";
  if (!x.model.empty())
    result += " AND model = ?12";
  if (!x.key.empty())
    result += " AND (client_key = ?13 OR substr(client_key, 1, "
              "length(?13) + 1) = ?13 || '/')";
  return result;
}

void bind(statement& to, const quota_scope& x) {
  if (!x.provider.empty())
    to.bind(10, std::string_view{x.provider});
  if (!x.credential.empty())
    to.bind(11, std::string_view{x.credential});
  if (!x.model.empty())
    to.bind(12, std::string_view{x.model});
  if (!x.key.empty())
    to.bind(13, std::string_view{x.key});
}

/// Adds "slot, sum" of a query whose first parameters are a time span.
caf::error add_slots(database& on, const std::string& sql, const meter& x,
                     int64_t from, int64_t to,
                     std::map<int64_t, uint64_t>& into) {
  if (from >= to)
    return caf::none;
  auto query = on.prepare(sql + condition(x.scope) + " GROUP BY 1");
  if (!query)
    return std::move(query.error());
  query->bind(1, from);
  query->bind(2, to);
  bind(*query, x.scope);
  int code = SQLITE_ROW;
  while ((code = query->step()) == SQLITE_ROW)
    into[query->integer(0)] +=
      static_cast<uint64_t>(std::max<int64_t>(query->integer(1), 0));
  return code == SQLITE_DONE ? caf::error{} : on.failure();
}

} // namespace

caf::expected<rollup> rollup::make(database& on) {
  auto upsert = on.prepare(
    "INSERT INTO hours VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
    "?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
    "attempts = attempts + excluded.attempts, "
    "answered = answered + excluded.answered, "
    "failovers = failovers + excluded.failovers, "
    "quota_hits = quota_hits + excluded.quota_hits, "
    "uncached_input = uncached_input + excluded.uncached_input, "
    "cache_read = cache_read + excluded.cache_read, "
    "cache_write = cache_write + excluded.cache_write, "
    "cache_write_hour = cache_write_hour + excluded.cache_write_hour, "
    "output = output + excluded.output, "
    "reasoning = reasoning + excluded.reasoning, "
    "estimated = max(estimated, excluded.estimated), "
    "cost_usd = cost_usd + excluded.cost_usd, "
    "saved_usd = saved_usd + excluded.saved_usd, "
    "charged_usd = charged_usd + excluded.charged_usd, "
    "cost_units = cost_units + excluded.cost_units");
  if (!upsert)
    return std::move(upsert.error());
  return rollup{std::move(*upsert)};
}

caf::error sum_up(database& on) {
  return on.execute(std::string{"INSERT INTO hours SELECT at_ns / "}
                    + std::to_string(hour)
                    + ", provider, model, credential, client_key, origin, "
                      "type, served, "
                    + summed_rows
                    + ", sum(CAST(cost_usd * 1e9 + 0.999 AS INTEGER)) FROM "
                      "ledger GROUP BY 1, 2, 3, 4, 5, 6, 7, 8");
}

caf::error rollup::add(database& on, const std::vector<ledger_row>& rows) {
  struct line {
    usage_sum sum;
    uint64_t units = 0;
    uint64_t attempts = 0;
  };
  using word = std::string_view;
  using key = std::tuple<int64_t, word, word, word, word, word, word, bool>;
  std::map<key, line> lines;
  for (const auto& row : rows) {
    auto& x =
      lines[{floor_hour(nanoseconds_of(row.at)), row.provider, row.model,
             row.credential, row.key, row.origin, row.type, row.served}];
    auto tokens = bounded(row.tokens);
    auto& sum = x.sum;
    ++x.attempts;
    auto answered = row.outcome == "answered";
    sum.answered += answered ? 1 : 0;
    sum.failovers += answered && row.attempt > 1 ? 1 : 0;
    sum.quota_hits += is_quota_hit(row.outcome) ? 1 : 0;
    sum.tokens.uncached_input += tokens.uncached_input;
    sum.tokens.cache_read += tokens.cache_read;
    sum.tokens.cache_write += tokens.cache_write;
    sum.tokens.cache_write_hour += tokens.cache_write_hour;
    sum.tokens.output += tokens.output;
    sum.tokens.reasoning += tokens.reasoning;
    sum.tokens.estimated |= tokens.estimated;
    sum.cost_usd += finite(row.cost_usd);
    sum.saved_usd += finite(row.saved_usd);
    sum.tokens.charged_usd =
      sum.tokens.charged_usd.value_or(0) + tokens.charged_usd.value_or(0);
    x.units += dollar_units(row.cost_usd);
  }
  for (const auto& [k, x] : lines) {
    auto scope = execution{upsert_};
    int next = 0;
    auto put = [&](auto value) { upsert_.bind(++next, value); };
    auto text = [&](word value) { upsert_.bind_kept(++next, value); };
    const auto& t = x.sum.tokens;
    put(std::get<0>(k));
    text(std::get<1>(k));
    text(std::get<2>(k));
    text(std::get<3>(k));
    text(std::get<4>(k));
    text(std::get<5>(k));
    text(std::get<6>(k));
    put(int64_t{std::get<7>(k)});
    for (auto count :
         {x.attempts, x.sum.answered, x.sum.failovers, x.sum.quota_hits,
          t.uncached_input, t.cache_read, t.cache_write, t.cache_write_hour,
          t.output, t.reasoning})
      put(as_integer(count));
    put(int64_t{t.estimated});
    put(x.sum.cost_usd);
    put(x.sum.saved_usd);
    put(t.charged_usd.value_or(0));
    put(as_integer(x.units));
    if (upsert_.step() != SQLITE_DONE)
      return on.failure();
  }
  return caf::none;
}

caf::expected<std::map<int64_t, uint64_t>>
ledger_of(database& on, const meter& x, const meter_time& at) {
  std::map<int64_t, uint64_t> result;
  auto width = x.slot_width.count();
  auto slot = width == 0 ? std::to_string(at.slot)
                         : "(at_ns / " + std::to_string(width) + ") * "
                             + std::to_string(width);
  auto rows = "SELECT " + slot + ", sum(" + amount_column(x.kind, false)
              + ") FROM ledger WHERE at_ns >= ?1 AND at_ns < ?2";
  if (width != 0) {
    if (auto failed = add_slots(on, rows, x, at.from, at.to, result))
      return failed;
    return result;
  }
  auto first = floor_hour(at.from + hour - 1);
  auto last = floor_hour(at.to);
  if (first >= last) {
    if (auto failed = add_slots(on, rows, x, at.from, at.to, result))
      return failed;
    return result;
  }
  auto hours = "SELECT " + slot + ", sum(" + amount_column(x.kind, true)
               + ") FROM hours WHERE hour >= ?1 AND hour < ?2";
  if (auto failed = add_slots(on, hours, x, first, last, result))
    return failed;
  if (auto failed = add_slots(on, rows, x, at.from, first * hour, result))
    return failed;
  if (auto failed = add_slots(on, rows, x, last * hour, at.to, result))
    return failed;
  return result;
}

caf::expected<std::vector<usage_sum>> sums_of(database& on, int64_t since_ns,
                                              const std::string& by) {
  // Only names that `usage_sums` knows come here.
  auto column = [&by](bool of_hours) -> std::string {
    if (by == "day")
      return of_hours ? "date(hour * 3600, 'unixepoch')"
                      : "date(at_ns / 1000000000, 'unixepoch')";
    if (by == "key")
      return "client_key";
    if (by == "skill")
      return "CASE WHEN substr(origin, 1, 6) = 'skill:' THEN substr(origin, 7) "
             "ELSE '-' END";
    return by;
  };
  auto first = floor_hour(since_ns + hour - 1);
  // A long time ago there are no rows, and the sum would overflow.
  if (since_ns <= 0)
    first = floor_hour(since_ns);
  auto query = on.prepare(
    "SELECT g, sum(CASE WHEN served THEN attempts ELSE 0 END), "
    "sum(attempts - answered), sum(uncached_input), sum(cache_read), "
    "sum(cache_write), sum(output), sum(reasoning), max(estimated), "
    "sum(cost_usd), sum(saved_usd), sum(answered), sum(failovers), "
    "sum(quota_hits), sum(cache_write_hour), sum(charged_usd) FROM ("
    "SELECT "
    + column(true)
    + " AS g, served, attempts, answered, failovers, quota_hits, "
      "uncached_input, cache_read, cache_write, cache_write_hour, output, "
      "reasoning, estimated, cost_usd, saved_usd, charged_usd "
      "FROM hours WHERE hour >= ?1 UNION ALL "
      "SELECT "
    + column(false) + " AS g, served, " + summed_rows
    + " FROM ledger WHERE at_ns >= ?2 AND at_ns < ?3 GROUP BY 1, 2"
      ") GROUP BY 1 ORDER BY 1");
  if (!query)
    return std::move(query.error());
  query->bind(1, first);
  query->bind(2, since_ns);
  query->bind(3, since_ns <= 0 ? since_ns : first * hour);
  std::vector<usage_sum> result;
  int code = SQLITE_ROW;
  while ((code = query->step()) == SQLITE_ROW) {
    auto& sum = result.emplace_back();
    auto count = [&](int at) {
      return static_cast<uint64_t>(query->integer(at));
    };
    sum.group = query->text(0);
    sum.requests = count(1);
    sum.failed = count(2);
    sum.tokens = {count(3), count(4), count(5),
                  count(6), count(7), count(8) != 0};
    sum.cost_usd = query->real(9);
    sum.saved_usd = query->real(10);
    sum.answered = count(11);
    sum.failovers = count(12);
    sum.quota_hits = count(13);
    sum.tokens.cache_write_hour = count(14);
    if (auto charged = query->real(15); charged != 0)
      sum.tokens.charged_usd = charged;
  }
  if (code != SQLITE_DONE)
    return on.failure();
  return result;
}

} // namespace smart_agents::sqlite
