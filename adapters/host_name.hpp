#pragma once

#include <string_view>

namespace smart_agents {

/// The host of a `Host` header or an authority: without port and brackets.
std::string_view host_of(std::string_view authority);

/// True for an IP address and for `localhost`: names that no foreign page can
/// make its own (DNS rebinding).
bool is_plain_host(std::string_view host);

/// True for `localhost` and addresses of this machine alone.
bool is_loopback_host(std::string_view host);

} // namespace smart_agents
