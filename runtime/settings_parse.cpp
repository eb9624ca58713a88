#include "adapters/provider_codec.hpp"
#include "adapters/secrets.hpp"
#include "messages/error.hpp"
#include "runtime/settings_json.hpp"
#include "runtime/settings_table.hpp"
#include "runtime/settings_values.hpp"

#include <arpa/inet.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace smart_agents {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace option_table;

/// What the environment may say about a known provider: names in order of
/// precedence.
struct variables {
  const char* provider;
  /// Prefix of our own names: CLAUDE_DAILY_LIMIT.
  const char* prefix;
  std::vector<std::string> keys;
  std::vector<std::string> base_urls;
  std::vector<std::string> models;
};

const std::vector<variables>& known_variables() {
  static const std::vector<variables> result{
    {"ollama", "OLLAMA", {}, {"OLLAMA_BASE_URL"}, {"OLLAMA_MODEL"}},
    {"gemini",
     "GEMINI",
     {"GOOGLE_API_KEY", "GEMINI_API_KEY"},
     {"GEMINI_BASE_URL", "GOOGLE_BASE_URL"},
     {"GEMINI_MODEL", "GOOGLE_MODEL"}},
    {"grok",
     "GROK",
     {"GROK_API_KEY", "XAI_API_KEY"},
     {"GROK_BASE_URL", "XAI_BASE_URL"},
     {"GROK_MODEL", "XAI_MODEL"}},
    {"chatgpt",
     "CHATGPT",
     {"OPENAI_API_KEY"},
     {"CHATGPT_BASE_URL", "OPENAI_BASE_URL"},
     {"OPENAI_CHAT_MODEL", "CHATGPT_MODEL", "OPENAI_MODEL"}},
    {"claude",
     "CLAUDE",
     {"ANTHROPIC_API_KEY"},
     {"CLAUDE_BASE_URL", "ANTHROPIC_BASE_URL"},
     {"CLAUDE_MODEL", "ANTHROPIC_MODEL"}},
  };
  return result;
}

/// One run of the parser. Every step returns the first thing that is wrong.
class reader {
public:
  /// `trusted` is false for a file that was found in the current folder and
  /// that nobody named: it may have come with a cloned repository.
  reader(const std::string& origin, const environment& env,
         settings_source& source, bool trusted = true)
    : origin_{origin}, env_{env}, source_{source}, trusted_{trusted} {}

  caf::expected<settings> run(const json::object* file) {
    caf::error error;
    if (file != nullptr)
      error = read_file(*file);
    if (!error)
      error = read_environment();
    if (!error)
      error = finish_providers();
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
  struct found {
    provider_entry entry;
    /// True when the file has an entry of it.
    bool in_file = false;
    /// True when the file names a key variable that is not the default one.
    bool own_key_env = false;
    /// True when the file says where the provider is.
    bool own_address = false;
    /// True when anybody configured it.
    bool asked_for = false;
  };

  caf::error bad(const std::string& place, const std::string& what) const {
    return make_error(ec::bad_config, place + ": " + what);
  }

  /// An error at a key of the file.
  caf::error at(const complaint& x) const {
    return x.path.empty() ? bad(origin_, x.what)
                          : bad(origin_ + ": " + x.path, x.what);
  }

  caf::error at_provider(const found& x, const std::string& key,
                         const std::string& what) const {
    return at({"providers." + x.entry.name + "." + key, what});
  }

  std::optional<std::string> variable(const std::string& name) const {
    auto value = env_(name);
    // An empty variable is how shells unset one for a single command.
    return value && !value->empty() ? value : std::nullopt;
  }

  /// The first of `names` that is set, with its value.
  std::optional<std::pair<std::string, std::string>>
  first_variable(const std::vector<std::string>& names) const {
    for (const auto& name : names)
      if (auto value = variable(name))
        return std::pair{name, *value};
    return std::nullopt;
  }

  found& provider(const std::string& name) {
    for (auto& x : providers_)
      if (x.entry.name == name)
        return x;
    found x;
    static_cast<provider_settings&>(x.entry) = default_provider(name);
    return providers_.emplace_back(std::move(x));
  }

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
        wrong = read_providers(value);
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
        return at({key, "unknown key" + did_you_mean(key, keys)
                          + " (known: " + join(keys) + ")"});
      else
        // One object with this key alone, for the table of single options.
        if (auto w = read(top_options(), result_, json::object{{name, value}}))
          return at(*w);
      if (wrong)
        return at(below(std::move(key), std::move(*wrong)));
    }
    return {};
  }

  std::optional<complaint> read_providers(const json::value& value) {
    const auto* object = value.if_object();
    if (object == nullptr)
      return complaint{"", "must be an object from name to provider, not "
                             + kind_name(value)};
    for (const auto& [key, entry] : *object) {
      std::string name{key};
      if (name.empty() || name.size() > 64
          || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.")
               != std::string::npos)
        return complaint{name, "a provider's name is made of a-z, 0-9, '-', "
                               "'_' and '.'"};
      auto& x = provider(name);
      auto default_env = x.entry.key_env;
      auto default_url = x.entry.base_url;
      if (auto wrong = read(provider_options(), x.entry, entry))
        return below(std::move(name), std::move(*wrong));
      x.in_file = true;
      x.asked_for = true;
      x.own_key_env = x.entry.key_env != default_env;
      x.own_address = x.entry.base_url != default_url;
    }
    return std::nullopt;
  }

  /// A limit from the environment: `CLAUDE_DAILY_LIMIT`.
  caf::error read_limit(const std::string& name, uint64_t& limit) {
    auto value = variable(name);
    if (!value)
      return {};
    auto count = parse_count(*value);
    if (!count)
      return bad("environment variable " + name,
                 "'" + *value
                   + "' is not a whole number of requests; 0 means "
                     "no limit");
    limit = *count;
    return {};
  }

  void override(const found& x, const char* key, const std::string& name,
                std::string& into, const std::string& value) {
    if (x.in_file && into != value)
      source_.warnings.push_back("providers." + x.entry.name + "." + key
                                 + ": the environment variable " + name
                                 + " overrides the file");
    into = value;
  }

  caf::error read_environment() {
    for (const auto& v : known_variables()) {
      auto& x = provider(v.provider);
      auto prefix = std::string{v.prefix};
      if (!x.own_key_env && x.entry.key_file.empty())
        for (const auto& name : v.keys)
          if (variable(name)) {
            x.entry.key_env = name;
            x.asked_for = true;
            break;
          }
      if (auto url = first_variable(v.base_urls)) {
        override(x, "base_url", url->first, x.entry.base_url, url->second);
        x.own_address = false;
        if (x.entry.local)
          x.asked_for = true;
      }
      if (auto model = first_variable(v.models)) {
        override(x, "model", model->first, x.entry.model, model->second);
        // A local server has one model unless it is told otherwise.
        if (x.entry.local && !x.in_file)
          x.entry.strong_model = model->second;
      }
      if (auto strong = first_variable({prefix + "_STRONG_MODEL"}))
        override(x, "strong_model", strong->first, x.entry.strong_model,
                 strong->second);
      auto& limits = x.entry.limits;
      if (auto error =
            read_limit(prefix + "_DAILY_LIMIT", limits.requests_per_day))
        return error;
      if (auto error =
            read_limit(prefix + "_MONTHLY_LIMIT", limits.requests_per_month))
        return error;
    }
    return {};
  }

  caf::error finish_providers() {
    // Known ones first and in their own order, then the file's others.
    const auto& known = known_providers();
    std::stable_sort(providers_.begin(), providers_.end(),
                     [&known](const found& a, const found& b) {
                       auto place = [&known](const found& x) {
                         return std::find(known.begin(), known.end(),
                                          x.entry.name)
                                - known.begin();
                       };
                       return place(a) < place(b);
                     });
    for (auto& x : providers_) {
      names_.push_back(x.entry.name);
      if (!x.entry.enabled)
        continue;
      if (auto error = check(x))
        return error;
      auto usable = read_key(x);
      if (!usable)
        return usable.error();
      if (!*usable)
        continue;
      if (auto error = check_trust(x))
        return error;
      x.entry.assumed = x.entry.name == "ollama" && !x.asked_for;
      result_.providers.push_back(x.entry);
    }
    return {};
  }

  /// A file of the current folder must not send a key to where it likes.
  caf::error check_trust(const found& x) const {
    if (!trusted_ && !x.entry.command.empty())
      return at_provider(x, "command",
                         "this file was found in the current folder and would "
                         "run a program; if it is yours, name it: --config "
                           + origin_);
    auto to = url::parse(x.entry.base_url);
    auto secret = !x.entry.key.empty() || x.entry.pass_logins;
    if (trusted_ || !x.own_address || !secret
        || (to && (to->host == "localhost" || to->host == "127.0.0.1")))
      return {};
    return at_provider(x, "base_url",
                       "this file was found in the current folder and would "
                       "send your key to "
                         + x.entry.base_url
                         + "; if it is yours, name it: --config " + origin_);
  }

  /// Checks what the table cannot: one option against another.
  caf::error check(found& x) {
    auto& p = x.entry;
    if (!p.command.empty())
      return check_command(x);
    if (p.pass_logins && p.format != "anthropic")
      return at_provider(x, "pass_logins",
                         "is for Anthropic's own format and address alone");
    if (p.base_url.empty())
      return at_provider(x, "base_url",
                         "is missing: say where the server is, "
                         "for example http://127.0.0.1:8080/v1");
    while (p.base_url.back() == '/' && p.base_url.size() > 8)
      p.base_url.pop_back();
    auto parsed = url::parse(p.base_url);
    if (!parsed)
      return at_provider(x, "base_url", explain(parsed.error()));
    if (parsed->target.find_first_of("?#") != std::string::npos)
      return at_provider(x, "base_url",
                         "must be without '?' and '#': the path is completed");
    if (p.model.empty())
      return at_provider(x, "model", "is missing: name the server's model");
    if (p.strong_model.empty())
      p.strong_model = p.model;
    auto quirks = codec_quirks(p.format);
    for (const auto& quirk : p.quirks)
      if (std::find(quirks.begin(), quirks.end(), quirk) == quirks.end())
        return at_provider(x, "quirks",
                           "'" + quirk + "' is not known to format " + p.format
                             + (quirks.empty()
                                  ? ", which has none"
                                  : did_you_mean(quirk, quirks)
                                      + " (known: " + join(quirks) + ")"));
    if (!zone_exists(p.limits.time_zone))
      return at_provider(x, "limits.time_zone",
                         "'" + p.limits.time_zone
                           + "' is no IANA time zone of this system, for "
                             "example UTC or America/Los_Angeles");
    return {};
  }

  /// A command-line client needs no address, key or model.
  caf::error check_command(found& x) {
    auto& p = x.entry;
    p.base_url.clear();
    p.key_env.clear();
    p.key_file.clear();
    p.pass_logins = false;
    // Its plan costs nothing more by the token.
    p.vendor = "plan";
    if (p.model.empty())
      p.model = "default";
    if (p.strong_model.empty())
      p.strong_model = p.model;
    return {};
  }

  /// The sentence of an error without its code in front.
  static std::string explain(const caf::error& x) {
    auto text = render(x);
    auto colon = text.find(": ");
    return colon == std::string::npos ? text : text.substr(colon + 2);
  }

  static bool zone_exists(const std::string& name) {
    if (name == "UTC")
      return true;
    std::error_code ignored;
    return !name.empty() && name.front() != '/'
           && name.find("..") == std::string::npos
           && fs::is_regular_file("/usr/share/zoneinfo/" + name, ignored);
  }

  /// Fills in the key. False when the provider is left out for lack of one.
  caf::expected<bool> read_key(found& x) {
    auto& p = x.entry;
    if (!p.credentials.empty())
      return read_credentials(x);
    if (!p.key_file.empty()) {
      if (x.own_key_env && !p.key_env.empty())
        return at_provider(x, "key_file", "give key_env or key_file, not both");
      p.key_env.clear();
      return read_key_file(x);
    }
    if (p.key_env.empty())
      return true;
    auto value = variable(p.key_env);
    if (!value) {
      if (x.own_key_env)
        return at_provider(x, "key_env",
                           "the environment variable " + p.key_env
                             + " is not set: export it, or set \"enabled\": "
                               "false");
      source_.warnings.push_back(p.name + " is left out: " + p.key_env
                                 + " is not set");
      return false;
    }
    return take_key(p.key, "environment variable " + p.key_env, *value);
  }

  /// Those whose variable is not set are left out; false when none is left.
  caf::expected<bool> read_credentials(found& x) {
    auto& p = x.entry;
    if (!p.key_file.empty() || (x.own_key_env && !p.key_env.empty()))
      return at_provider(x, "credentials",
                         "give credentials, or key_env or key_file, not both");
    p.key_env.clear();
    std::vector<credential_settings> usable;
    std::vector<std::string> names;
    for (size_t i = 0; i < p.credentials.size(); ++i) {
      auto& one = p.credentials[i];
      auto place = "credentials[" + std::to_string(i) + "]";
      if (one.name.empty())
        return at_provider(x, place + ".name", "is missing");
      if (std::find(names.begin(), names.end(), one.name) != names.end())
        return at_provider(x, place + ".name",
                           "'" + one.name + "' is there twice");
      names.push_back(one.name);
      if (one.key_env.empty() == one.key_file.empty())
        return at_provider(x, place, "give key_env or key_file, one of them");
      caf::expected<bool> taken{true};
      if (!one.key_file.empty()) {
        taken = read_key_file("providers." + p.name + "." + place + ".key_file",
                              one.key_file, one.key);
      } else if (auto value = variable(one.key_env)) {
        taken =
          take_key(one.key, "environment variable " + one.key_env, *value);
      } else {
        source_.warnings.push_back(p.name + ": " + one.name + " is left out: "
                                   + one.key_env + " is not set");
        continue;
      }
      if (!taken)
        return taken.error();
      usable.push_back(one);
    }
    p.credentials = std::move(usable);
    if (p.credentials.empty())
      return false;
    p.key = p.credentials.front().key;
    return true;
  }

  caf::expected<bool> take_key(std::string& into, const std::string& from,
                               std::string_view value) {
    auto first = value.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
      return bad(from, "holds no key");
    value = value.substr(first, value.find_last_not_of(" \t\r\n") - first + 1);
    // It becomes a header: a line break in it would be another header.
    if (std::any_of(value.begin(), value.end(),
                    [](char c) { return c <= ' ' || c == '\x7f'; }))
      return bad(from, "holds blanks, control characters or letters beyond "
                       "ASCII, so it is no key");
    into = value;
    return true;
  }

  caf::expected<bool> read_key_file(found& x) {
    return read_key_file("providers." + x.entry.name + ".key_file",
                         x.entry.key_file, x.entry.key);
  }

  caf::expected<bool> read_key_file(const std::string& place,
                                    const std::string& name,
                                    std::string& into) {
    auto path = expand(name);
    struct stat info {};
    if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode))
      return at({place, "there is no file " + path});
    if ((info.st_mode & 077) != 0)
      return at({place, path + " can be read by others: chmod 600 " + path});
    std::ifstream in{path};
    std::string text(65536, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad() || (in.fail() && !in.eof()))
      return at({place, "cannot read " + path});
    text.resize(static_cast<size_t>(in.gcount()));
    return take_key(into, path, text);
  }

  /// Only the hash of a client's key is kept.
  caf::error finish_keys() {
    for (auto& x : result_.keys) {
      auto place = "keys." + x.name;
      std::string key;
      caf::expected<bool> taken{true};
      if (!x.key_file.empty()) {
        taken = read_key_file(place + ".key_file", x.key_file, key);
      } else if (!x.key_env.empty()) {
        auto value = variable(x.key_env);
        if (!value)
          return at({place + ".key_env",
                     "the environment variable " + x.key_env + " is not set"});
        taken = take_key(key, "environment variable " + x.key_env, *value);
      }
      if (!taken)
        return taken.error();
      if (!key.empty())
        x.sha256 = sha256_hex(key);
    }
    return {};
  }

  /// `~` is the home folder; other relative paths start at the file's folder.
  std::string expand(const std::string& path) const {
    if (path.rfind("~/", 0) == 0)
      if (auto home = variable("HOME"))
        return *home + path.substr(1);
    if (fs::path{path}.is_relative() && !source_.path.empty())
      return (fs::path{source_.path}.parent_path() / path).string();
    return path;
  }

  caf::error check_name(const std::string& name, const std::string& place) {
    if (std::find(names_.begin(), names_.end(), name) == names_.end())
      return bad(place, "there is no provider '" + name + "'"
                          + did_you_mean(name, names_)
                          + " (known: " + join(names_) + ")");
    return {};
  }

  caf::error finish_routing() {
    auto& routing = result_.routing;
    if (auto error = read_default_providers())
      return error;
    auto place = [this](const std::string& key) {
      return origin_ + ": routing." + key;
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
      auto place = origin_ + ": limits[" + std::to_string(i) + "]";
      if (!x.time_zone.empty() && !zone_exists(x.time_zone))
        return bad(place + ".time_zone",
                   "'" + x.time_zone
                     + "' is no IANA time zone of this system, for example UTC "
                       "or America/Los_Angeles");
      if (x.provider.empty()) {
        if (!x.credential.empty())
          return bad(place + ".credential", "name its provider too");
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
        return bad(place + ".credential",
                   x.provider + " has no credentials of its own");
    return {};
  }

  caf::error read_default_providers() {
    using enum task_type;
    static const std::vector<std::pair<const char*, std::vector<task_type>>>
      names{
        {"DEFAULT_TEXT_PROVIDER", {text, creative}},
        {"DEFAULT_CODE_PROVIDER", {code}},
        {"DEFAULT_REASONING_PROVIDER", {reasoning}},
        {"DEFAULT_MULTIMODAL_PROVIDER", {image, audio, video}},
      };
    for (const auto& [name, types] : names)
      if (auto value = variable(name)) {
        if (auto error =
              check_name(*value, std::string{"environment variable "} + name))
          return error;
        for (auto type : types)
          result_.routing.default_providers[type] = *value;
      }
    if (auto value = variable("FALLBACK_PROVIDER")) {
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
      return at({"server.control_port",
                 "is the same as server.port: the data plane and the status "
                 "endpoint need a port each"});
    for (auto* file : {&s.tls.certificate, &s.tls.key})
      if (!file->empty())
        *file = expand(*file);
    if (s.tls.used())
      if (auto bad = check_tls_files(s.tls))
        return bad;
    if (s.database.empty())
      s.database = default_database(env_);
    else
      s.database = expand(s.database);
    if (auto error = check_traces(s.traces.endpoint))
      return error;
    // Who may be read from is not for a cloned repository to say.
    if (!trusted_ && (!s.input.folders.empty() || !s.skills.empty()))
      return at({s.skills.empty() ? "input.folders" : "skills",
                 "this file was found in the current folder, which may not say "
                 "what is read; if it is yours, name it: --config "
                   + origin_});
    for (auto& folder : s.input.folders)
      folder = expand(folder);
    if (s.skills.empty()) {
      auto own = user_settings_path(env_);
      if (!own.empty())
        s.skills = own.substr(0, own.rfind('/')) + "/skills";
    } else {
      s.skills = expand(s.skills);
    }
    return {};
  }

  /// A collector learns what is asked of whom, and gets the headers that the
  /// environment has for it.
  caf::error check_traces(const std::string& endpoint) {
    if (endpoint.empty())
      return {};
    if (auto to = url::parse(endpoint); !to)
      return at({"traces.endpoint", render(to.error())
                                      + "; give for example "
                                        "http://127.0.0.1:4318"});
    if (!trusted_)
      return at({"traces.endpoint",
                 "this file was found in the current folder, which may not say "
                 "who is told; if it is yours, name it: --config "
                   + origin_});
    return {};
  }

  caf::error check_host(const std::string& key, const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    bool v4 = inet_pton(AF_INET, host.c_str(), address.data()) == 1;
    bool loopback = v4 ? address[0] == 127 : host == "::1";
    if (!v4 && inet_pton(AF_INET6, host.c_str(), address.data()) != 1)
      return at({"server." + key, "'" + host
                                    + "' is no IP address; 127.0.0.1 is this "
                                      "machine alone, 0.0.0.0 every network"});
    auto open = key != "host" || result_.gateway.require_keys == "never";
    if (!loopback && open)
      source_.warnings.push_back(
        "server." + key + ": " + host
        + " can be reached from outside, and everybody who reaches it can "
        + (key == "host" ? "spend your quotas" : "see what you use"));
    return {};
  }

  const std::string& origin_;
  const environment& env_;
  settings_source& source_;
  bool trusted_;
  settings result_;
  std::vector<found> providers_;
  std::vector<std::string> names_;
};

} // namespace

namespace {

caf::expected<settings> parse(std::string_view json, const std::string& origin,
                              const environment& env, settings_source& source,
                              bool trusted) {
  auto value = parse_config_json(json, origin);
  if (!value)
    return value.error();
  const auto* object = value->if_object();
  if (object == nullptr)
    return make_error(ec::bad_config,
                      origin + ": must be an object, not " + kind_name(*value));
  return reader{origin, env, source, trusted}.run(object);
}

} // namespace

caf::expected<settings> parse_settings(std::string_view json,
                                       const std::string& origin,
                                       const environment& env,
                                       settings_source& source) {
  return parse(json, origin, env, source, true);
}

std::string user_settings_path(const environment& env) {
  auto base = env("XDG_CONFIG_HOME").value_or("");
  if (base.empty())
    if (auto home = env("HOME"); home && !home->empty())
      base = *home + "/.config";
  return base.empty() ? base : base + "/smart-agents/smart-agents.json";
}

caf::expected<settings> load_settings(const std::string& path,
                                      const environment& env,
                                      settings_source& source) {
  constexpr uint64_t largest = 4u << 20;
  std::vector<std::string> places;
  if (!path.empty()) {
    places.push_back(path);
  } else {
    places.emplace_back("smart-agents.json");
    if (auto own = user_settings_path(env); !own.empty())
      places.push_back(std::move(own));
  }
  for (const auto& place : places) {
    std::error_code error;
    auto status = fs::status(place, error);
    if (!fs::exists(status) && path.empty())
      continue;
    if (!fs::exists(status))
      return make_error(ec::bad_config, place + ": there is no such file");
    if (!fs::is_regular_file(status) && !fs::is_fifo(status))
      return make_error(ec::bad_config, place + ": is not a file");
    if (fs::is_regular_file(status) && fs::file_size(place, error) > largest)
      return make_error(ec::bad_config, place + ": is larger than 4 MB");
    std::ifstream in{place, std::ios::binary};
    std::stringstream text;
    text << in.rdbuf();
    if (!in)
      return make_error(ec::bad_config, place + ": cannot be read");
    source.path = place;
    auto named = !path.empty() || &place != &places.front();
    return parse(text.str(), place, env, source, named);
  }
  static const std::string origin = "environment";
  return reader{origin, env, source}.run(nullptr);
}

} // namespace smart_agents
