#pragma once

#include "messages/dialect.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Fetches what somebody else names, and nothing that only this machine can
/// reach.

namespace smart_agents {

struct fetch_limits {
  uint64_t max_bytes = 20u << 20;
  /// For everything together.
  caf::timespan patience = std::chrono::seconds{30};
  int redirects = 3;
  /// True lets private addresses be reached; for tests.
  bool private_addresses = false;
};

/// The body at an `http:` or `https:` URL. Every address that the host's name
/// has must be a public one, the connection goes to an address that was
/// checked, and so for each redirect. Fails with `ec::bad_input` or
/// `ec::io_failed`. Blocks.
caf::expected<std::string> fetch_public(const std::string& url,
                                        const fetch_limits& limits);

/// True for an IP address that belongs to the Internet: none of this machine,
/// of a private or local network, or reserved. False for what is no address.
bool is_public_address(std::string_view address);

} // namespace smart_agents
