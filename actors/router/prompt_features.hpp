#pragma once

#include "actors/router/prompt_scan.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace smart_agents {

/// The measures of a prompt that the trained model weighs, beside its n-grams.
/// Their places are positions in the weights file.
class prompt_features {
public:
  /// Shape; words of the lexicon by type and modality asked for; topics twice:
  /// how many words, and what share of them; topics of the opening.
  static constexpr size_t shapes = 40;
  static constexpr size_t words = 7 + 3 + 1;
  /// The place that tells how short a question is: 0 from twenty words on.
  static constexpr size_t short_question = 37;
  static constexpr size_t count = shapes + words + 3 * topic_count;

  explicit prompt_features(const prompt_scan& seen);

  /// Each is 0 when there is nothing to measure, and of the order of 1.
  const std::array<float, count>& values() const {
    return values_;
  }

  /// What the rules say for a type, in points.
  float points(task_type x) const {
    return values_[shapes + static_cast<size_t>(x)] * 4;
  }

  /// What people call the feature at a place.
  static std::string name_of(size_t place);

private:
  std::array<float, count> values_{};
};

} // namespace smart_agents
