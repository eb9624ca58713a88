#pragma once

#include "adapters/provider_codec.hpp"

namespace smart_agents::codecs {

/// Google Gemini (`generateContent` and `streamGenerateContent?alt=sse`).
codec_ptr gemini();

} // namespace smart_agents::codecs
