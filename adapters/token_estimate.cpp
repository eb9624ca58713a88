#include "adapters/token_estimate.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace smart_agents {

namespace {

/// Tokens per character of each class, in thousandths, and where the classes
/// lie in Unicode; ascending. Fitted to o200k on public texts and code.
struct range {
  char32_t first;
  char32_t last;
  uint32_t millitokens;
};

constexpr std::array ranges{
  range{0x00C0, 0x024F, 1336}, // accented Latin
  range{0x0300, 0x036F, 1110}, // combining marks
  range{0x0370, 0x03FF, 406},  // Greek
  range{0x0400, 0x052F, 297},  // Cyrillic
  range{0x0590, 0x05FF, 448},  // Hebrew
  range{0x0600, 0x077F, 345},  // Arabic
  range{0x0900, 0x0DFF, 355},  // Indic scripts
  range{0x0E00, 0x0E7F, 419},  // Thai
  range{0x1E00, 0x1EFF, 1336}, // more accented Latin
  range{0x3000, 0x30FF, 865},  // kana, CJK punctuation
  range{0x3400, 0x9FFF, 793},  // Han
  range{0xAC00, 0xD7AF, 748},  // Hangul
  range{0xF900, 0xFAFF, 793},  // Han, compatibility
  range{0xFF00, 0xFFEF, 865},  // full-width forms
};

constexpr uint32_t per_word = 288;
constexpr uint32_t per_letter = 157;
constexpr uint32_t per_digit = 695;
constexpr uint32_t per_punctuation = 453;
constexpr uint32_t per_newline = 1714;
/// Scripts that the fit did not see, symbols and emoji.
constexpr uint32_t per_other = 1500;
constexpr uint32_t per_bad_byte = 1000;

/// Runs of base64 or hexadecimal longer than this are noise to a tokenizer.
constexpr size_t noise_run = 64;
constexpr uint32_t per_noise = 667;

constexpr uint64_t per_message = 4;
constexpr uint64_t per_tool = 10;
/// Claude's own instructions for tools, sent once.
constexpr uint64_t claude_tools = 350;
/// An image, a page or a short sound, when only its presence is known.
constexpr uint64_t per_media = 1600;

uint32_t weight_of(char32_t c) {
  auto i = std::partition_point(ranges.begin(), ranges.end(),
                                [c](const range& x) { return x.last < c; });
  return i != ranges.end() && c >= i->first ? i->millitokens : per_other;
}

enum class sort : uint8_t { blank, letter, digit, newline, punctuation, wide };

constexpr std::array<sort, 256> make_sorts() {
  std::array<sort, 256> result{};
  for (size_t c = 0; c < 256; ++c)
    result[c] = c >= 0x80                                ? sort::wide
                : (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? sort::letter
                : c >= '0' && c <= '9'                   ? sort::digit
                : c == '\n'                              ? sort::newline
                : c > ' '                                ? sort::punctuation
                                                         : sort::blank;
  return result;
}

constexpr auto sorts = make_sorts();

sort sort_of(char c) {
  return sorts[static_cast<unsigned char>(c)];
}

bool is_noise(char c) {
  auto x = sort_of(c);
  return x == sort::letter || x == sort::digit || c == '+' || c == '/'
         || c == '=';
}

size_t noise_end(std::string_view text, size_t at) {
  while (at < text.size() && is_noise(text[at]))
    ++at;
  return at;
}

/// Decodes the character at `at` and moves behind it; 0 for a bad byte.
char32_t next_wide(std::string_view text, size_t& at) {
  auto lead = static_cast<unsigned char>(text[at++]);
  size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC2 ? 1 : 0;
  if (more == 0 || lead > 0xF4 || at + more > text.size())
    return 0;
  char32_t result = lead & (0x3F >> more);
  for (size_t i = 0; i < more; ++i) {
    auto c = static_cast<unsigned char>(text[at + i]);
    if ((c & 0xC0) != 0x80)
      return 0;
    result = result << 6 | (c & 0x3F);
  }
  at += more;
  return result;
}

/// Counts a text of ASCII block by block, where nothing but the number of each
/// kind of character matters. Says the same as the loop of `estimate_tokens`,
/// which takes over wherever something else comes.
class plain_counter {
public:
  /// Of a block.
  static constexpr size_t size = 32;

  /// Counts from `at`, before which `in_word` says whether a word is open, and
  /// moves both on. Stops before what it cannot judge: noise, which shows by a
  /// block of nothing else and begins in the one before, and wide characters.
  static uint64_t count(std::string_view text, size_t& at, bool& in_word) {
    // Lanes are moved as the bytes of a number.
    if constexpr (std::endian::native != std::endian::little)
      return 0;
    uint64_t sum = 0;
    const auto begin = at;
    auto word = in_word ? ~masks{} : masks{};
    auto word_before = word;
    auto what = verdict::plain;
    while (what == verdict::plain && text.size() - at >= size) {
      tally sums;
      // No lane counts further than a byte does.
      for (size_t i = 0; i < 100 && text.size() - at >= size; ++i) {
        auto before = word;
        what = look(text.data() + at, word, sums);
        if (what != verdict::plain)
          break;
        word_before = before;
        at += size;
      }
      sum += sums.millitokens();
    }
    if (what == verdict::noise && at > begin) {
      at -= size;
      word = word_before;
      tally last;
      look(text.data() + at, word_before, last);
      sum -= last.millitokens();
    }
    in_word = word[half - 1] != 0;
    return sum;
  }

private:
  /// What the processor takes at once.
  static constexpr size_t half = size / 2;
  using bytes = uint8_t __attribute__((vector_size(half)));
  using masks = int8_t __attribute__((vector_size(half)));
  using pairs = uint64_t __attribute__((vector_size(half)));

  enum class verdict : uint8_t { plain, wide, noise };

  /// How many characters of each kind there are, by lane.
  struct tally {
    masks letters{};
    masks digits{};
    masks newlines{};
    masks punctuation{};
    masks words{};

    uint64_t millitokens() const {
      return number(letters) * per_letter + number(digits) * per_digit
             + number(newlines) * per_newline
             + number(punctuation) * per_punctuation + number(words) * per_word;
    }
  };

  /// The characters of half a block by kind; a mask is -1 where it is set.
  struct kinds {
    bytes c;
    masks letter;
    masks digit;
    masks word;

    explicit kinds(const char* from) {
      std::memcpy(&c, from, half);
      letter = masks(bytes((c | 0x20) - 'a') < 26);
      digit = masks(bytes(c - '0') < 10);
      word = letter | digit;
    }

    masks noise() const {
      return word | masks(c == '+') | masks(c == '/') | masks(c == '=');
    }

    void count(masks before, tally& to) const {
      to.letters -= letter;
      to.digits -= digit;
      to.newlines -= masks(c == '\n');
      to.punctuation -= masks(c > ' ') & ~word;
      // Where the one before is of no word: all moved on by one.
      const auto w = pairs(word);
      const auto moved = w << 8 | pairs{pairs(before)[1], w[0]} >> 56;
      to.words -= word & ~masks(moved);
    }
  };

  /// Counts a block if it is plain. `word` says which characters are of a word:
  /// of what came before it, and then of it.
  static verdict look(const char* from, masks& word, tally& to) {
    const kinds first{from};
    const kinds second{from + half};
    if (any(masks((first.c | second.c) & 0x80)))
      return verdict::wide;
    if (!any(~(first.noise() & second.noise())))
      return verdict::noise;
    first.count(word, to);
    second.count(first.word, to);
    word = second.word;
    return verdict::plain;
  }

  static bool any(masks x) {
    auto w = pairs(x);
    return (w[0] | w[1]) != 0;
  }

  /// The sum of all lanes, of which none is above 200.
  static uint64_t number(masks x) {
    auto w = pairs(x);
    // Lanes of two bytes have room for the sums.
    auto wider = (w & 0x00FF00FF00FF00FF) + (w >> 8 & 0x00FF00FF00FF00FF);
    return (wider[0] + wider[1]) * 0x0001000100010001 >> 48;
  }
};

/// Claude's tokenizer up to 4.6; that of Opus 4.7, Sonnet 5 and later makes
/// 1.3 times as many tokens of the same text.
bool is_older_claude(std::string_view model) {
  for (std::string_view mark : {"-3-", "-4-0", "-4-1", "-4-2", "-4-5", "-4-6"})
    if (model.find(mark) != std::string_view::npos)
      return true;
  return false;
}

/// A vendor's tokenizer against o200k, in percent.
uint64_t multiplier(std::string_view vendor, std::string_view model) {
  if (vendor == "anthropic")
    return is_older_claude(model) ? 120 : 156;
  if (vendor == "gemini" || vendor == "xai")
    return 115;
  return 100;
}

uint64_t estimate_part(const part& x) {
  if (const auto* text = std::get_if<text_part>(&x))
    return estimate_tokens(text->text);
  if (const auto* thinking = std::get_if<thinking_part>(&x))
    return estimate_tokens(thinking->text)
           + estimate_tokens(thinking->signature);
  if (const auto* call = std::get_if<tool_call_part>(&x))
    return per_message + estimate_tokens(call->name)
           + estimate_tokens(call->arguments);
  if (const auto* result = std::get_if<tool_result_part>(&x)) {
    uint64_t sum = per_message;
    for (const auto& piece : result->content)
      if (const auto* text = std::get_if<text_part>(&piece))
        sum += estimate_tokens(text->text);
      else if (const auto* opaque = std::get_if<opaque_part>(&piece))
        sum += estimate_tokens(opaque->json);
      else
        sum += per_media;
    return sum;
  }
  if (const auto* opaque = std::get_if<opaque_part>(&x))
    return estimate_tokens(opaque->json);
  return per_media;
}

} // namespace

uint64_t estimate_tokens(std::string_view text) {
  uint64_t sum = 0;
  auto in_word = false;
  auto try_plain = true;
  for (size_t at = 0; at < text.size();) {
    if (try_plain) {
      try_plain = false;
      sum += plain_counter::count(text, at, in_word);
      continue;
    }
    switch (sort_of(text[at])) {
    case sort::wide: {
      auto wide = next_wide(text, at);
      sum += wide == 0 ? per_bad_byte : weight_of(wide);
      if (!std::exchange(in_word, true))
        sum += per_word;
      continue;
    }
    case sort::letter:
    case sort::digit: {
      auto begin = at;
      uint64_t digits = 0;
      for (; at < text.size(); ++at) {
        auto x = sort_of(text[at]);
        if (x != sort::letter && x != sort::digit)
          break;
        digits += x == sort::digit ? 1 : 0;
      }
      if (!in_word) {
        // The run goes on behind the word only with one of the three signs.
        auto end =
          at < text.size() && is_noise(text[at]) ? noise_end(text, at) : at;
        if (end - begin > noise_run) {
          sum += (end - begin) * per_noise;
          at = end;
          continue;
        }
        sum += per_word;
      }
      in_word = true;
      sum += (at - begin - digits) * per_letter + digits * per_digit;
      continue;
    }
    case sort::newline: sum += per_newline; break;
    case sort::punctuation:
      if (!in_word && is_noise(text[at])) {
        if (auto end = noise_end(text, at); end - at > noise_run) {
          sum += (end - at) * per_noise;
          at = end;
          continue;
        }
      }
      sum += per_punctuation;
      break;
    case sort::blank: break;
    }
    in_word = false;
    try_plain = text.size() - ++at >= plain_counter::size;
  }
  return (sum + 999) / 1000;
}

uint64_t estimate_input(const chat_request& request, std::string_view vendor) {
  uint64_t sum = per_message;
  for (const auto& x : request.messages) {
    sum += per_message;
    for (const auto& piece : x.parts)
      sum += estimate_part(piece);
  }
  for (const auto& x : request.tools)
    sum += per_tool + estimate_tokens(x.name) + estimate_tokens(x.description)
           + estimate_tokens(x.schema);
  if (!request.tools.empty() && vendor == "anthropic")
    sum += claude_tools;
  sum += estimate_tokens(request.output_schema);
  return sum * multiplier(vendor, request.model) * 11 / 1000;
}

} // namespace smart_agents
