#include "adapters/sqlite/ledger_store.hpp"

#include "adapters/sqlite/files.hpp"
#include "adapters/sqlite/rollup.hpp"
#include "adapters/sqlite/salvage.hpp"
#include "adapters/sqlite/schema.hpp"
#include "adapters/usage_sums.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

namespace smart_agents {

namespace sqlite {

namespace {

int64_t since_epoch(wall_time at) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           at.time_since_epoch())
    .count();
}

int64_t steady_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::steady_clock::now().time_since_epoch())
    .count();
}

int64_t as_integer(uint64_t tokens) {
  return static_cast<int64_t>(tokens);
}

// SQLite stores a NaN as NULL, which no column takes.
double finite(double dollars) {
  return std::isfinite(dollars) ? dollars : 0;
}

// A file this small is read whole in some milliseconds, so it is checked whole
// at every start; a larger one only by its header and by what is read anyway.
constexpr int64_t checked_whole = 4 << 20;

/// How long a closing store waits for one that is being opened.
constexpr auto closing_patience = std::chrono::seconds{2};

struct opening {
  caf::expected<std::unique_ptr<smart_agents::ledger_store>> store;
  /// Why the file must be moved aside; empty when it must not.
  std::string damage;
};

opening try_open(const std::string& path, const sqlite_options& options) {
  if (auto wrong = damage(path); !wrong.empty())
    return {make_error(ec::storage_failed, wrong), wrong};
  auto on = database::open(path, options.busy_timeout);
  if (!on)
    return {std::move(on.error()), {}};
  // Until the file is known to be sound nothing in it may change.
  on->checkpoint_on_close(false);
  auto fail = [&](caf::error why) -> opening {
    if (trouble_of(on->code()) == trouble::damaged)
      return {std::move(why), on->detail()};
    return {std::move(why), {}};
  };
  auto pages = on->number("PRAGMA page_count");
  if (!pages)
    return fail(std::move(pages.error()));
  auto page_size = on->number("PRAGMA page_size");
  if (!page_size)
    return fail(std::move(page_size.error()));
  if (*pages * *page_size <= checked_whole) {
    auto verdict = on->text("PRAGMA quick_check(1)");
    if (!verdict)
      return fail(std::move(verdict.error()));
    if (*verdict != "ok")
      return {make_error(ec::storage_failed, *verdict), *verdict};
  }
  // Foreign and newer files are refused before anything is written.
  if (auto failed = migrate(*on))
    return fail(std::move(failed));
  std::string setup = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;";
  if (options.max_pages != 0)
    setup += "PRAGMA max_page_count=" + std::to_string(options.max_pages);
  if (auto failed = on->execute(setup))
    return fail(std::move(failed));
  on->checkpoint_on_close(true);
  auto store = ledger_store::make(std::move(*on));
  if (!store)
    return {std::move(store.error()), {}};
  return {std::unique_ptr<smart_agents::ledger_store>{std::move(*store)}, {}};
}

/// Puts into a fresh ledger what can be read of one that was moved aside, and
/// says what that was.
std::string salvage_kept(const std::string& path, const std::string& kept,
                         caf::timespan patience) {
  // SQLite would throw away the log of a file that is none of its own.
  std::array<char, 15> head{};
  std::ifstream{kept, std::ios::binary}.read(head.data(), head.size());
  if (std::string_view{head.data(), head.size()} != "SQLite format 3")
    return "so usage before now is not counted";
  auto into = database::open(path, patience);
  auto had_log = ::access((kept + "-wal").c_str(), F_OK) == 0;
  std::optional<uint64_t> missing;
  if (into)
    if (auto found = refill(*into, kept))
      missing = *found;
  if (!had_log)
    // Reading it made one.
    for (const auto* suffix : {"-wal", "-shm"})
      ::unlink((kept + suffix).c_str());
  if (!missing)
    return "so usage before now is not counted";
  return *missing == 0 ? "with all rows of the damaged one"
                       : "with all rows of the damaged one but about "
                           + std::to_string(*missing);
}

} // namespace

ledger_store::ledger_store(database on, statements all, lease_tables leases,
                           rollup sums)
  : on_{std::move(on)}, all_{std::move(all)}, leases_{std::move(leases)},
    rollup_{std::move(sums)} {}

caf::expected<std::unique_ptr<ledger_store>> ledger_store::make(database on) {
  auto known = on.prepare("SELECT last_batch FROM writers WHERE id = ?");
  if (!known)
    return std::move(known.error());
  auto insert = on.prepare(
    "INSERT INTO ledger (at_ns, task_id, attempt, origin, provider, model, "
    "type, complexity, outcome, served, uncached_input, cache_read, "
    "cache_write, output, reasoning, estimated, cost_usd, saved_usd, "
    "elapsed_ns, first_byte_ns, credential, client_key, cache_write_hour, "
    "charged_usd) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
    "?, ?, ?, ?, ?, ?, ?)");
  if (!insert)
    return std::move(insert.error());
  auto confirm = on.prepare(
    "INSERT INTO writers (id, last_batch, at_ns, beat_ns) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET "
    "last_batch = max(last_batch, excluded.last_batch), "
    "at_ns = excluded.at_ns, beat_ns = excluded.beat_ns");
  if (!confirm)
    return std::move(confirm.error());
  auto leases = lease_tables::make(on);
  if (!leases)
    return std::move(leases.error());
  auto sums = rollup::make(on);
  if (!sums)
    return std::move(sums.error());
  // A writer that has been silent for a month is a process of the past.
  auto month_ago =
    since_epoch(std::chrono::system_clock::now() - std::chrono::hours{24 * 30});
  if (auto failed = on.execute("DELETE FROM writers WHERE at_ns < "
                               + std::to_string(month_ago)))
    return failed;
  return std::unique_ptr<ledger_store>{new ledger_store{
    std::move(on),
    {std::move(*known), std::move(*insert), std::move(*confirm)},
    std::move(*leases),
    std::move(*sums)}};
}

ledger_store::~ledger_store() {
  closing_.emplace(on_.path(), closing_patience);
}

caf::error ledger_store::see_to(caf::error why) {
  if (!on_.damaged())
    return why;
  auto done = heal(on_, closing_patience, std::chrono::system_clock::now());
  if (!done)
    return std::move(done.error());
  on_.forget_damage();
  return make_error(ec::storage_failed, *done);
}

caf::error ledger_store::append(const ledger_batch& batch) {
  auto guard = std::lock_guard{mutex_};
  auto failed = write(batch);
  return failed ? see_to(std::move(failed)) : caf::none;
}

caf::error ledger_store::write(const ledger_batch& batch) {
  auto work = transaction::begin(on_);
  if (!work)
    return std::move(work.error());
  {
    auto scope = execution{all_.known};
    all_.known.bind(1, batch.writer);
    auto code = all_.known.step();
    if (code == SQLITE_ROW && all_.known.integer(0) >= as_integer(batch.number))
      return caf::none;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
      return on_.failure();
  }
  // Before the rows: a limit that is new here starts with what the ledger has.
  if (auto failed =
        leases_.apply(on_, batch.writer, batch.changes, steady_now()))
    return failed;
  for (const auto& row : batch.rows)
    if (auto failed = insert(row))
      return failed;
  if (auto failed = rollup_.add(on_, batch.rows))
    return failed;
  if (auto failed = sign_of_life(batch.writer, batch.number, steady_now()))
    return failed;
  return work->commit();
}

caf::error ledger_store::sign_of_life(const std::string& writer, uint64_t batch,
                                      int64_t steady) {
  auto scope = execution{all_.confirm};
  all_.confirm.bind(1, writer);
  all_.confirm.bind(2, as_integer(batch));
  all_.confirm.bind(3, since_epoch(std::chrono::system_clock::now()));
  all_.confirm.bind(4, steady);
  if (all_.confirm.step() != SQLITE_DONE)
    return on_.failure();
  return caf::none;
}

void ledger_store::live(const std::string& owner) {
  auto guard = std::lock_guard{mutex_};
  leases_.live(owner);
}

caf::expected<std::vector<lease_grant>>
ledger_store::lease(const std::string& owner,
                    const std::vector<lease_ask>& asks, lease_clock now) {
  auto guard = std::lock_guard{mutex_};
  auto result = grant(owner, asks, now);
  if (!result)
    return see_to(std::move(result.error()));
  return result;
}

caf::expected<std::vector<lease_grant>>
ledger_store::grant(const std::string& owner,
                    const std::vector<lease_ask>& asks, lease_clock now) {
  auto work = transaction::begin(on_);
  if (!work)
    return std::move(work.error());
  // Whoever only looks need not be known to live.
  auto looks = [](const lease_ask& x) { return x.number == 0; };
  if (asks.empty() || !std::all_of(asks.begin(), asks.end(), looks))
    if (auto failed = sign_of_life(owner, 0, now.steady))
      return failed;
  auto grants = leases_.lease(on_, owner, asks, now);
  if (!grants)
    return grants;
  if (auto failed = work->commit())
    return failed;
  return grants;
}

caf::error ledger_store::insert(const ledger_row& row) {
  auto scope = execution{all_.insert};
  auto tokens = bounded(row.tokens);
  int next = 0;
  auto bind = [&](auto value) { all_.insert.bind(++next, value); };
  auto bind_text = [&](std::string_view x) {
    all_.insert.bind_kept(++next, x);
  };
  bind(since_epoch(row.at));
  bind_text(row.task_id);
  bind(int64_t{row.attempt});
  bind_text(row.origin);
  bind_text(row.provider);
  bind_text(row.model);
  bind_text(row.type);
  bind(int64_t{row.complexity});
  bind_text(row.outcome);
  bind(int64_t{row.served});
  bind(as_integer(tokens.uncached_input));
  bind(as_integer(tokens.cache_read));
  bind(as_integer(tokens.cache_write));
  bind(as_integer(tokens.output));
  bind(as_integer(tokens.reasoning));
  bind(int64_t{tokens.estimated});
  bind(finite(row.cost_usd));
  bind(finite(row.saved_usd));
  bind(int64_t{row.elapsed.count()});
  bind(int64_t{row.first_byte.count()});
  bind_text(row.credential);
  bind_text(row.key);
  bind(as_integer(tokens.cache_write_hour));
  // Left unbound it is NULL: the provider did not say.
  if (tokens.charged_usd)
    bind(*tokens.charged_usd);
  if (all_.insert.step() != SQLITE_DONE)
    return on_.failure();
  return caf::none;
}

caf::expected<std::vector<usage_sum>> ledger_store::sum(wall_time since,
                                                        const std::string& by) {
  // One list of columns for all stores; only known names reach the query.
  if (auto known = usage_sums::by(by); !known)
    return std::move(known.error());
  auto guard = std::lock_guard{mutex_};
  auto result = sums_of(on_, since_epoch(since), by);
  if (!result)
    return see_to(std::move(result.error()));
  return result;
}

std::string ledger_store::path() const {
  return on_.path();
}

} // namespace sqlite

caf::expected<opened_ledger> open_sqlite_ledger(const std::string& path,
                                                const sqlite_options& options) {
  if (auto failed = sqlite::make_file(path))
    return failed;
  auto lock = sqlite::folder_lock{path, options.busy_timeout};
  auto found = sqlite::try_open(path, options);
  if (found.store)
    return opened_ledger{std::move(*found.store), {}};
  if (found.damage.empty())
    return std::move(found.store.error());
  if (!lock.held())
    return make_error(ec::storage_failed,
                      path + " looks damaged (" + found.damage
                        + "), but another process is busy with it: start "
                          "smart-agents again");
  auto kept = sqlite::move_aside(path, std::chrono::system_clock::now());
  if (!kept)
    return std::move(kept.error());
  if (auto failed = sqlite::make_file(path))
    return failed;
  auto fresh = sqlite::try_open(path, options);
  if (!fresh.store)
    return std::move(fresh.store.error());
  auto found_in_it = sqlite::salvage_kept(path, *kept, options.busy_timeout);
  return opened_ledger{std::move(*fresh.store),
                       path + " was damaged (" + found.damage
                         + "); it is kept as " + *kept
                         + " and a fresh ledger was started, " + found_in_it};
}

} // namespace smart_agents
