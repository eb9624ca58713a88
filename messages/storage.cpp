#include "messages/storage.hpp"

namespace smart_agents {

bool is_quota_hit(const std::string& outcome) {
  return outcome == "over_quota" || outcome == "quota_exhausted"
         || outcome == "rate_limited";
}

} // namespace smart_agents
