#include "actors/jobs/job_forecast.hpp"

#include "actors/coordinator/run_estimate.hpp"
#include "actors/router/selection.hpp"

namespace smart_agents {

task task_of(const job_request& x) {
  task result;
  if (!x.system.empty())
    result.request.messages.push_back(text_message(role::system, x.system));
  result.request.messages.push_back(text_message(role::user, x.input));
  if (x.max_output > 0)
    result.request.max_output = x.max_output;
  result.model = x.model;
  result.type = x.type;
  result.complexity = x.complexity;
  result.origin = x.skill.empty() ? x.origin : "skill:" + x.skill;
  result.priority = x.priority;
  result.key = x.client;
  result.stand_ins = x.stand_ins;
  result.budget = x.budget;
  return result;
}

job_expected expect_of(const job_request& what, const skill* how,
                       const routing_view& view, instant now) {
  auto decide_one = [&](const task& one) {
    return decide(*view.who, one, view.outlooks, now);
  };
  auto left = [&view](const std::string& provider) {
    auto i = view.outlooks.find(provider);
    return i == view.outlooks.end() ? 1.0 : i->second.room.left;
  };
  auto like = task_of(what);
  auto x = how != nullptr ? estimate_run(*how, what.input, like, decide_one)
                          : estimate_task(like, decide_one);
  return {x.calls, x.tokens, x.usd, estimate_text(x, left)};
}

} // namespace smart_agents
