#include "adapters/codecs/retry_delay.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <string>

namespace smart_agents::codecs {

namespace {

/// Who asks for more means "not any more"; the breaker bounds it anyway.
constexpr double longest_seconds = 365.0 * 24 * 3600;

std::optional<caf::timespan> seconds(double x) {
  if (!std::isfinite(x))
    return std::nullopt;
  return std::chrono::duration_cast<caf::timespan>(
    std::chrono::duration<double>{std::clamp(x, 0.0, longest_seconds)});
}

std::optional<double> parse_number(std::string_view text) {
  double result = 0;
  auto [end, bad] =
    std::from_chars(text.data(), text.data() + text.size(), result);
  if (text.empty() || bad != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return result;
}

std::optional<double> epoch(std::string_view text, const char* format) {
  std::tm parts{};
  auto copy = std::string{text};
  if (strptime(copy.c_str(), format, &parts) == nullptr)
    return std::nullopt;
  return static_cast<double>(timegm(&parts));
}

/// An HTTP date (RFC 9110), an RFC 3339 time in UTC, or seconds or
/// milliseconds since 1970, as seconds since 1970.
std::optional<double> parse_instant(std::string_view text) {
  if (auto number = parse_number(text))
    return *number > 1e11 ? *number / 1000 : *number;
  if (auto x = epoch(text, "%Y-%m-%dT%H:%M:%S"))
    return x;
  return epoch(text, "%a, %d %b %Y %H:%M:%S GMT");
}

/// The longer of two waits: a call needs all limits at once.
void take_longer(std::optional<caf::timespan>& best,
                 std::optional<caf::timespan> x) {
  if (x && (!best || *x > *best))
    best = x;
}

bool is_spent(std::string_view remaining) {
  auto number = parse_number(remaining);
  return number && *number <= 0;
}

std::optional<caf::timespan> from_limits(const http_headers& headers,
                                         std::optional<double> now) {
  auto until = [now](std::string_view text) -> std::optional<caf::timespan> {
    auto then = parse_instant(text);
    return then && now ? seconds(*then - *now) : std::nullopt;
  };
  std::optional<caf::timespan> result;
  for (const std::string kind : {"requests", "tokens"})
    if (is_spent(find_header(headers, "x-ratelimit-remaining-" + kind)))
      take_longer(result, parse_duration(
                            find_header(headers, "x-ratelimit-reset-" + kind)));
  const std::string anthropic = "anthropic-ratelimit-";
  for (const std::string kind :
       {"requests", "tokens", "input-tokens", "output-tokens"})
    if (is_spent(find_header(headers, anthropic + kind + "-remaining")))
      take_longer(result,
                  until(find_header(headers, anthropic + kind + "-reset")));
  if (find_header(headers, anthropic + "unified-status") == "rejected")
    take_longer(result,
                until(find_header(headers, anthropic + "unified-reset")));
  if (is_spent(find_header(headers, "x-ratelimit-remaining")))
    take_longer(result, until(find_header(headers, "x-ratelimit-reset")));
  return result;
}

} // namespace

std::optional<caf::timespan> parse_duration(std::string_view text) {
  struct unit {
    std::string_view name;
    double seconds;
  };
  // Longer names first: `ms` also starts with `m`.
  static constexpr std::array units{
    unit{"ns", 1e-9}, unit{"us", 1e-6}, unit{"\xC2\xB5s", 1e-6},
    unit{"ms", 1e-3}, unit{"h", 3600},  unit{"m", 60},
    unit{"s", 1},
  };
  if (auto plain = parse_number(text))
    return *plain < 0 ? std::nullopt : seconds(*plain);
  if (text.empty())
    return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    double value = 0;
    auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(),
                                      value, std::chars_format::fixed);
    if (bad != std::errc{} || !(value >= 0))
      return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    auto found = std::find_if(units.begin(), units.end(), [text](auto& x) {
      return boost::algorithm::starts_with(text, x.name);
    });
    if (found == units.end())
      return std::nullopt;
    total += value * found->seconds;
    text.remove_prefix(found->name.size());
  }
  return seconds(total);
}

std::optional<caf::timespan> retry_delay(const http_headers& headers) {
  auto now = parse_instant(find_header(headers, "date"));
  if (auto ms = parse_number(find_header(headers, "retry-after-ms"));
      ms && *ms >= 0)
    return seconds(*ms / 1000);
  if (auto text = find_header(headers, "retry-after"); !text.empty()) {
    if (auto x = parse_duration(text))
      return x;
    if (auto then = parse_instant(text); then && now)
      return seconds(*then - *now);
  }
  return from_limits(headers, now);
}

} // namespace smart_agents::codecs
