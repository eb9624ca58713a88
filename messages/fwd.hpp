#pragma once

#include <caf/fwd.hpp>
#include <caf/type_id.hpp>

#include <cstdint>
#include <memory>

namespace smart_agents {

enum class ec : uint8_t;

struct services;
struct task;
struct all_stopped;
struct answer_delta;
struct answer_failed;
struct answer_finished;
struct answer_started;
struct batch_over;
struct call_failed;
struct call_finished;
struct call_over;
struct count_input;
struct count_over;
struct counted_input;
struct call_progress;
struct call_started;
struct cancel_call;
struct cancel_task;
struct change_leases;
struct children_report;
struct commit_group;
struct deadline_passed;
struct drain;
struct drained;
struct event;
struct flush;
struct flushed;
struct get_children;
struct get_load;
struct get_provider_status;
struct get_quota;
struct get_services;
struct get_storage_status;
struct get_usage;
struct grant_credit;
struct leases_taken;
struct load_report;
struct mark_unavailable;
struct next_window;
struct peer_lost;
struct provider_headroom;
struct provider_health;
struct provider_status;
struct provider_tick;
struct quota_report;
struct record;
struct reserve;
struct reserved;
struct route_task;
struct retry_due;
struct routed;
struct run_skill;
struct run_task;
struct settle;
struct start_call;
struct start_child;
struct stop_all;
struct stop_stage;
struct storage_status;
struct subscribe;
struct sweep;
struct take_leases;
struct task_accepted;
struct unsubscribe;
struct usage_report;
struct write_batch;
struct services_changed;

using services_ptr = std::shared_ptr<const services>;
using task_ptr = std::shared_ptr<const task>;

} // namespace smart_agents

// Append at the end: a type keeps its number for as long as it exists.
CAF_BEGIN_TYPE_ID_BLOCK(smart_agents, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::ec))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::all_stopped))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::answer_delta))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::answer_failed))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::answer_finished))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::answer_started))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::call_failed))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::call_finished))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::call_over))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::call_progress))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::call_started))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::cancel_call))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::cancel_task))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::children_report))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::commit_group))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::deadline_passed))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::drain))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::drained))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::event))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::flush))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::flushed))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::get_children))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::get_load))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::get_provider_status))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::get_quota))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::get_services))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::get_storage_status))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::get_usage))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::grant_credit))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::load_report))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::mark_unavailable))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::next_window))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::provider_headroom))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::provider_health))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::provider_status))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::provider_tick))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::quota_report))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::record))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::reserve))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::reserved))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::route_task))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::routed))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::run_skill))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::run_task))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::settle))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::start_call))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::start_child))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::stop_all))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::storage_status))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::subscribe))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::sweep))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::task_accepted))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::unsubscribe))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::usage_report))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::services_changed))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::write_batch))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::batch_over))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::peer_lost))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::retry_due))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::stop_stage))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::count_input))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::counted_input))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::count_over))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::take_leases))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::leases_taken))
  CAF_ADD_TYPE_ID(smart_agents, (smart_agents::change_leases))

CAF_END_TYPE_ID_BLOCK(smart_agents)
