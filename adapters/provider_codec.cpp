#include "adapters/provider_codec.hpp"

#include "adapters/codecs/anthropic.hpp"
#include "adapters/codecs/gemini.hpp"
#include "adapters/codecs/ollama.hpp"
#include "adapters/codecs/openai_chat.hpp"
#include "adapters/codecs/openai_responses.hpp"
#include "messages/error.hpp"

#include <array>
#include <sstream>

namespace smart_agents {

namespace {

using quirk_list = std::vector<std::string>;

struct entry {
  const char* format;
  codec_ptr (*make)(const quirk_list&);
  /// Separated by blanks.
  const char* quirks;
};

/// A new format is its files and one entry here.
constexpr std::array all{
  entry{"anthropic", [](const quirk_list&) { return codecs::anthropic(); }, ""},
  entry{"openai-responses",
        [](const quirk_list&) { return codecs::openai_responses(); }, ""},
  entry{"openai-chat", codecs::openai_chat,
        "max-tokens system-role no-stream-options reasoning-excluded "
        "replay-reasoning reasoning-details short-tool-ids no-strict "
        "no-parallel-calls"},
  entry{"gemini", [](const quirk_list&) { return codecs::gemini(); }, ""},
  entry{"ollama", [](const quirk_list&) { return codecs::ollama(); }, ""},
};

} // namespace

caf::expected<http_request>
provider_codec::encode_count(const chat_request&, const endpoint&) const {
  return make_error(ec::unsupported,
                    std::string{format()} + " has no endpoint that counts");
}

codec_ptr make_codec(std::string_view format,
                     const std::vector<std::string>& quirks) {
  for (const auto& x : all)
    if (format == x.format)
      return x.make(quirks);
  return nullptr;
}

std::vector<std::string> codec_formats() {
  std::vector<std::string> result;
  result.reserve(std::size(all));
  for (const auto& x : all)
    result.emplace_back(x.format);
  return result;
}

std::vector<std::string> codec_quirks(std::string_view format) {
  std::vector<std::string> result;
  for (const auto& x : all)
    if (format == x.format) {
      std::istringstream names{x.quirks};
      for (std::string name; names >> name;)
        result.push_back(std::move(name));
    }
  return result;
}

} // namespace smart_agents
