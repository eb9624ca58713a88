#include "adapters/limit_signals.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <date/date.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <sstream>
#include <string>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

/// Beyond any limit there is; what is larger is a mistake.
constexpr double most = 1e15;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// Headers in which providers tell about their limits.
bool is_signal(std::string_view name) {
  constexpr std::array<std::string_view, 3> prefixes{
    "x-ratelimit-", "anthropic-ratelimit-", "retry-after"};
  return std::any_of(prefixes.begin(), prefixes.end(), [name](auto prefix) {
    return name.size() >= prefix.size()
           && std::equal(prefix.begin(), prefix.end(), name.begin(),
                         [](char x, char y) { return x == lower(y); });
  });
}

std::optional<double> number(std::string_view text) {
  double x = 0;
  auto [end, wrong] =
    std::from_chars(text.data(), text.data() + text.size(), x);
  if (wrong != std::errc{} || end != text.data() + text.size()
      || !std::isfinite(x) || x < 0 || x > most)
    return std::nullopt;
  return x;
}

std::optional<uint64_t> count(std::string_view text) {
  auto x = number(text);
  return x ? std::optional<uint64_t>{static_cast<uint64_t>(std::llround(*x))}
           : std::nullopt;
}

caf::timespan seconds(double x) {
  return std::chrono::duration_cast<caf::timespan>(
    std::chrono::duration<double>(std::min(x, 1e8)));
}

/// `1h2m3.5s`, `78ms`, `6m0s`, or seconds without a unit.
std::optional<caf::timespan> duration(std::string_view text) {
  if (auto plain = number(text))
    return seconds(*plain);
  double sum = 0;
  while (!text.empty()) {
    auto digits = text.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos)
      return std::nullopt;
    auto x = number(text.substr(0, digits));
    text.remove_prefix(digits);
    auto unit = text.substr(0, text.find_first_of("0123456789"));
    text.remove_prefix(unit.size());
    auto scale = unit == "ms"  ? 1e-3
                 : unit == "s" ? 1.0
                 : unit == "m" ? 60.0
                 : unit == "h" ? 3600.0
                 : unit == "d" ? 86400.0
                               : 0.0;
    if (!x || scale == 0)
      return std::nullopt;
    sum += *x * scale;
  }
  return seconds(sum);
}

/// RFC 3339 in UTC, or seconds or milliseconds since 1970.
std::optional<wall_time> point(const std::string& text) {
  if (auto x = number(text)) {
    auto since = *x > 1e11 ? *x / 1000 : *x;
    if (since > 4e9) // beyond the year 2096
      return std::nullopt;
    return wall_time{std::chrono::duration_cast<wall_time::duration>(
      std::chrono::duration<double>(since))};
  }
  std::istringstream in{text};
  date::sys_time<std::chrono::milliseconds> result;
  in >> date::parse("%FT%T%Ez", result);
  if (in.fail()) {
    in.clear();
    in.str(text);
    in >> date::parse("%FT%TZ", result);
  }
  return in.fail() ? std::nullopt : std::optional<wall_time>{result};
}

/// The window in which as much comes back as is missing, told by how long that
/// takes; one that nobody has is not believed.
std::optional<caf::timespan> window_by(uint64_t limit, uint64_t remaining,
                                       std::optional<caf::timespan> reset) {
  if (!reset || remaining >= limit || reset->count() <= 0)
    return std::nullopt;
  auto whole = std::chrono::duration<double>(*reset).count()
               * static_cast<double>(limit)
               / static_cast<double>(limit - remaining);
  for (auto x : {1.0, 60.0, 3600.0, 86400.0})
    if (whole > x * 0.7 && whole < x * 1.4)
      return seconds(x);
  return std::nullopt;
}

using table = std::map<std::string, std::string, std::less<>>;

std::string text_of(const table& from, const std::string& name) {
  auto i = from.find(name);
  return i == from.end() ? std::string{} : i->second;
}

/// `anthropic-ratelimit-requests-limit` and its like.
void read_anthropic(const table& from, std::vector<told_limit>& out) {
  auto add = [&](const std::string& name, quota_kind kind) {
    auto prefix = "anthropic-ratelimit-" + name;
    auto limit = count(text_of(from, prefix + "-limit"));
    auto left = count(text_of(from, prefix + "-remaining"));
    if (!limit || !left || *limit == 0)
      return false;
    told_limit x;
    x.kind = kind;
    x.window = 1min;
    x.limit = *limit;
    x.remaining = std::min(*left, *limit);
    x.cache_is_free = kind == quota_kind::input_tokens;
    out.push_back(x);
    return true;
  };
  add("requests", quota_kind::requests);
  auto input = add("input-tokens", quota_kind::input_tokens);
  auto output = add("output-tokens", quota_kind::output_tokens);
  // Otherwise it only repeats the tighter of them, rounded.
  if (!input && !output)
    add("tokens", quota_kind::total_tokens);
}

/// A subscription: `anthropic-ratelimit-unified-5h-utilization` and its like.
void read_plan(const table& from, wall_time now, std::vector<told_limit>& out) {
  constexpr std::string_view prefix = "anthropic-ratelimit-unified-";
  constexpr std::string_view suffix = "-utilization";
  constexpr uint64_t whole = 1000;
  auto refused =
    text_of(from, "anthropic-ratelimit-unified-status") == "rejected";
  for (const auto& [name, value] : from) {
    if (!name.starts_with(prefix) || !name.ends_with(suffix)
        || name.size() <= prefix.size() + suffix.size())
      continue;
    auto window =
      name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
    auto length = duration(window);
    auto spent = number(value);
    auto base = std::string{prefix} + window;
    auto reset = point(text_of(from, base + "-reset"));
    if (!length || *length < 1min || !spent || !reset || *reset <= now)
      continue;
    told_limit x;
    x.kind = quota_kind::plan;
    x.window = *length;
    x.refills = false;
    x.limit = whole;
    auto used = static_cast<uint64_t>(
      std::llround(std::min(*spent, 1.0) * static_cast<double>(whole)));
    // Beyond its plan it may still be served, for money.
    if (text_of(from, base + "-status") == "rejected" && refused)
      used = whole;
    else if (!refused)
      used = std::min(used, whole - 1);
    x.remaining = whole - used;
    x.resets_at = *reset;
    x.of_model = false;
    out.push_back(x);
  }
}

/// `x-ratelimit-limit-requests` and its like: OpenAI, xAI, Groq, Cerebras,
/// OpenRouter.
void read_openai(std::string_view vendor, const table& from, wall_time now,
                 std::vector<told_limit>& out) {
  struct shape {
    const char* suffix;
    quota_kind kind;
    caf::timespan window;
  };
  auto requests = vendor == "groq" ? caf::timespan{24h} : caf::timespan{1min};
  for (const auto& s : {
         shape{"-requests", quota_kind::requests, caf::timespan{0}},
         shape{"-tokens", quota_kind::total_tokens, caf::timespan{0}},
         shape{"-requests-minute", quota_kind::requests, 1min},
         shape{"-requests-hour", quota_kind::requests, 1h},
         shape{"-requests-day", quota_kind::requests, 24h},
         shape{"-tokens-minute", quota_kind::total_tokens, 1min},
         shape{"-tokens-hour", quota_kind::total_tokens, 1h},
         shape{"-tokens-day", quota_kind::total_tokens, 24h},
         shape{"", quota_kind::requests, caf::timespan{0}},
       }) {
    auto suffix = std::string{s.suffix};
    auto limit = count(text_of(from, "x-ratelimit-limit" + suffix));
    auto left = count(text_of(from, "x-ratelimit-remaining" + suffix));
    if (!limit || !left || *limit == 0)
      continue;
    told_limit x;
    x.kind = s.kind;
    x.limit = *limit;
    x.remaining = std::min(*left, *limit);
    x.counts_cap = s.kind == quota_kind::total_tokens && vendor != "xai";
    auto reset = text_of(from, "x-ratelimit-reset" + suffix);
    if (suffix.empty()) {
      // OpenRouter: a minute that ends.
      auto end = point(reset);
      if (!end || *end <= now)
        continue;
      x.window = *end - now > 2min ? 24h : 1min;
      x.refills = false;
      x.resets_at = *end;
    } else if (s.window.count() != 0) {
      x.window = s.window;
    } else {
      auto usual = s.kind == quota_kind::requests ? requests : 1min;
      x.window =
        window_by(*limit, x.remaining, duration(reset)).value_or(usual);
    }
    out.push_back(x);
  }
}

/// `GenerateRequestsPerDayPerProjectPerModel-FreeTier` with its value.
void read_gemini(const table& from, std::vector<told_limit>& out) {
  for (const auto& [name, value] : from) {
    if (!name.starts_with("body-quota "))
      continue;
    auto limit = count(value);
    auto has = [&n = name](const char* x) {
      return n.find(x) != std::string::npos;
    };
    auto day = has("PerDay");
    if (!limit || *limit == 0 || (!day && !has("PerMinute")))
      continue;
    told_limit x;
    x.kind = has("InputToken") ? quota_kind::input_tokens
             : has("Token")    ? quota_kind::total_tokens
                               : quota_kind::requests;
    x.window = day ? caf::timespan{0} : 1min;
    x.refills = !day;
    x.limit = *limit;
    x.of_model = has("PerModel");
    x.said = true;
    out.push_back(x);
  }
}

/// What a refusal says in words (`collect_signals`).
void read_words(const table& from, std::vector<told_limit>& out) {
  struct shape {
    const char* name;
    quota_kind kind;
    caf::timespan window;
  };
  for (const auto& s : {
         shape{"body-requests-second", quota_kind::requests, 1s},
         shape{"body-requests-minute", quota_kind::requests, 1min},
         shape{"body-requests-day", quota_kind::requests, 24h},
         shape{"body-tokens-minute", quota_kind::total_tokens, 1min},
         shape{"body-tokens-day", quota_kind::total_tokens, 24h},
       }) {
    auto text = text_of(from, s.name);
    auto slash = text.find('/');
    if (slash == std::string::npos)
      continue;
    auto used = count(std::string_view{text}.substr(0, slash));
    auto limit = count(std::string_view{text}.substr(slash + 1));
    auto known = std::any_of(out.begin(), out.end(), [&s](const told_limit& x) {
      return x.kind == s.kind && x.window == s.window;
    });
    if (!used || !limit || *limit == 0 || known)
      continue;
    told_limit x;
    x.kind = s.kind;
    x.window = s.window;
    x.limit = *limit;
    x.remaining = *limit - std::min(*used, *limit);
    x.counts_cap = s.kind == quota_kind::total_tokens;
    x.said = true;
    out.push_back(x);
  }
}

/// The digits at the start of a text, thousands unseparated.
std::string_view digits_of(std::string_view text) {
  return text.substr(0, text.find_first_not_of("0123456789"));
}

/// xAI: `Requests per Second (actual/limit): 151/150`; OpenAI, Groq:
/// `(TPM): Limit 18000, Used 16323`.
void find_words(std::string_view body, limit_signals& out) {
  struct phrase {
    const char* text;
    const char* name;
  };
  for (const auto& x : {
         phrase{"Requests per Second (actual/limit): ", "body-requests-second"},
         phrase{"Requests per Minute (actual/limit): ", "body-requests-minute"},
         phrase{"Tokens per Minute (actual/limit): ", "body-tokens-minute"},
       })
    if (auto at = body.find(x.text); at != std::string_view::npos) {
      auto rest = body.substr(at + std::string_view{x.text}.size());
      auto used = digits_of(rest);
      rest.remove_prefix(used.size());
      if (!used.empty() && rest.starts_with('/'))
        out.emplace_back(x.name, std::string{used} + "/"
                                   + std::string{digits_of(rest.substr(1))});
    }
  for (const auto& x : {
         phrase{"(RPM): Limit ", "body-requests-minute"},
         phrase{"(RPD): Limit ", "body-requests-day"},
         phrase{"(TPM): Limit ", "body-tokens-minute"},
         phrase{"(TPD): Limit ", "body-tokens-day"},
       })
    if (auto at = body.find(x.text); at != std::string_view::npos) {
      auto rest = body.substr(at + std::string_view{x.text}.size());
      auto limit = digits_of(rest);
      rest.remove_prefix(limit.size());
      constexpr std::string_view middle = ", Used ";
      if (!limit.empty() && rest.starts_with(middle))
        out.emplace_back(x.name,
                         std::string{digits_of(rest.substr(middle.size()))}
                           + "/" + std::string{limit});
    }
}

void find_violations(const json::value& body, limit_signals& out) {
  const auto* top = body.if_object();
  const auto* error = top ? top->if_contains("error") : nullptr;
  const auto* fields = error ? error->if_object() : nullptr;
  const auto* details = fields ? fields->if_contains("details") : nullptr;
  if (details == nullptr || !details->is_array())
    return;
  for (const auto& detail : details->get_array()) {
    const auto* x = detail.if_object();
    const auto* all = x ? x->if_contains("violations") : nullptr;
    if (all == nullptr || !all->is_array())
      continue;
    for (const auto& violation : all->get_array()) {
      const auto* y = violation.if_object();
      const auto* id = y ? y->if_contains("quotaId") : nullptr;
      const auto* value = y ? y->if_contains("quotaValue") : nullptr;
      if (id && id->is_string() && value && value->is_string()
          && out.size() < 64)
        out.emplace_back("body-quota " + std::string{id->get_string()},
                         std::string{value->get_string()});
    }
  }
}

} // namespace

limit_signals collect_signals(const http_headers& headers,
                              std::string_view refusal) {
  limit_signals result;
  for (const auto& [name, value] : headers) {
    if (!is_signal(name))
      continue;
    auto& place = result.emplace_back(name, value).first;
    std::transform(place.begin(), place.end(), place.begin(), lower);
  }
  if (refusal.empty())
    return result;
  find_words(refusal, result);
  if (refusal.find("quotaId") != std::string_view::npos) {
    json::error_code bad;
    auto body = json::parse({refusal.data(), refusal.size()}, bad);
    if (!bad)
      find_violations(body, result);
  }
  return result;
}

std::vector<told_limit> read_signals(std::string_view vendor,
                                     const limit_signals& signals,
                                     wall_time now) {
  std::vector<told_limit> result;
  if (signals.empty())
    return result;
  table from;
  for (const auto& [name, value] : signals)
    from.emplace(name, value);
  read_anthropic(from, result);
  read_plan(from, now, result);
  read_openai(vendor, from, now, result);
  read_gemini(from, result);
  read_words(from, result);
  return result;
}

bool is_of_family(const failure& why) {
  return why.code == family_code;
}

std::string family_of(const std::string& model) {
  // The maker's name alone is no family.
  auto first = model.find('-');
  for (auto at = first; at != std::string::npos; at = model.find('-', at + 1))
    if (at != first && at + 1 < model.size() && model[at + 1] >= '0'
        && model[at + 1] <= '9')
      return model.substr(0, at + 1) + "*";
  return model;
}

} // namespace smart_agents
