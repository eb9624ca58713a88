#include "adapters/codecs/json_writer.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace smart_agents::codecs {

namespace {

/// Bytes that JSON does not take as they are (RFC 8259, section 7).
constexpr auto must_escape = [] {
  std::array<bool, 256> result{};
  for (size_t i = 0; i < 0x20; ++i)
    result[i] = true;
  result['"'] = true;
  result['\\'] = true;
  return result;
}();

/// How many bytes from `at` on may stay as they are, eight at a time; the rest
/// is looked at one by one.
size_t clean_words(std::string_view text, size_t at) {
  constexpr uint64_t ones = 0x0101010101010101;
  constexpr uint64_t highs = 0x8080808080808080;
  auto begin = at;
  for (; at + 8 <= text.size(); at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    auto zero_in = [](uint64_t x) { return (x - ones) & ~x & highs; };
    auto control = (word - ones * 0x20) & ~word & highs;
    if ((control | zero_in(word ^ (ones * '"')) | zero_in(word ^ (ones * '\\')))
        != 0)
      break;
  }
  return at - begin;
}

template <class Number>
void append_number(std::string& out, Number x) {
  std::array<char, 32> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), x);
  out.append(digits.data(), end.ptr);
}

} // namespace

/// A value follows a key or an opening bracket directly, and another value
/// after a comma. Strings end with a quote, so the last byte tells.
void json_writer::separate() {
  if (out_.empty())
    return;
  auto last = out_.back();
  if (last != ':' && last != '{' && last != '[')
    out_ += ',';
}

json_writer& json_writer::begin_object() {
  separate();
  out_ += '{';
  return *this;
}

json_writer& json_writer::end_object() {
  out_ += '}';
  return *this;
}

json_writer& json_writer::begin_array() {
  separate();
  out_ += '[';
  return *this;
}

json_writer& json_writer::end_array() {
  out_ += ']';
  return *this;
}

json_writer& json_writer::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  return *this;
}

json_writer& json_writer::value(std::string_view text) {
  return joined(text, {});
}

json_writer& json_writer::value(bool x) {
  return raw(x ? "true" : "false");
}

json_writer& json_writer::value(uint64_t x) {
  separate();
  append_number(out_, x);
  return *this;
}

json_writer& json_writer::value(int64_t x) {
  separate();
  append_number(out_, x);
  return *this;
}

json_writer& json_writer::value(double x) {
  separate();
  append_number(out_, x);
  return *this;
}

json_writer& json_writer::null() {
  return raw("null");
}

json_writer& json_writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

json_writer& json_writer::joined(std::string_view first,
                                 std::string_view second) {
  separate();
  out_ += '"';
  escape(first);
  escape(second);
  out_ += '"';
  return *this;
}

void json_writer::escape(std::string_view text) {
  size_t clean = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (!must_escape[c]) {
      i += clean_words(text, i + 1);
      continue;
    }
    out_.append(text.data() + clean, i - clean);
    clean = i + 1;
    switch (c) {
    case '"': out_ += "\\\""; break;
    case '\\': out_ += "\\\\"; break;
    case '\n': out_ += "\\n"; break;
    case '\r': out_ += "\\r"; break;
    case '\t': out_ += "\\t"; break;
    default: {
      constexpr std::string_view digits = "0123456789abcdef";
      out_ += "\\u00";
      out_ += digits[c >> 4];
      out_ += digits[c & 15];
    }
    }
  }
  out_.append(text.data() + clean, text.size() - clean);
}

} // namespace smart_agents::codecs
