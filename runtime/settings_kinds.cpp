#include "runtime/settings_kinds.hpp"

namespace smart_agents::option_table {

namespace json = boost::json;

namespace {

/// How people spell the option that does not exist.
bool is_inline_key(std::string_view name) {
  for (const char* known :
       {"key", "api_key", "apikey", "apiKey", "token", "secret", "password"})
    if (name == known)
      return true;
  return false;
}

} // namespace

std::string kind_name(const json::value& x) {
  switch (x.kind()) {
  case json::kind::null: return "null";
  case json::kind::bool_: return "true or false";
  case json::kind::int64:
  case json::kind::uint64:
  case json::kind::double_: return "a number";
  case json::kind::string: return "a string";
  case json::kind::array: return "an array";
  case json::kind::object: return "an object";
  }
  return "unknown";
}

complaint below(std::string key, complaint x) {
  if (x.path.empty())
    x.path = std::move(key);
  else if (x.path.front() == '[')
    x.path = key + x.path;
  else
    x.path = key + "." + x.path;
  return x;
}

std::optional<complaint> wrong(std::string what) {
  return complaint{"", std::move(what)};
}

std::optional<complaint> wrong_type(const char* want, const json::value& got) {
  return wrong(std::string{"must be "} + want + ", not " + kind_name(got));
}

json::array to_array(const std::vector<std::string>& names) {
  json::array result;
  for (const auto& x : names)
    result.emplace_back(x);
  return result;
}

complaint unknown_key(std::string key, const std::vector<std::string>& known) {
  if (is_inline_key(key))
    return {std::move(key), no_key_here};
  auto meant = did_you_mean(key, known);
  return {std::move(key),
          "unknown key" + (meant.empty() ? "; known: " + join(known) : meant)};
}

std::vector<std::string> type_names() {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(task_type::video); ++i)
    names.push_back(to_string(static_cast<task_type>(i)));
  return names;
}

} // namespace smart_agents::option_table
