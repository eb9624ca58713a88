#include "actors/router/selection.hpp"

#include "actors/router/decision_row.hpp"
#include "actors/router/ranking.hpp"

#include <spdlog/logger.h>

namespace smart_agents {

caf::expected<decision> decide(const roster& who, const task& what,
                               const provider_outlooks& outlooks, instant now) {
  auto seen = observe(who, what, outlooks, now);
  if (!seen)
    return std::move(seen.error());
  auto result = rank(*seen);
  const auto& log = who.options().log;
  if (log && log->should_log(spdlog::level::debug))
    log->debug("{}{}", decision_mark, decision_row(what.id, *seen, result));
  return result;
}

} // namespace smart_agents
