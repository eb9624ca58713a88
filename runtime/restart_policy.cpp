#include "runtime/restart_policy.hpp"

#include <algorithm>

namespace smart_agents {

std::optional<caf::timespan> restart_policy::died(instant now) {
  while (!deaths_.empty() && now - deaths_.front() >= limits_.period)
    deaths_.pop_front();
  deaths_.push_back(now);
  if (deaths_.size() > limits_.intensity)
    return std::nullopt;
  ++restarts_;
  if (deaths_.size() == 1)
    return caf::timespan{0};
  auto delay = limits_.first_delay;
  for (size_t i = 2; i < deaths_.size() && delay < limits_.longest_delay; ++i)
    delay *= 2;
  return std::min(delay, limits_.longest_delay);
}

} // namespace smart_agents
