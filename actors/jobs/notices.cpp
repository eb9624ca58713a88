#include "actors/jobs/notices.hpp"

namespace smart_agents {

bool job_notices::worth_telling(const job& x, instant now) {
  if (x.what.notify == job_notify::silent)
    return false;
  if (is_final(x.state)) {
    told_.erase(x.id);
    return true;
  }
  if (x.what.notify == job_notify::completion)
    return false;
  auto [i, fresh] = told_.try_emplace(x.id);
  auto& last = i->second;
  auto quarter = static_cast<int>(x.progress * 4);
  auto turn = fresh || last.state != x.state || last.claim != x.claim
              || last.cancelling != x.cancelling;
  auto news = x.what.notify == job_notify::verbose
                ? last.step != x.step || last.progress != x.progress
                : last.quarter != quarter;
  if (!turn && (!news || now - last.at < pause_))
    return false;
  last = {x.state, x.claim, quarter, x.cancelling, x.step, x.progress, now};
  return true;
}

} // namespace smart_agents
