#include "actors/router/word_table.hpp"

#include "actors/router/lexicon.hpp"
#include "actors/router/topics.hpp"

#include <array>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace smart_agents {

namespace {

uint64_t hash_of(std::string_view word) {
  word_hash hash;
  for (char c : word)
    hash.add(c);
  return hash.value;
}

/// An open-addressed table, at most half full. Its slots hold no more than what
/// tells words apart, so that those of a prompt stay in the cache.
class table {
public:
  table() {
    facts_.emplace_back();
    auto entries = lexicon();
    for (size_t i = 0; i < entries.size(); ++i) {
      auto text = entries[i].text;
      auto blank = text.rfind(' ');
      if (blank == text.npos) {
        place(hash_of(text)).lexeme = static_cast<int16_t>(i);
        continue;
      }
      // Of three words the last two count.
      auto first = text.substr(0, blank);
      if (auto before = first.rfind(' '); before != first.npos)
        first.remove_prefix(before + 1);
      auto begin = hash_of(first);
      place(begin).begins_pair = true;
      place(pair_hash(begin, hash_of(text.substr(blank + 1)))).lexeme =
        static_cast<int16_t>(i);
    }
    each_topic_word([this](std::string_view word, topic what) {
      place(hash_of(word)).topics |= uint64_t{1} << static_cast<int>(what);
    });
  }

  const word_facts& find(uint64_t hash) const {
    for (auto at = hash & mask; slots_[at].fact != 0; at = (at + 1) & mask)
      if (slots_[at].mark == mark_of(hash)
          && facts_[slots_[at].fact].hash == hash)
        return facts_[slots_[at].fact];
    return facts_.front();
  }

private:
  struct slot {
    uint16_t mark = 0;
    /// Where the facts stand; 0 for a free slot.
    uint16_t fact = 0;
  };

  static constexpr size_t mask = 8191;

  static uint16_t mark_of(uint64_t hash) {
    return static_cast<uint16_t>(hash >> 48);
  }

  word_facts& place(uint64_t hash) {
    auto at = hash & mask;
    for (; slots_[at].fact != 0; at = (at + 1) & mask)
      if (facts_[slots_[at].fact].hash == hash)
        return facts_[slots_[at].fact];
    if (facts_.size() > mask / 2)
      throw std::logic_error{"the table of words is too small"};
    slots_[at] = {mark_of(hash), static_cast<uint16_t>(facts_.size())};
    facts_.push_back({hash});
    return facts_.back();
  }

  std::array<slot, mask + 1> slots_{};
  std::vector<word_facts> facts_;
};

} // namespace

const word_facts& facts_of(uint64_t hash) {
  static const table words;
  return words.find(hash);
}

} // namespace smart_agents
