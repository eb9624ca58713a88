#include "actors/quota/quota_history.hpp"

#include <caf/expected.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace smart_agents {

caf::expected<std::vector<quota_used>>
used_so_far(ledger_store& ledger, const std::vector<provider_quota>& providers,
            wall_time now) {
  std::vector<quota_used> result;
  // Most providers share a time zone, and so a question.
  std::map<wall_time, std::vector<usage_sum>> answers;
  for (const auto& provider : providers)
    for (auto which : {quota_window::day, quota_window::month}) {
      auto limited = std::any_of(
        provider.limits.begin(), provider.limits.end(),
        [which](const quota_limit& x) { return x.window == which; });
      if (!limited)
        continue;
      auto span = which == quota_window::day ? provider.zone.day(now)
                                             : provider.zone.month(now);
      auto [known, fresh] = answers.try_emplace(span.begin);
      if (fresh) {
        auto sums = ledger.sum(span.begin, "provider");
        if (!sums)
          return std::move(sums.error());
        known->second = std::move(*sums);
      }
      for (const auto& sum : known->second)
        if (sum.group == provider.provider)
          result.push_back(
            {provider.provider,
             which,
             {sum.requests, sum.tokens.input(), sum.tokens.output}});
    }
  return result;
}

} // namespace smart_agents
