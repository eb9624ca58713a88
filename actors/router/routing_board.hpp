#pragma once

#include "actors/router/selection.hpp"

#include <atomic>
#include <memory>
#include <utility>

namespace smart_agents {

/// What a decision is made of, as it stood at one time.
struct routing_view {
  std::shared_ptr<const roster> who;
  provider_outlooks outlooks;
};

/// Where the router shows its view, so that whoever has a task can decide on
/// its own thread: asked for each, the router would be where the requests of
/// all threads meet and wait.
class routing_board {
public:
  void show(routing_view now) {
    view_ = std::make_shared<const routing_view>(std::move(now));
  }

  /// Null before there is a router.
  std::shared_ptr<const routing_view> look() const {
    return view_.load();
  }

private:
  std::atomic<std::shared_ptr<const routing_view>> view_;
};

} // namespace smart_agents
