#pragma once

#include "runtime/smart_agents.hpp"
#include "runtime/wiring.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace smart_agents {

/// What a service is made of, for the program's own parts.
struct service::impl {
  explicit impl(std::unique_ptr<wiring> x)
    : first_{std::move(x)}, now_{first_} {}
  ~impl();

  /// Starts on a system of its own, with more fronts.
  static caf::expected<std::unique_ptr<service>>
  start(settings config, log_ptr log, const std::vector<front_maker>& fronts);

  /// Puts a new configuration in force, whole or not at all: fails as `start`
  /// does, and then everything stays as it was. What is under way ends as it
  /// began. Listeners, threads, database and log stay. Not from two threads at
  /// once.
  caf::error reload(settings config);

  /// What is in force.
  std::shared_ptr<wiring> parts();

  /// Stops what is in force, and what was and has still work to do.
  bool stop(caf::timespan grace);

  caf::expected<services_ptr> handles();

  /// Completes what a caller may leave open.
  task_ptr complete(task what);

  void hand_in(task_ptr what, std::string skill, stream_reader reader);

  outcome wait_for(task what, std::string skill);

private:
  /// Lets one that is no longer in force finish its work.
  void retire(std::shared_ptr<wiring> old);

  /// Owns system and threads, so that it outlives the others.
  std::shared_ptr<wiring> first_;
  std::mutex mutex_;
  std::shared_ptr<wiring> now_;
  bool ending_ = false;
  std::condition_variable woken_;
  /// Null beside a thread that is done with it.
  std::vector<std::pair<std::shared_ptr<wiring>, std::thread>> retiring_;
};

} // namespace smart_agents
