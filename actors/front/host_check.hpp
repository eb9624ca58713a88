#pragma once

#include <string_view>

namespace smart_agents {

/// True for `localhost`, 127.0.0.0/8 and ::1, with a port or without, as a
/// `Host` header (RFC 9110 section 7.2) spells them.
bool is_loopback_host(std::string_view host);

/// True when a request may be served by a listener that only this machine
/// reaches. A web page whose name was made to point at 127.0.0.1 (DNS
/// rebinding) still sends its own name as `Host` or `Origin`, and is refused.
/// Empty headers are those of programs that are no browser.
bool is_from_this_machine(std::string_view host, std::string_view origin);

} // namespace smart_agents
