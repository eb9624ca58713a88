#pragma once

#include "adapters/client_codec.hpp"

namespace smart_agents::codecs {

/// OpenAI Responses, as we serve it.
client_codec_ptr client_responses();

/// Its requests; with `count_only` nothing is demanded that only an answer
/// needs.
caf::expected<client_request> parse_client_responses(std::string_view body,
                                                     bool count_only);

/// Its streams.
std::unique_ptr<stream_writer> stream_client_responses(answer_head head);

} // namespace smart_agents::codecs
