#pragma once

#include "actors/router/selection.hpp"

#include <memory>

namespace smart_agents {

/// Ranks the models for a task. It hears from the providers how they are and
/// from quota how much room they have, and asks nobody while it decides.
class router_state {
public:
  static constexpr const char* name = "router";

  explicit router_state(router_actor::pointer self) : self_{self} {}

  router_actor::behavior_type make_behavior(router_options options);

private:
  caf::result<routed> route(const route_task& request);
  void show() const;

  router_actor::pointer self_;
  std::shared_ptr<routing_board> board_;
  std::shared_ptr<const roster> roster_;
  provider_outlooks outlooks_;
};

/// Spawn it as any event-based actor.
router_actor::behavior_type router(self_of<router_actor, router_state> self,
                                   router_options options);

} // namespace smart_agents
