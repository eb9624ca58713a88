#include "actors/events/event_bus.hpp"

#include <algorithm>

namespace smart_agents {

event_actor::behavior_type
event_bus_state::make_behavior(event_bus_options options) {
  options_ = std::move(options);
  if (!options_.table)
    options_.table = std::make_shared<listener_table>();
  self_->set_down_handler([this](caf::down_msg& down) { remove(down.source); });
  // Those of a previous incarnation; a dead one says so at once.
  for (const auto& who : options_.table->who)
    self_->monitor(who);
  return {
    [this](event& what) {
      what.seq = ++options_.table->last;
      const auto& who = options_.table->who;
      for (size_t i = 0; i + 1 < who.size(); ++i)
        self_->send(who[i], what);
      if (!who.empty())
        self_->send(who.back(), std::move(what));
    },
    [this](const subscribe& x) { add(x.who); },
    [this](const unsubscribe& x) {
      self_->demonitor(x.who.address());
      remove(x.who.address());
    },
  };
}

void event_bus_state::add(const listener_actor& who) {
  auto& all = options_.table->who;
  if (!who || all.size() >= options_.max_listeners
      || std::find(all.begin(), all.end(), who) != all.end())
    return;
  all.push_back(who);
  options_.table->any = true;
  self_->monitor(who);
}

void event_bus_state::remove(const caf::actor_addr& who) {
  auto& all = options_.table->who;
  all.erase(std::remove_if(
              all.begin(), all.end(),
              [&who](const listener_actor& x) { return x.address() == who; }),
            all.end());
  options_.table->any = !all.empty();
}

event_actor::behavior_type event_bus(self_of<event_actor, event_bus_state> self,
                                     event_bus_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
