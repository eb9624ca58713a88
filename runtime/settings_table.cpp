#include "runtime/settings_table.hpp"

#include "adapters/provider_codec.hpp"
#include "adapters/secrets.hpp"
#include "messages/error.hpp"
#include "runtime/client_keys.hpp"
#include "runtime/quotas.hpp"
#include "runtime/settings_values.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <limits>

namespace smart_agents::option_table {

namespace json = boost::json;

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

namespace {

constexpr const char* no_key_here =
  "a key does not belong in this file: name its environment variable with "
  "key_env, or a file of mode 0600 with key_file";

/// How people spell the option that does not exist.
bool is_inline_key(std::string_view name) {
  for (const char* known :
       {"key", "api_key", "apikey", "apiKey", "token", "secret", "password"})
    if (name == known)
      return true;
  return false;
}

} // namespace

template <class T>
std::optional<complaint> read(const table<T>& options, T& into,
                              const json::value& from) {
  const auto* object = from.if_object();
  if (object == nullptr)
    return complaint{"", "must be an object, not " + kind_name(from)};
  for (const auto& [name, value] : *object) {
    std::string key{name};
    auto known = std::find_if(options.begin(), options.end(),
                              [&key](auto& x) { return x.key == key; });
    if (known == options.end()) {
      if (is_inline_key(key))
        return complaint{std::move(key), no_key_here};
      std::vector<std::string> keys;
      for (const auto& x : options)
        keys.push_back(x.key);
      auto meant = did_you_mean(key, keys);
      return complaint{std::move(key),
                       "unknown key"
                         + (meant.empty() ? "; known: " + join(keys) : meant)};
    }
    if (auto wrong = known->read(into, value))
      return below(std::move(key), std::move(*wrong));
  }
  return std::nullopt;
}

namespace {

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
                   std::vector<std::string> choices = {}) {
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

std::vector<std::string> type_names() {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(task_type::video); ++i)
    names.push_back(to_string(static_cast<task_type>(i)));
  return names;
}

/// Header names that carry a secret.
bool carries_secret(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  for (const char* known : {"authorization", "proxy-authorization", "x-api-key",
                            "api-key", "x-goog-api-key", "cookie"})
    if (name == known)
      return true;
  return false;
}

constexpr std::string_view token_characters =
  "!#$%&'*+-.^_`|~0123456789"
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

std::optional<complaint> read_headers(provider_entry& x, const json::value& v) {
  const auto* object = v.if_object();
  if (object == nullptr)
    return wrong_type("an object of strings", v);
  x.extra_headers.clear();
  for (const auto& [key, value] : *object) {
    std::string name{key};
    if (name.empty()
        || name.find_first_not_of(token_characters) != std::string::npos)
      return complaint{name, "is no header name"};
    if (carries_secret(name))
      return complaint{name, no_key_here};
    if (!value.is_string())
      return complaint{name, "must be a string, not " + kind_name(value)};
    std::string text{value.get_string()};
    if (std::any_of(text.begin(), text.end(), [](char c) {
          return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
        }))
      return complaint{name, "must not hold control characters"};
    x.extra_headers.emplace_back(std::move(name), std::move(text));
  }
  return std::nullopt;
}

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

std::optional<complaint> read_limits(settings& x, const json::value& v) {
  if (auto bad = read_list(budget_options(), x.limits, v))
    return bad;
  for (size_t i = 0; i < x.limits.size(); ++i) {
    const auto& y = x.limits[i];
    auto place = "[" + std::to_string(i) + "]";
    if (y.requests == 0 && y.input_tokens == 0 && y.output_tokens == 0
        && y.total_tokens == 0 && y.usd == 0)
      return complaint{place, "limits nothing: give requests, input_tokens, "
                              "output_tokens, total_tokens or usd"};
  }
  return std::nullopt;
}

std::optional<complaint> read_aliases(gateway_settings& x,
                                      const json::value& v) {
  const auto* object = v.if_object();
  if (object == nullptr)
    return wrong_type("an object from a client's name to a model", v);
  x.aliases.clear();
  for (const auto& [key, value] : *object) {
    if (!value.is_string() || value.get_string().empty())
      return complaint{std::string{key}, "must name a model, or auto"};
    x.aliases.emplace_back(key, value.get_string());
  }
  return std::nullopt;
}

std::optional<complaint> read_tls(settings& x, const json::value& v) {
  const auto* object = v.if_object();
  if (object == nullptr)
    return wrong_type("an object with certificate and key", v);
  x.tls = {};
  for (const auto& [key, value] : *object) {
    auto* place = key == "certificate" ? &x.tls.certificate
                  : key == "key"       ? &x.tls.key
                                       : nullptr;
    if (place == nullptr)
      return complaint{std::string{key}, "is unknown: there are certificate "
                                         "and key"};
    if (!value.is_string())
      return complaint{std::string{key}, "must be the path of a PEM file"};
    *place = value.get_string();
  }
  return std::nullopt;
}

json::value write_tls(const settings& x) {
  return json::object{{"certificate", x.tls.certificate}, {"key", x.tls.key}};
}

json::value write_aliases(const gateway_settings& x) {
  json::object result;
  for (const auto& [pattern, name] : x.aliases)
    result[pattern] = name;
  return result;
}

std::optional<complaint> read_routes(gateway_settings& x,
                                     const json::value& v) {
  if (auto bad = read_list(route_options(), x.routes, v))
    return bad;
  for (size_t i = 0; i < x.routes.size(); ++i) {
    const auto& y = x.routes[i];
    auto place = "[" + std::to_string(i) + "]";
    if (y.use.empty())
      return complaint{place + ".use", "is missing: name a model, or auto"};
    if (y.header.empty() && y.system.empty() && y.model.empty())
      return complaint{place, "matches everything: give header, system or "
                              "model"};
  }
  return std::nullopt;
}

std::optional<complaint> read_keys(settings& x, const json::value& v) {
  if (auto bad = read_list(key_options(), x.keys, v))
    return bad;
  for (size_t i = 0; i < x.keys.size(); ++i) {
    const auto& y = x.keys[i];
    auto place = "[" + std::to_string(i) + "]";
    if (!is_key_name(y.name))
      return complaint{place + ".name", key_name_rule};
    if (y.sha256.empty() + y.key_env.empty() + y.key_file.empty() != 2)
      return complaint{place, "needs exactly one of sha256, key_env, key_file"};
    if (!y.sha256.empty() && !is_sha256_hex(y.sha256))
      return complaint{place + ".sha256",
                       "must be 64 digits of lower-case hexadecimal: printf %s "
                       "KEY | sha256sum"};
    for (const auto& limit : y.limits)
      if (!parse_key_limit(limit))
        return complaint{place + ".limits", bad_key_limit(limit)};
    for (size_t j = 0; j < i; ++j)
      if (x.keys[j].name == y.name)
        return complaint{place + ".name", "'" + y.name + "' stands twice"};
  }
  return std::nullopt;
}

json::value write_defaults(const routing_settings& x) {
  json::object result;
  for (const auto& [type, provider] : x.default_providers)
    result[to_string(type)] = provider;
  return result;
}

std::optional<complaint> read_colour(log_settings& x, const json::value& v) {
  if (v == json::value("auto"))
    x.colour = log_options::colours::automatic;
  else if (v == json::value("never"))
    x.colour = log_options::colours::never;
  else
    return wrong("must be \"auto\" or \"never\"");
  return std::nullopt;
}

constexpr uint64_t no_bound = uint64_t{1} << 53; // exact in every JSON reader

} // namespace

const table<provider_limits>& limit_options() {
  using t = provider_limits;
  static const table<t> result{
    integer("requests_per_day", &t::requests_per_day, 0, no_bound,
            "Requests a calendar day; 0 for no limit."),
    integer("requests_per_month", &t::requests_per_month, 0, no_bound,
            "Requests a calendar month; 0 for no limit."),
    integer("input_tokens_per_day", &t::input_tokens_per_day, 0, no_bound,
            "Input tokens a day; 0 for no limit."),
    integer("input_tokens_per_month", &t::input_tokens_per_month, 0, no_bound,
            "Input tokens a month; 0 for no limit."),
    integer("output_tokens_per_day", &t::output_tokens_per_day, 0, no_bound,
            "Output tokens a day; 0 for no limit."),
    integer("output_tokens_per_month", &t::output_tokens_per_month, 0, no_bound,
            "Output tokens a month; 0 for no limit."),
    integer("total_tokens_per_day", &t::total_tokens_per_day, 0, no_bound,
            "Input and output tokens a day; 0 for no limit."),
    integer("total_tokens_per_month", &t::total_tokens_per_month, 0, no_bound,
            "Input and output tokens a month; 0 for no limit."),
    text("time_zone", &t::time_zone,
         "IANA zone in which days and months end, for example "
         "America/Los_Angeles."),
    text("gateway", &t::gateway,
         "What becomes of gateway traffic beyond them; empty is block where "
         "you set a limit, and warn where only the defaults apply.",
         {"", "warn", "block"}),
  };
  return result;
}

const table<limit_settings>& budget_options() {
  using l = limit_settings;
  static const table<l> result{
    text("provider", &l::provider, "Provider that it is about; empty for all."),
    text("model", &l::model, "Model that it is about; empty for all."),
    text("credential", &l::credential,
         "Credential of the provider that it is about; empty for all."),
    text("key", &l::key,
         "Client key that it is about; team counts team/alice too; empty for "
         "all."),
    integer("requests", &l::requests, 0, no_bound, "Requests; 0 for no limit."),
    integer("input_tokens", &l::input_tokens, 0, no_bound,
            "Input tokens; 0 for no limit."),
    integer("output_tokens", &l::output_tokens, 0, no_bound,
            "Output tokens; 0 for no limit."),
    integer("total_tokens", &l::total_tokens, 0, no_bound,
            "Input and output tokens; 0 for no limit."),
    dollars("usd", &l::usd, "US dollars; 0 for no limit."),
    {"per",
     "For how long: second, minute, day, week, month, or hours or minutes such "
     "as 5h, which roll.",
     json::object{{"type", "string"}},
     [](l& x, const json::value& v) -> std::optional<complaint> {
       const auto* written = v.if_string();
       if (written == nullptr)
         return wrong_type("a string", v);
       std::string value{written->data(), written->size()};
       if (!parse_window(value))
         return wrong("'" + value
                      + "' is none of: second, minute, day, week, month, or "
                        "hours or minutes such as 5h or 90m");
       x.per = std::move(value);
       return std::nullopt;
     },
     [](const l& x) { return json::value(x.per); }},
    text("time_zone", &l::time_zone,
         "IANA zone in which days, weeks and months end; empty takes the "
         "provider's, or UTC."),
    text("action", &l::action,
         "What happens beyond it: block refuses, warn only says so, downgrade "
         "lets only what is free pass.",
         {"block", "warn", "downgrade"}),
  };
  return result;
}

const table<credential_settings>& credential_options() {
  using c = credential_settings;
  static const table<c> result{
    text("name", &c::name, "Name, for limits and reports."),
    text("key_env", &c::key_env, "Environment variable that holds the key."),
    text("key_file", &c::key_file,
         "File that holds the key instead (mode 0600)."),
  };
  return result;
}

const table<provider_entry>& provider_options() {
  using p = provider_settings;
  using e = provider_entry;
  static const table<e> result = [] {
    table<e> x{
      boolean("enabled", &e::enabled, "False leaves the provider out."),
      text<p, e>("format", &p::format, "Wire format that the server speaks.",
                 codec_formats()),
      text<p, e>("base_url", &p::base_url,
                 "Address of the API, with version where the format has one in "
                 "the path, for example https://api.openai.com/v1."),
      text<p, e>("key_env", &p::key_env,
                 "Environment variable that holds the key; empty for none."),
      text<p, e>("key_file", &p::key_file,
                 "File that holds the key instead; only its owner may read it "
                 "(mode 0600). Relative to this file."),
      {"credentials",
       "Several keys, each a subscription or account of its own; the one with "
       "the most room is used, and one that fails rests alone.",
       json::object{{"type", "array"},
                    {"items", json::object{{"$ref", "#/$defs/credential"}}}},
       [](e& v, const json::value& from) {
         return read_list(credential_options(), v.credentials, from);
       },
       [](const e& v) {
         return write_list(credential_options(), v.credentials);
       }},
      {"headers", "Headers sent with every request. No keys.",
       json::object{{"type", "object"},
                    {"additionalProperties", json::object{{"type", "string"}}}},
       read_headers,
       [](const e& v) {
         json::object headers;
         for (const auto& [name, value] : v.extra_headers)
           headers[name] = redact(value);
         return json::value(std::move(headers));
       }},
      texts<p, e>("quirks", &p::quirks,
                  "The server's departures from the format, by name."),
      text<p, e>("vendor", &p::vendor,
                 "Vendor in the model catalogue, for prices; empty looks "
                 "through all."),
      text<p, e>("model", &p::model, "Model for ordinary tasks."),
      text<p, e>("strong_model", &p::strong_model,
                 "Model for the hardest tasks; empty takes `model`."),
      texts<p, e>("models", &p::models,
                  "Models that may be asked for by name; empty allows any."),
      texts<p, e>(
        "command", &p::command,
        "Program and arguments of a command-line client that answers "
        "instead of a server, for example [\"claude\", \"-p\"]; {model} "
        "stands for the model. The prompt goes to its stdin."),
      text<p, e>("output", &p::output,
                 "What the command prints: text, or claude-json for claude "
                 "--output-format stream-json.",
                 {"text", "claude-json"}),
      boolean<p, e>("pass_logins", &p::pass_logins,
                    "True: a client's own log-in at Anthropic goes along "
                    "instead of the key. For Anthropic's own address alone."),
      boolean<p, e>("local", &p::local,
                    "True for a server of your own that costs nothing: the "
                    "last resort."),
      integer<p, uint64_t, e>("num_ctx", &p::num_ctx, 0, 1u << 24,
                              "Window that Ollama loads models with, in "
                              "tokens; 0 fits it to the requests. Every "
                              "change loads the model anew."),
      integer<p, uint32_t, e>("max_concurrent", &p::max_concurrent, 1, 100000,
                              "Calls at once; more wait in a queue."),
      integer<p, uint32_t, e>("max_queue", &p::max_queue, 0, 1000000,
                              "Calls that may wait; more are refused."),
      duration<p, e>("connect_timeout", &p::connect_timeout,
                     "Longest time to connect."),
      duration<p, e>("first_byte_timeout", &p::first_byte_timeout,
                     "Longest time from the request to the first byte."),
      duration<p, e>("idle_timeout", &p::idle_timeout,
                     "Longest silence within an answer."),
      duration<p, e>("rest", &p::rest,
                     "How long a failing provider rests when it does not say "
                     "so itself."),
      integer<p, uint32_t, e>("failures_to_open", &p::failures_to_open, 1, 1000,
                              "Failures in a row after which it rests."),
      group<p, provider_limits, e>("limits", &p::limits, limit_options(),
                                   "Your own limits on this provider."),
    };
    for (auto& o : x)
      if (o.key == "limits")
        o.schema = json::object{{"$ref", "#/$defs/limits"}};
    return x;
  }();
  return result;
}

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

const table<model_route>& route_options() {
  using r = model_route;
  static const table<r> result{
    text("header", &r::header,
         "Header that the request must have: its name, or name: value, in "
         "which * stands for anything."),
    text("system", &r::system, "Text that its system prompt must hold."),
    text("model", &r::model,
         "Model that it names, in which * stands for anything."),
    text("use", &r::use, "Model that it gets: auto, PROVIDER/MODEL, ..."),
  };
  return result;
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

const table<job_settings>& job_options() {
  using j = job_settings;
  static const table<j> result{
    integer("running", &j::running, 1, 10000,
            "Background jobs at once, in all processes together."),
    counts("per_kind", &j::per_kind,
           "The same for jobs of a kind: a skill's name, or ask."),
    counts("per_provider", &j::per_provider,
           "The same for jobs that insist on a provider."),
    integer("max_cpu_percent", &j::max_cpu, 0, 100,
            "No job starts while more of the processors is in use; 0 never "
            "waits."),
    integer("max_memory_percent", &j::max_memory, 0, 100,
            "No job starts while more of the memory is in use; 0 never waits."),
    duration("keep", &j::keep, "How long a job is kept after its end."),
  };
  return result;
}

const table<gateway_settings>& gateway_options() {
  using g = gateway_settings;
  static const table<g> result{
    text("require_keys", &g::require_keys,
         "Whether clients need a key: auto where others than this machine "
         "reach the data plane, always, never.",
         {"auto", "always", "never"}),
    texts("allowed_hosts", &g::allowed_hosts,
          "Host names beside addresses and localhost by which the data plane "
          "may be called."),
    texts("allowed_origins", &g::allowed_origins,
          "Web pages whose scripts may call the data plane, as "
          "https://host:port."),
    texts("authorization_servers", &g::authorization_servers,
          "OAuth servers, as URLs, where clients of /mcp get the keys that "
          "they show; empty where keys are handed out otherwise."),
    {"aliases",
     "Models' names that clients use, in which * stands for anything, and the "
     "models that they mean; the first that matches counts.",
     json::object{{"type", "object"},
                  {"additionalProperties", json::object{{"type", "string"}}}},
     read_aliases, write_aliases},
    {"routes",
     "Sends requests that look so to a model; the first that matches counts, "
     "and comes before the aliases.",
     json::object{{"type", "array"},
                  {"items", json::object{{"$ref", "#/$defs/route"}}}},
     read_routes,
     [](const g& x) { return write_list(route_options(), x.routes); }},
    boolean("continue_streams", &g::continue_streams,
            "True: when a streamed text of auto breaks, the next provider goes "
            "on from there."),
  };
  return result;
}

const table<key_settings>& key_options() {
  using k = key_settings;
  static const table<k> result{
    text("name", &k::name, "Its name, for limits and the ledger."),
    text("sha256", &k::sha256, "The key's SHA-256 in hexadecimal."),
    text("key_env", &k::key_env,
         "Environment variable that holds the key instead."),
    text("key_file", &k::key_file,
         "File of mode 0600 that holds the key instead."),
    texts("models", &k::models,
          "Models that it may ask for, in which * stands for anything; empty "
          "allows all."),
    texts("limits", &k::limits,
          "Its limits: 60requests/minute, 1000000tokens/day, 5usd/month."),
    integer("max_concurrent", &k::max_concurrent, 0, 1000000,
            "Requests at once; 0 for no limit of its own."),
  };
  return result;
}

const table<input_settings>& input_options() {
  using i = input_settings;
  static const table<i> result{
    texts("folders", &i::folders,
          "Folders whose files clients may name as input, beside those of "
          "their own work."),
    integer("max_bytes", &i::max_bytes, 1, 1u << 30,
            "Largest input from files, in all."),
    integer("max_media_bytes", &i::max_media_bytes, 1, 1u << 30,
            "Largest image, sound, film or document."),
  };
  return result;
}

const table<settings>& server_options() {
  using s = settings;
  static const table<s> result{
    text("host", &s::listen_host, "Address of the data plane."),
    integer("port", &s::listen_port, 0, 65535,
            "Port of the data plane; 0 takes a free one."),
    {"tls",
     "PEM files of the data plane's certificate (with its chain) and key; "
     "empty for plain HTTP.",
     json::object{
       {"type", "object"},
       {"properties",
        json::object{{"certificate", json::object{{"type", "string"}}},
                     {"key", json::object{{"type", "string"}}}}},
       {"additionalProperties", false}},
     read_tls, write_tls},
    text("control_host", &s::control_host, "Address of the status endpoint."),
    integer("control_port", &s::control_port, 0, 65535,
            "Port of the status endpoint; 0 takes a free one."),
    integer("threads", &s::threads, 0, 1024,
            "I/O threads; 0 takes one a core."),
    duration("request_timeout", &s::request_timeout,
             "Longest time to an answer."),
    integer("max_tasks", &s::max_tasks, 1, 1000000,
            "Tasks at once; more are refused."),
    integer("max_prompt_bytes", &s::max_prompt, 1, 1u << 30,
            "Largest prompt that is taken."),
    duration("grace", &s::grace,
             "How long running work may go on after SIGTERM."),
  };
  return result;
}

const table<log_settings>& log_file_options() {
  using o = log_options;
  using l = log_settings;
  static const table<l> result{
    text<o, l>("level", &l::level, "Least severe level that is written.",
               {"trace", "debug", "info", "warn", "error", "off"}),
    boolean<o, l>("json", &l::json, "True writes one JSON object a line."),
    boolean("attempts", &l::attempts,
            "True logs every call of a provider; a JSON log has it with the "
            "attributes of OpenTelemetry's conventions."),
    {"colors", "Colours on a terminal: auto or never.",
     json::object{{"enum", json::array{"auto", "never"}}}, read_colour,
     [](const l& x) {
       return json::value(x.colour == log_options::colours::never ? "never"
                                                                  : "auto");
     }},
  };
  return result;
}

const table<mcp_settings>& mcp_table() {
  using m = mcp_settings;
  static const table<m> result{
    dollars("confirm_above_usd", &m::confirm_above_usd,
            "A call that is expected to cost more is put to the user first, "
            "where the client can ask; 0 asks never."),
    integer("max_answer_bytes", &m::max_answer_bytes, 0, 1u << 30,
            "Longer answers are shortened, with a link to the whole; 0 "
            "shortens none."),
  };
  return result;
}

const table<trace_settings>& trace_options() {
  using t = trace_settings;
  static const table<t> result{
    text("endpoint", &t::endpoint,
         "Address of an OpenTelemetry collector that takes OTLP/HTTP, for "
         "example http://127.0.0.1:4318; empty sends nothing."),
    integer("batch", &t::batch, 1, 10000, "Most spans in one message."),
    duration("every", &t::every, "Longest wait for a message to fill."),
    integer("queue", &t::queue, 1, 1000000,
            "Spans that may wait; more are dropped and counted."),
  };
  return result;
}

const table<settings>& top_options() {
  using s = settings;
  static const table<s> result{
    {"limits",
     "Limits and budgets of your own, any number together, beside those of the "
     "providers.",
     json::object{{"type", "array"},
                  {"items", json::object{{"$ref", "#/$defs/limit"}}}},
     read_limits,
     [](const s& x) { return write_list(budget_options(), x.limits); }},
    {"keys",
     "Keys of clients. smart-agents keys create makes others, which need no "
     "entry.",
     json::object{{"type", "array"},
                  {"items", json::object{{"$ref", "#/$defs/key"}}}},
     read_keys, [](const s& x) { return write_list(key_options(), x.keys); }},
    text("database", &s::database,
         "SQLite file of the ledger; empty takes "
         "$XDG_STATE_HOME/smart-agents/smart-agents.db."),
    text("skills", &s::skills,
         "Folder of your own skills (NAME.skill); empty takes "
         "$XDG_CONFIG_HOME/smart-agents/skills."),
  };
  return result;
}

template std::optional<complaint> read(const table<provider_entry>&,
                                       provider_entry&, const json::value&);
template std::optional<complaint> read(const table<routing_settings>&,
                                       routing_settings&, const json::value&);
template std::optional<complaint> read(const table<gateway_settings>&,
                                       gateway_settings&, const json::value&);
template std::optional<complaint> read(const table<settings>&, settings&,
                                       const json::value&);
template std::optional<complaint> read(const table<job_settings>&,
                                       job_settings&, const json::value&);
template std::optional<complaint> read(const table<input_settings>&,
                                       input_settings&, const json::value&);
template std::optional<complaint> read(const table<log_settings>&,
                                       log_settings&, const json::value&);
template std::optional<complaint> read(const table<mcp_settings>&,
                                       mcp_settings&, const json::value&);
template std::optional<complaint> read(const table<trace_settings>&,
                                       trace_settings&, const json::value&);

} // namespace smart_agents::option_table
