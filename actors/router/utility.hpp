#pragma once

#include "adapters/model_experience.hpp"

#include <cstdint>
#include <string>

namespace smart_agents {

/// What is expected of a candidate.
struct prospects {
  /// How well it does this task, 0-1.
  double quality = 0;
  /// Seconds to the whole answer.
  double seconds = 0;
  double cost_usd = 0;
  /// False where the price is not known.
  bool price_known = true;
  /// Share of its calls that do not fail, 0-1, the latest counting most.
  double health = 1;
  /// Share of its tightest limit that is left, 0-1.
  double room = 1;
  /// Share of the prompt that its cache is expected to hold.
  double cached = 0;
  /// False where its speed was never measured.
  bool measured = false;
};

/// How much each property of a candidate counts; see docs/ROUTING.md, 4.
struct route_weights {
  /// Expected quality, 0-1.
  double quality = 0.55;
  /// 1 for what costs nothing, 0 for the dearest candidate.
  double thrift = 0.2;
  /// Share of its tightest limit that is left.
  double room = 0.15;
  /// 1 for an answer at once, 0 for one in a minute; 0.5 while unmeasured.
  double speed = 0.05;
  /// Lost with the share of its calls that fail.
  double health = 0.3;
  /// Share of the prompt that its cache is expected to hold.
  double cache = 0.05;
};

/// Output that a task of that complexity is expected to bring, in tokens.
uint64_t expected_output(int complexity);

/// The strength that a complexity calls for.
double needed_strength(int complexity);

/// True when a model of that strength does such a task well enough.
bool suffices(double strength, int complexity);

/// What the model is expected to do for the task: 0.9 when it is strong enough,
/// less when it is not, moved by what was learned of it.
double expected_quality(double strength, int complexity,
                        const learned_of_model& learned);

/// Seconds to the whole answer: measured, or else guessed from the kind of
/// model.
double expected_seconds(const learned_of_model& learned, uint64_t output,
                        bool local, double strength);

/// True when more of its latest calls failed than not.
bool is_failing(const learned_of_model& learned);

/// What the properties come to. `dearest` is the cost of the dearest candidate.
double utility(const prospects& x, const route_weights& weights,
               double dearest);

/// Appends, in words, the property by which `x` lost the most against `first`.
void append_why_behind(std::string& to, const prospects& x,
                       const prospects& first, const route_weights& weights,
                       double dearest);

/// Appends the numbers, for people: `quality 0.90, 12.3 s, 40 % cached`.
void append_numbers(std::string& to, const prospects& x);

} // namespace smart_agents
