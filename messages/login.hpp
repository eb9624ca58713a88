#pragma once

#include <string>

namespace smart_agents {

/// A client's own log-in at a provider, which it sent along: a plan that is not
/// ours. Lives in memory only, for the one request that brought it.
struct client_login {
  /// The token itself. Goes into the header of a call to the provider that gave
  /// it, and nowhere else.
  std::string token;
  /// Stands for it where it must be told apart: in limits, ledger and metrics.
  std::string id;
  /// The client's own `anthropic-beta`, which belongs to the token.
  std::string betas = {};
};

} // namespace smart_agents
