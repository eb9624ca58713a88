#include "actors/router/utility.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace smart_agents {

namespace {

/// Quality of a model that is strong enough, while nothing else is known.
constexpr double enough = 0.9;

/// An answer that takes so long has no speed at all.
constexpr double slow = 60;

/// Calls before its failures speak against a model.
constexpr uint64_t tried = 5;

std::string number(double x, int digits) {
  std::array<char, 64> text{};
  auto end = std::to_chars(text.data(), text.data() + text.size(), x,
                           std::chars_format::fixed, digits);
  return end.ec == std::errc{} ? std::string{text.data(), end.ptr} : "much";
}

std::string percent(double share) {
  return number(100 * share, 0) + " %";
}

double thrift_of(const prospects& x, double dearest) {
  return dearest > 0 ? 1 - x.cost_usd / dearest : 1;
}

double speed_of(double seconds) {
  return 1 - std::clamp(seconds / slow, 0.0, 1.0);
}

} // namespace

uint64_t expected_output(int complexity) {
  return 200 + 150 * static_cast<uint64_t>(complexity);
}

double needed_strength(int complexity) {
  return 0.1 + 0.09 * complexity;
}

bool suffices(double strength, int complexity) {
  return strength + 0.05 >= needed_strength(complexity);
}

double expected_quality(double strength, int complexity,
                        const learned_of_model& learned) {
  auto gap = std::max(needed_strength(complexity) - strength, 0.0);
  auto fit = std::max(1 - 2.5 * gap, 0.0);
  return std::min(enough * fit * (1 + learned.quality_shift), 1.0);
}

double expected_seconds(const learned_of_model& learned, uint64_t output,
                        bool local, double strength) {
  auto first = learned.first_byte > 0 ? learned.first_byte : local ? 0.5 : 1;
  auto speed = learned.tokens_per_second > 0 ? learned.tokens_per_second
               : local                       ? 30
               : strength > 0.8              ? 50
                                             : 80;
  return first + static_cast<double>(output) / speed;
}

bool is_failing(const learned_of_model& learned) {
  return learned.calls >= tried && learned.health < 0.5;
}

double utility(const prospects& x, const route_weights& weights,
               double dearest) {
  return weights.quality * x.quality / enough
         + weights.thrift * (x.price_known ? thrift_of(x, dearest) : 0.5)
         + weights.room * x.room
         + weights.speed * (x.measured ? speed_of(x.seconds) : 0.5)
         + weights.cache * x.cached - weights.health * (1 - x.health);
}

std::string why_behind(const prospects& x, const prospects& first,
                       const route_weights& weights, double dearest) {
  const std::array losses{
    weights.quality * (first.quality - x.quality) / enough,
    weights.thrift * (thrift_of(first, dearest) - thrift_of(x, dearest)),
    weights.room * (first.room - x.room),
    weights.speed * (speed_of(first.seconds) - speed_of(x.seconds)),
    weights.health * (first.health - x.health),
    weights.cache * (first.cached - x.cached),
  };
  auto most = std::max_element(losses.begin(), losses.end());
  if (*most <= 0.001)
    return "less liked for such tasks";
  auto against = [](const char* what, const std::string& one,
                    const std::string& other) {
    return what + (" (" + one) + " against " + other + ")";
  };
  switch (most - losses.begin()) {
  case 0:
    return against("less quality expected", number(x.quality, 2),
                   number(first.quality, 2));
  case 1:
    return against("dearer", "$" + number(x.cost_usd, 5),
                   "$" + number(first.cost_usd, 5));
  case 2:
    return against("less of its limit left", percent(x.room),
                   percent(first.room));
  case 3:
    return against("slower", number(x.seconds, 1) + " s",
                   number(first.seconds, 1) + " s");
  case 4:
    return against("fails more often", percent(1 - x.health),
                   percent(1 - first.health));
  default: return "its prompt cache does not hold this conversation";
  }
}

std::string numbers_of(const prospects& x) {
  auto result =
    "quality " + number(x.quality, 2) + ", " + number(x.seconds, 1) + " s";
  if (x.health < 0.995)
    result += ", " + percent(1 - x.health) + " of calls fail";
  if (x.room < 0.995)
    result += ", " + percent(x.room) + " of its limit left";
  if (x.cached > 0)
    result += ", " + percent(x.cached) + " cached";
  return result;
}

} // namespace smart_agents
