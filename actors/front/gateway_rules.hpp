#pragma once

#include "actors/front/gate.hpp"
#include "actors/front/model_names.hpp"

namespace smart_agents {

/// What the configuration says about the gateway's clients; immutable, shared
/// by all fronts.
struct gateway_rules {
  gate_rules gate;
  model_names names;
  /// True: a streamed text of `auto` that breaks is gone on with by the next
  /// candidate, unless the request says `x-smart-agents-continue: false`.
  bool continues = true;
};

} // namespace smart_agents
