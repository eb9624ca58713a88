#include "actors/router/prompt_scan.hpp"

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

/// How many words may stand between `create` and `picture`.
constexpr size_t making_reach = 7;

} // namespace

void prompt_scan::read(std::string_view prompt) {
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
    case shape::digit: {
      word_hash hash;
      bool number = true;
      for (; i < text.size(); ++i) {
        auto x = shape_of(text[i]);
        if (x != shape::letter && x != shape::digit)
          break;
        number &= x == shape::digit;
        hash.add(text[i] >= 'A' && text[i] <= 'Z'
                   ? static_cast<char>(text[i] + ('a' - 'A'))
                   : text[i]);
      }
      auto rest = text.substr(i);
      if ((c == 'C' || c == 'c')
          && (rest.substr(0, 2) == "++" || rest.substr(0, 1) == "#")
          && hash.value == [] {
               word_hash x;
               x.add('c');
               return x.value;
             }())
        for (auto stop = i + (rest[0] == '#' ? 1 : 2); i < stop; ++i)
          hash.add(text[i]);
      end_word(hash.value, number);
      continue;
    }
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
    case shape::latex: ++latex; break;
    case shape::question: ++questions; break;
    case shape::foreign: ++foreign; break;
    case shape::other: break;
    }
    ++i;
  }
  look_at_line(text.substr(line));
}

void prompt_scan::end_word(uint64_t hash, bool number) {
  ++words;
  ++since_making_;
  if (number)
    ++numbers;
  meet(hash);
  if (before_ != 0)
    meet(pair_hash(before_, hash));
  before_ = hash;
}

void prompt_scan::meet(uint64_t hash) {
  auto id = find_lexeme(hash);
  if (id < 0)
    return;
  auto at = static_cast<size_t>(id);
  if (hits[at] < 255)
    ++hits[at];
  const auto& x = lexicon()[at];
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
  if (x.substr(0, 3) == "```") {
    ++fences;
    return;
  }
  auto last = x.back();
  code_lines += last == ';' || last == '{' || last == '}'
                    || (begin >= 2 && (last == ')' || last == ':'))
                  ? 1
                  : 0;
  if (x.size() < 3)
    return;
  auto mark = x[1] == '.' || x[1] == ')';
  if (((x[0] == '-' || x[0] == '*') && x[1] == ' ')
      || (shape_of(x[0]) == shape::digit && mark))
    ++items;
  if ((x[0] >= 'A' && x[0] <= 'H' && mark)
      || (x[0] == '(' && x[1] >= 'A' && x[1] <= 'H' && x[2] == ')'))
    ++choices;
}

} // namespace smart_agents
