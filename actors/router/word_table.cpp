#include "actors/router/word_table.hpp"

#include "actors/router/lexicon.hpp"
#include "actors/router/topics.hpp"

#include <memory>
#include <stdexcept>

namespace smart_agents {

word_table::word_table() {
  size_t words = 0;
  for (const auto& [hash, topics] : topic_words()) {
    auto& x = place_for(hash);
    words += x.topics == 0 ? 1 : 0;
    x.topics |= topics;
  }
  auto lexemes = lexicon();
  size_t pairs = 0;
  for (size_t id = 0; id < lexemes.size(); ++id) {
    auto text = lexemes[id].text;
    auto blank = text.find(' ');
    auto first = hash_of_word(text.substr(0, blank));
    auto& x = place_for(first);
    words += x.topics == 0 && x.lexeme < 0 && !x.begins_pair ? 1 : 0;
    if (blank == std::string_view::npos) {
      x.lexeme = static_cast<int16_t>(id);
      continue;
    }
    x.begins_pair = true;
    auto hash = pair_hash(first, hash_of_word(text.substr(blank + 1)));
    auto at = hash & pair_mask;
    while (pairs_[at].hash != 0)
      at = (at + 1) & pair_mask;
    pairs_[at] = {hash, static_cast<int16_t>(id)};
    if (++pairs > pair_mask / 2)
      throw std::logic_error{"the table of pairs of words is too small"};
  }
  if (words > mask / 4 * 3)
    throw std::logic_error{"the table of words is too small"};
}

known_word& word_table::place_for(uint64_t hash) {
  auto at = hash & mask;
  while (slots_[at].hash != 0 && slots_[at].hash != hash)
    at = (at + 1) & mask;
  slots_[at].hash = hash;
  maybe_.set(start_of(hash));
  return slots_[at];
}

const word_table& word_table::built_in() {
  static const std::unique_ptr<const word_table> table{new word_table};
  return *table;
}

} // namespace smart_agents
