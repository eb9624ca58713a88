#pragma once

#include "runtime/smart_agents.hpp"
#include "runtime/wiring.hpp"

namespace smart_agents {

/// What a service is made of, for the program's own parts.
struct service::impl {
  explicit impl(std::unique_ptr<wiring> x) : parts{std::move(x)} {}

  /// Starts on a system of its own, with more fronts.
  static caf::expected<std::unique_ptr<service>>
  start(settings config, log_ptr log, std::vector<front_maker> fronts);

  caf::expected<services_ptr> handles();

  /// Completes what a caller may leave open.
  task_ptr complete(task what) const;

  void hand_in(task_ptr what, std::string skill, stream_reader reader);

  outcome wait_for(task what, std::string skill);

  std::unique_ptr<wiring> parts;
};

} // namespace smart_agents
