#pragma once

#include "messages/dialect.hpp"
#include "messages/fwd.hpp"

/// The map of the system: who understands which message. The messages
/// themselves are in the header named after their subject.

namespace smart_agents {

/// The COORDINATOR.
using coordinator_actor = protocol<
  // Starts a task in a dispatch of its own. Fails with `ec::overloaded` or
  // `ec::shutting_down`.
  task_accepted(run_task),
  // Starts a skill. Fails with `ec::not_found` too.
  task_accepted(run_skill),
  // Stops a task or skill by id.
  void(cancel_task),
  // Tells what is in hand.
  load_report(get_load),
  // Refuses new work and waits for the rest.
  drained(drain),
  // Learns the current handles.
  void(services_changed),
  // INTERNAL: looks for passed deadlines.
  void(sweep)>;

/// A DISPATCH owns one task from decision to bill.
using dispatch_actor = protocol<
  // From the provider: the call is on its way.
  void(call_started),
  // From the provider: a piece of the answer.
  void(call_progress),
  // From the provider: the answer, or its end.
  void(call_finished),
  // From the provider: the attempt failed.
  void(call_failed),
  // From the reader: go on.
  void(grant_credit),
  // From the reader: stop.
  void(cancel_task),
  // From the coordinator: time is up.
  void(deadline_passed)>;

/// A dispatch as its coordinator sees it.
using task_actor = dispatch_actor::extend_with<protocol<
  // From the coordinator: the current handles.
  void(services_changed),
  // From the coordinator: an actor it may be waiting for is gone.
  void(peer_lost),
  // INTERNAL: a wait is over.
  void(retry_due)>>;

/// A SINK takes the events of the tasks it started.
using sink_actor = protocol<void(answer_started), void(answer_delta),
                            void(answer_finished), void(answer_failed)>;

/// A SKILL RUN is a dispatch to its reader and the sink of its own steps.
using skill_actor = task_actor::extend_with<sink_actor>;

/// The ROUTER.
using router_actor = protocol<
  // Ranks the models for a task.
  routed(route_task),
  // Takes note of a provider's health.
  void(provider_health),
  // Takes note of a provider's room.
  void(provider_headroom)>;

/// The QUOTA MANAGER.
using quota_actor = protocol<
  // Holds an upper bound for the sender.
  reserved(reserve),
  // Replaces it by the truth. A second settlement of one id is ignored.
  void(settle),
  // Rests a provider.
  void(mark_unavailable),
  // Tells how the limits stand.
  quota_report(get_quota),
  // Learns the current router, to tell it about headroom.
  void(services_changed),
  // INTERNAL: a calendar window ends.
  void(next_window)>;

/// A PROVIDER: one circuit breaker, one concurrency limit, one queue.
using provider_actor = protocol<
  // Runs or queues a call; the outcome goes to `start_call::to`.
  void(start_call),
  // Withdraws a call.
  void(cancel_call),
  // Tells how it is.
  provider_status(get_provider_status),
  // Has a request's input counted. Fails with `ec::unsupported` where the
  // format has no such endpoint, and `ec::overloaded` when it cannot now.
  counted_input(count_input),
  // Learns the current router, to tell it about health.
  void(services_changed),
  // INTERNAL: an exchange ended.
  void(call_over),
  // INTERNAL: a count came, or failed.
  void(count_over),
  // INTERNAL: time passes.
  void(provider_tick)>;

/// The STORAGE: write-behind with group commit.
using storage_actor = protocol<
  // Appends a row to the ledger.
  void(record),
  // Appends what became of leases.
  void(change_leases),
  // Asks the store for leases.
  leases_taken(take_leases),
  // Sums up, pending rows included.
  usage_report(get_usage),
  // Tells how the store is.
  storage_status(get_storage_status),
  // Commits now.
  flushed(flush),
  // Learns the current event bus, to tell it about trouble and recovery.
  void(services_changed),
  // INTERNAL: commits the group.
  void(commit_group),
  // INTERNAL: the database worker is done with a batch.
  void(batch_over)>;

/// A DATABASE WORKER: the blocking half of the storage, in its own thread.
using database_actor = protocol<
  // Appends a batch; the storage hears of it by `batch_over`.
  void(write_batch),
  // Grants leases.
  leases_taken(take_leases),
  // Sums up what is committed.
  usage_report(get_usage)>;

/// A LISTENER gets every event published after it subscribed.
using listener_actor = protocol<void(event)>;

/// The EVENT BUS: fans events out; a dead listener unsubscribes itself.
using event_actor = protocol<
  // Publishes.
  void(event),
  // Adds a listener.
  void(subscribe),
  // Removes a listener.
  void(unsubscribe)>;

/// The SUPERVISOR.
using supervisor_actor = protocol<
  // Tells the current handles.
  services_changed(get_services),
  // Tells how the children are.
  children_report(get_children),
  // Shuts down in order: fronts, coordinator, router, quota, providers,
  // storage.
  all_stopped(stop_all),
  // INTERNAL: back-off is over.
  void(start_child)>;

/// The supervisor as it sees itself.
using root_actor = supervisor_actor::extend_with<protocol<
  // INTERNAL: a stage of the shutdown takes too long.
  void(stop_stage)>>;

} // namespace smart_agents
