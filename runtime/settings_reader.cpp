#include "runtime/settings_reader.hpp"

#include "adapters/secrets.hpp"
#include "messages/error.hpp"
#include "runtime/settings_provider_reader.hpp"
#include "runtime/settings_values.hpp"
#include "runtime/settings_variables.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace smart_agents {

namespace {

namespace json = boost::json;
using namespace option_table;

/// One run of the parser. Every step returns the first thing that is wrong.
class reader {
public:
  explicit reader(const settings_context& from) : from_{from} {}

  caf::expected<settings> run(const json::object* file) {
    caf::error error;
    if (file != nullptr)
      error = read_file(*file);
    if (!error)
      error = providers_.read_environment();
    if (!error)
      error = providers_.finish(result_.providers);
    if (!error)
      error = finish_routing();
    if (!error)
      error = finish_limits();
    if (!error)
      error = finish_keys();
    if (!error)
      error = finish_server();
    if (error)
      return error;
    return std::move(result_);
  }

private:
  caf::error read_file(const json::object& file) {
    std::vector<std::string> keys{"providers", "routing", "gateway",
                                  "server",    "jobs",    "input",
                                  "mcp",       "log",     "traces"};
    for (const auto& x : top_options())
      keys.push_back(x.key);
    for (const auto& [name, value] : file) {
      std::string key{name};
      std::optional<complaint> wrong;
      if (key == "$schema")
        continue;
      if (key == "providers")
        wrong = providers_.read_group(value);
      else if (key == "routing")
        wrong = read(routing_options(), result_.routing, value);
      else if (key == "gateway")
        wrong = read(gateway_options(), result_.gateway, value);
      else if (key == "server")
        wrong = read(server_options(), result_, value);
      else if (key == "jobs")
        wrong = read(job_options(), result_.jobs, value);
      else if (key == "input")
        wrong = read(input_options(), result_.input, value);
      else if (key == "log")
        wrong = read(log_file_options(), result_.log, value);
      else if (key == "mcp")
        wrong = read(mcp_table(), result_.mcp, value);
      else if (key == "traces")
        wrong = read(trace_options(), result_.traces, value);
      else if (std::find(keys.begin(), keys.end(), key) == keys.end())
        return from_.at({key, "unknown key" + did_you_mean(key, keys)
                                + " (known: " + join(keys) + ")"});
      else
        // One object with this key alone, for the table of single options.
        if (auto w = read(top_options(), result_, json::object{{name, value}}))
          return from_.at(*w);
      if (wrong)
        return from_.at(below(std::move(key), std::move(*wrong)));
    }
    return {};
  }

  /// Only the hash of a client's key is kept.
  caf::error finish_keys() {
    for (auto& x : result_.keys) {
      if (x.key_file.empty() && x.key_env.empty())
        continue;
      auto key = key_of(x);
      if (!key)
        return key.error();
      x.sha256 = sha256_hex(*key);
    }
    return {};
  }

  caf::expected<std::string> key_of(const key_settings& x) const {
    auto place = "keys." + x.name;
    if (!x.key_file.empty())
      return from_.key_in_file(place + ".key_file", x.key_file);
    if (auto value = from_.variable(x.key_env))
      return from_.key_in(x.key_env, *value);
    return from_.at({place + ".key_env",
                     "the environment variable " + x.key_env + " is not set"});
  }

  caf::error check_name(const std::string& name, const std::string& place) {
    if (std::find(providers_.names().begin(), providers_.names().end(), name)
        == providers_.names().end())
      return from_.bad(place, "there is no provider '" + name + "'"
                                + did_you_mean(name, providers_.names())
                                + " (known: " + join(providers_.names()) + ")");
    return {};
  }

  caf::error finish_routing() {
    auto& routing = result_.routing;
    if (auto error = read_default_providers())
      return error;
    auto place = [this](const std::string& key) {
      return from_.origin + ": routing." + key;
    };
    for (size_t i = 0; i < routing.rules.size(); ++i)
      if (auto error =
            check_name(routing.rules[i].provider,
                       place("rules[" + std::to_string(i) + "].provider")))
        return error;
    for (const auto& [type, name] : routing.default_providers)
      if (auto error =
            check_name(name, place("default_providers." + to_string(type))))
        return error;
    if (!routing.fallback_provider.empty())
      if (auto error =
            check_name(routing.fallback_provider, place("fallback_provider")))
        return error;
    for (auto& rule : default_route_rules())
      if (std::find(routing.rules.begin(), routing.rules.end(), rule)
          == routing.rules.end())
        routing.rules.push_back(std::move(rule));
    return {};
  }

  /// Checks what the table cannot: names.
  caf::error finish_limits() {
    for (size_t i = 0; i < result_.limits.size(); ++i) {
      const auto& x = result_.limits[i];
      auto place = from_.origin + ": limits[" + std::to_string(i) + "]";
      if (!x.time_zone.empty() && !zone_exists(x.time_zone))
        return from_.bad(
          place + ".time_zone",
          "'" + x.time_zone
            + "' is no IANA time zone of this system, for example UTC "
              "or America/Los_Angeles");
      if (x.provider.empty()) {
        if (!x.credential.empty())
          return from_.bad(place + ".credential", "name its provider too");
        continue;
      }
      if (auto error = check_name(x.provider, place + ".provider"))
        return error;
      if (auto error = check_credential(x, place))
        return error;
    }
    return {};
  }

  /// A limit on a credential that is only left out for lack of its key stays.
  caf::error check_credential(const limit_settings& x,
                              const std::string& place) {
    if (x.credential.empty())
      return {};
    for (const auto& p : result_.providers)
      if (p.name == x.provider && p.credentials.empty())
        return from_.bad(place + ".credential",
                         x.provider + " has no credentials of its own");
    return {};
  }

  caf::error read_default_providers() {
    for (const auto& [name, types] : default_provider_variables())
      if (auto value = from_.variable(name)) {
        if (auto error =
              check_name(*value, std::string{"environment variable "} + name))
          return error;
        for (auto type : types)
          result_.routing.default_providers[type] = *value;
      }
    if (auto value = from_.variable("FALLBACK_PROVIDER")) {
      if (auto error =
            check_name(*value, "environment variable FALLBACK_PROVIDER"))
        return error;
      result_.routing.fallback_provider = *value;
    }
    return {};
  }

  caf::error finish_server() {
    auto& s = result_;
    if (auto error = check_host("host", s.listen_host))
      return error;
    if (auto error = check_host("control_host", s.control_host))
      return error;
    if (s.listen_port != 0 && s.listen_port == s.control_port)
      return from_.at(
        {"server.control_port",
         "is the same as server.port: the data plane and the status "
         "endpoint need a port each"});
    for (auto* file : {&s.tls.certificate, &s.tls.key})
      if (!file->empty())
        *file = from_.expand(*file);
    if (s.tls.used())
      if (auto bad = check_tls_files(s.tls))
        return bad;
    if (s.database.empty())
      s.database = default_database(from_.env);
    else
      s.database = from_.expand(s.database);
    if (auto error = check_traces(s.traces.endpoint))
      return error;
    // Who may be read from is not for a cloned repository to say.
    if (!from_.trusted && (!s.input.folders.empty() || !s.skills.empty()))
      return from_.at(
        {s.skills.empty() ? "input.folders" : "skills",
         "this file was found in the current folder, which may not say "
         "what is read; if it is yours, name it: --config "
           + from_.origin});
    for (auto& folder : s.input.folders)
      folder = from_.expand(folder);
    if (s.skills.empty()) {
      auto own = user_settings_path(from_.env);
      if (!own.empty())
        s.skills = own.substr(0, own.rfind('/')) + "/skills";
    } else {
      s.skills = from_.expand(s.skills);
    }
    return {};
  }

  /// A collector learns what is asked of whom, and gets the headers that the
  /// environment has for it.
  caf::error check_traces(const std::string& endpoint) {
    if (endpoint.empty())
      return {};
    if (auto to = url::parse(endpoint); !to)
      return from_.at({"traces.endpoint", render(to.error())
                                            + "; give for example "
                                              "http://127.0.0.1:4318"});
    if (!from_.trusted)
      return from_.at(
        {"traces.endpoint",
         "this file was found in the current folder, which may not say "
         "who is told; if it is yours, name it: --config "
           + from_.origin});
    return {};
  }

  caf::error check_host(const std::string& key, const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    bool v4 = inet_pton(AF_INET, host.c_str(), address.data()) == 1;
    bool loopback = v4 ? address[0] == 127 : host == "::1";
    if (!v4 && inet_pton(AF_INET6, host.c_str(), address.data()) != 1)
      return from_.at(
        {"server." + key, "'" + host
                            + "' is no IP address; 127.0.0.1 is this "
                              "machine alone, 0.0.0.0 every network"});
    auto open = key != "host" || result_.gateway.require_keys == "never";
    if (!loopback && open)
      from_.source.warnings.push_back(
        "server." + key + ": " + host
        + " can be reached from outside, and everybody who reaches it can "
        + (key == "host" ? "spend your quotas" : "see what you use"));
    return {};
  }

  const settings_context& from_;
  provider_reader providers_{from_};
  settings result_;
};

} // namespace

caf::expected<settings> read_settings(const json::object* file,
                                      const std::string& origin,
                                      const environment& env,
                                      settings_source& source, bool trusted) {
  settings_context from{origin, env, source, trusted};
  return reader{from}.run(file);
}

} // namespace smart_agents
