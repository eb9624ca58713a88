#include "runtime/settings_provider_reader.hpp"

#include "adapters/provider_codec.hpp"
#include "messages/error.hpp"
#include "runtime/settings_values.hpp"
#include "runtime/settings_variables.hpp"

#include <algorithm>
#include <array>

namespace smart_agents {

namespace json = boost::json;
using namespace option_table;

namespace {

/// A command-line client needs no address, key or model.
void finish_command(provider_settings& p) {
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
}

/// The sentence of an error without its code in front.
std::string explain(const caf::error& x) {
  auto text = render(x);
  auto colon = text.find(": ");
  return colon == std::string::npos ? text : text.substr(colon + 2);
}

/// Puts a key in its place.
caf::expected<bool> keep(std::string& into, caf::expected<std::string> key) {
  if (!key)
    return key.error();
  into = std::move(*key);
  return true;
}

} // namespace

caf::error provider_reader::at_provider(const found& x, const std::string& key,
                                        const std::string& what) const {
  return from_.at({"providers." + x.entry.name + "." + key, what});
}

/// The first of `names` that is set, with its value.
std::optional<std::pair<std::string, std::string>>
provider_reader::first_variable(const std::vector<std::string>& names) const {
  for (const auto& name : names)
    if (auto value = from_.variable(name))
      return std::pair{name, *value};
  return std::nullopt;
}

provider_reader::found& provider_reader::provider(const std::string& name) {
  for (auto& x : providers_)
    if (x.entry.name == name)
      return x;
  found x;
  static_cast<provider_settings&>(x.entry) = default_provider(name);
  return providers_.emplace_back(std::move(x));
}

std::optional<complaint> provider_reader::read_group(const json::value& value) {
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
caf::error provider_reader::read_limit(const std::string& name,
                                       uint64_t& limit) const {
  auto value = from_.variable(name);
  if (!value)
    return {};
  auto count = parse_count(*value);
  if (!count)
    return from_.bad("environment variable " + name,
                     "'" + *value
                       + "' is not a whole number of requests; 0 means "
                         "no limit");
  limit = *count;
  return {};
}

void provider_reader::override(const found& x, const char* key,
                               const std::string& name, std::string& into,
                               const std::string& value) {
  if (x.in_file && into != value)
    from_.source.warnings.push_back("providers." + x.entry.name + "." + key
                                    + ": the environment variable " + name
                                    + " overrides the file");
  into = value;
}

caf::error provider_reader::read_environment() {
  for (const auto& v : known_variables()) {
    auto& x = provider(v.provider);
    auto prefix = std::string{v.prefix};
    if (!x.own_key_env && x.entry.key_file.empty())
      for (const auto& name : v.keys)
        if (from_.variable(name)) {
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

caf::error provider_reader::finish(std::vector<provider_settings>& into) {
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
    into.push_back(x.entry);
  }
  return {};
}

/// A file of the current folder must not send a key to where it likes.
caf::error provider_reader::check_trust(const found& x) const {
  if (!from_.trusted && !x.entry.command.empty())
    return at_provider(x, "command",
                       "this file was found in the current folder and would "
                       "run a program; if it is yours, name it: --config "
                         + from_.origin);
  auto to = url::parse(x.entry.base_url);
  auto secret = !x.entry.key.empty() || x.entry.pass_logins;
  if (from_.trusted || !x.own_address || !secret
      || (to && (to->host == "localhost" || to->host == "127.0.0.1")))
    return {};
  return at_provider(x, "base_url",
                     "this file was found in the current folder and would "
                     "send your key to "
                       + x.entry.base_url
                       + "; if it is yours, name it: --config " + from_.origin);
}

/// Checks what the table cannot: one option against another.
caf::error provider_reader::check(found& x) const {
  auto& p = x.entry;
  if (!p.command.empty()) {
    finish_command(p);
    return {};
  }
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

/// Fills in the key. False when the provider is left out for lack of one.
caf::expected<bool> provider_reader::read_key(found& x) {
  auto& p = x.entry;
  if (!p.credentials.empty())
    return read_credentials(x);
  if (!p.key_file.empty()) {
    if (x.own_key_env && !p.key_env.empty())
      return at_provider(x, "key_file", "give key_env or key_file, not both");
    p.key_env.clear();
    return keep(p.key, from_.key_in_file("providers." + p.name + ".key_file",
                                         p.key_file));
  }
  if (p.key_env.empty())
    return true;
  auto value = from_.variable(p.key_env);
  if (!value) {
    if (x.own_key_env)
      return at_provider(x, "key_env",
                         "the environment variable " + p.key_env
                           + " is not set: export it, or set \"enabled\": "
                             "false");
    from_.source.warnings.push_back(p.name + " is left out: " + p.key_env
                                    + " is not set");
    return false;
  }
  return keep(p.key, from_.key_in(p.key_env, *value));
}

/// Those whose variable is not set are left out; false when none is left.
caf::expected<bool> provider_reader::read_credentials(found& x) {
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
      taken = keep(one.key, from_.key_in_file("providers." + p.name + "."
                                                + place + ".key_file",
                                              one.key_file));
    } else if (auto value = from_.variable(one.key_env)) {
      taken = keep(one.key, from_.key_in(one.key_env, *value));
    } else {
      from_.source.warnings.push_back(p.name + ": " + one.name
                                      + " is left out: " + one.key_env
                                      + " is not set");
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

} // namespace smart_agents
