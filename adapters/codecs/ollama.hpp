#pragma once

#include "adapters/provider_codec.hpp"

namespace smart_agents::codecs {

/// Ollama's own chat (`POST /api/chat`), local or in its cloud. Prompts longer
/// than the context are refused instead of being cut in silence. No quirks.
codec_ptr ollama();

} // namespace smart_agents::codecs
