#include "actors/router/utility.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace smart_agents {

namespace {

/// Quality of a model that is strong enough, while nothing else is known.
constexpr double enough = 0.9;

/// An answer that takes so long has no speed at all.
constexpr double slow = 60;

/// Calls before its failures speak against a model.
constexpr uint64_t tried = 5;

std::string number(const char* how, double x) {
  char text[32];
  std::snprintf(text, sizeof text, how, x);
  return text;
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
  auto against = [](const std::string& one, const std::string& other) {
    return " (" + one + " against " + other + ")";
  };
  std::array<std::pair<double, std::string>, 6> losses{{
    {weights.quality * (first.quality - x.quality) / enough,
     "less quality expected"
       + against(number("%.2f", x.quality), number("%.2f", first.quality))},
    {weights.thrift * (thrift_of(first, dearest) - thrift_of(x, dearest)),
     "dearer"
       + against(number("$%.5f", x.cost_usd), number("$%.5f", first.cost_usd))},
    {weights.room * (first.room - x.room),
     "less of its limit left"
       + against(number("%.0f %%", 100 * x.room),
                 number("%.0f %%", 100 * first.room))},
    {weights.speed * (speed_of(first.seconds) - speed_of(x.seconds)),
     "slower"
       + against(number("%.1f s", x.seconds), number("%.1f s", first.seconds))},
    {weights.health * (first.health - x.health),
     "fails more often"
       + against(number("%.0f %%", 100 * (1 - x.health)),
                 number("%.0f %%", 100 * (1 - first.health)))},
    {weights.cache * (first.cached - x.cached),
     "its prompt cache does not hold this conversation"},
  }};
  auto most = std::max_element(
    losses.begin(), losses.end(),
    [](const auto& a, const auto& b) { return a.first < b.first; });
  return most->first > 0.001 ? most->second : "less liked for such tasks";
}

std::string numbers_of(const prospects& x) {
  auto result =
    "quality " + number("%.2f", x.quality) + number(", %.1f s", x.seconds);
  if (x.health < 0.995)
    result += number(", %.0f %% of calls fail", 100 * (1 - x.health));
  if (x.room < 0.995)
    result += number(", %.0f %% of its limit left", 100 * x.room);
  if (x.cached > 0)
    result += number(", %.0f %% cached", 100 * x.cached);
  return result;
}

} // namespace smart_agents
