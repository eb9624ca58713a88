#include "adapters/job_json.hpp"
#include "runtime/cli/render.hpp"

#include <boost/json/array.hpp>

namespace smart_agents::cli {

namespace {

namespace json = boost::json;

double seconds(caf::timespan x) {
  return std::chrono::duration<double>(x).count();
}

/// For a moment between others of the same second.
std::string utc_millis(wall_time at) {
  auto ms =
    std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch())
      .count()
    % 1000;
  auto result = utc(at);
  auto digits = std::to_string(1000 + ms);
  result.replace(result.size() - 1, 1, "." + digits.substr(1) + "Z");
  return result;
}

template <class Range>
json::array list(const Range& from) {
  json::array result;
  for (const auto& x : from)
    result.emplace_back(to_json(x));
  return result;
}

json::object to_json(const failure& x) {
  json::object result{{"class", to_string(x.what)}, {"message", x.message}};
  if (x.status != 0)
    result["status"] = x.status;
  if (!x.code.empty())
    result["code"] = x.code;
  if (x.retry_after)
    result["retry_after_seconds"] = seconds(*x.retry_after);
  return result;
}

json::object to_json(const attempt& x) {
  json::object result{{"provider", x.provider},
                      {"model", x.model},
                      {"cost_usd", x.cost_usd},
                      {"elapsed_seconds", seconds(x.elapsed)}};
  if (x.failed)
    result["failed"] = to_json(*x.failed);
  return result;
}

json::array attempts(const std::vector<attempt>& from) {
  json::array result;
  for (const auto& x : from)
    result.emplace_back(to_json(x));
  return result;
}

} // namespace

json::object to_json(const usage& x) {
  return {{"input", x.input()},         {"uncached_input", x.uncached_input},
          {"cache_read", x.cache_read}, {"cache_write", x.cache_write},
          {"output", x.output},         {"reasoning", x.reasoning},
          {"estimated", x.estimated}};
}

json::object to_json(const answer& x) {
  json::object result{{"request_id", x.task_id},
                      {"text", text_of(x.response.parts)},
                      {"provider", x.provider},
                      {"model", x.model},
                      {"type", to_string(x.type)},
                      {"complexity", x.complexity},
                      {"reason", x.reason},
                      {"finish", to_string(x.response.finish)},
                      {"elapsed_seconds", seconds(x.elapsed)},
                      {"tokens", to_json(x.response.tokens)},
                      {"cost_usd", x.cost_usd},
                      {"saved_usd", x.saved_usd},
                      {"simulated", x.simulated},
                      {"attempts", attempts(x.attempts)}};
  if (!x.expected.empty())
    result["expected"] = x.expected;
  if (!x.steps.empty()) {
    json::array steps;
    for (const auto& one : x.steps)
      steps.push_back(to_json(one, false));
    result["steps"] = std::move(steps);
  }
  return result;
}

json::object to_json(const answer_failed& x) {
  return {{"request_id", x.task_id},
          {"error", to_json(x.why)},
          {"attempts", attempts(x.attempts)}};
}

json::object to_json(const quota_report& x) {
  json::array limits;
  for (const auto& l : x.limits) {
    auto scale = l.kind == "usd" ? 1e9 : l.kind == "plan" ? 1e3 : 1;
    auto amount = [scale](uint64_t n) -> json::value {
      if (scale > 1)
        return static_cast<double>(n) / scale;
      return n;
    };
    json::object one{{"provider", l.provider}};
    auto add_name = [&one](const char* key, const std::string& name) {
      if (!name.empty())
        one[key] = name;
    };
    add_name("credential", l.credential);
    add_name("model", l.model);
    add_name("key", l.key);
    one["kind"] = l.kind;
    one["window"] = l.window;
    one["limit"] = amount(l.limit);
    one["used"] = amount(l.used);
    one["reserved"] = amount(l.reserved);
    one["resets_at"] = utc(l.resets_at);
    add_name("source", l.source);
    add_name("action", l.action);
    one["remaining"] = amount(l.limit - std::min(l.limit, l.used + l.reserved));
    if (l.per_hour > 0)
      one["per_hour"] = l.per_hour / scale;
    if (l.runs_out_at)
      one["runs_out_at"] = utc(*l.runs_out_at);
    limits.push_back(std::move(one));
  }
  json::array resting;
  for (const auto& r : x.resting)
    resting.emplace_back(json::object{
      {"provider", r.provider}, {"reason", r.reason}, {"until", utc(r.until)}});
  return {{"limits", std::move(limits)}, {"resting", std::move(resting)},
          {"granted", x.granted},        {"refused", x.refused},
          {"unforeseen", x.misses},      {"beyond_bound", x.beyond_bound}};
}

json::object to_json(const usage_report& x) {
  json::array sums;
  for (const auto& s : x.sums)
    sums.emplace_back(json::object{{"group", s.group},
                                   {"requests", s.requests},
                                   {"failed", s.failed},
                                   {"tokens", to_json(s.tokens)},
                                   {"cost_usd", s.cost_usd},
                                   {"saved_usd", s.saved_usd},
                                   {"answered", s.answered},
                                   {"failovers", s.failovers},
                                   {"limit_hits", s.quota_hits}});
  return {{"sums", std::move(sums)}};
}

json::object to_json(const provider_status& x, instant now) {
  json::object result{{"name", x.name},
                      {"format", x.format},
                      {"circuit", to_string(x.circuit)},
                      {"running", x.running},
                      {"waiting", x.waiting},
                      {"answered", x.answered},
                      {"failed", x.failed},
                      {"first_byte_seconds", x.first_byte_seconds}};
  if (!x.reason.empty())
    result["reason"] = x.reason;
  if (x.circuit == circuit_state::open && x.until > now)
    result["rests_for_seconds"] = seconds(x.until - now);
  return result;
}

json::object to_json(const storage_status& x) {
  return {{"path", x.path},
          {"trouble", x.trouble},
          {"pending", x.pending},
          {"dropped", x.dropped},
          {"note", x.note}};
}

json::object to_json(const child_status& x) {
  return {{"name", x.name},
          {"running", x.running},
          {"restarts", x.restarts},
          {"last_error", x.last_error}};
}

json::object to_json(const event& x) {
  json::object result{
    {"at", utc_millis(x.at)}, {"kind", to_string(x.what)}, {"text", x.text}};
  auto add_name = [&result](const char* key, const std::string& name) {
    if (!name.empty())
      result[key] = name;
  };
  add_name("request_id", x.task_id);
  add_name("provider", x.provider);
  add_name("model", x.model);
  return result;
}

json::object to_json(const ledger_row& x) {
  json::object result{{"at", utc_millis(x.at)},
                      {"request_id", x.task_id},
                      {"attempt", x.attempt},
                      {"origin", x.origin},
                      {"provider", x.provider},
                      {"model", x.model},
                      {"type", x.type},
                      {"complexity", x.complexity},
                      {"outcome", x.outcome},
                      {"tokens", to_json(x.tokens)},
                      {"cost_usd", x.cost_usd},
                      {"saved_usd", x.saved_usd},
                      {"elapsed_seconds", seconds(x.elapsed)}};
  if (x.first_byte > caf::timespan{0})
    result["first_byte_seconds"] = seconds(x.first_byte);
  if (!x.credential.empty())
    result["credential"] = x.credential;
  if (!x.key.empty())
    result["key"] = x.key;
  return result;
}

} // namespace smart_agents::cli
