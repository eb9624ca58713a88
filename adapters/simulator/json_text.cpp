#include "adapters/simulator/json_text.hpp"

#include <simdjson.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace smart_agents::sim {

void append_json(std::string& out, std::string_view text) {
  out += '"';
  size_t from = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\')
      continue;
    out.append(text.substr(from, i - from));
    from = i + 1;
    switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\t': out += "\\t"; break;
    case '\r': out += "\\r"; break;
    default: {
      std::array<char, 7> code{};
      std::snprintf(code.data(), code.size(), "\\u%04x", c);
      out += code.data();
    }
    }
  }
  out.append(text.substr(from));
  out += '"';
}

void append_json(std::string& out, uint64_t n) {
  std::array<char, 20> digits{};
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), n).ptr;
  out.append(digits.data(), end);
}

std::string clean_object(const std::string& text) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(text).get(root) || !root.is_object())
    return "{}";
  return simdjson::minify(root);
}

std::string rfc3339(int64_t nanoseconds, int digits) {
  constexpr int64_t second = 1'000'000'000;
  auto whole = static_cast<std::time_t>(nanoseconds / second);
  std::tm parts{};
  gmtime_r(&whole, &parts);
  std::array<char, 40> text{};
  auto n = std::strftime(text.data(), text.size(), "%FT%T", &parts);
  std::string result{text.data(), n};
  if (digits > 0) {
    std::snprintf(text.data(), text.size(), ".%09lld",
                  static_cast<long long>(nanoseconds % second));
    result.append(text.data(), static_cast<size_t>(digits) + 1);
  }
  return result + 'Z';
}

} // namespace smart_agents::sim
