#include "adapters/simulator/directives.hpp"

#include <array>
#include <cctype>
#include <charconv>

namespace smart_agents::sim {

namespace {

std::string_view trim(std::string_view x) {
  auto blank = [](char c) {
    return std::isspace(static_cast<unsigned char>(c)) != 0;
  };
  while (!x.empty() && blank(x.front()))
    x.remove_prefix(1);
  while (!x.empty() && blank(x.back()))
    x.remove_suffix(1);
  return x;
}

/// Takes the first word off.
std::string_view next_word(std::string_view& from) {
  from = trim(from);
  auto end = from.find_first_of(" \t");
  auto result = from.substr(0, end);
  from =
    end == std::string_view::npos ? std::string_view{} : trim(from.substr(end));
  return result;
}

std::string_view next_line(std::string_view& from) {
  auto end = from.find('\n');
  auto result = from.substr(0, end);
  from.remove_prefix(end == std::string_view::npos ? from.size() : end + 1);
  return result;
}

constexpr std::array<std::string_view, 5> keywords{"CALL", "THEN", "THINK",
                                                   "FAIL", "FAILONCE"};

bool is_keyword(std::string_view word) {
  for (auto x : keywords)
    if (x == word)
      return true;
  return false;
}

} // namespace

std::string without_reminders(std::string_view text) {
  static constexpr std::string_view open = "<system-reminder>";
  static constexpr std::string_view close = "</system-reminder>";
  std::string result;
  for (;;) {
    auto begin = text.find(open);
    result.append(text.substr(0, begin));
    if (begin == std::string_view::npos)
      break;
    auto end = text.find(close, begin);
    if (end == std::string_view::npos)
      break;
    text.remove_prefix(end + close.size());
  }
  for (size_t at = 0; (at = result.find(";;", at)) != std::string::npos;)
    result.replace(at, 2, "\n");
  return std::string{trim(result)};
}

bool has_directive(std::string_view text) {
  while (!text.empty()) {
    auto line = next_line(text);
    if (is_keyword(next_word(line)))
      return true;
  }
  return false;
}

directives read_directives(std::string_view text) {
  directives result;
  while (!text.empty()) {
    auto line = next_line(text);
    auto word = next_word(line);
    if (!is_keyword(word))
      continue;
    if (word == "THINK") {
      result.think = true;
    } else if (word == "CALL" || word == "THEN") {
      directed_call x;
      x.name = next_word(line);
      x.arguments = line.empty() ? "{}" : std::string{line};
      if (!x.name.empty())
        (word == "CALL" ? result.calls : result.thens).push_back(std::move(x));
    } else {
      auto status = next_word(line);
      int value = 0;
      std::from_chars(status.data(), status.data() + status.size(), value);
      if (value >= 400 && value < 600) {
        result.fail = value;
        result.fail_once = word == "FAILONCE";
      }
    }
  }
  return result;
}

std::string fill_in(std::string_view text, std::string_view source) {
  std::string result;
  for (;;) {
    auto begin = text.find("${");
    result.append(text.substr(0, begin));
    if (begin == std::string_view::npos)
      return result;
    auto end = text.find('}', begin);
    if (end == std::string_view::npos)
      return result;
    auto key = text.substr(begin + 2, end - begin - 2);
    text.remove_prefix(end + 1);
    auto at = key.empty() ? std::string_view::npos : source.find(key);
    if (at == std::string_view::npos)
      continue;
    auto value = source.substr(at + key.size());
    value.remove_prefix(
      std::min(value.find_first_not_of("\": =\t\\"), value.size()));
    auto last = value.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789_.-");
    result.append(value.substr(0, last));
  }
}

} // namespace smart_agents::sim
