#pragma once

#include "adapters/provider_codec.hpp"

#include <memory>

namespace smart_agents::codecs {

/// Decodes a whole answer of Chat Completions.
std::optional<failure> decode_openai_chat(std::string_view body,
                                          bool reasoning_excluded,
                                          chat_response& out);

/// Decodes a streamed one. Only `[DONE]` ends it.
std::unique_ptr<stream_decoder> stream_openai_chat(bool reasoning_excluded);

} // namespace smart_agents::codecs
