#include "actors/front/media_loader.hpp"

#include "messages/error.hpp"

namespace smart_agents {

media_loader_actor::behavior_type media_loader_state::make_behavior() {
  return {
    [this](const load_all& x) -> caf::result<all_loaded> {
      self_->quit();
      all_loaded result;
      if (!x.input.files.empty() || x.input.diff) {
        auto text = read_input(x.input, x.bounds);
        if (!text)
          return std::move(text.error());
        result.text = std::move(*text);
      }
      for (const auto& source : x.sources) {
        auto part = load_media(source, x.rules);
        if (!part)
          return part.error();
        result.parts.push_back(std::move(*part));
      }
      return result;
    },
  };
}

media_loader_actor::behavior_type
media_loader(self_of<media_loader_actor, media_loader_state> self) {
  return state_of(self).make_behavior();
}

} // namespace smart_agents
