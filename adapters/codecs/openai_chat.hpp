#pragma once

#include "adapters/provider_codec.hpp"

namespace smart_agents::codecs {

/// OpenAI Chat Completions (`POST /chat/completions`), which most compatible
/// servers speak. Quirks:
/// - `max-tokens`: the output cap is called `max_tokens`;
/// - `system-role`: system messages have the role `system`, not `developer`;
/// - `no-stream-options`: usage is not asked for in streams;
/// - `reasoning-excluded`: `completion_tokens` does not hold the reasoning
///   tokens (xAI). Where the answer's total shows it, it is seen without.
codec_ptr openai_chat(const std::vector<std::string>& quirks);

} // namespace smart_agents::codecs
