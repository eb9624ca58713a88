#pragma once

#include "adapters/simulator/ask.hpp"

#include <simdjson.h>

/// What the readers of the formats share. Include in .cpp files only.

namespace smart_agents::sim {

namespace dom = simdjson::dom;

/// The array that an element is, by value: simdjson's own accessors refer into
/// their result, which a loop over them would outlive.
inline dom::array array_in(dom::element x) {
  return x.get_array().value_unsafe();
}

/// The object that an element is, by value.
inline dom::object object_in(dom::element x) {
  return x.get_object().value_unsafe();
}

/// A field, or nothing.
inline std::optional<dom::element> field(dom::element from,
                                         std::string_view key) {
  dom::element result;
  if (from.is_object() && !from.get_object().at_key(key).get(result))
    return result;
  return std::nullopt;
}

/// A string field, or empty.
inline std::string_view string_of(dom::element from, std::string_view key) {
  auto x = field(from, key);
  return x && x->is_string() ? x->get_string().value_unsafe()
                             : std::string_view{};
}

/// A whole number of a field, or `otherwise`.
inline uint64_t number_of(dom::element from, std::string_view key,
                          uint64_t otherwise = 0) {
  auto x = field(from, key);
  uint64_t result = 0;
  return x && !x->get_uint64().get(result) ? result : otherwise;
}

/// A boolean field, or `otherwise`.
inline bool flag_of(dom::element from, std::string_view key,
                    bool otherwise = false) {
  auto x = field(from, key);
  bool result = false;
  return x && !x->get_bool().get(result) ? result : otherwise;
}

/// The elements of an array field; none when it is no array.
inline std::vector<dom::element> array_of(dom::element from,
                                          std::string_view key) {
  std::vector<dom::element> result;
  if (auto x = field(from, key); x && x->is_array())
    for (auto item : array_in(*x))
      result.push_back(item);
  return result;
}

/// Tokens of everything below an element: texts, names, numbers. Long strings
/// without a blank are media, and cost what an image does.
uint64_t weigh(dom::element x);

/// Collects a conversation from its last message to its first.
class conversation {
public:
  explicit conversation(ask& into) : ask_{into} {}

  /// Takes a user's text, latest first. System reminders do not count.
  void user_text(std::string_view text);

  /// True once nothing older can matter for the prompt.
  bool settled() const {
    return directive_;
  }

private:
  ask& ask_;
  bool directive_ = false;
};

refusal bad(std::string message, std::string param = {}, std::string code = {});

std::optional<refusal> read_anthropic(dom::element body,
                                      const http_headers& headers,
                                      bool count_only, ask& into);
std::optional<refusal> read_chat(dom::element body, vendor whose, ask& into);
std::optional<refusal> read_responses(dom::element body, bool count_only,
                                      ask& into);
std::optional<refusal> read_gemini(dom::element body, std::string_view target,
                                   bool count_only, ask& into);
std::optional<refusal> read_ollama(dom::element body, wire format, ask& into);

} // namespace smart_agents::sim
