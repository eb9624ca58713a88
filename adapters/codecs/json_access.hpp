#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// Tolerant reading of providers' JSON: a field that is missing, null or of
/// another type reads as empty, since providers add and drop fields at will.

namespace smart_agents::codecs {

namespace json = boost::json;

inline std::string_view view(const json::string& x) {
  return {x.data(), x.size()};
}

/// The field, or null.
inline const json::value* find(const json::object& from, std::string_view key) {
  return from.if_contains({key.data(), key.size()});
}

inline std::string_view text_at(const json::object& from,
                                std::string_view key) {
  const auto* x = find(from, key);
  return x && x->is_string() ? view(x->get_string()) : std::string_view{};
}

inline std::string string_at(const json::object& from, std::string_view key) {
  return std::string{text_at(from, key)};
}

inline uint64_t count_at(const json::object& from, std::string_view key) {
  const auto* x = find(from, key);
  if (x == nullptr)
    return 0;
  if (x->is_uint64())
    return x->get_uint64();
  if (x->is_int64() && x->get_int64() > 0)
    return static_cast<uint64_t>(x->get_int64());
  if (x->is_double() && x->get_double() > 0 && x->get_double() < 1e15)
    return static_cast<uint64_t>(x->get_double());
  return 0;
}

inline bool true_at(const json::object& from, std::string_view key) {
  const auto* x = find(from, key);
  return x && x->is_bool() && x->get_bool();
}

inline const json::object& object_at(const json::object& from,
                                     std::string_view key) {
  static const json::object empty;
  const auto* x = find(from, key);
  return x && x->is_object() ? x->get_object() : empty;
}

inline const json::array& array_at(const json::object& from,
                                   std::string_view key) {
  static const json::array empty;
  const auto* x = find(from, key);
  return x && x->is_array() ? x->get_array() : empty;
}

inline const json::object& as_object(const json::value& x) {
  static const json::object empty;
  return x.is_object() ? x.get_object() : empty;
}

} // namespace smart_agents::codecs
