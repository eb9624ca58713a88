#pragma once

#include "runtime/settings_table.hpp"
#include "runtime/settings_values.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// The kinds of options that the tables are made of: each reads a value, says
/// what is wrong with one, and writes it. For the files that hold tables only.

namespace smart_agents::option_table {

namespace json = boost::json;

/// Counts that every JSON reader holds exactly.
inline constexpr uint64_t no_bound = uint64_t{1} << 53;

/// What to do instead of writing a secret into the file.
inline constexpr const char* no_key_here =
  "a key does not belong in this file: name its environment variable with "
  "key_env, or a file of mode 0600 with key_file";

/// A complaint about the value itself.
std::optional<complaint> wrong(std::string what);

std::optional<complaint> wrong_type(const char* want, const json::value& got);

json::array to_array(const std::vector<std::string>& names);

/// All task types.
std::vector<std::string> type_names();

template <class T, class Group = T>
option<Group> boolean(std::string key, bool T::*member, std::string help) {
  return {std::move(key), std::move(help), json::object{{"type", "boolean"}},
          [member](Group& x, const json::value& v) -> std::optional<complaint> {
            if (!v.is_bool())
              return wrong_type("true or false", v);
            x.*member = v.get_bool();
            return std::nullopt;
          },
          [member](const Group& x) { return json::value(x.*member); }};
}

template <class T, class Int, class Group = T>
option<Group> integer(std::string key, Int T::*member, uint64_t least,
                      uint64_t most, std::string help) {
  auto range = "must be a whole number from " + std::to_string(least) + " to "
               + std::to_string(most);
  return {
    std::move(key), std::move(help),
    json::object{{"type", "integer"}, {"minimum", least}, {"maximum", most}},
    [member, least, most,
     range](Group& x, const json::value& v) -> std::optional<complaint> {
      if (!v.is_number())
        return wrong(range + ", not " + kind_name(v));
      json::error_code ec;
      auto number = v.to_number<uint64_t>(ec);
      if (ec || number < least || number > most)
        return wrong(range);
      x.*member = static_cast<Int>(number);
      return std::nullopt;
    },
    [member](const Group& x) {
      return json::value(static_cast<uint64_t>(x.*member));
    }};
}

template <class T>
option<T> dollars(std::string key, double T::*member, std::string help) {
  return {std::move(key), std::move(help),
          json::object{{"type", "number"}, {"minimum", 0}, {"maximum", 1e6}},
          [member](T& x, const json::value& v) -> std::optional<complaint> {
            if (!v.is_number())
              return wrong_type("a number", v);
            auto amount = v.to_number<double>();
            if (!(amount >= 0 && amount <= 1e6))
              return wrong("must be a number of dollars from 0 to 1000000");
            x.*member = amount;
            return std::nullopt;
          },
          [member](const T& x) { return json::value(x.*member); }};
}

template <class T, class Group = T>
option<Group> text(std::string key, std::string T::*member, std::string help,
                   const std::vector<std::string>& choices = {}) {
  json::object schema{{"type", "string"}};
  if (!choices.empty())
    schema["enum"] = to_array(choices);
  return {std::move(key), std::move(help), std::move(schema),
          [member, choices](Group& x,
                            const json::value& v) -> std::optional<complaint> {
            if (!v.is_string())
              return wrong_type("a string", v);
            std::string value{v.get_string()};
            if (!choices.empty()
                && std::find(choices.begin(), choices.end(), value)
                     == choices.end())
              return wrong("'" + value + "' is none of: " + join(choices)
                           + did_you_mean(value, choices));
            if (std::any_of(value.begin(), value.end(), [](char c) {
                  return static_cast<unsigned char>(c) < ' ';
                }))
              return wrong("must not hold control characters");
            x.*member = std::move(value);
            return std::nullopt;
          },
          [member](const Group& x) { return json::value(x.*member); }};
}

template <class T, class Group = T>
option<Group> duration(std::string key, caf::timespan T::*member,
                       std::string help) {
  return {std::move(key), std::move(help),
          json::object{{"type", "string"}, {"pattern", "^[0-9]+(ms|s|m|h)$"}},
          [member](Group& x, const json::value& v) -> std::optional<complaint> {
            auto* written = v.if_string();
            auto value = written == nullptr
                           ? std::nullopt
                           : parse_duration({written->data(), written->size()});
            if (!value || *value == caf::timespan{0})
              return wrong("must be a duration above zero such as \"500ms\", "
                           "\"60s\", \"10m\" or \"1h\"");
            x.*member = *value;
            return std::nullopt;
          },
          [member](const Group& x) {
            return json::value(print_duration(x.*member));
          }};
}

template <class T, class Group = T>
option<Group> texts(std::string key, std::vector<std::string> T::*member,
                    std::string help) {
  return {
    std::move(key), std::move(help),
    json::object{{"type", "array"},
                 {"items", json::object{{"type", "string"}}}},
    [member](Group& x, const json::value& v) -> std::optional<complaint> {
      const auto* list = v.if_array();
      if (list == nullptr)
        return wrong_type("an array of strings", v);
      std::vector<std::string> values;
      for (const auto& item : *list) {
        if (!item.is_string() || item.get_string().empty())
          return complaint{"[" + std::to_string(values.size()) + "]",
                           "must be a string that is not empty"};
        values.emplace_back(item.get_string());
      }
      x.*member = std::move(values);
      return std::nullopt;
    },
    [member](const Group& x) { return json::value(to_array(x.*member)); }};
}

template <class T, class Inner, class Group = T>
option<Group> group(std::string key, Inner T::*member,
                    const table<Inner>& options, std::string help) {
  return {std::move(key), std::move(help), json::object{{"type", "object"}},
          [member, &options](Group& x, const json::value& v) {
            return read(options, x.*member, v);
          },
          [member, &options](const Group& x) {
            return json::value(write(options, x.*member));
          }};
}

/// Bounds by name.
template <class T>
option<T> counts(std::string key, std::map<std::string, uint32_t> T::*member,
                 std::string help) {
  return {std::move(key), std::move(help),
          json::object{{"type", "object"},
                       {"additionalProperties",
                        json::object{{"type", "integer"}, {"minimum", 0}}}},
          [member](T& x, const json::value& v) -> std::optional<complaint> {
            const auto* object = v.if_object();
            if (object == nullptr)
              return wrong_type("an object of numbers by name", v);
            std::map<std::string, uint32_t> bounds;
            for (const auto& field : *object) {
              const std::string name{field.key()};
              const json::value& value = field.value();
              json::error_code bad;
              auto number =
                value.is_number() ? value.to_number<uint32_t>(bad) : 0;
              if (bad || !value.is_number())
                return complaint{name, "must be a whole number from 0"};
              bounds[name] = number;
            }
            x.*member = std::move(bounds);
            return std::nullopt;
          },
          [member](const T& x) {
            json::object result;
            for (const auto& [name, number] : x.*member)
              result[name] = number;
            return json::value(std::move(result));
          }};
}

/// Reads an array of objects by a table.
template <class T>
std::optional<complaint> read_list(const table<T>& options,
                                   std::vector<T>& into, const json::value& v) {
  const auto* list = v.if_array();
  if (list == nullptr)
    return wrong_type("an array of objects", v);
  into.clear();
  for (const auto& item : *list) {
    T one;
    if (auto bad = read(options, one, item))
      return below("[" + std::to_string(into.size()) + "]", std::move(*bad));
    into.push_back(std::move(one));
  }
  return std::nullopt;
}

/// Writes one, without what stands at its default.
template <class T>
json::value write_list(const table<T>& options, const std::vector<T>& from) {
  json::array result;
  auto defaults = write(options, T{});
  for (const auto& x : from) {
    json::object one;
    for (const auto& [key, value] : write(options, x))
      if (value != defaults.at(key))
        one[key] = value;
    result.emplace_back(std::move(one));
  }
  return result;
}

} // namespace smart_agents::option_table
