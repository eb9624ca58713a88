#include "adapters/provider_codec.hpp"

#include "adapters/codecs/anthropic.hpp"
#include "adapters/codecs/gemini.hpp"
#include "adapters/codecs/ollama.hpp"
#include "adapters/codecs/openai_chat.hpp"
#include "adapters/codecs/openai_responses.hpp"

#include <array>

namespace smart_agents {

namespace {

struct entry {
  const char* format;
  codec_ptr (*make)();
};

/// A new format is one file pair and one line here.
constexpr std::array all{
  entry{"anthropic", codecs::anthropic},
  entry{"openai-responses", codecs::openai_responses},
  entry{"openai-chat", codecs::openai_chat},
  entry{"gemini", codecs::gemini},
  entry{"ollama", codecs::ollama},
};

} // namespace

codec_ptr make_codec(std::string_view format) {
  for (const auto& x : all)
    if (format == x.format)
      return x.make();
  return nullptr;
}

std::vector<std::string> codec_formats() {
  std::vector<std::string> result;
  for (const auto& x : all)
    result.emplace_back(x.format);
  return result;
}

} // namespace smart_agents
