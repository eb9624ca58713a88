#include "actors/router/lexicon.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string>
#include <vector>

namespace smart_agents {

namespace embedded {

extern const std::string_view router_lexicon;

} // namespace embedded

namespace {

/// Takes what stands before `mark`, and the mark, off the front.
std::string_view take(std::string_view& from, char mark) {
  auto end = std::min(from.find(mark), from.size());
  auto result = from.substr(0, end);
  from.remove_prefix(std::min(end + 1, from.size()));
  return result;
}

/// `code 3 +0.5`: what a line says of all its words.
lexeme parse_head(std::string_view head) {
  lexeme result;
  auto wrong = [line = std::string{head}] {
    return std::logic_error{"lexicon.txt: \"" + line
                            + "\" is no head of a line"};
  };
  auto number = [&](std::string_view text, float& to) {
    if (!text.empty() && text.front() == '+')
      text.remove_prefix(1);
    auto end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, to);
    if (error != std::errc{} || stop != end)
      throw wrong();
  };
  auto type = parse_task_type(take(head, ' '));
  if (!type)
    throw wrong();
  result.type = *type;
  number(take(head, ' '), result.weight);
  while (!head.empty()) {
    auto word = take(head, ' ');
    if (word == "makes")
      result.makes = true;
    else if (word == "made")
      result.made = true;
    else
      number(word, result.complexity);
  }
  return result;
}

std::vector<lexeme> parse(std::string_view file) {
  std::vector<lexeme> result;
  while (!file.empty()) {
    auto line = take(file, '\n');
    if (line.empty() || line.front() == '#')
      continue;
    auto entry = parse_head(take(line, ':'));
    while (!line.empty()) {
      entry.text = take(line, ',').substr(1);
      result.push_back(entry);
    }
  }
  if (result.size() > max_lexemes)
    throw std::logic_error{"lexicon.txt: more words than ids"};
  return result;
}

} // namespace

std::span<const lexeme> lexicon() {
  static const auto entries = parse(embedded::router_lexicon);
  return entries;
}

} // namespace smart_agents
