#include "actors/jobs/estimate.hpp"

#include <algorithm>
#include <chrono>

namespace smart_agents {

namespace {

double seconds(caf::timespan x) {
  return std::chrono::duration<double>(x).count();
}

/// Nearly done is as much as time alone can say.
constexpr double most_by_time = 0.95;

} // namespace

job_estimate estimate_job(caf::timespan elapsed, double done,
                          std::vector<caf::timespan> before) {
  job_estimate result;
  result.progress = done;
  auto spent = seconds(elapsed);
  auto own = done > 0 ? spent / done : 0;
  double total = own;
  if (!before.empty()) {
    // The median: one that waited for a provider says nothing of the next.
    auto middle =
      before.begin() + static_cast<std::ptrdiff_t>(before.size() / 2);
    std::nth_element(before.begin(), middle, before.end());
    auto usual = seconds(*middle);
    auto weight = done * done;
    total = own > 0 ? usual * (1 - weight) + own * weight : usual;
  }
  if (total <= 0)
    return result;
  // One that is late is not over at once.
  result.seconds_left = std::max(total - spent, spent * 0.05);
  if (!before.empty())
    result.progress = std::max(done, std::min(spent / total, most_by_time));
  return result;
}

} // namespace smart_agents
