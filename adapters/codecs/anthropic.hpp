#pragma once

#include "adapters/provider_codec.hpp"

namespace smart_agents::codecs {

/// Anthropic Messages (`POST /v1/messages`), version 2023-06-01. No quirks.
codec_ptr anthropic();

} // namespace smart_agents::codecs
