#pragma once

#include "adapters/provider_codec.hpp"

#include <memory>

namespace smart_agents::codecs {

/// Decodes a whole response.
std::optional<failure> decode_openai_responses(std::string_view body,
                                               chat_response& out);

/// Decodes a streamed one. Only `response.completed` and `.incomplete` end it.
std::unique_ptr<stream_decoder> stream_openai_responses();

} // namespace smart_agents::codecs
