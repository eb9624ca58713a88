#pragma once

#include "adapters/sqlite/queries.hpp"
#include "messages/job.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// Jobs and threads as the tables have them. Each throws `queries::broken`.

namespace smart_agents::sqlite {

int64_t to_ns(wall_time x);
wall_time from_ns(int64_t nanoseconds);

/// A job, or null. `whole` brings its input, result and steps.
job_ptr read_job(queries& from, const std::string& id, bool whole);

/// What was said in a thread, oldest first, at most the last `most_turns`.
std::vector<thread_turn> read_turns(queries& from, const std::string& thread);

void write_turn(queries& into, const std::string& thread,
                const thread_turn& what, wall_time now);

} // namespace smart_agents::sqlite
