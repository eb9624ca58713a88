#pragma once

#include "adapters/provider_codec.hpp"

namespace smart_agents::codecs {

/// Google Gemini (`generateContent` and `streamGenerateContent?alt=sse`),
/// version v1beta unless the base URL names another. No quirks.
codec_ptr gemini();

} // namespace smart_agents::codecs
