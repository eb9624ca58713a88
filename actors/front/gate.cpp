#include "actors/front/gate.hpp"

#include "adapters/host_name.hpp"
#include "adapters/secrets.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace smart_agents {

namespace {

/// Begins every bearer of a log-in at Anthropic.
constexpr std::string_view login_prefix = "sk-ant-oat";

bool contains(const std::vector<std::string>& list, std::string_view x) {
  return std::find(list.begin(), list.end(), x) != list.end();
}

/// The token of `Authorization: Bearer TOKEN`, or empty.
std::string_view bearer_of(const http_headers& headers) {
  auto value = find_header(headers, "Authorization");
  constexpr std::string_view scheme = "bearer ";
  if (value.size() <= scheme.size())
    return {};
  for (size_t i = 0; i < scheme.size(); ++i)
    if ((value[i] | 0x20) != scheme[i] && value[i] != scheme[i])
      return {};
  value.remove_prefix(scheme.size());
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

bool host_is_ours(const gate_rules& rules, std::string_view authority) {
  // HTTP/1.0 knows no such header, and no browser speaks that.
  if (authority.empty())
    return true;
  auto host = host_of(authority);
  if (is_plain_host(host) || contains(rules.hosts, host)
      || contains(rules.hosts, authority))
    return true;
  return !rules.loopback && rules.hosts.empty();
}

bool origin_is_welcome(const gate_rules& rules, std::string_view origin,
                       std::string_view host) {
  if (origin.empty() || contains(rules.origins, origin))
    return true;
  auto at = origin.find("://");
  if (at == std::string_view::npos)
    return false; // `null`
  auto authority = origin.substr(at + 3);
  return authority == host
         || (rules.loopback && is_loopback_host(host_of(authority)));
}

turned_away without_key(std::string message) {
  return {401, std::move(message)
                 + "; send it as x-smart-agents-key, x-api-key or "
                   "Authorization: Bearer (smart-agents keys create NAME makes "
                   "one)"};
}

} // namespace

std::variant<visitor, turned_away> admit_anyone(const gate_rules& rules,
                                                const server_request& request) {
  auto host = find_header(request.headers, "Host");
  if (!host_is_ours(rules, host))
    return turned_away{403, "the Host header names a host that is not this "
                            "gateway's: ask for its address, or add the name "
                            "to gateway.allowed_hosts"};
  if (!origin_is_welcome(rules, find_header(request.headers, "Origin"), host))
    return turned_away{403, "web pages of another origin may not ask this "
                            "gateway: add theirs to gateway.allowed_origins"};
  return visitor{};
}

std::variant<visitor, turned_away> admit(const gate_rules& rules,
                                         const server_request& request) {
  auto who = admit_anyone(rules, request);
  if (std::holds_alternative<turned_away>(who))
    return who;
  visitor result;
  auto bearer = bearer_of(request.headers);
  if (bearer.starts_with(login_prefix)) {
    auto login = std::make_shared<client_login>();
    login->token = bearer;
    login->id = "login-" + sha256_hex(bearer).substr(0, 12);
    login->betas = find_header(request.headers, "anthropic-beta");
    result.login = std::move(login);
    bearer = {};
  }
  const std::array presented{find_header(request.headers, "x-smart-agents-key"),
                             find_header(request.headers, "x-api-key"), bearer};
  for (auto x : presented)
    if ((result.key = rules.keys.find(x)) != nullptr)
      return result;
  // A revoked key must not become nobody's, who may do more.
  auto ours = !presented[0].empty()
              || std::any_of(presented.begin(), presented.end(), [](auto x) {
                   return x.starts_with(client_key_prefix);
                 });
  if (ours)
    return without_key("this key is unknown or revoked");
  if (rules.keys_required)
    return without_key("a key of this gateway is needed");
  return result;
}

std::variant<visitor, turned_away>
admit_by_our_keys(const gate_rules& rules, const server_request& request) {
  auto who = admit(rules, request);
  const auto* in_person = std::get_if<visitor>(&who);
  if (in_person == nullptr || in_person->key != nullptr)
    return who;
  auto shows = !find_header(request.headers, "x-api-key").empty()
               || !find_header(request.headers, "Authorization").empty();
  if (shows)
    return without_key("this is no key of this gateway; show none where none "
                       "is needed");
  return who;
}

} // namespace smart_agents
