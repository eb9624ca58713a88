#include "adapters/sqlite/job_store.hpp"

#include "adapters/job_json.hpp"
#include "adapters/job_rules.hpp"
#include "adapters/sqlite/files.hpp"
#include "adapters/sqlite/job_rows.hpp"
#include "adapters/sqlite/salvage.hpp"
#include "adapters/sqlite/schema.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace smart_agents {

namespace sqlite {

namespace json = boost::json;

namespace {

/// How long another process may be busy with a damaged file.
constexpr auto mending_patience = std::chrono::seconds{2};

} // namespace

job_store::job_store(database on)
  : db_{std::move(on)}, locks_{db_.on().path()} {}

std::unique_lock<std::mutex> job_store::enter() {
  std::unique_lock guard{mutex_};
  // Whoever met the damage was told of it; this one finds it mended.
  if (db_.on().damaged()
      && heal(db_.on(), mending_patience, std::chrono::system_clock::now()))
    db_.on().forget_damage();
  return guard;
}

// -- changes ------------------------------------------------------------------

caf::expected<std::vector<job_changed>>
job_store::apply(const std::vector<job_change>& changes, wall_time now) {
  auto guard = enter();
  auto work = transaction::begin(db_.on());
  if (!work)
    return std::move(work.error());
  open_jobs_ = std::nullopt;
  std::vector<job_changed> result;
  result.reserve(changes.size());
  try {
    for (const auto& x : changes)
      result.push_back(
        std::visit([&](const auto& y) { return make(y, now); }, x));
  } catch (const queries::broken&) {
    return db_.on().failure();
  }
  if (auto failed = work->commit())
    return failed;
  return result;
}

int64_t job_store::next_rev() {
  return db_.number(
    "UPDATE job_clock SET rev = rev + 1 WHERE id = 1 RETURNING rev", 0);
}

std::optional<job_store::place> job_store::place_of(const std::string& id) {
  std::optional<place> result;
  db_.each(
    "SELECT state, cancelling, claim, ended_ns, client FROM jobs WHERE id = ?",
    [&result](statement& row) {
      result = place{static_cast<job_state>(row.integer(0)),
                     row.integer(1) != 0, static_cast<uint64_t>(row.integer(2)),
                     from_ns(row.integer(3)), row.text(4)};
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
    db_.each(
      "SELECT job FROM job_keys WHERE key = ?",
      [&known](statement& row) { known = row.text(0); }, key_of(what));
    if (!known.empty())
      return {{}, read_job(db_, known, false)};
  }
  // Counted once a group: at most that many are too many.
  if (!open_jobs_)
    open_jobs_ = db_.number("SELECT count(*) FROM jobs WHERE state < 2", 0);
  if (static_cast<uint64_t>(*open_jobs_) >= most_jobs)
    return {too_many_jobs(), nullptr};
  ++*open_jobs_;
  int64_t blocked = 0;
  std::string lost;
  auto not_before = std::max(x.what.created, what.at);
  for (const auto& need : what.after) {
    auto other = place_of(need);
    if (!other || !is_for(other->client, what.client))
      return {make_error(ec::not_found, "after: there is no job " + need),
              nullptr};
    if (other->state == job_state::completed) {
      // As in `end`: whoever looks may have begun to before that.
      not_before = std::max(not_before, other->ended);
      continue;
    }
    if (is_final(other->state))
      lost = needs_lost_job(need, other->state);
    ++blocked;
  }
  db_.run(
    "INSERT INTO jobs VALUES (?, ?, ?, ?, 0, 0, ?, ?, ?, 0, 0, '', ?, 0, 0, "
    "0, '', -1, ?, ?, 0)",
    x.what.id, kind_of(what), provider_of(what), what.thread, rank_of(x.what),
    to_ns(not_before), blocked, to_ns(x.what.created), next_rev(), what.client);
  auto request = to_json(what);
  request.erase("input");
  db_.run("INSERT INTO job_texts VALUES (?, ?, '{}', ?, '', ?)", x.what.id,
          json::serialize(request), what.input,
          x.what.expected.text.empty()
            ? std::string{}
            : json::serialize(to_json(x.what.expected)));
  for (const auto& need : what.after)
    db_.run("INSERT OR IGNORE INTO job_needs VALUES (?, ?)", need, x.what.id);
  if (!what.key.empty())
    db_.run("INSERT INTO job_keys VALUES (?, ?)", key_of(what), x.what.id);
  if (!lost.empty()) {
    job_outcome why;
    why.error = lost;
    end(x.what.id, job_state::failed, why, now);
  }
  return {{}, read_job(db_, x.what.id, false)};
}

job_changed job_store::make(const save_step& x, wall_time) {
  if (!runs(x.id, x.claim))
    return {};
  if (x.what)
    db_.run("INSERT INTO job_steps (job, id, body) VALUES (?, ?, ?) "
            "ON CONFLICT (job, id) DO UPDATE SET body = excluded.body",
            x.id, x.what->id, json::serialize(to_json(*x.what)));
  db_.run("UPDATE jobs SET progress = max(progress, ?), step = ?, "
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
    db_.each(
      "SELECT j.client, j.thread, t.input FROM jobs j JOIN job_texts t ON "
      "t.job = j.id "
      "WHERE j.id = ? AND j.thread <> ''",
      [&](statement& row) {
        thread = thread_of(row.text(0), row.text(1));
        question = row.text(2);
      },
      x.id);
    if (!thread.empty()) {
      write_turn(db_, thread, {false, question, {}, {}}, now);
      write_turn(db_, thread,
                 {true, x.outcome.text, x.outcome.provider, x.outcome.model},
                 now);
    }
  }
  return {{}, read_job(db_, x.id, false)};
}

job_changed job_store::make(const return_job& x, wall_time now) {
  if (!runs(x.id, x.claim))
    return {run_is_over(x.id), nullptr};
  wait_again(x, now);
  return {{}, read_job(db_, x.id, false)};
}

job_changed job_store::make(const stop_job& x, wall_time now) {
  auto at = place_of(x.id);
  if (!at || !is_for(at->client, x.client))
    return {no_such_job(x.id), nullptr};
  if (at->state == job_state::pending) {
    job_outcome why;
    why.error = "It was cancelled before it began.";
    end(x.id, job_state::cancelled, why, now);
  } else if (at->state == job_state::running && !at->cancelling) {
    db_.run("UPDATE jobs SET cancelling = 1, rev = ? WHERE id = ?", next_rev(),
            x.id);
  }
  return {{}, read_job(db_, x.id, false)};
}

void job_store::wait_again(const return_job& x, wall_time now) {
  if (place_of(x.id).value_or(place{}).cancelling) {
    job_outcome end_of_it;
    end_of_it.error = "It was cancelled.";
    end(x.id, job_state::cancelled, end_of_it, now);
    return;
  }
  db_.run("UPDATE jobs SET state = 0, owner = '', seconds_left = -1, "
          "not_before_ns = max(not_before_ns, ?), failures = failures + ?, "
          "waits = waits + ?, step = ?, rev = ? WHERE id = ?",
          to_ns(x.not_before), x.failed, x.waited, x.why, next_rev(), x.id);
}

void job_store::end(const std::string& id, job_state as,
                    const job_outcome& what, wall_time now) {
  std::vector<std::pair<std::string, job_state>> ended{{id, as}};
  db_.run("UPDATE job_texts SET outcome = ?, result = ? WHERE job = ?",
          json::serialize(to_json(what, false)), what.text, id);
  // Those that need one that is lost are lost, too.
  for (size_t i = 0; i < ended.size(); ++i) {
    auto [which, how] = ended[i];
    db_.run(
      "UPDATE jobs SET state = ?, owner = '', cancelling = 0, ended_ns = ?, "
      "seconds_left = -1, progress = CASE WHEN ? = 2 THEN 1 ELSE progress "
      "END, rev = ? WHERE id = ?",
      how, to_ns(now), how, next_rev(), which);
    std::vector<std::string> waiting;
    db_.each(
      "SELECT n.job FROM job_needs n JOIN jobs j ON j.id = n.job "
      "WHERE n.needs = ? AND j.state = 0",
      [&waiting](statement& row) { waiting.push_back(row.text(0)); }, which);
    db_.run("DELETE FROM job_needs WHERE needs = ?", which);
    for (const auto& other : waiting) {
      if (how == job_state::completed) {
        // Processes tell the time at different moments: none may begin before
        // what it needs had ended.
        db_.run("UPDATE jobs SET blocked = blocked - 1, "
                "not_before_ns = max(not_before_ns, ?), rev = ? WHERE id = ?",
                to_ns(now), next_rev(), other);
        continue;
      }
      if (std::any_of(ended.begin(), ended.end(),
                      [&other](const auto& y) { return y.first == other; }))
        continue;
      job_outcome why;
      why.error = needs_lost_job(which, how);
      db_.run("UPDATE job_texts SET outcome = ? WHERE job = ?",
              json::serialize(to_json(why)), other);
      ended.emplace_back(other, job_state::failed);
    }
  }
}

caf::error job_store::forget(wall_time before) {
  auto guard = enter();
  auto work = transaction::begin(db_.on());
  if (!work)
    return std::move(work.error());
  try {
    std::vector<std::string> ids;
    db_.each(
      "SELECT id FROM jobs WHERE state > 1 AND ended_ns < ? LIMIT 1000",
      [&ids](statement& row) { ids.push_back(row.text(0)); }, to_ns(before));
    for (const auto& id : ids) {
      db_.run("DELETE FROM job_texts WHERE job = ?", id);
      db_.run("DELETE FROM job_steps WHERE job = ?", id);
      db_.run("DELETE FROM job_keys WHERE job = ?", id);
      db_.run("DELETE FROM jobs WHERE id = ?", id);
    }
    db_.run(
      "DELETE FROM turns WHERE thread IN (SELECT thread FROM turns GROUP BY "
      "thread HAVING max(at_ns) < ?)",
      to_ns(before));
    db_.run(
      "DELETE FROM job_owners WHERE beat_ns < ? AND id NOT IN (SELECT owner "
      "FROM jobs WHERE state = 1)",
      to_ns(before));
  } catch (const queries::broken&) {
    return db_.on().failure();
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
