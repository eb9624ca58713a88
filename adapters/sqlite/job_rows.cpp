#include "adapters/sqlite/job_rows.hpp"

#include "adapters/job_json.hpp"
#include "adapters/job_store.hpp"

#include <boost/json/parse.hpp>

namespace smart_agents::sqlite {

namespace json = boost::json;

namespace {

json::object parsed(const std::string& text) {
  json::error_code bad;
  auto value = json::parse(text, bad);
  return !bad && value.is_object() ? std::move(value.get_object())
                                   : json::object{};
}

// Long texts last, so that reading a state does not read them.
constexpr const char* state_columns =
  "SELECT j.id, j.state, j.cancelling, j.not_before_ns, j.blocked, "
  "j.failures, j.claim, j.owner, j.created_ns, j.started_ns, j.ended_ns, "
  "j.progress, j.step, j.seconds_left, j.rev, t.request, t.outcome, j.waits, "
  "t.expected "
  "FROM jobs j JOIN job_texts t ON t.job = j.id WHERE j.id = ?";

job_ptr state_of(statement& row) {
  auto x = std::make_shared<job>();
  x->id = row.text(0);
  x->state = static_cast<job_state>(row.integer(1));
  x->cancelling = row.integer(2) != 0;
  x->not_before = from_ns(row.integer(3));
  x->blocked = static_cast<uint32_t>(row.integer(4));
  x->failures = static_cast<uint32_t>(row.integer(5));
  x->claim = static_cast<uint64_t>(row.integer(6));
  x->owner = row.text(7);
  x->created = from_ns(row.integer(8));
  x->started = from_ns(row.integer(9));
  x->ended = from_ns(row.integer(10));
  x->progress = row.real(11);
  x->step = row.text(12);
  x->seconds_left = row.real(13);
  x->rev = static_cast<uint64_t>(row.integer(14));
  if (auto what = parse_job_request(parsed(row.text(15)), x->created))
    x->what = std::move(*what);
  x->outcome = parse_job_outcome(parsed(row.text(16)));
  x->waits = static_cast<uint32_t>(row.integer(17));
  x->expected = parse_job_expected(parsed(row.text(18)));
  return x;
}

} // namespace

int64_t to_ns(wall_time x) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           x.time_since_epoch())
    .count();
}

wall_time from_ns(int64_t nanoseconds) {
  return wall_time{std::chrono::duration_cast<wall_time::duration>(
    std::chrono::nanoseconds{nanoseconds})};
}

job_ptr read_job(queries& from, const std::string& id, bool whole) {
  job_ptr state;
  from.each(
    state_columns, [&state](statement& row) { state = state_of(row); }, id);
  if (!state || !whole)
    return state;
  auto result = std::make_shared<job>(*state);
  from.each(
    "SELECT input, result FROM job_texts WHERE job = ?",
    [&result](statement& row) {
      result->what.input = row.text(0);
      result->outcome.text = row.text(1);
    },
    id);
  from.each(
    "SELECT body FROM job_steps WHERE job = ? ORDER BY rowid",
    [&result](statement& row) {
      if (auto step = parse_job_step(parsed(row.text(0))))
        result->steps.push_back(std::move(*step));
    },
    id);
  return result;
}

void write_turn(queries& into, const std::string& thread,
                const thread_turn& what, wall_time now) {
  into.run("INSERT INTO turns (thread, at_ns, answer, text, provider, model) "
           "VALUES (?, ?, ?, ?, ?, ?)",
           thread, to_ns(now), what.answer, what.text, what.provider,
           what.model);
}

std::vector<thread_turn> read_turns(queries& from, const std::string& thread) {
  std::vector<thread_turn> result;
  from.each(
    "SELECT answer, text, provider, model FROM (SELECT * FROM turns WHERE "
    "thread = ? ORDER BY id DESC LIMIT ?) ORDER BY id",
    [&result](statement& row) {
      result.push_back(
        {row.integer(0) != 0, row.text(1), row.text(2), row.text(3)});
    },
    thread, most_turns);
  return result;
}

} // namespace smart_agents::sqlite
