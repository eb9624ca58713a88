#include "actors/router/utility.hpp"

#include "actors/router/figures.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace smart_agents {

namespace {

/// Quality of a model that is strong enough, while nothing else is known.
constexpr double enough = 0.9;

/// An answer that takes so long has no speed at all.
constexpr double slow = 60;

/// Calls before its failures speak against a model.
constexpr uint64_t tried = 5;

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

void append_why_behind(std::string& to, const prospects& x,
                       const prospects& first, const route_weights& weights,
                       double dearest) {
  const std::array losses{
    weights.quality * (first.quality - x.quality) / enough,
    weights.thrift * (thrift_of(first, dearest) - thrift_of(x, dearest)),
    weights.room * (first.room - x.room),
    weights.speed * (speed_of(first.seconds) - speed_of(x.seconds)),
    weights.health * (first.health - x.health),
    weights.cache * (first.cached - x.cached),
  };
  auto most = std::max_element(losses.begin(), losses.end());
  if (*most <= 0.001) {
    to += "less liked for such tasks";
    return;
  }
  auto against = [&to](const char* what, const char* unit, double own,
                       double other, int decimals) {
    for (auto value : {own, other}) {
      to += std::exchange(what, " against ");
      append_fixed(to, value, decimals);
      to += unit;
    }
    to += ')';
  };
  switch (most - losses.begin()) {
  case 0:
    against("less quality expected (", "", x.quality, first.quality, 2);
    break;
  case 1: against("dearer ($", "", x.cost_usd, first.cost_usd, 5); break;
  case 2:
    against("less of its limit left (", " %", 100 * x.room, 100 * first.room,
            0);
    break;
  case 3: against("slower (", " s", x.seconds, first.seconds, 1); break;
  case 4:
    against("fails more often (", " %", 100 * (1 - x.health),
            100 * (1 - first.health), 0);
    break;
  default: to += "its prompt cache does not hold this conversation";
  }
}

void append_numbers(std::string& to, const prospects& x) {
  auto add = [&to](const char* before, double value, int decimals,
                   const char* after) {
    to += before;
    append_fixed(to, value, decimals);
    to += after;
  };
  add("quality ", x.quality, 2, "");
  add(", ", x.seconds, 1, " s");
  if (x.health < 0.995)
    add(", ", 100 * (1 - x.health), 0, " % of calls fail");
  if (x.room < 0.995)
    add(", ", 100 * x.room, 0, " % of its limit left");
  if (x.cached > 0)
    add(", ", 100 * x.cached, 0, " % cached");
}

} // namespace smart_agents
