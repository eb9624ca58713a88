#pragma once

#include "adapters/provider_codec.hpp"

#include <memory>

namespace smart_agents::codecs {

/// Decodes a whole answer of `/api/chat`, or of a stream's last line.
std::optional<failure> decode_ollama(std::string_view body, chat_response& out);

/// Decodes JSON lines until the one that says `"done":true`.
std::unique_ptr<stream_decoder> stream_ollama();

} // namespace smart_agents::codecs
