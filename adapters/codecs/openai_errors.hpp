#pragma once

#include "adapters/codecs/json_access.hpp"
#include "adapters/http_client.hpp"
#include "messages/chat.hpp"
#include "messages/failure.hpp"

#include <string_view>

/// What the two OpenAI formats, and xAI behind either, have in common.

namespace smart_agents::codecs {

/// The meaning of an error body in OpenAI's shape or xAI's.
failure classify_openai(const http_head& head, std::string_view body);

/// OpenAI's name of an effort, or null to leave the default.
const char* openai_effort(effort x);

/// Adds temperature and top_p unless the model thinks, which rejects them.
void add_openai_sampling(const chat_request& request, json::object& body);

} // namespace smart_agents::codecs
