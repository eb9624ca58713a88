#pragma once

#include "actors/front/mcp_server.hpp"

#include <chrono>
#include <functional>
#include <string>

/// What the official conformance suite wants a server to offer, and three tools
/// for tests with real clients: `echo`, `job` and `hang`.

namespace smart_agents::test {

mcp_offer fixture_offer();

/// The host of that offer. `later` runs a function on the server's own thread
/// after a while.
mcp_host fixture_host(
  mcp_server& server,
  std::function<void(std::chrono::milliseconds, std::function<void()>)> later);

} // namespace smart_agents::test
