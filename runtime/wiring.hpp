#pragma once

#include "messages/actors.hpp"
#include "actors/front/host_front.hpp"
#include "runtime/settings.hpp"

#include <caf/fwd.hpp>

#include <memory>

namespace smart_agents {

/// The only place that picks implementations: builds adapters from settings
/// and hands the supervisor a factory for every actor.
class wiring {
public:
  /// On an actor system of its own, whose actors run on Asio I/O threads.
  static caf::expected<std::unique_ptr<wiring>> own(settings config,
                                                    log_ptr log);

  /// Inside a host's system; network I/O gets threads of its own.
  static caf::expected<std::unique_ptr<wiring>>
  within(settings config, log_ptr log, caf::actor_system& host);

  virtual ~wiring() = default;

  virtual caf::actor_system& system() = 0;
  virtual supervisor_actor supervisor() = 0;
  /// The current host front.
  virtual host_front_actor host_front() = 0;
  virtual const settings& configuration() const = 0;

  /// Stops all actors in order; false when some had to be killed. Later calls
  /// return what the first did.
  virtual bool stop(caf::timespan grace) = 0;
};

} // namespace smart_agents
