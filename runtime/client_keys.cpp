#include "runtime/client_keys.hpp"

#include "adapters/host_name.hpp"
#include "adapters/key_store.hpp"
#include "messages/error.hpp"
#include "runtime/quotas.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace smart_agents {

bool is_key_name(const std::string& name) {
  return !name.empty() && name.size() <= 64
         && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-_./")
              == std::string::npos;
}

std::optional<limit_settings> parse_key_limit(const std::string& text) {
  auto slash = text.find('/');
  auto letters = text.find_first_not_of("0123456789.");
  if (slash == std::string::npos || letters == 0 || letters >= slash)
    return std::nullopt;
  limit_settings result;
  result.per = text.substr(slash + 1);
  if (!parse_window(result.per))
    return std::nullopt;
  auto kind = text.substr(letters, slash - letters);
  const auto* end = text.data() + letters;
  if (kind == "usd") {
    auto [stop, wrong] = std::from_chars(text.data(), end, result.usd);
    if (wrong != std::errc{} || stop != end || !(result.usd > 0)
        || result.usd > 1e6)
      return std::nullopt;
    return result;
  }
  auto& amount = kind == "requests"        ? result.requests
                 : kind == "input_tokens"  ? result.input_tokens
                 : kind == "output_tokens" ? result.output_tokens
                                           : result.total_tokens;
  if (&amount == &result.total_tokens && kind != "tokens")
    return std::nullopt;
  auto [stop, wrong] = std::from_chars(text.data(), end, amount);
  if (wrong != std::errc{} || stop != end || amount == 0
      || amount > (uint64_t{1} << 53))
    return std::nullopt;
  return result;
}

std::string bad_key_limit(const std::string& text) {
  return "'" + text
         + "' is no limit: write an amount, requests, tokens, input_tokens, "
           "output_tokens or usd, and a window, for example 60requests/minute, "
           "1000000tokens/day or 5usd/month";
}

caf::error add_client_keys(settings& to) {
  auto path = key_store_path(to.database);
  std::error_code ignored;
  if (!to.database.empty() && std::filesystem::exists(path, ignored)) {
    auto store = open_key_store(path);
    if (!store)
      return store.error();
    auto kept = (*store)->list();
    if (!kept)
      return kept.error();
    for (auto& x : *kept) {
      if (x.revoked_at)
        continue;
      if (std::any_of(to.keys.begin(), to.keys.end(),
                      [&x](const auto& y) { return y.name == x.name; }))
        return make_error(
          ec::bad_config,
          "the key '" + x.name + "' is in the configuration file and in " + path
            + " too; rename one, or smart-agents keys revoke " + x.name);
      key_settings key;
      key.name = std::move(x.name);
      key.sha256 = std::move(x.digest);
      key.models = std::move(x.models);
      key.limits = std::move(x.limits);
      key.max_concurrent = x.max_concurrent;
      to.keys.push_back(std::move(key));
    }
  }
  for (const auto& x : to.keys)
    for (const auto& text : x.limits) {
      auto limit = parse_key_limit(text);
      if (!limit)
        return make_error(ec::bad_config,
                          "key " + x.name + ": " + bad_key_limit(text));
      limit->key = x.name;
      to.limits.push_back(std::move(*limit));
    }
  return {};
}

std::shared_ptr<const gateway_rules> gateway_rules_of(const settings& x) {
  auto result = std::make_shared<gateway_rules>();
  auto& gate = result->gate;
  gate.loopback = is_loopback_host(x.listen_host);
  gate.keys_required = x.gateway.require_keys == "always"
                       || (x.gateway.require_keys == "auto" && !gate.loopback);
  gate.hosts = x.gateway.allowed_hosts;
  gate.origins = x.gateway.allowed_origins;
  for (const auto& key : x.keys)
    gate.keys.add(key.sha256, {key.name, key.models, key.max_concurrent});
  result->names.aliases = x.gateway.aliases;
  result->names.routes = x.gateway.routes;
  result->continues = x.gateway.continue_streams;
  return result;
}

caf::error check_client_keys(const settings& x) {
  auto rules = gateway_rules_of(x);
  if (!rules->gate.keys_required || !rules->gate.keys.empty())
    return {};
  return make_error(
    ec::bad_config,
    (x.gateway.require_keys == "always"
       ? std::string{"gateway.require_keys is \"always\""}
       : "server.host " + x.listen_host + " can be reached from outside")
      + ", and there is no client key: make one with smart-agents keys create "
        "NAME, or say \"gateway\": {\"require_keys\": \"never\"}");
}

} // namespace smart_agents
