#pragma once

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Tolerant reading of providers' JSON: a field that is missing, null or of
/// another type reads as empty, since providers add and drop fields at will.

namespace smart_agents::codecs {

namespace json = boost::json;

/// Parses many small documents one after the other in one buffer. Lives on the
/// stack of whoever reads a piece of a stream, so that a stream at rest holds
/// no memory for it.
class json_reader {
public:
  json_reader();

  /// The document, or null when the text is no JSON; valid until the next call.
  const json::value* parse(std::string_view text);

  /// The same, or null also when it is no object.
  const json::object* parse_object(std::string_view text);

private:
  unsigned char values_[6144];
  unsigned char stack_[2048];
  json::monotonic_resource memory_;
  std::optional<json::value> root_;
};

/// True for a JSON text.
bool is_json(std::string_view text);

/// True for a JSON text that is an object.
bool is_json_object(std::string_view text);

/// The field, or null when it is missing or null.
inline const json::value* find(const json::object& from, std::string_view key) {
  const auto* x = from.if_contains({key.data(), key.size()});
  return x && !x->is_null() ? x : nullptr;
}

inline std::string_view view(const json::value& x) {
  const auto* text = x.if_string();
  return text ? std::string_view{text->data(), text->size()}
              : std::string_view{};
}

inline std::string_view text_at(const json::object& from,
                                std::string_view key) {
  const auto* x = find(from, key);
  return x ? view(*x) : std::string_view{};
}

inline std::string string_at(const json::object& from, std::string_view key) {
  return std::string{text_at(from, key)};
}

/// A count: whole, or written as a double by some.
inline std::optional<uint64_t> maybe_count_at(const json::object& from,
                                              std::string_view key) {
  const auto* x = find(from, key);
  if (x == nullptr)
    return std::nullopt;
  if (x->is_int64())
    return static_cast<uint64_t>(std::max<int64_t>(x->get_int64(), 0));
  if (x->is_double() && x->get_double() >= 0 && x->get_double() < 1e15)
    return static_cast<uint64_t>(x->get_double());
  return std::nullopt;
}

inline uint64_t count_at(const json::object& from, std::string_view key) {
  return maybe_count_at(from, key).value_or(0);
}

/// An index that may be used as one.
inline uint32_t index_at(const json::object& from, std::string_view key) {
  return static_cast<uint32_t>(
    std::min<uint64_t>(count_at(from, key), 1u << 20));
}

inline bool true_at(const json::object& from, std::string_view key) {
  const auto* x = find(from, key);
  return x && x->is_bool() && x->get_bool();
}

inline const json::object& as_object(const json::value& x) {
  static const json::object empty;
  return x.is_object() ? x.get_object() : empty;
}

inline const json::object& object_at(const json::object& from,
                                     std::string_view key) {
  static const json::object empty;
  const auto* x = find(from, key);
  return x ? as_object(*x) : empty;
}

inline const json::array& array_at(const json::object& from,
                                   std::string_view key) {
  static const json::array empty;
  const auto* x = find(from, key);
  return x && x->is_array() ? x->get_array() : empty;
}

/// A code, which may be a string or a number.
std::string code_at(const json::object& from, std::string_view key);

/// The value as text: compact, keys in their order.
std::string text_of_json(const json::value& x);

} // namespace smart_agents::codecs
