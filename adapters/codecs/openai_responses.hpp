#pragma once

#include "adapters/provider_codec.hpp"

namespace smart_agents::codecs {

/// OpenAI Responses (`POST /responses`), stateless, also spoken by xAI.
codec_ptr openai_responses();

} // namespace smart_agents::codecs
