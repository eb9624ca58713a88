#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

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

/// Tells every word that has a topic, in lower case; one with several comes
/// several times.
void each_topic_word(
  const std::function<void(std::string_view word, topic what)>& tell);

} // namespace smart_agents
