#pragma once

#include "actors/coordinator/skills.hpp"
#include "messages/route.hpp"
#include "messages/task.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

/// What a run of a skill is expected to take, before it begins. Pure.

namespace smart_agents {

struct run_estimate {
  /// Calls, each part once; more when parts fail.
  size_t calls = 0;
  uint64_t tokens = 0;
  double usd = 0;
  /// Calls by `PROVIDER/MODEL`.
  std::map<std::string, size_t> models;
  /// Parts that nobody can take now.
  size_t homeless = 0;
  /// True when a plan or list decides how many parts there will be.
  bool open_ended = false;
};

/// Routes each step with its real prompt, as far as the input fills it; results
/// of earlier steps, and how many parts a plan has, are taken as usual ones.
/// Steps that may be left out count. `decide` routes a task.
run_estimate
estimate_run(const skill& what, const std::string& input, const task& like,
             const std::function<caf::expected<decision>(const task&)>& decide);

/// The same for one call of no skill.
run_estimate estimate_task(
  const task& what,
  const std::function<caf::expected<decision>(const task&)>& decide);

/// The estimate in one sentence. `left` tells the share of a provider's
/// tightest limit that is left, 0 to 1.
std::string
estimate_text(const run_estimate& x,
              const std::function<double(const std::string&)>& left);

} // namespace smart_agents
