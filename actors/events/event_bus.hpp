#pragma once

#include "messages/event.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace smart_agents {

/// Who listens; handed from one event bus to the next, so that a restarted bus
/// still knows its listeners. Only the living bus touches it.
struct listener_table {
  std::vector<listener_actor> who;
  /// Number of the last event. Whoever makes the table starts it at the time,
  /// so that numbers rise across restarts of the program, too.
  uint64_t last = 0;
  /// True while there are some: whoever has news for nobody need not write it.
  /// For everybody to read.
  std::atomic<bool> any = false;
};

/// What an event bus needs.
struct event_bus_options {
  /// Null starts with an empty table of its own.
  std::shared_ptr<listener_table> table;
  /// Listeners at once; one more is not taken and hears nothing.
  size_t max_listeners = 1024;
};

/// Fans every event out to those who subscribed.
class event_bus_state {
public:
  static constexpr const char* name = "event-bus";

  explicit event_bus_state(event_actor::pointer self) : self_{self} {}

  event_actor::behavior_type make_behavior(event_bus_options options);

private:
  void add(const listener_actor& who);
  void remove(const caf::actor_addr& who);

  event_actor::pointer self_;
  event_bus_options options_;
};

/// Starts an event bus.
event_actor::behavior_type event_bus(self_of<event_actor, event_bus_state> self,
                                     event_bus_options options);

} // namespace smart_agents
