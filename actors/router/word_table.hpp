#pragma once

#include <cstdint>

namespace smart_agents {

/// All that is known of one word, or of two in a row (see `word_hash`).
struct word_facts {
  uint64_t hash = 0;
  /// A bit for each topic it belongs to.
  uint64_t topics = 0;
  /// Its place in the lexicon, or -1.
  int16_t lexeme = -1;
  /// True when it is the first of two words that the lexicon has.
  bool begins_pair = false;
};

/// One look-up for lexicon and topics; nothing is known of most words.
const word_facts& facts_of(uint64_t hash);

} // namespace smart_agents
