#pragma once

#include "adapters/http_client.hpp"
#include "messages/chat.hpp"

#include <string>

namespace smart_agents {

/// Tells conversations apart, for prompt caches: the same for every turn of
/// one, and different for a client's sessions and subagents. Made of what the
/// client says of its session, and of how the conversation begins; it tells
/// nothing of either.
std::string conversation_of(const http_headers& headers,
                            const chat_request& request);

} // namespace smart_agents
