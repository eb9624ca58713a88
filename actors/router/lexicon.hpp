#pragma once

#include "messages/route.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace smart_agents {

/// What one word, or two in a row, say about a task. In lower case, UTF-8; of
/// Chinese, Japanese and Korean, two characters in a row.
struct lexeme {
  std::string_view text;
  /// The type it speaks for, and how strongly.
  task_type type = task_type::text;
  float weight = 0;
  /// Steps on the scale of complexity.
  float complexity = 0;
  /// Begins a request to make something: a picture, a sound, a film.
  bool makes = false;
  /// Names a thing of its modality.
  bool made = false;
};

/// Room for ids.
constexpr size_t max_lexemes = 1024;

/// Every entry of lexicon.txt; an entry's place is its id.
std::span<const lexeme> lexicon();

/// Hash of a word in lower case, built up letter by letter (FNV-1a, 64 bit).
struct word_hash {
  uint64_t value = 14695981039346656037u;

  constexpr void add(char lower) {
    value ^= static_cast<unsigned char>(lower);
    value *= 1099511628211u;
  }
};

/// Hash of two words in a row.
constexpr uint64_t pair_hash(uint64_t first, uint64_t second) {
  return first * 0x9E3779B97F4A7C15u + second;
}

constexpr uint64_t hash_of_word(std::string_view lower) {
  word_hash result;
  for (char c : lower)
    result.add(c);
  return result.value;
}

} // namespace smart_agents
