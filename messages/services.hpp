#pragma once

#include "messages/dispatch.hpp"
#include "messages/event.hpp"
#include "messages/job.hpp"
#include "messages/provider.hpp"
#include "messages/quota.hpp"
#include "messages/route.hpp"
#include "messages/storage.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace smart_agents {

/// The current handles of all long-lived actors. The supervisor publishes a
/// new snapshot whenever it restarts one.
struct services {
  coordinator_actor coordinator;
  router_actor router;
  quota_actor quota;
  storage_actor storage;
  event_actor events;
  jobs_actor jobs;
  std::map<std::string, provider_actor, std::less<>> providers;
};

/// A new snapshot of the handles.
struct services_changed {
  services_ptr now;
};

/// Asks the supervisor for the current snapshot.
struct get_services {};

/// What one supervised actor is like.
struct child_status {
  std::string name;
  bool running = true;
  uint32_t restarts = 0;
  std::string last_error;
};

struct get_children {};
struct children_report {
  std::vector<child_status> children;
};

/// The supervisor's reminder to itself: start a child again after back-off.
struct start_child {
  std::string name;
};

/// Ends all children in order; answered when all are gone.
struct stop_all {
  /// How long running tasks may go on.
  caf::timespan grace{0};
};
struct all_stopped {
  /// Children that did not end within their grace period.
  std::vector<std::string> killed;
};

/// The supervisor's reminder to itself while it shuts down.
struct stop_stage {
  uint32_t stage = 0;
};

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::services_changed)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::get_services)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::get_children)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::children_report)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::start_child)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::stop_all)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::all_stopped)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::stop_stage)
