#include "adapters/tool_names.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace smart_agents {

namespace {

struct rule {
  std::string_view format;
  size_t longest;
  /// Beside letters, digits, `_` and `-`.
  std::string_view more;
  /// True when it must begin with a letter or `_`.
  bool letter_first;
};

constexpr std::array rules{
  rule{"anthropic", 128, "", false},
  rule{"openai-chat", 64, "", false},
  rule{"openai-responses", 64, "", false},
  rule{"gemini", 64, ".:", true},
};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool takes(const rule& x, char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '-'
         || x.more.find(c) != x.more.npos;
}

} // namespace

std::string tool_name_for(std::string_view format, std::string_view name) {
  auto x = std::find_if(rules.begin(), rules.end(),
                        [format](auto& y) { return y.format == format; });
  if (x == rules.end() || name.empty())
    return std::string{name};
  auto good = [x](char c) { return takes(*x, c); };
  if (name.size() <= x->longest && std::all_of(name.begin(), name.end(), good)
      && (!x->letter_first || is_letter(name.front())))
    return std::string{name};
  // FNV-1a, 64 bits: names that differ only in what is replaced stay apart.
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::array<char, 16> digits;
  auto end =
    std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16);
  std::string result;
  if (x->letter_first && !is_letter(name.front()))
    result += '_';
  auto room = x->longest - 1 - digits.size() - result.size();
  for (char c : name.substr(0, room))
    result += good(c) ? c : '_';
  return result.append("_").append(digits.data(), end.ptr);
}

tool_names::tool_names(std::string_view format, const chat_request& request) {
  for (const auto& x : request.tools)
    if (auto name = tool_name_for(format, x.name); name != x.name)
      renamed_.emplace_back(std::move(name), x.name);
}

void tool_names::restore(std::string& name) const {
  for (const auto& [theirs, ours] : renamed_)
    if (name == theirs) {
      name = ours;
      return;
    }
}

void tool_names::restore(stream_event& x) const {
  if (auto* call = std::get_if<tool_call_delta>(&x))
    restore(call->name);
}

void tool_names::restore(chat_response& x) const {
  for (auto& piece : x.parts)
    if (auto* call = std::get_if<tool_call_part>(&piece))
      restore(call->name);
}

} // namespace smart_agents
