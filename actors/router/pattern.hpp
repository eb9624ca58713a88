#pragma once

#include <caf/expected.hpp>

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace smart_agents {

/// A regular expression that is looked for in time proportional to the text,
/// whatever both are: all ways through it are followed at once, none is tried
/// again. Upper and lower case are alike; `.` and classes stand for one byte.
///
/// Takes `a|b`, `( )`, `(?: )`, `* + ? {2,5}` and their lazy forms, `[a-z]`,
/// `.`, `^ $` (of the whole text), `\b \B \d \D \w \W \s \S \n \r \t` and any
/// escaped sign. There are no references back and no looking around.
class pattern {
public:
  /// Longest text of a pattern, and most steps that it may come to: repeats
  /// are copies.
  static constexpr size_t max_text = 256;
  static constexpr size_t max_steps = 512;

  /// Fails with `ec::bad_config`, saying what is wrong and where.
  static caf::expected<pattern> compile(std::string_view text);

  /// True when the text holds it anywhere.
  bool found_in(std::string_view text) const;

private:
  friend class pattern_parser;
  class search;

  using byte_set = std::bitset<256>;

  enum class op : uint8_t {
    byte,
    split,
    jump,
    begin,
    end,
    word,
    no_word,
    match
  };

  struct step {
    op what = op::match;
    /// For `byte`: place of its set.
    uint16_t set = 0;
    /// Where to go on, relative; `split` goes both ways.
    int16_t next = 1;
    int16_t other = 0;
  };

  std::vector<step> steps_;
  std::vector<byte_set> sets_;
  /// Bytes that a match can begin with; all when it can be empty.
  byte_set first_;
};

} // namespace smart_agents
