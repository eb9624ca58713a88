#include "adapters/provider_codec.hpp"

#include "adapters/codecs/anthropic.hpp"
#include "adapters/codecs/gemini.hpp"
#include "adapters/codecs/ollama.hpp"
#include "adapters/codecs/openai_chat.hpp"
#include "adapters/codecs/openai_responses.hpp"

namespace smart_agents {

codec_ptr make_codec(std::string_view format,
                     const std::vector<std::string>& quirks) {
  if (format == "anthropic")
    return codecs::anthropic();
  if (format == "gemini")
    return codecs::gemini();
  if (format == "ollama")
    return codecs::ollama();
  if (format == "openai-chat")
    return codecs::openai_chat(quirks);
  if (format == "openai-responses")
    return codecs::openai_responses();
  return nullptr;
}

std::vector<std::string> codec_formats() {
  return {"anthropic", "gemini", "ollama", "openai-chat", "openai-responses"};
}

} // namespace smart_agents
