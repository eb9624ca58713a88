#pragma once

#include "adapters/provider_codec.hpp"

namespace smart_agents::codecs {

/// OpenAI Responses (`POST /responses`), also xAI's. Nothing is stored at the
/// provider. No quirks.
codec_ptr openai_responses();

} // namespace smart_agents::codecs
