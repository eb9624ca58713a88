#pragma once

#include "runtime/settings.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// The one table of options: it drives the parser, `config show`, the schema,
/// the example file and the documentation, so that none can disagree.

namespace smart_agents::option_table {

/// What is wrong with a value, and where: `path` is relative to the value that
/// was read.
struct complaint {
  std::string path;
  std::string what;
};

/// One option of a group `T`.
template <class T>
struct option {
  std::string key;
  /// One sentence.
  std::string help;
  /// The value's own part of the JSON Schema: type, bounds, choices.
  boost::json::object schema;
  /// Reads a value of the file.
  std::function<std::optional<complaint>(T&, const boost::json::value&)> read;
  /// Writes it as the file would have it. A default is what it writes for a
  /// default-constructed group.
  std::function<boost::json::value(const T&)> write;
};

template <class T>
using table = std::vector<option<T>>;

/// A provider's entry of the file.
struct provider_entry : provider_settings {
  bool enabled = true;
};

const table<provider_limits>& limit_options();
/// An entry of the list `limits`.
const table<limit_settings>& budget_options();
const table<provider_entry>& provider_options();
/// An entry of a provider's `credentials`.
const table<credential_settings>& credential_options();
const table<route_rule>& rule_options();
const table<routing_settings>& routing_options();
/// Group `gateway`, and an entry of its list `routes`.
const table<gateway_settings>& gateway_options();
const table<model_route>& route_options();
/// An entry of the list `keys`.
const table<key_settings>& key_options();
/// Group `server`.
const table<settings>& server_options();
/// Group `log`.
const table<log_settings>& log_file_options();
/// Group `mcp`.
const table<mcp_settings>& mcp_table();
/// Group `traces`.
const table<trace_settings>& trace_options();
/// Group `jobs`.
const table<job_settings>& job_options();
/// Group `input`.
const table<input_settings>& input_options();
/// What stands at the top: `database`.
const table<settings>& top_options();

/// As `read` has it: what was meant by a key that is no option.
complaint unknown_key(std::string key, const std::vector<std::string>& known);

/// What a reader calls a value: `a number`, `an object`, ...
std::string kind_name(const boost::json::value& x);

/// Prefixes a complaint's path by a key.
complaint below(std::string key, complaint x);

/// Reads an object by a table; unknown keys are complaints.
template <class T>
std::optional<complaint> read(const table<T>& options, T& into,
                              const boost::json::value& from) {
  const auto* object = from.if_object();
  if (object == nullptr)
    return complaint{"", "must be an object, not " + kind_name(from)};
  for (const auto& [name, value] : *object) {
    std::string key{name};
    auto known = std::find_if(options.begin(), options.end(),
                              [&key](auto& x) { return x.key == key; });
    if (known == options.end()) {
      std::vector<std::string> keys;
      for (const auto& x : options)
        keys.push_back(x.key);
      return unknown_key(std::move(key), keys);
    }
    if (auto wrong = known->read(into, value))
      return below(std::move(key), std::move(*wrong));
  }
  return std::nullopt;
}

/// Writes all options of a group.
template <class T>
boost::json::object write(const table<T>& options, const T& from) {
  boost::json::object result;
  for (const auto& x : options)
    result[x.key] = x.write(from);
  return result;
}

} // namespace smart_agents::option_table
