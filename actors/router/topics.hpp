#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace smart_agents {

/// Fields of words; how many words of each a prompt has is what the trained
/// model knows of its subject. Places are positions in the weights: append
/// only.
enum class topic : uint8_t {
  arithmetic,
  algebra,
  geometry,
  chance,
  proof,
  physics,
  chemistry,
  biology,
  medicine,
  computing,
  engineering,
  law,
  economics,
  business,
  psychology,
  society,
  politics,
  history,
  religion,
  philosophy,
  morals,
  geography,
  arts,
  pastime,
  everyday,
  quantity,
  comparison,
  time,
  sequence,
  condition,
  logic,
  negation,
  opinion,
  explaining,
  demand,
  language,
  fiction,
  invention,
  scene,
  noise,
  motion,
  learning,
  person,
  function_word,
  wh_word,
  order,
};

constexpr size_t topic_count = static_cast<size_t>(topic::order) + 1;

/// Its name as `route` shows it.
std::string_view to_string(topic x);

/// Every word by its hash (see `word_hash`) and its topic, a bit; a word of
/// several topics several times.
std::vector<std::pair<uint64_t, uint64_t>> topic_words();

} // namespace smart_agents
