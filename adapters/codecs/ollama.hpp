#pragma once

#include "adapters/provider_codec.hpp"

namespace smart_agents::codecs {

/// Ollama's own API (`POST /api/chat`, JSON lines).
codec_ptr ollama();

} // namespace smart_agents::codecs
