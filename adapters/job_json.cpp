#include "adapters/job_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value_to.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace smart_agents {

namespace json = boost::json;

namespace {

double seconds(caf::timespan x) {
  return std::chrono::duration<double>(x).count();
}

std::string text_of(const json::object& from, std::string_view key) {
  const auto* x = from.if_contains({key.data(), key.size()});
  return x && x->is_string() ? std::string{x->get_string()} : std::string{};
}

double number_of(const json::object& from, std::string_view key,
                 double otherwise = 0) {
  const auto* x = from.if_contains({key.data(), key.size()});
  json::error_code bad;
  auto value = x && x->is_number() ? x->to_number<double>(bad) : otherwise;
  return bad ? otherwise : value;
}

bool flag_of(const json::object& from, std::string_view key) {
  const auto* x = from.if_contains({key.data(), key.size()});
  return x && x->is_bool() && x->get_bool();
}

void put(json::object& into, const char* key, const std::string& x) {
  if (!x.empty())
    into[key] = x;
}

/// Rounded, so that nobody reads 0.30000000000000004.
double rounded(double x, double unit) {
  return std::round(x / unit) * unit;
}

caf::error wrong(std::string_view field, const std::string& what) {
  return make_error(ec::bad_input, std::string{field} + ": " + what);
}

/// Reads one field after another; the first mistake is kept.
class field_reader {
public:
  explicit field_reader(const json::object& from) : from_{from} {}

  void text(const char* key, std::string& into) {
    if (const auto* x = find(key)) {
      if (x->is_string())
        into = std::string{x->get_string()};
      else
        complain(key, "must be a string");
    }
  }

  template <class Int>
  void integer(const char* key, Int& into, int64_t least, int64_t most) {
    const auto* x = find(key);
    if (x == nullptr)
      return;
    json::error_code bad;
    auto value = x->is_number() ? x->to_number<int64_t>(bad) : 0;
    if (bad || !x->is_number() || value < least || value > most)
      complain(key, "must be a whole number from " + std::to_string(least)
                      + " to " + std::to_string(most));
    else
      into = static_cast<Int>(value);
  }

  void positive(const char* key, double& into) {
    const auto* x = find(key);
    if (x == nullptr)
      return;
    json::error_code bad;
    auto value = x->is_number() ? x->to_number<double>(bad) : 0;
    if (bad || !(value > 0 && value <= 1e6))
      complain(key, "must be a number above 0");
    else
      into = value;
  }

  void texts(const char* key, std::vector<std::string>& into) {
    const auto* x = find(key);
    if (x == nullptr)
      return;
    const auto* list = x->if_array();
    if (x->is_string())
      into.emplace_back(x->get_string());
    else if (list == nullptr
             || !std::all_of(list->begin(), list->end(),
                             [](const auto& y) { return y.is_string(); }))
      complain(key, "must be a list of job ids");
    else
      for (const auto& y : *list)
        into.emplace_back(y.get_string());
  }

  void complain(const char* key, const std::string& what) {
    if (!failed)
      failed = wrong(key, what);
  }

  /// Refuses what nobody asked for.
  void only(std::initializer_list<std::string_view> known) {
    for (const auto& [key, value] : from_)
      if (std::find(known.begin(), known.end(),
                    std::string_view{key.data(), key.size()})
            == known.end()
          && !failed) {
        std::string all;
        for (auto x : known)
          all += (all.empty() ? "" : ", ") + std::string{x};
        failed = wrong(std::string{key}, "unknown field; known: " + all);
      }
  }

  caf::error failed;

private:
  const json::value* find(const char* key) {
    const auto* x = from_.if_contains(key);
    return x && !x->is_null() ? x : nullptr;
  }

  const json::object& from_;
};

} // namespace

std::string print_time(wall_time x) {
  auto ms = std::chrono::floor<std::chrono::milliseconds>(x).time_since_epoch();
  auto whole =
    static_cast<time_t>(std::chrono::floor<std::chrono::seconds>(ms).count());
  std::tm parts{};
  gmtime_r(&whole, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(((ms.count() % 1000) + 1000) % 1000));
  return text.data();
}

std::optional<wall_time> parse_time(std::string_view text, wall_time now) {
  using namespace std::chrono;
  std::string s{text};
  long long n = 0;
  char unit = 0;
  int end = 0;
  if (std::sscanf(s.c_str(), "%9lld%c%n", &n, &unit, &end) == 2 && n >= 0
      && static_cast<size_t>(end) == s.size()) {
    switch (unit) {
    case 's': return now + std::chrono::seconds{n};
    case 'm': return now + minutes{n};
    case 'h': return now + hours{n};
    case 'd': return now + days{n};
    default: return std::nullopt;
    }
  }
  int y = 0;
  unsigned m = 0;
  unsigned d = 0;
  int hour = 0;
  int minute = 0;
  double second = 0;
  auto got = std::sscanf(s.c_str(), "%4d-%2u-%2uT%2d:%2d%n:%lf%n", &y, &m, &d,
                         &hour, &minute, &end, &second, &end);
  if (got < 5 || s.substr(static_cast<size_t>(end)) != "Z")
    return std::nullopt;
  year_month_day date{year{y}, month{m}, day{d}};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59
      || !(second >= 0 && second < 61))
    return std::nullopt;
  return sys_days{date} + hours{hour} + minutes{minute}
         + milliseconds{static_cast<int64_t>(second * 1000)};
}

// -- requests -----------------------------------------------------------------

json::object to_json(const job_request& x) {
  static const job_request plain;
  json::object result{{"input", x.input}, {"origin", x.origin}};
  put(result, "skill", x.skill);
  put(result, "system", x.system);
  if (x.model != plain.model)
    result["model"] = x.model;
  if (x.type)
    result["type"] = to_string(*x.type);
  if (x.complexity > 0)
    result["complexity"] = x.complexity;
  if (x.max_output > 0)
    result["max_output"] = x.max_output;
  put(result, "thread", x.thread);
  if (x.priority != plain.priority)
    result["priority"] = x.priority;
  if (!x.after.empty())
    result["after"] = json::array(x.after.begin(), x.after.end());
  if (x.at != wall_time{})
    result["at"] = print_time(x.at);
  put(result, "key", x.key);
  if (x.tries != plain.tries)
    result["tries"] = x.tries;
  if (x.patience != plain.patience)
    result["timeout_s"] =
      std::chrono::ceil<std::chrono::seconds>(x.patience).count();
  if (x.notify != plain.notify)
    result["notify"] = to_string(x.notify);
  if (x.budget.tokens > 0)
    result["budget_tokens"] = x.budget.tokens;
  if (x.budget.usd > 0)
    result["budget_usd"] = x.budget.usd;
  put(result, "client", x.client);
  if (!x.stand_ins.empty())
    result["stand_ins"] = json::array(x.stand_ins.begin(), x.stand_ins.end());
  return result;
}

caf::expected<job_request> parse_job_request(const json::object& from,
                                             wall_time now) {
  job_request x;
  field_reader read{from};
  std::string type;
  std::string at;
  std::string notify;
  int64_t timeout = 0;
  read.only({"input",         "skill",      "system",     "model",
             "type",          "complexity", "max_output", "thread",
             "priority",      "after",      "at",         "key",
             "tries",         "timeout_s",  "notify",     "origin",
             "budget_tokens", "budget_usd", "client",     "stand_ins"});
  read.text("input", x.input);
  read.text("skill", x.skill);
  read.text("system", x.system);
  read.text("model", x.model);
  read.text("type", type);
  read.integer("complexity", x.complexity, 1, 10);
  read.integer("max_output", x.max_output, 1, 10'000'000);
  read.text("thread", x.thread);
  read.integer("priority", x.priority, 1, 10);
  read.texts("after", x.after);
  read.text("at", at);
  read.text("key", x.key);
  read.integer("tries", x.tries, 1, 100);
  read.integer("timeout_s", timeout, 1, int64_t{7} * 24 * 3600);
  read.text("notify", notify);
  read.text("origin", x.origin);
  read.integer("budget_tokens", x.budget.tokens, 1, 1'000'000'000);
  read.positive("budget_usd", x.budget.usd);
  read.text("client", x.client);
  read.texts("stand_ins", x.stand_ins);
  if (!type.empty() && !(x.type = parse_task_type(type)))
    read.complain("type", "'" + type
                            + "' is none of text, code, reasoning, creative, "
                              "image, audio, video");
  if (!at.empty()) {
    if (auto when = parse_time(at, now))
      x.at = *when;
    else
      read.complain("at", "'" + at
                            + "' is no time; write 2026-11-26T02:30:00Z, or "
                              "10m for in ten minutes");
  }
  if (!notify.empty()) {
    if (auto how = parse_job_notify(notify))
      x.notify = *how;
    else
      read.complain("notify", "'" + notify
                                + "' is none of silent, completion, "
                                  "milestone, verbose");
  }
  if (timeout > 0)
    x.patience = std::chrono::seconds{timeout};
  if (read.failed)
    return std::move(read.failed);
  return x;
}

// -- what comes of them -------------------------------------------------------

json::object to_json(const job_step& x, bool with_text) {
  json::object result{
    {"id", x.id}, {"title", x.title}, {"state", to_string(x.at)}};
  if (with_text)
    put(result, "text", x.text);
  put(result, "why", x.why);
  put(result, "provider", x.provider);
  put(result, "model", x.model);
  if (x.at != job_step::phase::running) {
    result["cost_usd"] = x.cost_usd;
    result["saved_usd"] = x.saved_usd;
    result["input_tokens"] = x.input_tokens;
    result["output_tokens"] = x.output_tokens;
    result["seconds"] = rounded(seconds(x.elapsed), 0.001);
  }
  if (x.allowed.count() > 0)
    result["limit_seconds"] = rounded(seconds(x.allowed), 0.001);
  if (x.simulated)
    result["simulated"] = true;
  return result;
}

std::optional<job_step> parse_job_step(const json::object& from) {
  job_step x;
  x.id = text_of(from, "id");
  if (x.id.empty())
    return std::nullopt;
  x.title = text_of(from, "title");
  auto state = text_of(from, "state");
  x.at = state == "answered"  ? job_step::phase::answered
         : state == "running" ? job_step::phase::running
                              : job_step::phase::failed;
  x.text = text_of(from, "text");
  x.why = text_of(from, "why");
  x.provider = text_of(from, "provider");
  x.model = text_of(from, "model");
  x.cost_usd = number_of(from, "cost_usd");
  x.saved_usd = number_of(from, "saved_usd");
  x.input_tokens = static_cast<uint64_t>(number_of(from, "input_tokens"));
  x.output_tokens = static_cast<uint64_t>(number_of(from, "output_tokens"));
  x.elapsed = std::chrono::milliseconds{
    static_cast<int64_t>(std::llround(number_of(from, "seconds") * 1000))};
  x.allowed = std::chrono::milliseconds{static_cast<int64_t>(
    std::llround(number_of(from, "limit_seconds") * 1000))};
  x.simulated = flag_of(from, "simulated");
  return x;
}

json::object to_json(const job_outcome& x, bool with_text) {
  json::object result;
  if (with_text)
    put(result, "text", x.text);
  put(result, "error", x.error);
  put(result, "failed", x.failed);
  put(result, "provider", x.provider);
  put(result, "model", x.model);
  put(result, "reason", x.reason);
  result["cost_usd"] = x.cost_usd;
  result["saved_usd"] = x.saved_usd;
  result["input_tokens"] = x.input_tokens;
  result["output_tokens"] = x.output_tokens;
  if (x.simulated)
    result["simulated"] = true;
  return result;
}

job_outcome parse_job_outcome(const json::object& from) {
  job_outcome x;
  x.text = text_of(from, "text");
  x.error = text_of(from, "error");
  x.failed = text_of(from, "failed");
  x.provider = text_of(from, "provider");
  x.model = text_of(from, "model");
  x.reason = text_of(from, "reason");
  x.cost_usd = number_of(from, "cost_usd");
  x.saved_usd = number_of(from, "saved_usd");
  x.input_tokens = static_cast<uint64_t>(number_of(from, "input_tokens"));
  x.output_tokens = static_cast<uint64_t>(number_of(from, "output_tokens"));
  x.simulated = flag_of(from, "simulated");
  return x;
}

json::object to_json(const job_expected& x) {
  return {{"calls", x.calls},
          {"tokens", x.tokens},
          {"cost_usd", x.usd},
          {"text", x.text}};
}

job_expected parse_job_expected(const json::object& from) {
  return {static_cast<uint64_t>(number_of(from, "calls")),
          static_cast<uint64_t>(number_of(from, "tokens")),
          number_of(from, "cost_usd"), text_of(from, "text")};
}

json::object status_json(const job& x) {
  json::object result{{"id", x.id},
                      {"state", to_string(x.state)},
                      {"kind", kind_of(x.what)},
                      {"priority", x.what.priority},
                      {"progress", rounded(x.progress, 0.001)},
                      {"created", print_time(x.created)}};
  put(result, "thread", x.what.thread);
  put(result, "origin", x.what.origin);
  put(result, "step", x.step);
  if (x.cancelling)
    result["cancelling"] = true;
  if (x.started != wall_time{})
    result["started"] = print_time(x.started);
  if (x.ended != wall_time{})
    result["ended"] = print_time(x.ended);
  if (x.state == job_state::pending && x.not_before > x.created)
    result["not_before"] = print_time(x.not_before);
  if (x.blocked > 0)
    result["waits_for_jobs"] = x.blocked;
  if (x.failures > 0)
    result["failures"] = x.failures;
  if (x.waits > 0)
    result["waits"] = x.waits;
  if (x.seconds_left >= 0 && x.state == job_state::running)
    result["seconds_left"] = rounded(x.seconds_left, 0.1);
  if (!x.expected.text.empty())
    result["expected"] = to_json(x.expected);
  put(result, "error", x.outcome.error);
  double cost = x.outcome.cost_usd;
  if (!x.steps.empty()) {
    json::array steps;
    double sum = 0;
    for (const auto& step : x.steps) {
      steps.push_back(to_json(step, false));
      sum += step.cost_usd;
    }
    result["steps"] = std::move(steps);
    cost = std::max(cost, sum);
  }
  result["cost_usd"] = cost;
  return result;
}

json::object result_json(const job& x) {
  auto result = status_json(x);
  for (auto& [key, value] : to_json(x.outcome))
    result[key] = value;
  return result;
}

} // namespace smart_agents
