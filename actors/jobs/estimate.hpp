#pragma once

#include <caf/timespan.hpp>

#include <vector>

/// How far a job is, and how long it still takes. Pure.

namespace smart_agents {

struct job_estimate {
  /// 0 to 1.
  double progress = 0;
  /// Below 0 when nothing is known.
  double seconds_left = -1;
};

/// `done` is the share of its steps that have ended, `before` how long earlier
/// jobs of its kind took. The further it is, the more its own pace counts.
job_estimate estimate_job(caf::timespan elapsed, double done,
                          std::vector<caf::timespan> before);

} // namespace smart_agents
