#include "adapters/client_codec.hpp"

#include "adapters/codecs/client_anthropic.hpp"
#include "adapters/codecs/client_chat.hpp"
#include "adapters/codecs/client_responses.hpp"

#include <array>

namespace smart_agents {

namespace {

struct entry {
  const char* format;
  client_codec_ptr (*make)();
};

constexpr std::array all{
  entry{"openai-chat", codecs::client_chat},
  entry{"openai-responses", codecs::client_responses},
  entry{"anthropic", codecs::client_anthropic},
};

} // namespace

client_codec_ptr make_client_codec(std::string_view format) {
  for (const auto& x : all)
    if (format == x.format)
      return x.make();
  return nullptr;
}

std::vector<std::string> client_formats() {
  std::vector<std::string> result;
  for (const auto& x : all)
    result.emplace_back(x.format);
  return result;
}

} // namespace smart_agents
