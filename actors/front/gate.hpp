#pragma once

#include "actors/front/client_keys.hpp"
#include "adapters/http_server.hpp"
#include "messages/login.hpp"

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace smart_agents {

/// Who may come in.
struct gate_rules {
  /// True when only this machine's programs reach us.
  bool loopback = true;
  /// False lets in who has no key.
  bool keys_required = false;
  /// Names beside addresses and localhost by which we may be called; where we
  /// are not on loopback, none means any.
  std::vector<std::string> hosts;
  /// Web pages, as `https://host:port`, whose scripts may ask us.
  std::vector<std::string> origins;
  key_ring keys;
};

/// Who was let in.
struct visitor {
  /// Lives as long as the rules; null for none.
  const client_key* key = nullptr;
  /// The client's own log-in at Anthropic; null for none.
  std::shared_ptr<const client_login> login;
};

/// Why somebody was not.
struct turned_away {
  /// 401 for want of a key, 403 for a wrong host or origin.
  int status = 403;
  /// For people: what is wrong, and the remedy. Repeats no secret.
  std::string message;
};

/// Looks at a request's host, origin and key, in this order. A key comes as
/// `x-smart-agents-key`, `x-api-key` or `Authorization: Bearer`; a bearer of
/// Anthropic's log-ins is no key of ours. For endpoints in the vendors'
/// formats, whose clients always show some key: where none is needed, only one
/// that is ours by its looks or header, and unknown or revoked, is refused.
std::variant<visitor, turned_away> admit(const gate_rules& rules,
                                         const server_request& request);

/// The same for our own endpoints, which pass nothing on: whoever shows any
/// credential that is no key of ours is refused, even where none is needed.
std::variant<visitor, turned_away>
admit_by_our_keys(const gate_rules& rules, const server_request& request);

/// The checks of host and origin alone, for what needs no key.
std::variant<visitor, turned_away> admit_anyone(const gate_rules& rules,
                                                const server_request& request);

} // namespace smart_agents
