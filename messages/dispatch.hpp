#pragma once

#include "messages/actors.hpp"
#include "messages/job.hpp"
#include "messages/provider.hpp"
#include "messages/route.hpp"
#include "messages/task.hpp"

#include <caf/actor_addr.hpp>

#include <string>
#include <vector>

namespace smart_agents {

/// The coordinator's word to a dispatch that its time is up.
struct deadline_passed {};

/// The coordinator's word to a dispatch that an actor it may be waiting for has
/// died. The coordinator watches the few long-lived actors on behalf of its
/// many dispatches, so that none of them pays for a monitor of its own.
struct peer_lost {
  caf::actor_addr who;
};

/// A dispatch's reminder to itself that its wait is over.
struct retry_due {};

/// The coordinator's reminder to itself: look for passed deadlines.
struct sweep {};

/// Runs a multi-model skill; the answer goes to the sink like any other.
struct run_skill {
  std::string name;
  task_ptr what;
  sink_actor sink;
  /// Hears of every step; a run with a journal is a job and takes the time of
  /// its own deadline, however long the service lets others run.
  journal_actor journal = {};
  /// Steps that an earlier run finished; may be null.
  saved_steps_ptr saved = nullptr;
  /// True: its steps are no events.
  bool quiet = false;
};

/// Says how much the coordinator has in hand.
struct get_load {};
struct load_report {
  uint32_t running = 0;
  bool draining = false;
};

/// Takes no more work; answered when the last task is done.
struct drain {};
struct drained {};

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::deadline_passed)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::peer_lost)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::retry_due)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::sweep)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::run_skill)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::get_load)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::load_report)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::drain)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::drained)
