#pragma once

#include "actors/front/stream_reader.hpp"
#include "messages/event.hpp"
#include "messages/job.hpp"
#include "messages/quota.hpp"
#include "messages/services.hpp"
#include "messages/storage.hpp"
#include "messages/task.hpp"
#include "runtime/settings.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <memory>
#include <variant>
#include <vector>

/// The public face of Smart Agents for C++ host programs; the command line and
/// the MCP server stand on the same functions.

namespace smart_agents {

/// What becomes of a task.
using outcome = std::variant<answer_ptr, answer_failed>;

/// A running Smart Agents runtime: five layers of supervised actors. Every
/// member may be called from any thread; those that return an answer or a
/// report wait for it, and so must not be called from an actor.
class service {
public:
  /// Starts on an actor system of its own, on Asio I/O threads. Fails with
  /// `ec::bad_config` (for example no provider) or `ec::storage_failed`.
  static caf::expected<std::unique_ptr<service>> start(settings config,
                                                       log_ptr log);

  /// Starts inside a host's actor system, whatever its scheduler; network I/O
  /// gets threads of its own. The host's system must outlive the service, and
  /// goes on when it has shut down.
  static caf::expected<std::unique_ptr<service>>
  start(settings config, log_ptr log, caf::actor_system& host);

  service(const service&) = delete;
  service& operator=(const service&) = delete;

  /// Shuts down with the configured grace period unless that was done before.
  ~service();

  /// Runs a task and waits for its outcome.
  outcome ask(task what);

  /// Runs a skill and waits, as `ask` does.
  outcome orchestrate(const std::string& skill, task what);

  /// Starts a task and returns its id; the outcome goes to `reader`.
  /// `what.request.stream` decides whether pieces come.
  std::string submit(task what, stream_reader reader);

  /// Cancels a task by id; its reader hears of it.
  void cancel(const std::string& task_id);

  /// Routes without calling anybody.
  caf::expected<decision_ptr> route(task what);

  caf::expected<quota_report> quota();
  caf::expected<usage_report> spent(wall_time since, const std::string& by);
  caf::expected<storage_status> storage();
  /// One entry a provider, in configuration order.
  std::vector<provider_status> providers();
  std::vector<child_status> children();

  /// Hands in a background job; it is kept when this returns, and done by this
  /// process or another (`settings::runs_jobs`). Fails as
  /// `smart_agents::submit_job` says.
  caf::expected<job_ptr> submit_job(job_request what);

  /// A job with its steps, input and result.
  caf::expected<job_ptr> job(const std::string& id);

  caf::expected<job_list> jobs(const job_filter& which);

  /// Stops a job; returns how it stands.
  caf::expected<job_ptr> cancel_job(const std::string& id);

  /// Holds the queue of this process, or lets it go on.
  caf::expected<queue_report> pause_jobs(bool paused);

  /// How the queue of this process is.
  caf::expected<queue_report> queue();

  /// Hears events until the returned handle is dropped; null when the event
  /// bus cannot be reached. `on_event` runs on a runtime thread.
  std::shared_ptr<void> subscribe(std::function<void(const event&)> on_event);

  /// The system that the actors run in.
  caf::actor_system& system();

  /// Current handles, for hosts that speak to the actors themselves.
  services_ptr actors();

  /// The supervisor, for the same.
  supervisor_actor supervisor();

  const settings& configuration() const;

  /// Stops taking work, lets running tasks finish for at most `grace`, then
  /// ends all actors in order. False when some had to be killed.
  bool shutdown(caf::timespan grace);

  struct impl;

  /// For the program's own parts (runtime/service_impl.hpp).
  impl& details();

private:
  explicit service(std::unique_ptr<impl> pimpl);
  std::unique_ptr<impl> impl_;
};

/// A fresh request id: `req_` and 26 characters, sortable by time.
std::string make_task_id();

} // namespace smart_agents
