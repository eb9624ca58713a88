#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace smart_agents::codecs {

/// Writes JSON text front to back. Beside a document that is built and then
/// serialised it copies a long prompt once instead of three times, keeps the
/// bytes of embedded schemas and arguments as they came (prompt caches compare
/// bytes), and writes 0.7 as 0.7. Texts must be UTF-8: check them before.
class json_writer {
public:
  explicit json_writer(size_t expected_bytes = 512) {
    out_.reserve(expected_bytes);
  }

  json_writer& begin_object();
  json_writer& end_object();
  json_writer& begin_array();
  json_writer& end_array();

  /// Names the value that comes next. Keys are ours and need no escapes.
  json_writer& key(std::string_view name);

  /// The same for a key of anybody's.
  json_writer& escaped_key(std::string_view name) {
    value(name);
    out_ += ':';
    return *this;
  }

  json_writer& value(std::string_view text);
  json_writer& value(const std::string& text) {
    return value(std::string_view{text});
  }
  json_writer& value(const char* text) {
    return value(std::string_view{text});
  }
  json_writer& value(bool x);
  json_writer& value(uint64_t x);
  json_writer& value(int64_t x);
  json_writer& value(uint32_t x) {
    return value(uint64_t{x});
  }
  json_writer& value(double x);
  json_writer& null();

  /// A JSON text as it is.
  json_writer& raw(std::string_view json);

  /// A string made of two pieces, for prefixes such as `data:...;base64,`.
  json_writer& joined(std::string_view first, std::string_view second);

  template <class T>
  json_writer& field(std::string_view name, const T& x) {
    key(name);
    return value(x);
  }

  /// The document, which is whole once all that was begun is ended.
  std::string take() {
    return std::move(out_);
  }

private:
  void separate();
  void escape(std::string_view text);

  std::string out_;
};

} // namespace smart_agents::codecs
