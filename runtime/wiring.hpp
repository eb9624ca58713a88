#pragma once

#include "messages/actors.hpp"
#include "runtime/children.hpp"
#include "runtime/settings.hpp"

#include <caf/fwd.hpp>

#include <memory>
#include <string>
#include <vector>

namespace smart_agents {

class io_threads;

/// Where what is learned of the models is kept: beside the ledger, so that the
/// simulator's are kept apart from real ones.
std::string experience_file(const settings& config);

/// The only place that picks implementations: builds adapters from settings
/// and hands the supervisor a factory for every actor.
class wiring {
public:
  /// On an actor system of its own, whose actors run on Asio I/O threads.
  /// `fronts` come beside the usual ones.
  static caf::expected<std::unique_ptr<wiring>>
  own(settings config, log_ptr log,
      const std::vector<front_maker>& fronts = {});

  /// Inside a host's system; network I/O gets threads of its own.
  static caf::expected<std::unique_ptr<wiring>>
  within(settings config, log_ptr log, caf::actor_system& host);

  /// Another one beside `before`, on its system and threads, that counts and
  /// learns with it: what a reload puts in its place. `before` must outlive it.
  static caf::expected<std::unique_ptr<wiring>> next(settings config,
                                                     wiring& before);

  virtual ~wiring() = default;

  virtual caf::actor_system& system() = 0;
  virtual io_threads& io() = 0;
  virtual supervisor_actor supervisor() = 0;
  /// The current host front.
  virtual host_front_actor host_front() = 0;
  /// The current HTTP front.
  virtual http_front_actor http_front() = 0;
  /// The current MCP front for clients that speak HTTP.
  virtual mcp_front_actor mcp_front() = 0;
  /// The current feed of events, and the front of background jobs.
  virtual events_front_actor events_front() = 0;
  virtual tasks_front_actor tasks_front() = 0;
  /// Who may come in.
  virtual std::shared_ptr<const gateway_rules> rules() const = 0;
  virtual const settings& configuration() const = 0;
  virtual const log_ptr& log() const = 0;
  /// What the actors count.
  virtual metrics& counters() = 0;

  /// Stops all actors in order; false when some had to be killed. Later calls
  /// return what the first did.
  virtual bool stop(caf::timespan grace) = 0;

  /// Makes a `stop` under way on another thread end at once.
  virtual void hurry() = 0;
};

} // namespace smart_agents
