#pragma once

#include "messages/job.hpp"

#include <caf/error.hpp>

#include <string>

/// What is the same for every store of jobs. Pure.

namespace smart_agents {

/// Waiting for so long is worth one step of priority, so that urgent jobs
/// cannot hold back others for ever.
inline constexpr caf::timespan age_of_priority = std::chrono::minutes{10};

/// A job that so many processes have taken up and not ended is given up: it may
/// be what ends them.
inline constexpr uint64_t most_claims = 100;

/// Jobs that wait or run; more are refused.
inline constexpr uint64_t most_jobs = 100'000;

/// The order in which jobs start: the lowest first. Since everybody ages alike,
/// a job's place does not change with time.
int64_t rank_of(const job& x);

/// A run in which nobody could be asked (all rest, or their limits are spent)
/// is no try: the job waits for somebody who has room soon, for a day at most.
inline constexpr caf::timespan soon = std::chrono::minutes{10};
inline constexpr caf::timespan patience_for_room = std::chrono::hours{24};

/// How long to wait before another try: 2 s, doubled with each failure, at most
/// 5 min, of which a half is left to chance (`luck`, 0 to 1), so that jobs that
/// failed together do not come back together. Where the provider asked for a
/// time it comes first.
caf::timespan back_off(uint32_t failures, double luck,
                       std::optional<caf::timespan> asked = {});

/// True when a job that failed so may go better later.
bool may_pass(failure_class what);

/// True when a failure says that nobody was asked.
bool nobody_asked(failure_class what);

/// The names under which a client's threads and idempotency keys are kept: no
/// two clients share them.
std::string thread_of(const std::string& client, const std::string& thread);
std::string key_of(const job_request& x);

/// True when a job is there for a client: it is its own, or the client is
/// unnamed.
bool is_for(const std::string& owner, const std::string& client);

/// Refuses what cannot be a job: `ec::bad_input` with the field and the
/// remedy.
caf::error check_job(const job_request& x);

// -- what stores say ----------------------------------------------------------

caf::error too_many_jobs();
caf::error no_such_job(const std::string& id);
caf::error run_is_over(const std::string& id);
std::string needs_lost_job(const std::string& id, job_state as);
std::string too_many_claims(const job& x);

} // namespace smart_agents
