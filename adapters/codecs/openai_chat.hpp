#pragma once

#include "adapters/provider_codec.hpp"

namespace smart_agents::codecs {

/// OpenAI Chat Completions (`POST /chat/completions`), the lingua franca of
/// compatible servers. Quirks: `max-tokens` (the old name of the output cap),
/// `system-role` (`system` instead of `developer`) and `no-stream-options`.
codec_ptr openai_chat();

} // namespace smart_agents::codecs
