#include "actors/router/demands.hpp"

#include <array>
#include <variant>

namespace smart_agents {

double affinity(std::string_view vendor, task_type type) {
  struct liking {
    std::string_view vendor;
    std::array<double, 7> by_type;
  };
  static constexpr liking likings[] = {
    {"anthropic", {0.06, 0.10, 0.06, 0.08, 0.02, 0, 0}},
    {"openai", {0.04, 0.08, 0.04, 0.03, 0.04, 0.02, 0}},
    {"xai", {0.05, 0.02, 0.10, 0.05, 0.02, 0, 0}},
    {"gemini", {0.03, 0.03, 0.03, 0.02, 0.10, 0.10, 0.10}},
  };
  for (const auto& x : likings)
    if (x.vendor == vendor)
      return x.by_type[static_cast<size_t>(type)];
  return 0;
}

demands demands_of(const chat_request& request) {
  demands result;
  result.tools = !request.tools.empty();
  for (const auto& turn : request.messages)
    for (const auto& x : turn.parts)
      if (const auto* media = std::get_if<media_part>(&x))
        switch (media->what) {
        case media_part::kind::image:
        case media_part::kind::document: result.vision = true; break;
        case media_part::kind::audio: result.audio = true; break;
        case media_part::kind::video: result.video = true; break;
        }
  return result;
}

std::string lacks(const model_info& x, const demands& needs) {
  // A model that nobody knows may be able to do anything.
  if (!x.known || x.vendor == "ollama")
    return {};
  if (needs.video && !x.video)
    return x.name + " takes no video";
  if (needs.audio && !x.audio)
    return x.name + " takes no audio";
  if (needs.vision && !x.vision)
    return x.name + " takes no images";
  if (needs.tools && !x.tools)
    return x.name + " uses no tools";
  return {};
}

} // namespace smart_agents
