#pragma once

#include "adapters/client_codec.hpp"

namespace smart_agents::codecs {

/// Anthropic Messages, as we serve it.
client_codec_ptr client_anthropic();

/// Its requests; with `count_only` nothing is demanded that only an answer
/// needs.
caf::expected<client_request> parse_client_anthropic(std::string_view body,
                                                     bool count_only);

/// Its streams.
std::unique_ptr<stream_writer> stream_client_anthropic(answer_head head);

} // namespace smart_agents::codecs
