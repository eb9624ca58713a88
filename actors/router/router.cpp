#include "actors/router/router.hpp"

#include "actors/router/routing_board.hpp"

#include <utility>

namespace smart_agents {

router_actor::behavior_type
router_state::make_behavior(router_options options) {
  // Kept apart: the board holds the roster.
  board_ = std::exchange(options.board, nullptr);
  roster_ = std::make_shared<const roster>(std::move(options));
  show();
  return {
    [this](const route_task& request) { return route(request); },
    [this](const provider_health& news) {
      outlooks_[news.provider].health = news;
      show();
    },
    [this](const provider_headroom& news) {
      outlooks_[news.provider].room = news;
      show();
    },
  };
}

void router_state::show() const {
  if (board_)
    board_->show({roster_, outlooks_});
}

caf::result<routed> router_state::route(const route_task& request) {
  auto result = decide(*roster_, *request.what, outlooks_, now_of(self_));
  if (!result)
    return std::move(result.error());
  return routed{std::make_shared<const decision>(std::move(*result))};
}

router_actor::behavior_type router(self_of<router_actor, router_state> self,
                                   router_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
