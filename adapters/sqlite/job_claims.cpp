#include "adapters/job_rules.hpp"
#include "adapters/ledger_store.hpp"
#include "adapters/sqlite/job_rows.hpp"
#include "adapters/sqlite/job_store.hpp"

#include <algorithm>

/// Who runs which job.

namespace smart_agents::sqlite {

void job_store::live(const std::string& owner, wall_time now) {
  locks_.live(owner);
  auto locked = locks_.lives(owner);
  auto known =
    db_.number("SELECT locked FROM job_owners WHERE id = ?", -1, owner);
  // Where the lock says it, nothing need be written again.
  if (known == 1 && locked)
    return;
  db_.run("INSERT INTO job_owners VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE "
          "SET locked = excluded.locked, beat_ns = excluded.beat_ns",
          owner, locked, to_ns(now));
}

std::vector<std::string> job_store::dead_owners(const std::string& but,
                                                wall_time now) {
  std::vector<std::string> owners;
  db_.each(
    "SELECT DISTINCT owner FROM jobs WHERE state = 1 AND owner <> ?",
    [&owners](statement& row) { owners.push_back(row.text(0)); }, but);
  std::erase_if(owners, [&](const std::string& x) {
    if (locks_.lives(x))
      return true;
    bool silent = true;
    db_.each(
      "SELECT locked, beat_ns FROM job_owners WHERE id = ?",
      [&](statement& row) {
        silent =
          row.integer(0) != 0 || from_ns(row.integer(1)) + lease_silence < now;
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
    auto ready = db_.number("SELECT count(*) FROM (SELECT 1 FROM jobs WHERE "
                            "state = 0 AND blocked = 0 AND not_before_ns <= ? "
                            "LIMIT 1)",
                            0, to_ns(now));
    auto full = db_.number("SELECT count(*) FROM jobs WHERE state = 1", 0)
                >= static_cast<int64_t>(limits.running);
    if (dead.empty() && (ready == 0 || full))
      return std::vector<job_ptr>{};
    auto work = transaction::begin(db_.on());
    if (!work)
      return std::move(work.error());
    live(owner, now);
    std::vector<std::string> lost;
    for (const auto& gone : dead_owners(owner, now))
      db_.each(
        "SELECT id FROM jobs WHERE state = 1 AND owner = ?",
        [&lost](statement& row) { lost.push_back(row.text(0)); }, gone);
    for (const auto& id : lost)
      wait_again(
        {id, 0, now, false, "Its process ended; it goes on in another."}, now);
    uint32_t running = 0;
    std::map<std::string, uint32_t> kinds;
    std::map<std::string, uint32_t> providers;
    db_.each("SELECT kind, provider FROM jobs WHERE state = 1",
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
    std::vector<job> hopeless;
    {
      auto& rows =
        db_.bound("SELECT id, kind, provider, claim, failures, waits "
                  "FROM jobs WHERE "
                  "state = 0 AND blocked = 0 AND not_before_ns <= ? "
                  "ORDER BY rank",
                  to_ns(now));
      auto scope = execution{rows};
      while (picked.size() < most && running < limits.running) {
        auto code = rows.step();
        if (code == SQLITE_DONE)
          break;
        if (code != SQLITE_ROW)
          throw queries::broken{};
        auto id = rows.text(0);
        auto kind = rows.text(1);
        auto provider = rows.text(2);
        const auto& only = limits.only;
        if ((!only.empty()
             && std::find(only.begin(), only.end(), id) == only.end())
            || !room(limits.per_kind, kinds, kind)
            || !room(limits.per_provider, providers, provider))
          continue;
        // Runs that failed, or found nobody, did not end their process.
        job counts;
        counts.claim = static_cast<uint64_t>(rows.integer(3));
        counts.failures = static_cast<uint32_t>(rows.integer(4));
        counts.waits = static_cast<uint32_t>(rows.integer(5));
        if (counts.claim >= most_claims + counts.failures + counts.waits) {
          counts.id = std::move(id);
          hopeless.push_back(std::move(counts));
          continue;
        }
        ++running;
        ++kinds[kind];
        ++providers[provider];
        picked.push_back(std::move(id));
      }
    }
    for (const auto& x : hopeless) {
      job_outcome why;
      why.error = too_many_claims(x);
      end(x.id, job_state::failed, why, now);
    }
    std::vector<job_ptr> result;
    for (const auto& id : picked) {
      db_.run("UPDATE jobs SET state = 1, owner = ?, claim = claim + 1, "
              "started_ns = CASE started_ns WHEN 0 THEN ? ELSE started_ns END, "
              "rev = ? WHERE id = ?",
              owner, to_ns(now), next_rev(), id);
      auto whole = std::make_shared<job>(*read_job(db_, id, true));
      if (!whole->what.thread.empty())
        whole->history =
          read_turns(db_, thread_of(whole->what.client, whole->what.thread));
      result.push_back(std::move(whole));
    }
    if (auto failed = work->commit())
      return failed;
    return result;
  } catch (const queries::broken&) {
    return db_.on().failure();
  }
}

caf::error job_store::release(const std::string& owner, wall_time now) {
  auto guard = enter();
  auto work = transaction::begin(db_.on());
  if (!work)
    return std::move(work.error());
  try {
    std::vector<std::string> ids;
    db_.each(
      "SELECT id FROM jobs WHERE state = 1 AND owner = ?",
      [&ids](statement& row) { ids.push_back(row.text(0)); }, owner);
    for (const auto& id : ids)
      wait_again({id, 0, now}, now);
  } catch (const queries::broken&) {
    return db_.on().failure();
  }
  return work->commit();
}

} // namespace smart_agents::sqlite
