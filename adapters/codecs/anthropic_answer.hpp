#pragma once

#include "adapters/provider_codec.hpp"

#include <memory>

namespace smart_agents::codecs {

/// Decodes a whole message.
std::optional<failure> decode_anthropic(std::string_view body,
                                        chat_response& out);

/// Decodes a streamed one. Only `message_stop` ends it. Blocks of kinds that
/// the canonical stream has no event for are left out.
std::unique_ptr<stream_decoder> stream_anthropic();

} // namespace smart_agents::codecs
