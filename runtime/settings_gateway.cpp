#include "runtime/settings_kinds.hpp"

namespace smart_agents::option_table {

namespace json = boost::json;

namespace {

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

} // namespace

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

} // namespace smart_agents::option_table
