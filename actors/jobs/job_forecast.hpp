#pragma once

#include "actors/coordinator/skills.hpp"
#include "actors/router/routing_board.hpp"
#include "messages/job.hpp"

namespace smart_agents {

/// The task that a job is: one question, or what its skill works on. Without
/// an id, a deadline, and what was said in its thread before.
task task_of(const job_request& x);

/// What a job is expected to take, as things stand. `how` is its skill; null
/// for one question. Pure.
job_expected expect_of(const job_request& what, const skill* how,
                       const routing_view& view, instant now);

} // namespace smart_agents
