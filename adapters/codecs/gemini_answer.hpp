#pragma once

#include "adapters/provider_codec.hpp"

#include <memory>

namespace smart_agents::codecs {

/// Decodes a whole `GenerateContentResponse`.
std::optional<failure> decode_gemini(std::string_view body, chat_response& out);

/// Decodes a stream of them. There is no terminal event: it is whole when a
/// finish reason came before the body ended. A signature on a text part
/// becomes a thinking part of its own without text, behind it.
std::unique_ptr<stream_decoder> stream_gemini();

} // namespace smart_agents::codecs
