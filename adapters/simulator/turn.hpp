#pragma once

#include "adapters/simulator/ask.hpp"
#include "adapters/simulator/directives.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smart_agents::sim {

/// A part of an answer.
struct block {
  enum class kind : uint8_t { thinking, text, call };
  kind what = kind::text;
  /// Text or thought; for a call its arguments, a JSON object.
  std::string text;
  /// Of a call.
  std::string id;
  std::string name;
  /// Output tokens.
  uint64_t tokens = 0;
};

/// What the simulated model answers.
struct turn {
  std::string model;
  /// 16 hexadecimal digits that differ between requests.
  std::string id;
  /// Unix time in seconds.
  int64_t created = 0;
  std::vector<block> blocks;
  /// The cap cut the answer.
  bool cut_by_length = false;
  /// Ollama: the model was only loaded.
  bool load_only = false;
  uint64_t input_tokens = 0;
  /// Part of the input that came from the prompt cache.
  uint64_t cached_tokens = 0;
  /// All output, thoughts included.
  uint64_t output_tokens = 0;
  uint64_t thinking_tokens = 0;

  bool has_calls() const;
};

/// How answers are made.
struct speech_options {
  uint64_t seed = 1;
  /// Length in tokens; 0 lets the prompt decide.
  uint64_t output_tokens = 0;
  double cached_share = 0;
};

/// The next token of a text from `at` on: a word with the blanks before it,
/// at most 16 bytes, never half a UTF-8 sequence. Empty at the end.
std::string_view next_token(std::string_view text, size_t at);

/// Number of tokens in a text, by `next_token`.
uint64_t token_count(std::string_view text);

/// Answers: the text depends on seed, prompt and model alone, and begins with
/// `[simulated MODEL]`. `id` and `created` are the caller's.
turn make_turn(const ask& what, const speech_options& options);

} // namespace smart_agents::sim
