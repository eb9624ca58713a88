#pragma once

#include "actors/router/lexicon.hpp"
#include "actors/router/topics.hpp"
#include "actors/router/word_table.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace smart_agents {

/// Counts what a prompt is made of, in one pass over at most `head_size` bytes
/// of its head and `tail_size` of its tail.
class prompt_scan {
public:
  static constexpr size_t head_size = 3072;
  static constexpr size_t tail_size = 1024;

  void read(std::string_view prompt);

  /// Times an entry of the lexicon was met, up to 255.
  uint8_t hits(size_t lexeme) const {
    return hits_[lexeme];
  }

  /// Calls `f` with the id of every entry that was met, in ascending order.
  template <class F>
  void for_each_hit(F f) const {
    for (size_t i = 0; i < hit_.size(); ++i)
      for (auto left = hit_[i]; left != 0; left &= left - 1)
        f(64 * i + static_cast<size_t>(std::countr_zero(left)));
  }

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
  /// Lines that begin as source code does: `def f(`, `#include`, `>>>`.
  size_t code_begins = 0;
  /// Lines with a name before a colon: `Topic: ...`.
  size_t labels = 0;
  /// Lines that begin as an item of a list.
  size_t items = 0;
  /// Lines that begin as an answer to choose: `A.` or `(B)`.
  size_t choices = 0;
  /// Letters beyond ASCII.
  size_t foreign = 0;
  /// Letters in words, and words of nine and more.
  size_t letters = 0;
  size_t long_words = 0;
  /// Single letters that stand for quantities: not `a` and `i`.
  size_t variables = 0;
  /// Words with a capital inside a sentence, and words in capitals.
  size_t names = 0;
  size_t shouts = 0;
  size_t sentences = 0;
  size_t lines = 0;
  size_t commas = 0;
  size_t quotes = 0;
  /// Numbers of three and more digits; with a decimal point.
  size_t large_numbers = 0;
  size_t decimals = 0;
  /// `$5`.
  size_t money = 0;
  /// `\frac` and the like.
  size_t commands = 0;
  /// Bytes of the answers to choose from; how many are numbers.
  size_t choice_bytes = 0;
  size_t numeric_choices = 0;
  /// Words of each topic.
  std::array<uint16_t, topic_count> topics{};
  /// Topics of the first three words.
  uint64_t opening = 0;
  /// The last character is a question mark.
  bool ends_in_question = false;

  static constexpr size_t buckets = 1 << 15;
  static constexpr size_t max_grams = 2048;

  /// Buckets of the words, pairs of words and stems that were met, each once.
  std::span<const uint16_t> grams() const {
    return {grams_.data(), gram_count_};
  }

private:
  struct word_shape {
    size_t length = 0;
    bool number = false;
    bool capital = false;
    bool shouted = false;
    /// Hash of its first five letters.
    uint64_t stem = 0;
  };

  void read_piece(std::string_view text);
  size_t read_word(std::string_view text, size_t at);
  size_t read_foreign(std::string_view text, size_t at);
  size_t read_wide(std::string_view text, size_t at);
  void look_up(uint64_t hash, const known_word* known);
  void end_word(uint64_t hash, const word_shape& shape);
  void note_gram(uint64_t hash);
  void meet(size_t lexeme);
  void look_at_line(std::string_view line);

  const word_table& known_ = word_table::built_in();
  std::array<uint8_t, max_lexemes> hits_{};
  std::array<uint64_t, max_lexemes / 64> hit_{};
  /// One more than counts, see `note_gram`.
  std::array<uint16_t, max_grams + 1> grams_;
  size_t gram_count_ = 0;
  std::array<uint64_t, buckets / 64> met_{};
  bool sentence_begins_ = true;
  /// The last word as n-grams have it, and as it was.
  uint64_t gram_before_ = 0;
  uint64_t before_ = 0;
  /// The lexicon has pairs that begin with it.
  bool pair_begun_ = false;
  /// Words since the last verb of making.
  size_t since_making_ = 99;
};

} // namespace smart_agents
