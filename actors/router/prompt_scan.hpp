#pragma once

#include "actors/router/lexicon.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace smart_agents {

/// Counts what a prompt is made of, in one pass over at most `head_size` bytes
/// of its head and `tail_size` of its tail.
class prompt_scan {
public:
  static constexpr size_t head_size = 3072;
  static constexpr size_t tail_size = 1024;

  prompt_scan() : hits(lexicon().size()) {}

  void read(std::string_view prompt);

  /// Times each entry of the lexicon was met, up to 255.
  std::vector<uint8_t> hits;
  /// By modality: a verb of making was soon followed by a thing of it.
  std::array<bool, 7> asked_to_make{};
  size_t bytes = 0;
  /// Whole prompt by what was read of it.
  double scale = 1;
  size_t words = 0;
  size_t numbers = 0;
  size_t questions = 0;
  size_t fences = 0;
  /// Characters and line ends as in source code.
  size_t code_symbols = 0;
  size_t code_lines = 0;
  /// `$`, `\`, `^`: marks of formulas.
  size_t latex = 0;
  /// `+ - * / =` between spaces or digits.
  size_t operators = 0;
  /// Lines that begin as an item of a list.
  size_t items = 0;
  /// Lines that begin as an answer to choose: `A.` or `(B)`.
  size_t choices = 0;
  /// Letters beyond ASCII.
  size_t foreign = 0;

private:
  void read_piece(std::string_view text);
  void end_word(uint64_t hash, bool number);
  void meet(uint64_t hash);
  void look_at_line(std::string_view line);

  uint64_t before_ = 0;
  /// Words since the last verb of making.
  size_t since_making_ = 99;
};

} // namespace smart_agents
