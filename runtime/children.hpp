#pragma once

#include "actors/coordinator/skill_shelf.hpp"
#include "actors/front/host_front.hpp"
#include "actors/front/http_front.hpp"
#include "actors/front/mcp_front.hpp"
#include "actors/front/tasks_front.hpp"
#include "actors/router/routing_board.hpp"
#include "adapters/http_client.hpp"
#include "adapters/job_store.hpp"
#include "adapters/ledger_store.hpp"
#include "adapters/metrics.hpp"
#include "adapters/model_experience.hpp"
#include "adapters/token_ratios.hpp"
#include "adapters/told_limits.hpp"
#include "runtime/settings.hpp"
#include "runtime/supervisor.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace smart_agents {

class io_threads;

/// What the factories of the children share.
struct child_parts {
  caf::actor_system& system;
  const settings& config;
  log_ptr log;
  std::shared_ptr<http_client> client;
  /// Where the processes of command-line clients are looked after.
  io_threads& io;
  std::shared_ptr<ledger_store> ledger;
  std::shared_ptr<job_store> jobs;
  std::shared_ptr<skill_shelf> skills;
  std::shared_ptr<metrics> counters;
  /// What is learned of the models' token counts.
  std::shared_ptr<token_ratios> ratios;
  /// What is learned of the models themselves.
  std::shared_ptr<model_experience> experience;
  std::shared_ptr<told_limits> told;
  /// What happened while the ledger was opened; empty for nothing.
  std::string ledger_note;
  /// What else is written now and then.
  std::function<void()> disk_chore;
  /// The supervisor that the children will have.
  std::function<supervisor_actor()> supervisor;
  /// Take each new front.
  std::function<void(host_front_actor)> on_host_front;
  std::function<void(http_front_actor)> on_http_front;
  std::function<void(mcp_front_actor)> on_mcp_front;
  std::function<void(events_front_actor)> on_events_front;
  std::function<void(tasks_front_actor)> on_tasks_front;
  /// The feed of events that there is now.
  std::function<events_front_actor()> events_front;
  /// Where the router shows its view.
  std::shared_ptr<routing_board> routing = std::make_shared<routing_board>();
};

/// Makes the child of a front that not every program has.
using front_maker = std::function<child_spec(const child_parts& parts)>;

/// One factory for every supervised actor. What must survive a restart is made
/// here once and captured. Fails with `ec::bad_config` or `ec::storage_failed`.
caf::expected<std::vector<child_spec>> make_children(const child_parts& parts);

} // namespace smart_agents
