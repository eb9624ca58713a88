#include "runtime/settings_table.hpp"
#include "runtime/settings_values.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace smart_agents {

namespace {

namespace json = boost::json;
using namespace option_table;

/// JSON with two blanks a level: Boost.JSON prints on one line only.
void print(std::string& out, const json::value& x,
           const std::string& indent = {}) {
  auto deeper = indent + "  ";
  if (const auto* object = x.if_object();
      object != nullptr && !object->empty()) {
    out += "{\n";
    for (auto i = object->begin(); i != object->end(); ++i) {
      out += deeper + json::serialize(i->key()) + ": ";
      print(out, i->value(), deeper);
      out += i + 1 == object->end() ? "\n" : ",\n";
    }
    out += indent + "}";
    return;
  }
  const auto* array = x.if_array();
  auto nested = [](const json::value& item) { return item.is_structured(); };
  if (array != nullptr && std::any_of(array->begin(), array->end(), nested)) {
    out += "[\n";
    for (size_t i = 0; i < array->size(); ++i) {
      // A rule is read best on one line.
      out += deeper + json::serialize((*array)[i]);
      out += i + 1 == array->size() ? "\n" : ",\n";
    }
    out += indent + "]";
    return;
  }
  out += json::serialize(x);
}

std::string pretty(const json::value& x) {
  std::string result;
  print(result, x);
  return result + "\n";
}

template <class T>
json::object schema_of(const table<T>& options, const T& defaults) {
  json::object properties;
  for (const auto& x : options) {
    auto one = x.schema;
    one["description"] = x.help;
    if (!one.contains("$ref"))
      one["default"] = x.write(defaults);
    properties[x.key] = std::move(one);
  }
  return {{"type", "object"},
          {"additionalProperties", false},
          {"properties", std::move(properties)}};
}

provider_entry entry_of(const provider_settings& x) {
  provider_entry result;
  static_cast<provider_settings&>(result) = x;
  return result;
}

settings default_settings() {
  settings x;
  x.routing.rules = default_route_rules();
  return x;
}

/// Collects the lines of the example: a comment, then the option.
class example_writer {
public:
  /// Later providers would only repeat the comments of the first.
  bool explain = true;

  template <class T>
  void options(const table<T>& options, const T& x, bool last_group) {
    for (size_t i = 0; i < options.size(); ++i) {
      if (explain)
        line("// " + options[i].help);
      bool last = last_group && i + 1 == options.size();
      if (options[i].schema.contains("$ref")) {
        open("limits");
        this->options(limit_options(), limits_of(x), true);
        close(last);
      } else {
        std::string value;
        print(value, options[i].write(x), std::string(depth_ * 2, ' '));
        line(quoted(options[i].key) + ": " + value + (last ? "" : ","));
      }
    }
  }

  void open(const std::string& key) {
    line(key.empty() ? "{" : quoted(key) + ": {");
    ++depth_;
  }

  void close(bool last) {
    --depth_;
    line(last ? "}" : "},");
  }

  void line(const std::string& text) {
    out_ += std::string(depth_ * 2, ' ') + text + "\n";
  }

  std::string take() {
    return std::move(out_);
  }

private:
  static std::string quoted(const std::string& x) {
    return json::serialize(json::string(x));
  }

  static const provider_limits& limits_of(const provider_entry& x) {
    return x.limits;
  }

  template <class T>
  static const provider_limits& limits_of(const T&) {
    static const provider_limits none;
    return none;
  }

  std::string out_;
  size_t depth_ = 0;
};

template <class T>
void markdown(std::string& out, const std::string& prefix,
              const table<T>& options, const T& defaults) {
  for (const auto& x : options) {
    auto type = x.schema.if_contains("type");
    if (x.schema.contains("$ref") || x.key == "rules")
      continue;
    auto fallback = json::serialize(x.write(defaults));
    out += "| `" + prefix + x.key + "` | "
           + (type == nullptr ? std::string{"string"}
                              : std::string{type->as_string()})
           + " | `" + fallback + "` | " + x.help + " |\n";
  }
}

} // namespace

std::string show_settings(const settings& x) {
  json::object providers;
  for (const auto& provider : x.providers)
    providers[provider.name] = write(provider_options(), entry_of(provider));
  json::object result{{"providers", std::move(providers)},
                      {"routing", write(routing_options(), x.routing)},
                      {"gateway", write(gateway_options(), x.gateway)},
                      {"server", write(server_options(), x)},
                      {"jobs", write(job_options(), x.jobs)},
                      {"input", write(input_options(), x.input)},
                      {"mcp", write(mcp_table(), x.mcp)},
                      {"log", write(log_file_options(), x.log)},
                      {"traces", write(trace_options(), x.traces)}};
  for (const auto& option : top_options())
    result[option.key] = option.write(x);
  return pretty(result);
}

std::string settings_schema() {
  auto defaults = default_settings();
  json::object named;
  for (const auto& name : known_providers())
    named[name] = json::object{{"$ref", "#/$defs/provider"}};
  json::object properties{
    {"$schema", json::object{{"type", "string"}}},
    {"providers",
     json::object{
       {"type", "object"},
       {"description",
        "Providers by name. Those of the names " + join(known_providers())
          + " have defaults; any other name is an OpenAI-compatible server "
            "unless `format` says otherwise."},
       {"properties", std::move(named)},
       {"propertyNames", json::object{{"pattern", "^[a-z0-9._-]{1,64}$"}}},
       {"additionalProperties", json::object{{"$ref", "#/$defs/provider"}}}}},
    {"routing", schema_of(routing_options(), defaults.routing)},
    {"gateway", schema_of(gateway_options(), defaults.gateway)},
    {"server", schema_of(server_options(), defaults)},
    {"jobs", schema_of(job_options(), defaults.jobs)},
    {"input", schema_of(input_options(), defaults.input)},
    {"mcp", schema_of(mcp_table(), defaults.mcp)},
    {"log", schema_of(log_file_options(), defaults.log)},
    {"traces", schema_of(trace_options(), defaults.traces)}};
  for (const auto& x : top_options()) {
    auto one = x.schema;
    one["description"] = x.help;
    one["default"] = x.write(defaults);
    properties[x.key] = std::move(one);
  }
  json::object result{
    {"$schema", "https://json-schema.org/draft/2020-12/schema"},
    {"title", "smart-agents.json"},
    {"description", "Configuration of Smart Agents; comments are allowed."},
    {"type", "object"},
    {"additionalProperties", false},
    {"properties", std::move(properties)},
    {"$defs",
     json::object{
       {"provider",
        schema_of(provider_options(), entry_of(default_provider("")))},
       {"limits", schema_of(limit_options(), provider_limits{})},
       {"limit", schema_of(budget_options(), limit_settings{})},
       {"credential", schema_of(credential_options(), credential_settings{})},
       {"route", schema_of(route_options(), model_route{})},
       {"key", schema_of(key_options(), key_settings{})},
       {"rule", schema_of(rule_options(), route_rule{})}}}};
  return pretty(result);
}

std::string settings_example() {
  auto defaults = default_settings();
  example_writer out;
  out.line("// Every option of Smart Agents with its default. Keep only what "
           "you change.");
  out.open("");
  out.line("// Providers by name. A cloud provider without a key is left out.");
  out.line("// Any other name is an OpenAI-compatible server: base_url and "
           "model are enough.");
  out.open("providers");
  const auto& names = known_providers();
  for (const auto& name : names) {
    out.open(name);
    out.options(provider_options(), entry_of(default_provider(name)), true);
    out.close(name == names.back());
    out.explain = false;
  }
  out.explain = true;
  out.close(false);
  out.open("routing");
  out.options(routing_options(), defaults.routing, true);
  out.close(false);
  out.open("gateway");
  out.options(gateway_options(), defaults.gateway, true);
  out.close(false);
  out.open("server");
  out.options(server_options(), defaults, true);
  out.close(false);
  out.open("jobs");
  out.options(job_options(), defaults.jobs, true);
  out.close(false);
  out.open("input");
  out.options(input_options(), defaults.input, true);
  out.close(false);
  out.open("mcp");
  out.options(mcp_table(), defaults.mcp, true);
  out.close(false);
  out.open("log");
  out.options(log_file_options(), defaults.log, true);
  out.close(false);
  out.open("traces");
  out.options(trace_options(), defaults.traces, true);
  out.close(false);
  out.options(top_options(), defaults, true);
  out.close(true);
  return out.take();
}

std::string settings_markdown() {
  auto defaults = default_settings();
  std::string out = "| Option | Type | Default | Meaning |\n"
                    "|---|---|---|---|\n";
  markdown(out, "providers.NAME.", provider_options(),
           entry_of(default_provider("")));
  markdown(out, "providers.NAME.credentials[].", credential_options(),
           credential_settings{});
  markdown(out, "providers.NAME.limits.", limit_options(), provider_limits{});
  markdown(out, "routing.", routing_options(), defaults.routing);
  markdown(out, "routing.rules[].", rule_options(), route_rule{});
  markdown(out, "gateway.", gateway_options(), defaults.gateway);
  markdown(out, "gateway.routes[].", route_options(), model_route{});
  markdown(out, "server.", server_options(), defaults);
  markdown(out, "jobs.", job_options(), defaults.jobs);
  markdown(out, "input.", input_options(), defaults.input);
  markdown(out, "mcp.", mcp_table(), defaults.mcp);
  markdown(out, "log.", log_file_options(), defaults.log);
  markdown(out, "traces.", trace_options(), defaults.traces);
  markdown(out, "", top_options(), defaults);
  markdown(out, "limits[].", budget_options(), limit_settings{});
  markdown(out, "keys[].", key_options(), key_settings{});
  return out;
}

} // namespace smart_agents
