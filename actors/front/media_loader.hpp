#pragma once

#include "adapters/input_files.hpp"
#include "adapters/media.hpp"
#include "messages/dialect.hpp"

#include <string>
#include <vector>

namespace smart_agents {

/// Wants media and text files loaded, all or none.
struct load_all {
  std::vector<std::string> sources;
  media_rules rules;
  input_wish input = {};
  input_bounds bounds = {};
};

/// Media in the order of their sources, and what the files say.
struct all_loaded {
  std::vector<media_part> parts;
  std::string text;
};

/// A MEDIA LOADER: blocks on files and the network, in a thread of its own, for
/// one request, and ends.
using media_loader_actor = protocol<
  // Fails as `load_media` and `read_input` do.
  all_loaded(load_all)>;

class media_loader_state {
public:
  static constexpr const char* name = "media-loader";

  explicit media_loader_state(media_loader_actor::pointer self) : self_{self} {}

  media_loader_actor::behavior_type make_behavior();

private:
  media_loader_actor::pointer self_;
};

media_loader_actor::behavior_type
media_loader(self_of<media_loader_actor, media_loader_state> self);

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::load_all)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::all_loaded)
