#pragma once

#include "adapters/provider_codec.hpp"

namespace smart_agents::codecs {

/// Ollama's own chat (`POST /api/chat`), local or in its cloud. Prompts longer
/// than the context are refused instead of being cut in silence. No quirks.
codec_ptr ollama();

/// True for models that are known to think. One that cannot refuses to be asked
/// for it, and there is no list of those that can: these families are known to.
bool ollama_thinks(std::string_view model);

} // namespace smart_agents::codecs
