#pragma once

#include "actors/front/mcp_message.hpp"
#include "actors/front/mcp_offer.hpp"
#include "adapters/http_client.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the headers of an MCP request must say. Pure.

namespace smart_agents {

/// Why a request may come from a page of somebody else's that a browser was
/// tricked into (DNS rebinding); empty when its `Host`, and its `Origin` where
/// there is one, are this machine's or one of `names`. A `*` allows any host,
/// and then an origin must be the host itself.
std::string check_origin(const http_headers& headers,
                         const std::vector<std::string>& names);

/// Where the headers of a modern request differ from its body; empty when they
/// do not.
std::string check_mirrors(const http_headers& headers, const mcp_message& x,
                          const mcp_offer& offer);

/// The text that a header carries: as it is, or as `=?base64?...?=`. Nothing
/// when that is no base64.
std::optional<std::string> decode_header(std::string_view value);

} // namespace smart_agents
