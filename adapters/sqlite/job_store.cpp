#include "adapters/sqlite/job_store.hpp"

#include "adapters/job_json.hpp"
#include "adapters/job_rules.hpp"
#include "adapters/ledger_store.hpp"
#include "adapters/sqlite/files.hpp"
#include "adapters/sqlite/salvage.hpp"
#include "adapters/sqlite/schema.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <sqlite3.h>

#include <algorithm>

namespace smart_agents {

namespace sqlite {

namespace json = boost::json;

namespace {

int64_t ns(wall_time x) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           x.time_since_epoch())
    .count();
}

wall_time time_of(int64_t nanoseconds) {
  return wall_time{std::chrono::duration_cast<wall_time::duration>(
    std::chrono::nanoseconds{nanoseconds})};
}

json::object parsed(const std::string& text) {
  json::error_code bad;
  auto value = json::parse(text, bad);
  return !bad && value.is_object() ? std::move(value.get_object())
                                   : json::object{};
}

void put(statement& into, int index, const std::string& x) {
  into.bind(index, std::string_view{x});
}

void put(statement& into, int index, double x) {
  into.bind(index, x);
}

template <class Int>
void put(statement& into, int index,
         Int x) requires std::is_integral_v<Int> || std::is_enum_v<Int> {
  into.bind(index, static_cast<int64_t>(x));
}

/// How long another process may be busy with a damaged file.
constexpr auto mending_patience = std::chrono::seconds{2};

// Long texts last, so that reading a state does not read them.
constexpr const char* state_columns =
  "SELECT j.id, j.state, j.cancelling, j.not_before_ns, j.blocked, "
  "j.failures, j.claim, j.owner, j.created_ns, j.started_ns, j.ended_ns, "
  "j.progress, j.step, j.seconds_left, j.rev, t.request, t.outcome "
  "FROM jobs j JOIN job_texts t ON t.job = j.id WHERE j.id = ?";

job_ptr state_of(statement& row) {
  auto x = std::make_shared<job>();
  x->id = row.text(0);
  x->state = static_cast<job_state>(row.integer(1));
  x->cancelling = row.integer(2) != 0;
  x->not_before = time_of(row.integer(3));
  x->blocked = static_cast<uint32_t>(row.integer(4));
  x->failures = static_cast<uint32_t>(row.integer(5));
  x->claim = static_cast<uint64_t>(row.integer(6));
  x->owner = row.text(7);
  x->created = time_of(row.integer(8));
  x->started = time_of(row.integer(9));
  x->ended = time_of(row.integer(10));
  x->progress = row.real(11);
  x->step = row.text(12);
  x->seconds_left = row.real(13);
  x->rev = static_cast<uint64_t>(row.integer(14));
  if (auto what = parse_job_request(parsed(row.text(15)), x->created))
    x->what = std::move(*what);
  x->outcome = parse_job_outcome(parsed(row.text(16)));
  return x;
}

} // namespace

job_store::job_store(database on) : on_{std::move(on)}, locks_{on_.path()} {}

// -- statements ---------------------------------------------------------------

template <class... Ts>
statement& job_store::bound(const char* sql, const Ts&... values) {
  auto i = statements_.find(sql);
  if (i == statements_.end()) {
    auto made = on_.prepare(sql);
    if (!made)
      throw broken{};
    i = statements_.emplace(sql, std::move(*made)).first;
  }
  [[maybe_unused]] int next = 0;
  (put(i->second, ++next, values), ...);
  return i->second;
}

template <class... Ts>
void job_store::run(const char* sql, const Ts&... values) {
  auto& what = bound(sql, values...);
  auto scope = execution{what};
  if (what.step() != SQLITE_DONE)
    throw broken{};
}

template <class... Ts>
int64_t job_store::number(const char* sql, int64_t otherwise,
                          const Ts&... values) {
  auto result = otherwise;
  each(
    sql, [&](statement& row) { result = row.integer(0); }, values...);
  return result;
}

template <class F, class... Ts>
void job_store::each(const char* sql, F use, const Ts&... values) {
  auto& what = bound(sql, values...);
  auto scope = execution{what};
  for (;;) {
    auto code = what.step();
    if (code == SQLITE_DONE)
      return;
    if (code != SQLITE_ROW)
      throw broken{};
    use(what);
  }
}

template <class F>
auto job_store::guarded(F work) -> caf::expected<decltype(work())> {
  auto guard = enter();
  try {
    return work();
  } catch (const broken&) {
    return on_.failure();
  }
}

std::unique_lock<std::mutex> job_store::enter() {
  std::unique_lock guard{mutex_};
  // Whoever met the damage was told of it; this one finds it mended.
  if (on_.damaged()
      && heal(on_, mending_patience, std::chrono::system_clock::now()))
    on_.forget_damage();
  return guard;
}

// -- changes ------------------------------------------------------------------

caf::expected<std::vector<job_changed>>
job_store::apply(const std::vector<job_change>& changes, wall_time now) {
  auto guard = enter();
  auto work = transaction::begin(on_);
  if (!work)
    return std::move(work.error());
  std::vector<job_changed> result;
  result.reserve(changes.size());
  try {
    for (const auto& x : changes)
      result.push_back(
        std::visit([&](const auto& y) { return make(y, now); }, x));
  } catch (const broken&) {
    return on_.failure();
  }
  if (auto failed = work->commit())
    return failed;
  return result;
}

int64_t job_store::next_rev() {
  return number("UPDATE job_clock SET rev = rev + 1 WHERE id = 1 RETURNING rev",
                0);
}

std::optional<job_store::place> job_store::place_of(const std::string& id) {
  std::optional<place> result;
  each(
    "SELECT state, cancelling, claim, owner FROM jobs WHERE id = ?",
    [&result](statement& row) {
      result =
        place{static_cast<job_state>(row.integer(0)), row.integer(1) != 0,
              static_cast<uint64_t>(row.integer(2)), row.text(3)};
    },
    id);
  return result;
}

bool job_store::runs(const std::string& id, uint64_t claim) {
  auto now = place_of(id);
  return now && now->state == job_state::running && now->claim == claim;
}

job_changed job_store::make(const add_job& x, wall_time now) {
  const auto& what = x.what.what;
  if (!what.key.empty()) {
    std::string known;
    each(
      "SELECT job FROM job_keys WHERE key = ?",
      [&known](statement& row) { known = row.text(0); }, what.key);
    if (!known.empty())
      return {{}, read(known, false)};
  }
  if (static_cast<uint64_t>(
        number("SELECT count(*) FROM jobs WHERE state < 2", 0))
      >= most_jobs)
    return {too_many_jobs(), nullptr};
  int64_t blocked = 0;
  std::string lost;
  for (const auto& need : what.after) {
    auto other = place_of(need);
    if (!other)
      return {make_error(ec::not_found, "after: there is no job " + need),
              nullptr};
    if (other->state == job_state::completed)
      continue;
    if (is_final(other->state))
      lost = needs_lost_job(need, other->state);
    ++blocked;
  }
  run("INSERT INTO jobs VALUES (?, ?, ?, ?, 0, 0, ?, ?, ?, 0, 0, '', ?, 0, 0, "
      "0, '', -1, ?)",
      x.what.id, kind_of(what), provider_of(what), what.thread, rank_of(x.what),
      ns(std::max(x.what.created, what.at)), blocked, ns(x.what.created),
      next_rev());
  auto request = to_json(what);
  request.erase("input");
  run("INSERT INTO job_texts VALUES (?, ?, '{}', ?, '')", x.what.id,
      json::serialize(request), what.input);
  for (const auto& need : what.after)
    run("INSERT OR IGNORE INTO job_needs VALUES (?, ?)", need, x.what.id);
  if (!what.key.empty())
    run("INSERT INTO job_keys VALUES (?, ?)", what.key, x.what.id);
  if (!lost.empty()) {
    job_outcome why;
    why.error = lost;
    end(x.what.id, job_state::failed, why, now);
  }
  return {{}, read(x.what.id, false)};
}

job_changed job_store::make(const save_step& x, wall_time) {
  if (!runs(x.id, x.claim))
    return {};
  if (x.what)
    run("INSERT INTO job_steps (job, id, body) VALUES (?, ?, ?) "
        "ON CONFLICT (job, id) DO UPDATE SET body = excluded.body",
        x.id, x.what->id, json::serialize(to_json(*x.what)));
  run("UPDATE jobs SET progress = max(progress, ?), step = ?, "
      "seconds_left = ?, rev = ? WHERE id = ?",
      x.progress, x.step, x.seconds_left, next_rev(), x.id);
  return {};
}

job_changed job_store::make(const end_job& x, wall_time now) {
  if (!runs(x.id, x.claim))
    return {run_is_over(x.id), nullptr};
  end(x.id, x.as, x.outcome, now);
  if (x.as == job_state::completed) {
    std::string thread;
    std::string question;
    each(
      "SELECT j.thread, t.input FROM jobs j JOIN job_texts t ON t.job = j.id "
      "WHERE j.id = ? AND j.thread <> ''",
      [&](statement& row) {
        thread = row.text(0);
        question = row.text(1);
      },
      x.id);
    if (!thread.empty()) {
      say(thread, {false, question, {}, {}}, now);
      say(thread, {true, x.outcome.text, x.outcome.provider, x.outcome.model},
          now);
    }
  }
  return {{}, read(x.id, false)};
}

job_changed job_store::make(const return_job& x, wall_time now) {
  if (!runs(x.id, x.claim))
    return {run_is_over(x.id), nullptr};
  wait_again(x.id, x.not_before, x.failed, x.why, now);
  return {{}, read(x.id, false)};
}

job_changed job_store::make(const stop_job& x, wall_time now) {
  auto at = place_of(x.id);
  if (!at)
    return {no_such_job(x.id), nullptr};
  if (at->state == job_state::pending) {
    job_outcome why;
    why.error = "It was cancelled before it began.";
    end(x.id, job_state::cancelled, why, now);
  } else if (at->state == job_state::running && !at->cancelling) {
    run("UPDATE jobs SET cancelling = 1, rev = ? WHERE id = ?", next_rev(),
        x.id);
  }
  return {{}, read(x.id, false)};
}

void job_store::wait_again(const std::string& id, wall_time not_before,
                           bool failed, const std::string& why, wall_time now) {
  if (place_of(id).value_or(place{}).cancelling) {
    job_outcome end_of_it;
    end_of_it.error = "It was cancelled.";
    end(id, job_state::cancelled, end_of_it, now);
    return;
  }
  run("UPDATE jobs SET state = 0, owner = '', seconds_left = -1, "
      "not_before_ns = max(not_before_ns, ?), failures = failures + ?, "
      "step = ?, rev = ? WHERE id = ?",
      ns(not_before), failed, why, next_rev(), id);
}

void job_store::end(const std::string& id, job_state as,
                    const job_outcome& what, wall_time now) {
  std::vector<std::pair<std::string, job_state>> ended{{id, as}};
  run("UPDATE job_texts SET outcome = ?, result = ? WHERE job = ?",
      json::serialize(to_json(what, false)), what.text, id);
  // Those that need one that is lost are lost, too.
  for (size_t i = 0; i < ended.size(); ++i) {
    auto [which, how] = ended[i];
    run("UPDATE jobs SET state = ?, owner = '', cancelling = 0, ended_ns = ?, "
        "seconds_left = -1, progress = CASE WHEN ? = 2 THEN 1 ELSE progress "
        "END, rev = ? WHERE id = ?",
        how, ns(now), how, next_rev(), which);
    std::vector<std::string> waiting;
    each(
      "SELECT n.job FROM job_needs n JOIN jobs j ON j.id = n.job "
      "WHERE n.needs = ? AND j.state = 0",
      [&waiting](statement& row) { waiting.push_back(row.text(0)); }, which);
    run("DELETE FROM job_needs WHERE needs = ?", which);
    for (const auto& other : waiting) {
      if (how == job_state::completed) {
        // Processes tell the time at different moments: none may begin before
        // what it needs had ended.
        run("UPDATE jobs SET blocked = blocked - 1, "
            "not_before_ns = max(not_before_ns, ?), rev = ? WHERE id = ?",
            ns(now), next_rev(), other);
        continue;
      }
      if (std::any_of(ended.begin(), ended.end(),
                      [&other](const auto& y) { return y.first == other; }))
        continue;
      job_outcome why;
      why.error = needs_lost_job(which, how);
      run("UPDATE job_texts SET outcome = ? WHERE job = ?",
          json::serialize(to_json(why)), other);
      ended.emplace_back(other, job_state::failed);
    }
  }
}

// -- who runs what ------------------------------------------------------------

void job_store::live(const std::string& owner, wall_time now) {
  locks_.live(owner);
  auto locked = locks_.lives(owner);
  auto known = number("SELECT locked FROM job_owners WHERE id = ?", -1, owner);
  // Where the lock says it, nothing need be written again.
  if (known == 1 && locked)
    return;
  run("INSERT INTO job_owners VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE "
      "SET locked = excluded.locked, beat_ns = excluded.beat_ns",
      owner, locked, ns(now));
}

std::vector<std::string> job_store::dead_owners(const std::string& but,
                                                wall_time now) {
  std::vector<std::string> owners;
  each(
    "SELECT DISTINCT owner FROM jobs WHERE state = 1 AND owner <> ?",
    [&owners](statement& row) { owners.push_back(row.text(0)); }, but);
  std::erase_if(owners, [&](const std::string& x) {
    if (locks_.lives(x))
      return true;
    bool silent = true;
    each(
      "SELECT locked, beat_ns FROM job_owners WHERE id = ?",
      [&](statement& row) {
        silent =
          row.integer(0) != 0 || time_of(row.integer(1)) + lease_silence < now;
      },
      x);
    return !silent;
  });
  return owners;
}

caf::expected<std::vector<job_ptr>> job_store::claim(const std::string& owner,
                                                     uint32_t most,
                                                     const job_limits& limits,
                                                     wall_time now) {
  auto guard = enter();
  try {
    // Looking costs no lock of the file.
    auto dead = dead_owners(owner, now);
    auto ready = number("SELECT count(*) FROM (SELECT 1 FROM jobs WHERE "
                        "state = 0 AND blocked = 0 AND not_before_ns <= ? "
                        "LIMIT 1)",
                        0, ns(now));
    if (dead.empty() && ready == 0)
      return std::vector<job_ptr>{};
    auto work = transaction::begin(on_);
    if (!work)
      return std::move(work.error());
    live(owner, now);
    std::vector<std::string> lost;
    for (const auto& gone : dead_owners(owner, now))
      each(
        "SELECT id FROM jobs WHERE state = 1 AND owner = ?",
        [&lost](statement& row) { lost.push_back(row.text(0)); }, gone);
    for (const auto& id : lost)
      wait_again(id, now, false, "Its process ended; it goes on in another.",
                 now);
    uint32_t running = 0;
    std::map<std::string, uint32_t> kinds;
    std::map<std::string, uint32_t> providers;
    each("SELECT kind, provider FROM jobs WHERE state = 1",
         [&](statement& row) {
           ++running;
           ++kinds[row.text(0)];
           ++providers[row.text(1)];
         });
    auto room = [](const std::map<std::string, uint32_t>& bounds,
                   std::map<std::string, uint32_t>& taken,
                   const std::string& name) {
      auto i = bounds.find(name);
      return i == bounds.end() || taken[name] < i->second;
    };
    std::vector<std::string> picked;
    std::vector<std::pair<std::string, uint64_t>> hopeless;
    {
      auto& rows = bound("SELECT id, kind, provider, claim FROM jobs WHERE "
                         "state = 0 AND blocked = 0 AND not_before_ns <= ? "
                         "ORDER BY rank",
                         ns(now));
      auto scope = execution{rows};
      while (picked.size() < most && running < limits.running) {
        auto code = rows.step();
        if (code == SQLITE_DONE)
          break;
        if (code != SQLITE_ROW)
          throw broken{};
        auto id = rows.text(0);
        auto kind = rows.text(1);
        auto provider = rows.text(2);
        const auto& only = limits.only;
        if ((!only.empty()
             && std::find(only.begin(), only.end(), id) == only.end())
            || !room(limits.per_kind, kinds, kind)
            || !room(limits.per_provider, providers, provider))
          continue;
        auto claims = static_cast<uint64_t>(rows.integer(3));
        if (claims >= most_claims) {
          hopeless.emplace_back(std::move(id), claims);
          continue;
        }
        ++running;
        ++kinds[kind];
        ++providers[provider];
        picked.push_back(std::move(id));
      }
    }
    for (const auto& [id, claims] : hopeless) {
      job what;
      what.claim = claims;
      job_outcome why;
      why.error = too_many_claims(what);
      end(id, job_state::failed, why, now);
    }
    std::vector<job_ptr> result;
    for (const auto& id : picked) {
      run("UPDATE jobs SET state = 1, owner = ?, claim = claim + 1, "
          "started_ns = CASE started_ns WHEN 0 THEN ? ELSE started_ns END, "
          "rev = ? WHERE id = ?",
          owner, ns(now), next_rev(), id);
      auto whole = std::make_shared<job>(*read(id, true));
      if (!whole->what.thread.empty())
        whole->history = said(whole->what.thread);
      result.push_back(std::move(whole));
    }
    if (auto failed = work->commit())
      return failed;
    return result;
  } catch (const broken&) {
    return on_.failure();
  }
}

caf::error job_store::release(const std::string& owner, wall_time now) {
  auto guard = enter();
  auto work = transaction::begin(on_);
  if (!work)
    return std::move(work.error());
  try {
    std::vector<std::string> ids;
    each(
      "SELECT id FROM jobs WHERE state = 1 AND owner = ?",
      [&ids](statement& row) { ids.push_back(row.text(0)); }, owner);
    for (const auto& id : ids)
      wait_again(id, now, false, "", now);
  } catch (const broken&) {
    return on_.failure();
  }
  return work->commit();
}

// -- reading ------------------------------------------------------------------

job_ptr job_store::read(const std::string& id, bool whole) {
  job_ptr state;
  each(
    state_columns, [&state](statement& row) { state = state_of(row); }, id);
  if (!state || !whole)
    return state;
  auto result = std::make_shared<job>(*state);
  each(
    "SELECT input, result FROM job_texts WHERE job = ?",
    [&result](statement& row) {
      result->what.input = row.text(0);
      result->outcome.text = row.text(1);
    },
    id);
  each(
    "SELECT body FROM job_steps WHERE job = ? ORDER BY rowid",
    [&result](statement& row) {
      if (auto step = parse_job_step(parsed(row.text(0))))
        result->steps.push_back(std::move(*step));
    },
    id);
  return result;
}

std::vector<job_ptr> job_store::read_all(const std::vector<std::string>& ids) {
  std::vector<job_ptr> result;
  for (const auto& id : ids)
    if (auto x = read(id, false))
      result.push_back(std::move(x));
  return result;
}

caf::expected<job_ptr> job_store::get(const std::string& id) {
  auto found = guarded([&] { return read(id, true); });
  if (found && !*found)
    return no_such_job(id);
  return found;
}

caf::expected<job_list> job_store::list(const job_filter& which) {
  return guarded([&] {
    std::vector<std::string> ids;
    // Ids begin with their time.
    each(
      "SELECT id FROM jobs WHERE (?1 = '' OR id < ?1) AND (?2 < 0 OR state = "
      "?2) AND (?3 = '' OR kind = ?3) AND (?4 = '' OR thread = ?4) "
      "ORDER BY id DESC LIMIT ?5",
      [&ids](statement& row) { ids.push_back(row.text(0)); }, which.after,
      which.state ? static_cast<int64_t>(*which.state) : int64_t{-1},
      which.kind, which.thread, int64_t{which.limit} + 1);
    job_list result;
    result.more = ids.size() > which.limit;
    if (result.more)
      ids.pop_back();
    result.jobs = read_all(ids);
    return result;
  });
}

caf::expected<std::vector<job_ptr>> job_store::since(uint64_t rev) {
  return guarded([&] {
    std::vector<std::string> ids;
    each(
      "SELECT id FROM jobs WHERE rev > ? ORDER BY rev LIMIT 1000",
      [&ids](statement& row) { ids.push_back(row.text(0)); }, rev);
    return read_all(ids);
  });
}

caf::expected<uint64_t> job_store::rev() {
  return guarded([&] {
    return static_cast<uint64_t>(
      number("SELECT rev FROM job_clock WHERE id = 1", 0));
  });
}

caf::expected<std::vector<caf::timespan>>
job_store::durations(const std::string& kind, uint32_t most) {
  return guarded([&] {
    std::vector<caf::timespan> result;
    each(
      "SELECT ended_ns - started_ns FROM jobs WHERE state = 2 AND kind = ? "
      "ORDER BY ended_ns DESC LIMIT ?",
      [&result](statement& row) { result.emplace_back(row.integer(0)); }, kind,
      most);
    return result;
  });
}

void job_store::say(const std::string& thread, const thread_turn& what,
                    wall_time now) {
  run("INSERT INTO turns (thread, at_ns, answer, text, provider, model) "
      "VALUES (?, ?, ?, ?, ?, ?)",
      thread, ns(now), what.answer, what.text, what.provider, what.model);
}

std::vector<thread_turn> job_store::said(const std::string& thread) {
  std::vector<thread_turn> result;
  each(
    "SELECT answer, text, provider, model FROM (SELECT * FROM turns WHERE "
    "thread = ? ORDER BY id DESC LIMIT ?) ORDER BY id",
    [&result](statement& row) {
      result.push_back(
        {row.integer(0) != 0, row.text(1), row.text(2), row.text(3)});
    },
    thread, most_turns);
  return result;
}

caf::expected<std::vector<thread_turn>>
job_store::turns(const std::string& thread) {
  return guarded([&] { return said(thread); });
}

caf::error job_store::add_turns(const std::string& thread,
                                const std::vector<thread_turn>& what,
                                wall_time now) {
  auto guard = enter();
  auto work = transaction::begin(on_);
  if (!work)
    return std::move(work.error());
  try {
    for (const auto& x : what)
      say(thread, x, now);
  } catch (const broken&) {
    return on_.failure();
  }
  return work->commit();
}

caf::error job_store::forget(wall_time before) {
  auto guard = enter();
  auto work = transaction::begin(on_);
  if (!work)
    return std::move(work.error());
  try {
    std::vector<std::string> ids;
    each(
      "SELECT id FROM jobs WHERE state > 1 AND ended_ns < ? LIMIT 1000",
      [&ids](statement& row) { ids.push_back(row.text(0)); }, ns(before));
    for (const auto& id : ids) {
      run("DELETE FROM job_texts WHERE job = ?", id);
      run("DELETE FROM job_steps WHERE job = ?", id);
      run("DELETE FROM job_keys WHERE job = ?", id);
      run("DELETE FROM jobs WHERE id = ?", id);
    }
    run("DELETE FROM turns WHERE thread IN (SELECT thread FROM turns GROUP BY "
        "thread HAVING max(at_ns) < ?)",
        ns(before));
    run("DELETE FROM job_owners WHERE beat_ns < ? AND id NOT IN (SELECT owner "
        "FROM jobs WHERE state = 1)",
        ns(before));
  } catch (const broken&) {
    return on_.failure();
  }
  return work->commit();
}

} // namespace sqlite

caf::expected<std::unique_ptr<job_store>>
open_sqlite_jobs(const std::string& path, caf::timespan busy_timeout) {
  if (auto failed = sqlite::make_file(path))
    return failed;
  auto lock = sqlite::folder_lock{path, busy_timeout};
  auto on = sqlite::database::open(path, busy_timeout);
  if (!on)
    return std::move(on.error());
  if (auto failed = sqlite::migrate(*on))
    return failed;
  if (auto failed = on->execute("PRAGMA journal_mode=WAL; PRAGMA "
                                "synchronous=FULL;"))
    return failed;
  return std::unique_ptr<job_store>{
    std::make_unique<sqlite::job_store>(std::move(*on))};
}

} // namespace smart_agents
