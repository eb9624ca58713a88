#include "runtime/settings_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <utility>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

constexpr std::array<std::pair<std::string_view, caf::timespan>, 4> units{{
  {"h", 1h},
  {"m", 1min},
  {"s", 1s},
  {"ms", 1ms},
}};

constexpr uint64_t ten_years_in_ms = 10ull * 366 * 24 * 3600 * 1000;

/// Levenshtein distance with two rows.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> above(b.size() + 1);
  std::iota(above.begin(), above.end(), 0);
  std::vector<size_t> row(b.size() + 1);
  for (size_t i = 0; i < a.size(); ++i) {
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j)
      row[j + 1] = std::min(
        {above[j + 1] + 1, row[j] + 1, above[j] + (a[i] == b[j] ? 0 : 1)});
    std::swap(row, above);
  }
  return above.back();
}

} // namespace

std::optional<uint64_t> parse_count(std::string_view text) {
  uint64_t result = 0;
  auto last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), last, result);
  if (text.empty() || error != std::errc{} || end != last)
    return std::nullopt;
  return result;
}

std::optional<caf::timespan> parse_duration(std::string_view text) {
  auto digits = text.find_first_not_of("0123456789");
  if (digits == std::string_view::npos)
    return std::nullopt;
  auto count = parse_count(text.substr(0, digits));
  auto unit = std::find_if(units.begin(), units.end(), [&](auto& x) {
    return x.first == text.substr(digits);
  });
  if (!count || unit == units.end())
    return std::nullopt;
  auto in_ms = static_cast<uint64_t>(unit->second / 1ms);
  if (*count > ten_years_in_ms / in_ms)
    return std::nullopt;
  return unit->second * static_cast<int64_t>(*count);
}

std::string print_duration(caf::timespan x) {
  if (x == caf::timespan{0})
    return "0s";
  for (const auto& [name, length] : units)
    if (x % length == caf::timespan{0})
      return std::to_string(x / length) + std::string{name};
  return std::to_string(x / 1ms) + "ms";
}

std::string nearest(std::string_view name,
                    const std::vector<std::string>& names) {
  // A third of the letters may be wrong: more is another word.
  size_t best = std::max<size_t>(1, name.size() / 3) + 1;
  std::string result;
  for (const auto& x : names)
    if (auto d = distance(name, x); d < best) {
      best = d;
      result = x;
    }
  return result;
}

std::string did_you_mean(std::string_view name,
                         const std::vector<std::string>& names) {
  auto found = nearest(name, names);
  return found.empty() ? found : "; did you mean " + found + "?";
}

std::string join(const std::vector<std::string>& names,
                 std::string_view separator) {
  std::string result;
  for (const auto& x : names) {
    if (!result.empty())
      result += separator;
    result += x;
  }
  return result;
}

} // namespace smart_agents
