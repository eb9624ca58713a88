#include "runtime/cli/render.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace smart_agents::cli {

namespace {

using namespace std::chrono;

std::string paint(bool colour, const char* code, std::string_view x) {
  if (!colour)
    return std::string{x};
  return "\x1b[" + std::string{code} + "m" + std::string{x} + "\x1b[0m";
}

template <class... Args>
std::string format(const char* pattern, Args... args) {
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), pattern, args...);
  return buffer;
}

/// Columns on a terminal: characters, not bytes, and no colour codes.
size_t width(std::string_view x) {
  size_t result = 0;
  bool escape = false;
  for (char c : x) {
    if (c == '\x1b')
      escape = true;
    else if (escape)
      escape = c != 'm';
    else
      result += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }
  return result;
}

std::string line(const style& look, const char* name, const std::string& what) {
  std::string label{name};
  label.resize(12, ' ');
  return look.dim(label) + what + "\n";
}

std::string attempt_text(const attempt& x) {
  auto result = x.provider;
  if (!x.model.empty())
    result += "/" + x.model;
  if (x.failed)
    result += ": " + to_string(x.failed->what) + ": " + x.failed->message;
  return for_terminal(result);
}

std::string percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? "-"
                    : format("%.0f %%", 100.0 * static_cast<double>(part)
                                          / static_cast<double>(whole));
}

} // namespace

std::string style::bold(std::string_view x) const {
  return paint(colour, "1", x);
}
std::string style::dim(std::string_view x) const {
  return paint(colour, "2", x);
}
std::string style::red(std::string_view x) const {
  return paint(colour, "31", x);
}
std::string style::green(std::string_view x) const {
  return paint(colour, "32", x);
}
std::string style::yellow(std::string_view x) const {
  return paint(colour, "33", x);
}

std::string money(double usd) {
  auto size = std::abs(usd);
  const char* sign = usd < 0 ? "-" : "";
  // Below this, rounding says more than the prices do.
  if (size < 1e-9)
    return "$0";
  int digits = 2;
  if (size < 0.1)
    digits = std::min(8, static_cast<int>(-std::log10(size)) + 3);
  return sign + format("$%.*f", digits, size);
}

std::string elapsed(caf::timespan x) {
  auto ms = duration_cast<milliseconds>(x).count();
  if (ms < 1000)
    return format("%lld ms", static_cast<long long>(ms));
  if (ms < 60000)
    return format("%.2f s", static_cast<double>(ms) / 1000);
  return format("%lld min %lld s", static_cast<long long>(ms / 60000),
                static_cast<long long>(ms / 1000 % 60));
}

std::string until(wall_time when, wall_time now) {
  // Up to the next minute, so that "in 0 min" is never said.
  auto left = ceil<minutes>(when - now).count();
  if (when <= now)
    return "now";
  auto days = left / 1440;
  auto hours = left / 60 % 24;
  if (days > 0)
    return format("in %lld d %lld h", static_cast<long long>(days),
                  static_cast<long long>(hours));
  if (hours > 0)
    return format("in %lld h %lld min", static_cast<long long>(hours),
                  static_cast<long long>(left % 60));
  return format("in %lld min", static_cast<long long>(left));
}

std::string utc(wall_time when) {
  auto seconds = system_clock::to_time_t(when);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char buffer[32];
  std::strftime(buffer, sizeof(buffer), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return buffer;
}

std::string table(const std::vector<std::string>& heads,
                  const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  widths.reserve(heads.size());
  for (const auto& head : heads)
    widths.push_back(width(head));
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], width(row[i]));
  std::string out;
  auto add = [&](const std::vector<std::string>& row) {
    for (size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size())
        out += std::string(widths[i] - width(row[i]) + 2, ' ');
    }
    out += '\n';
  };
  add(heads);
  for (const auto& row : rows)
    add(row);
  return out;
}

std::string for_terminal(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    // C1 controls are U+0080 to U+009F: C2 80 to C2 9F.
    if (c == 0xc2 && i + 1 < text.size()
        && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      ++i;
      continue;
    }
    if (c >= 0x20 ? c != 0x7f : c == '\n' || c == '\t')
      out += text[i];
  }
  return out;
}

std::string answer_block(const answer& x, const style& look) {
  const auto& tokens = x.response.tokens;
  auto provider = x.provider;
  if (x.simulated)
    provider += " " + look.yellow("(SIMULATED: the answer is made up)");
  auto cost = money(x.cost_usd) + " (" + std::to_string(tokens.input())
              + " tokens in, " + std::to_string(tokens.output) + " out"
              + (tokens.estimated ? ", estimated)" : ")");
  auto saved = x.saved_usd < 0
                 ? money(-x.saved_usd) + " more than the strongest model"
                 : money(x.saved_usd) + " against the strongest model";
  std::string out =
    line(look, "provider", provider)
    + line(look, "model", for_terminal(x.model))
    + line(look, "complexity",
           std::to_string(x.complexity) + " (" + to_string(x.type) + ")")
    + line(look, "reason", for_terminal(x.reason))
    + line(look, "time", elapsed(x.elapsed)) + line(look, "cost", cost)
    + line(look, "saved", saved) + line(look, "request", x.task_id);
  for (const auto& one : x.attempts)
    if (one.failed)
      out += line(look, "tried", attempt_text(one));
  if (x.response.finish != finish_reason::stop)
    out += line(look, "note",
                "the answer ended with " + to_string(x.response.finish));
  if (!x.expected.empty())
    out += line(look, "expected", for_terminal(x.expected));
  std::vector<std::vector<std::string>> parts;
  for (const auto& one : x.steps)
    parts.push_back({for_terminal(one.title), to_string(one.at),
                     one.provider.empty()
                       ? "-"
                       : for_terminal(one.provider + "/" + one.model),
                     elapsed(one.elapsed),
                     one.allowed.count() > 0 ? elapsed(one.allowed) : "-",
                     money(one.cost_usd), for_terminal(one.why)});
  if (!parts.empty())
    out += "\n"
           + table({"PART", "STATE", "MODEL", "TIME", "LIMIT", "COST", "WHY"},
                   parts);
  return out;
}

std::string failure_block(const answer_failed& x, const style& look) {
  auto out = look.red("No answer: ") + for_terminal(x.why.message) + "\n";
  for (const auto& one : x.attempts)
    if (one.failed)
      out += line(look, "tried", attempt_text(one));
  return out;
}

std::string decision_text(const decision& x, const style& look, bool explain) {
  std::string out =
    line(look, "type", to_string(x.type))
    + line(look, "complexity",
           std::to_string(x.complexity) + (x.given ? " (given)" : ""));
  if (!x.given)
    out +=
      line(look, "need",
           format("%.0f %% gain expected of a strong model", 100 * x.need));
  std::string features;
  for (const auto& f : x.features)
    features += (features.empty() ? "" : ", ") + f;
  if (!features.empty())
    out += line(look, "because", for_terminal(features));
  if (!x.rule.empty())
    out += line(look, "rule", for_terminal(x.rule));
  out += line(look, "input", std::to_string(x.input_tokens) + " tokens");
  std::vector<std::string> heads{"#",     "PROVIDER", "MODEL", "TIER",
                                 "SCORE", "QUALITY",  "TIME",  "COST"};
  if (explain)
    heads.emplace_back("LEARNED");
  heads.emplace_back("REASON");
  std::vector<std::vector<std::string>> rows;
  auto add = [&](const std::string& place, const candidate& c,
                 const std::string& why) {
    auto& row = rows.emplace_back(std::vector<std::string>{
      place, c.provider, c.model, std::to_string(c.tier),
      format("%.2f", c.score), format("%.2f", c.quality),
      format("%.1f s", c.seconds), money(c.cost_usd)});
    if (explain)
      row.push_back(c.evidence > 0 ? format("%+.1f %%", 100 * c.learned)
                                       + format(" of %.1f", c.evidence)
                                   : "nothing");
    row.push_back(for_terminal(why));
  };
  int place = 0;
  for (const auto& c : x.ranked)
    add(std::to_string(++place), c, c.reason);
  for (const auto& c : x.passed_over)
    add("-", c, "passed over: " + c.passed_over);
  return out + "\n" + table(heads, rows);
}

namespace {

/// Whom a limit is about: `claude`, `claude/opus`, `any, key team`.
std::string scope_text(const limit_status& x) {
  auto result = x.provider.empty() ? std::string{"any"} : x.provider;
  if (!x.model.empty())
    result += "/" + x.model;
  if (!x.credential.empty())
    result += ", credential " + x.credential;
  if (!x.key.empty())
    result += ", key " + x.key;
  return for_terminal(result);
}

std::string amount_text(const limit_status& of, uint64_t amount) {
  if (of.kind == "usd")
    return money(static_cast<double>(amount) / 1e9);
  if (of.kind == "plan")
    return format("%.1f %%", static_cast<double>(amount) / 10);
  return std::to_string(amount);
}

} // namespace

std::string quota_text(const quota_report& x, wall_time now,
                       const style& look) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& l : x.limits) {
    auto taken = l.used + l.reserved;
    auto share = percent(taken, l.limit);
    if (taken >= l.limit)
      share = look.red(share);
    else if (taken * 10 >= l.limit * 8)
      share = look.yellow(share);
    rows.push_back({scope_text(l), l.kind, l.window, amount_text(l, l.used),
                    amount_text(l, l.reserved), amount_text(l, l.limit), share,
                    until(l.resets_at, now),
                    l.runs_out_at ? until(*l.runs_out_at, now) : "-"});
  }
  auto out = rows.empty() ? std::string{"No provider has a limit.\n"}
                          : table({"PROVIDER", "KIND", "WINDOW", "USED", "HELD",
                                   "LIMIT", "TAKEN", "RESETS", "RUNS OUT"},
                                  rows);
  for (const auto& r : x.resting)
    out += look.yellow(r.provider + " rests") + ", " + until(r.until, now)
           + " again: " + for_terminal(r.reason) + "\n";
  return out;
}

namespace {

std::string rate(uint64_t part, uint64_t whole) {
  return whole == 0 ? "-"
                    : format("%.1f %%", 100.0 * static_cast<double>(part)
                                          / static_cast<double>(whole));
}

} // namespace

std::string usage_text(const usage_report& x, const std::string& by) {
  if (x.sums.empty())
    return "Nothing was used in that time.\n";
  auto head = by;
  std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  std::vector<std::vector<std::string>> rows;
  usage_sum all;
  all.group = "total";
  auto add = [&rows](const usage_sum& s) {
    rows.push_back({for_terminal(s.group.empty() ? "-" : s.group),
                    std::to_string(s.requests), std::to_string(s.failed),
                    std::to_string(s.tokens.input()),
                    std::to_string(s.tokens.output), money(s.cost_usd),
                    money(s.saved_usd), rate(s.failovers, s.answered),
                    rate(s.quota_hits, s.answered + s.failed)});
  };
  for (const auto& s : x.sums) {
    add(s);
    all.requests += s.requests;
    all.failed += s.failed;
    all.answered += s.answered;
    all.failovers += s.failovers;
    all.quota_hits += s.quota_hits;
    all.tokens.uncached_input += s.tokens.input();
    all.tokens.output += s.tokens.output;
    all.cost_usd += s.cost_usd;
    all.saved_usd += s.saved_usd;
  }
  if (x.sums.size() > 1)
    add(all);
  return table({head, "REQUESTS", "FAILED", "TOKENS IN", "TOKENS OUT", "COST",
                "SAVED", "FAILOVERS", "LIMIT HITS"},
               rows);
}

std::string usage_csv(const usage_report& x, const std::string& by) {
  auto quoted = [](const std::string& text) {
    std::string result = "\"";
    // A spreadsheet would take it for a formula.
    if (!text.empty()
        && std::string_view{"=+-@"}.find(text[0]) != std::string_view::npos
        && text != "-")
      result += '\'';
    for (char c : text)
      result += c == '"' ? std::string{"\"\""} : std::string(1, c);
    return result + "\"";
  };
  std::string out = by
                    + ",requests,answered,failed,failovers,limit_hits,"
                      "uncached_input,cache_read,cache_write,output,reasoning,"
                      "estimated,cost_usd,saved_usd\n";
  for (const auto& s : x.sums) {
    out += quoted(s.group);
    for (auto n : {s.requests, s.answered, s.failed, s.failovers, s.quota_hits,
                   s.tokens.uncached_input, s.tokens.cache_read,
                   s.tokens.cache_write, s.tokens.output, s.tokens.reasoning})
      out += "," + std::to_string(n);
    out += s.tokens.estimated ? ",true" : ",false";
    out += format(",%.9f", s.cost_usd) + format(",%.9f", s.saved_usd) + "\n";
  }
  return out;
}

void save_against(usage_report& x, model_info baseline) {
  // Sums say nothing of the size of single requests.
  baseline.tiers.clear();
  for (auto& s : x.sums) {
    auto tokens = s.tokens;
    tokens.charged_usd.reset();
    s.saved_usd = cost_usd(baseline, tokens) - s.cost_usd;
  }
}

} // namespace smart_agents::cli
