#include "actors/router/prompt_scan.hpp"

#include <algorithm>
#include <bit>

namespace smart_agents {

namespace {

enum class shape : uint8_t {
  other,
  letter,
  digit,
  space,
  symbol, // of code
  op,
  latex,
  question,
  foreign,
};

constexpr std::array<shape, 256> make_shapes() {
  std::array<shape, 256> result{};
  for (int c = 0; c < 256; ++c) {
    auto& x = result[static_cast<size_t>(c)];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')
      x = shape::letter;
    else if (c >= '0' && c <= '9')
      x = shape::digit;
    else if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
      x = shape::space;
    else if (c == '{' || c == '}' || c == ';' || c == '<' || c == '>'
             || c == '[' || c == ']' || c == '(' || c == ')' || c == '|'
             || c == '&' || c == '#')
      x = shape::symbol;
    else if (c == '+' || c == '-' || c == '*' || c == '/' || c == '=')
      x = shape::op;
    else if (c == '$' || c == '\\' || c == '^')
      x = shape::latex;
    else if (c == '?')
      x = shape::question;
    else if (c >= 0xC0) // the first byte of a character
      x = shape::foreign;
  }
  return result;
}

constexpr auto shapes = make_shapes();

shape shape_of(char c) {
  return shapes[static_cast<unsigned char>(c)];
}

/// Letters and digits in lower case, 0 for what ends a word.
constexpr std::array<uint8_t, 256> make_lowered() {
  std::array<uint8_t, 256> result{};
  for (size_t c = 0; c < 128; ++c)
    if (shapes[c] == shape::letter || shapes[c] == shape::digit)
      result[c] =
        static_cast<uint8_t>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  return result;
}

constexpr auto lowered = make_lowered();

constexpr auto letter_a = hash_of_word("a");
constexpr auto letter_i = hash_of_word("i");

/// How many words may stand between `create` and `picture`.
constexpr size_t making_reach = 7;

/// Begins a letter of Latin, Greek, Cyrillic and other scripts that put blanks
/// between words; not the signs of C2 and E2.
bool begins_letter(char c) {
  auto x = static_cast<unsigned char>(c);
  return (x >= 0xC3 && x <= 0xE1);
}

/// Begins a character of Chinese, Japanese or Korean.
bool begins_wide(char c) {
  auto x = static_cast<unsigned char>(c);
  return x >= 0xE3 && x <= 0xED;
}

bool goes_on(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// Brings both bytes of a letter into lower case, Latin 1 and Cyrillic only.
void lower(unsigned char& first, unsigned char& second) {
  if ((first == 0xC3 && second <= 0x9E)
      || (first == 0xD0 && second >= 0x90 && second <= 0x9F))
    second += 0x20;
  else if (first == 0xD0 && second >= 0xA0 && second <= 0xAF) {
    first = 0xD1;
    second -= 0x20;
  }
}

bool begins(std::string_view x, std::string_view with) {
  return x.substr(0, with.size()) == with;
}

/// How a line of source code begins. The words are English too, so some sign of
/// code has to stand behind them.
bool looks_like_code(std::string_view x) {
  switch (x.front()) {
  case '#': return begins(x, "#include") || begins(x, "#define");
  case '>': return begins(x, ">>> ");
  case '"': return begins(x, "\"\"\"");
  case '/': return begins(x, "// ") || begins(x, "/*");
  case '<':
    return begins(x, "<div") || begins(x, "<html") || begins(x, "<?php")
           || begins(x, "<script") || begins(x, "<!DOCTYPE");
  default: break;
  }
  static constexpr std::string_view heads[] = {
    "def ",    "class ",  "import ", "from ",  "public ",  "private ",
    "static ", "return ", "for ",    "if ",    "while ",   "function ",
    "const ",  "let ",    "var ",    "print(", "fn ",      "func ",
    "struct ", "void ",   "int ",    "using ", "package ", "elif ",
    "SELECT ", "async ",  "try:",    "else:",
  };
  for (auto head : heads)
    if (x[0] == head[0] && begins(x, head)) {
      auto last = x.back();
      return last == ';' || last == '{' || last == ':' || last == ')'
             || x.find('(') <= head.size() + 24 || x.find(" = ") < x.size()
             || (x.size() < 40 && begins(x, "import ") && last != '.');
    }
  return false;
}

} // namespace

void prompt_scan::read(std::string_view prompt) {
  auto tail = prompt.substr(prompt.size() - std::min(prompt.size(), tail_size));
  auto end = tail.find_last_not_of(" \t\r\n");
  ends_in_question = end != std::string_view::npos && tail[end] == '?';
  if (prompt.size() <= head_size + tail_size) {
    read_piece(prompt);
    bytes = prompt.size();
    return;
  }
  read_piece(prompt.substr(0, head_size));
  read_piece(prompt.substr(prompt.size() - tail_size));
  bytes = head_size + tail_size;
  scale = static_cast<double>(prompt.size()) / static_cast<double>(bytes);
}

void prompt_scan::read_piece(std::string_view text) {
  size_t line = 0;
  for (size_t i = 0; i < text.size();) {
    auto c = text[i];
    switch (shape_of(c)) {
    case shape::letter:
    case shape::digit: i = read_word(text, i); continue;
    case shape::space:
      if (c == '\n') {
        look_at_line(text.substr(line, i - line));
        line = i + 1;
      }
      break;
    case shape::symbol: ++code_symbols; break;
    case shape::op: {
      auto free = i + 1 >= text.size() || shape_of(text[i + 1]) == shape::digit
                  || shape_of(text[i + 1]) == shape::space;
      auto after = i > 0
                   && (shape_of(text[i - 1]) == shape::digit
                       || shape_of(text[i - 1]) == shape::space);
      operators += free && after && i != line ? 1 : 0;
      break;
    }
    case shape::latex: {
      auto next = i + 1 < text.size() ? shape_of(text[i + 1]) : shape::other;
      if (c == '$' && next == shape::digit)
        ++money;
      commands += c == '\\' && next == shape::letter ? 1 : 0;
      ++latex;
      break;
    }
    case shape::question:
      ++questions;
      ++sentences;
      sentence_begins_ = true;
      break;
    case shape::foreign:
      i = begins_letter(c) ? read_foreign(text, i) : read_wide(text, i);
      continue;
    case shape::other:
      if (c == ',')
        ++commas;
      else if (c == '"')
        ++quotes;
      else if (c == '.' || c == '!' || c == ':') {
        auto ends =
          i + 1 >= text.size() || shape_of(text[i + 1]) == shape::space;
        sentences += ends ? 1 : 0;
        sentence_begins_ |= ends;
        decimals += c == '.' && i > 0 && !ends
                        && shape_of(text[i - 1]) == shape::digit
                        && shape_of(text[i + 1]) == shape::digit
                      ? 1
                      : 0;
      }
      break;
    }
    ++i;
  }
  look_at_line(text.substr(line));
}

size_t prompt_scan::read_word(std::string_view text, size_t at) {
  auto begin = at;
  word_hash hash;
  word_shape seen;
  // Letters, and `_`, have a bit that digits have not.
  constexpr unsigned letter_bit = 0x40;
  unsigned bits = 0;
  // What lower case changed in every letter.
  unsigned changed = 0x20;
  const auto fifth = begin + 4;
  for (; at < text.size(); ++at) {
    auto c = static_cast<unsigned char>(text[at]);
    auto lower = lowered[c];
    if (lower == 0)
      break;
    bits |= lower;
    changed &= lower ^ c;
    hash.add(static_cast<char>(lower));
    if (at == fifth)
      seen.stem = hash.value;
  }
  if (at < text.size() && begins_letter(text[at]))
    return read_foreign(text, begin);
  seen.length = at - begin;
  seen.number = (bits & letter_bit) == 0;
  seen.shouted = seen.length > 1 && changed != 0;
  seen.capital = text[begin] >= 'A' && text[begin] <= 'Z';
  if (seen.length == 1 && (text[begin] == 'C' || text[begin] == 'c')) {
    auto rest = text.substr(at);
    if (rest.substr(0, 2) == "++" || rest.substr(0, 1) == "#")
      for (auto stop = at + (rest[0] == '#' ? 1 : 2); at < stop; ++at)
        hash.add(text[at]);
  }
  end_word(hash.value, seen);
  return at;
}

/// Reads a word with letters beyond ASCII. The lexicon may know it; the
/// measures see letters and nothing else.
size_t prompt_scan::read_foreign(std::string_view text, size_t at) {
  word_hash hash;
  ++since_making_;
  words += lowered[static_cast<unsigned char>(text[at])] != 0 ? 1 : 0;
  while (at < text.size()) {
    auto first = static_cast<unsigned char>(text[at]);
    if (auto plain = lowered[first]) {
      hash.add(static_cast<char>(plain));
      ++letters;
      ++at;
      continue;
    }
    if (!begins_letter(text[at]))
      break;
    ++foreign;
    ++at;
    if (at == text.size() || !goes_on(text[at]))
      continue;
    auto second = static_cast<unsigned char>(text[at]);
    lower(first, second);
    hash.add(static_cast<char>(first));
    hash.add(static_cast<char>(second));
    for (++at; at < text.size() && goes_on(text[at]); ++at)
      hash.add(text[at]);
  }
  look_up(hash.value, known_.find(hash.value));
  return at;
}

/// Reads a character of a script without blanks, with the one behind it.
size_t prompt_scan::read_wide(std::string_view text, size_t at) {
  ++foreign;
  constexpr size_t two = 6;
  if (begins_wide(text[at]) && text.size() - at >= two
      && begins_wide(text[at + two / 2])) {
    auto hash = hash_of_word(text.substr(at, two));
    ++since_making_;
    if (const auto* known = known_.find(hash);
        known != nullptr && known->lexeme >= 0)
      meet(static_cast<size_t>(known->lexeme));
  }
  return at + 1;
}

void prompt_scan::look_up(uint64_t hash, const known_word* known) {
  if (known != nullptr && known->lexeme >= 0)
    meet(static_cast<size_t>(known->lexeme));
  if (pair_begun_)
    if (auto id = known_.find_pair(pair_hash(before_, hash)); id >= 0)
      meet(static_cast<size_t>(id));
  pair_begun_ = known != nullptr && known->begins_pair;
  before_ = hash;
}

void prompt_scan::end_word(uint64_t hash, const word_shape& shape) {
  ++words;
  ++since_making_;
  letters += shape.length;
  long_words += shape.length >= 9 ? 1 : 0;
  names += shape.capital && !sentence_begins_ && shape.length > 1 ? 1 : 0;
  shouts += shape.shouted ? 1 : 0;
  sentence_begins_ = false;
  const auto* known = known_.find(hash);
  auto gram = hash;
  if (shape.number) {
    ++numbers;
    large_numbers += shape.length >= 3 ? 1 : 0;
    // Numbers are alike but for their size.
    gram = 1 + std::min<size_t>(shape.length, 4);
  } else {
    variables += shape.length == 1 && hash != letter_a && hash != letter_i;
    auto of = known != nullptr ? known->topics : 0;
    if (words <= 3)
      opening |= of;
    for (; of != 0; of &= of - 1)
      ++topics[static_cast<size_t>(std::countr_zero(of))];
  }
  note_gram(gram);
  if (shape.length >= 6 && !shape.number)
    note_gram(shape.stem + 1);
  note_gram(pair_hash(gram_before_, gram));
  if (words <= 2)
    note_gram(pair_hash(words, gram) + 7);
  gram_before_ = gram;
  look_up(hash, known);
}

void prompt_scan::note_gram(uint64_t hash) {
  auto bucket = hash * 0x9E3779B97F4A7C15u >> 49;
  static_assert(buckets == size_t{1} << (64 - 49));
  auto& place = met_[bucket / 64];
  // Whether it was met can not be foreseen, so it is written in any case.
  grams_[gram_count_] = static_cast<uint16_t>(bucket);
  auto fresh = (place >> bucket % 64 & 1) == 0;
  gram_count_ += fresh && gram_count_ < max_grams ? 1 : 0;
  place |= uint64_t{1} << bucket % 64;
}

void prompt_scan::meet(size_t lexeme) {
  hit_[lexeme / 64] |= uint64_t{1} << lexeme % 64;
  if (hits_[lexeme] < 255)
    ++hits_[lexeme];
  const auto& x = lexicon()[lexeme];
  if (x.made && since_making_ <= making_reach)
    asked_to_make[static_cast<size_t>(x.type)] = true;
  if (x.makes)
    since_making_ = 0;
}

void prompt_scan::look_at_line(std::string_view line) {
  if (!line.empty() && line.back() == '\r')
    line.remove_suffix(1);
  auto begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos)
    return;
  auto x = line.substr(begin);
  ++lines;
  sentence_begins_ = true;
  if (x.substr(0, 3) == "```") {
    ++fences;
    return;
  }
  auto last = x.back();
  code_lines += last == ';' || last == '{' || last == '}'
                    || (begin >= 2 && (last == ')' || last == ':'))
                  ? 1
                  : 0;
  code_begins += looks_like_code(x) ? 1 : 0;
  if (x.size() < 3)
    return;
  auto colon = x.substr(0, 32).find(':');
  labels += colon != std::string_view::npos && colon >= 3
                && ((x[0] >= 'A' && x[0] <= 'Z') || x[0] == '[' || x[0] == '*')
              ? 1
              : 0;
  auto mark = x[1] == '.' || x[1] == ')';
  if (((x[0] == '-' || x[0] == '*') && x[1] == ' ')
      || (shape_of(x[0]) == shape::digit && mark))
    ++items;
  if ((x[0] >= 'A' && x[0] <= 'J' && mark)
      || (x[0] == '(' && x[1] >= 'A' && x[1] <= 'J' && x[2] == ')')) {
    ++choices;
    choice_bytes += x.size() - 3;
    auto digits = std::count_if(x.begin() + 2, x.end(), [](char c) {
      return shape_of(c) == shape::digit;
    });
    numeric_choices +=
      digits > 0 && static_cast<size_t>(digits) * 3 >= x.size() - 3;
  }
}

} // namespace smart_agents
