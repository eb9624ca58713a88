#include "adapters/job_rules.hpp"
#include "adapters/sqlite/job_rows.hpp"
#include "adapters/sqlite/job_store.hpp"

/// What is asked of jobs and threads.

namespace smart_agents::sqlite {

template <class F>
auto job_store::guarded(F work) -> caf::expected<decltype(work())> {
  auto guard = enter();
  try {
    return work();
  } catch (const queries::broken&) {
    return db_.on().failure();
  }
}

std::vector<job_ptr> job_store::read_all(const std::vector<std::string>& ids) {
  std::vector<job_ptr> result;
  for (const auto& id : ids)
    if (auto x = read_job(db_, id, false))
      result.push_back(std::move(x));
  return result;
}

caf::expected<job_ptr> job_store::get(const std::string& id,
                                      const std::string& client) {
  auto found = guarded([&] { return read_job(db_, id, true); });
  // Whose it is is nobody else's business, nor that it is there.
  if (found && (!*found || !is_for((*found)->what.client, client)))
    return no_such_job(id);
  return found;
}

caf::expected<job_list> job_store::list(const job_filter& which) {
  return guarded([&] {
    std::vector<std::string> ids;
    // Ids begin with their time.
    db_.each(
      "SELECT id FROM jobs WHERE (?1 = '' OR id < ?1) AND (?2 < 0 OR state = "
      "?2) AND (?3 = '' OR kind = ?3) AND (?4 = '' OR thread = ?4) "
      "AND (?6 = '' OR client = ?6) ORDER BY id DESC LIMIT ?5",
      [&ids](statement& row) { ids.push_back(row.text(0)); }, which.after,
      which.state ? static_cast<int64_t>(*which.state) : int64_t{-1},
      which.kind, which.thread, int64_t{which.limit} + 1, which.client);
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
    db_.each(
      "SELECT id FROM jobs WHERE rev > ? ORDER BY rev LIMIT 1000",
      [&ids](statement& row) { ids.push_back(row.text(0)); }, rev);
    return read_all(ids);
  });
}

caf::expected<uint64_t> job_store::rev() {
  return guarded([&] {
    return static_cast<uint64_t>(
      db_.number("SELECT rev FROM job_clock WHERE id = 1", 0));
  });
}

caf::expected<std::vector<caf::timespan>>
job_store::durations(const std::string& kind, uint32_t most) {
  return guarded([&] {
    std::vector<caf::timespan> result;
    db_.each(
      "SELECT ended_ns - started_ns FROM jobs WHERE state = 2 AND kind = ? "
      "ORDER BY ended_ns DESC LIMIT ?",
      [&result](statement& row) { result.emplace_back(row.integer(0)); }, kind,
      most);
    return result;
  });
}

caf::expected<std::vector<thread_turn>>
job_store::turns(const std::string& thread) {
  return guarded([&] { return read_turns(db_, thread); });
}

caf::error job_store::add_turns(const std::string& thread,
                                const std::vector<thread_turn>& what,
                                wall_time now) {
  auto guard = enter();
  auto work = transaction::begin(db_.on());
  if (!work)
    return std::move(work.error());
  try {
    for (const auto& x : what)
      write_turn(db_, thread, x, now);
  } catch (const queries::broken&) {
    return db_.on().failure();
  }
  return work->commit();
}

} // namespace smart_agents::sqlite
