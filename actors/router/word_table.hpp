#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>

namespace smart_agents {

/// What lexicon and topics know of a word.
struct known_word {
  /// See `word_hash`.
  uint64_t hash = 0;
  /// Its topics, a bit each.
  uint64_t topics = 0;
  /// Its entry in the lexicon, or -1.
  int16_t lexeme = -1;
  /// An entry of the lexicon consists of it and the word behind it.
  bool begins_pair = false;
};

/// All words that the router knows, one look for each word of a prompt.
/// Immutable.
class word_table {
public:
  static const word_table& built_in();

  /// Null for a word that nobody knows.
  const known_word* find(uint64_t hash) const {
    if (!maybe_.test(start_of(hash)))
      return nullptr;
    for (auto at = hash & mask; slots_[at].hash != 0; at = (at + 1) & mask)
      if (slots_[at].hash == hash)
        return &slots_[at];
    return nullptr;
  }

  /// The lexicon's entry of two words in a row, by `pair_hash`, or -1.
  int find_pair(uint64_t hash) const {
    for (auto at = hash & pair_mask; pairs_[at].hash != 0;
         at = (at + 1) & pair_mask)
      if (pairs_[at].hash == hash)
        return pairs_[at].lexeme;
    return -1;
  }

private:
  struct pair_entry {
    uint64_t hash = 0;
    int16_t lexeme = -1;
  };

  word_table();
  known_word& place_for(uint64_t hash);

  static constexpr size_t mask = 4095;
  static constexpr size_t pair_mask = 1023;

  /// Bits of the hash that the slot does not depend on.
  static size_t start_of(uint64_t hash) {
    return hash >> 49;
  }

  /// Open addressing, at most three quarters full; a hash of 0 is an empty
  /// slot.
  std::array<known_word, mask + 1> slots_;
  std::array<pair_entry, pair_mask + 1> pairs_;
  /// Most words are unknown, and here that is seen at once.
  std::bitset<1 << 15> maybe_;
};

} // namespace smart_agents
