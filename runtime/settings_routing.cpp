#include "messages/error.hpp"
#include "runtime/settings_kinds.hpp"

namespace smart_agents::option_table {

namespace json = boost::json;

namespace {

std::optional<complaint> read_types(route_rule& x, const json::value& v) {
  const auto* list = v.if_array();
  if (list == nullptr)
    return wrong_type("an array of task types", v);
  x.types.clear();
  for (const auto& item : *list) {
    const auto* name = item.if_string();
    auto type = name == nullptr ? std::nullopt
                                : parse_task_type({name->data(), name->size()});
    if (!type)
      return complaint{"[" + std::to_string(x.types.size()) + "]",
                       "must be one of: " + join(type_names())};
    x.types.push_back(*type);
  }
  return std::nullopt;
}

json::value write_types(const route_rule& x) {
  json::array result;
  for (auto type : x.types)
    result.emplace_back(to_string(type));
  return result;
}

std::optional<complaint> read_rules(routing_settings& x, const json::value& v) {
  const auto* list = v.if_array();
  if (list == nullptr)
    return wrong_type("an array of rules", v);
  x.rules.clear();
  for (const auto& item : *list) {
    auto place = "[" + std::to_string(x.rules.size()) + "]";
    route_rule rule;
    if (auto bad = read(rule_options(), rule, item))
      return below(std::move(place), std::move(*bad));
    if (rule.provider.empty())
      return complaint{place + ".provider", "is missing"};
    if (rule.min_complexity > rule.max_complexity)
      return complaint{place, "min_complexity is above max_complexity"};
    if (auto bad = pattern::compile(rule.pattern); !bad)
      return complaint{place + ".pattern", render(bad.error())};
    if (rule.max_tokens != 0 && rule.min_tokens > rule.max_tokens)
      return complaint{place, "min_tokens is above max_tokens"};
    x.rules.push_back(std::move(rule));
  }
  return std::nullopt;
}

/// Writes them, without what is rarely asked for.
json::value write_rules(const routing_settings& x) {
  json::array result;
  auto defaults = write(rule_options(), route_rule{});
  for (const auto& rule : x.rules) {
    auto one = write(rule_options(), rule);
    for (const auto* key :
         {"pattern", "key", "tools", "min_tokens", "max_tokens"})
      if (one.at(key) == defaults.at(key))
        one.erase(key);
    result.emplace_back(std::move(one));
  }
  return result;
}

std::optional<complaint> read_defaults(routing_settings& x,
                                       const json::value& v) {
  const auto* object = v.if_object();
  if (object == nullptr)
    return wrong_type("an object from task type to provider", v);
  x.default_providers.clear();
  for (const auto& [key, value] : *object) {
    auto type = parse_task_type({key.data(), key.size()});
    if (!type)
      return complaint{std::string{key},
                       "unknown task type; known: " + join(type_names())};
    if (!value.is_string() || value.get_string().empty())
      return complaint{std::string{key}, "must name a provider"};
    x.default_providers[*type] = std::string{value.get_string()};
  }
  return std::nullopt;
}

json::value write_defaults(const routing_settings& x) {
  json::object result;
  for (const auto& [type, provider] : x.default_providers)
    result[to_string(type)] = provider;
  return result;
}

} // namespace

const table<route_rule>& rule_options() {
  using r = route_rule;
  static const table<r> result{
    {"types", "Task types that it matches; empty matches all.",
     json::object{{"type", "array"},
                  {"items", json::object{{"enum", to_array(type_names())}}}},
     read_types, write_types},
    integer("min_complexity", &r::min_complexity, 1, 10,
            "Least complexity that it matches."),
    integer("max_complexity", &r::max_complexity, 1, 10,
            "Greatest complexity that it matches."),
    text("provider", &r::provider, "Provider that gets the task."),
    boolean("strongest", &r::strongest,
            "True picks the provider's strong_model."),
    text("pattern", &r::pattern,
         "Regular expression that the first 2 KiB of the prompt must hold, "
         "upper and lower case alike; empty for any."),
    text("key", &r::key, "Name of the client's key; empty for any."),
    text("tools", &r::tools,
         "Whether the task has tools: any, with or without.",
         {"any", "with", "without"}),
    integer("min_tokens", &r::min_tokens, 0, no_bound,
            "Least estimated tokens of the prompt."),
    integer("max_tokens", &r::max_tokens, 0, no_bound,
            "Most estimated tokens of the prompt; 0 has no bound."),
  };
  return result;
}

const table<routing_settings>& routing_options() {
  using r = routing_settings;
  static const table<r> result{
    text("default_model", &r::default_model,
         "What a task that names no model gets.",
         {"auto", "auto:cheap", "auto:best", "auto:fast", "auto:local-only"}),
    {"default_providers",
     "Preferred provider by task type; it comes before the rules.",
     json::object{{"type", "object"},
                  {"additionalProperties", json::object{{"type", "string"}}}},
     read_defaults, write_defaults},
    text("fallback_provider", &r::fallback_provider,
         "The last resort; empty takes a local provider."),
    boolean("learn", &r::learn,
            "Learn from answers and ratings which models are good, fast and "
            "reliable."),
    dollars("max_cost_usd", &r::max_cost_usd,
            "Models that would cost more for a task are passed over, in US "
            "dollars; 0 has no bound."),
    {"rules",
     "Rules by task type and complexity; the first that matches names the "
     "provider. The built-in ones follow yours.",
     json::object{{"type", "array"},
                  {"items", json::object{{"$ref", "#/$defs/rule"}}}},
     read_rules, write_rules},
  };
  return result;
}

} // namespace smart_agents::option_table
