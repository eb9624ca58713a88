#include "adapters/usage_sums.hpp"

#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <date/date.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace smart_agents {

namespace {

std::string day_of(const ledger_row& row) {
  return date::format("%F", std::chrono::floor<date::days>(row.at));
}

std::string skill_of(const ledger_row& row) {
  constexpr std::string_view prefix = "skill:";
  return row.origin.starts_with(prefix) ? row.origin.substr(prefix.size())
                                        : "-";
}

usage& operator+=(usage& sum, const usage& x) {
  sum.uncached_input += x.uncached_input;
  sum.cache_read += x.cache_read;
  sum.cache_write += x.cache_write;
  sum.output += x.output;
  sum.reasoning += x.reasoning;
  sum.estimated |= x.estimated;
  sum.cache_write_hour += x.cache_write_hour;
  if (x.charged_usd)
    sum.charged_usd = sum.charged_usd.value_or(0) + *x.charged_usd;
  return sum;
}

} // namespace

usage bounded(const usage& tokens) {
  usage result = tokens;
  for (auto* count : {&result.uncached_input, &result.cache_read,
                      &result.cache_write, &result.output, &result.reasoning})
    *count = std::min(*count, max_row_tokens);
  if (result.charged_usd && !std::isfinite(*result.charged_usd))
    result.charged_usd.reset();
  return result;
}

caf::expected<usage_sums> usage_sums::by(std::string_view column) {
  if (column == "provider")
    return usage_sums{[](const ledger_row& x) { return x.provider; }};
  if (column == "model")
    return usage_sums{[](const ledger_row& x) { return x.model; }};
  if (column == "origin")
    return usage_sums{[](const ledger_row& x) { return x.origin; }};
  if (column == "day")
    return usage_sums{day_of};
  if (column == "skill")
    return usage_sums{skill_of};
  if (column == "credential")
    return usage_sums{[](const ledger_row& x) { return x.credential; }};
  if (column == "key")
    return usage_sums{[](const ledger_row& x) { return x.key; }};
  if (column == "type")
    return usage_sums{[](const ledger_row& x) { return x.type; }};
  return make_error(
    ec::bad_input,
    "usage cannot be grouped by \"" + std::string{column}
      + "\": take provider, credential, model, origin, skill, key, "
        "type or day");
}

void usage_sums::add(const std::vector<usage_sum>& sums) {
  for (const auto& x : sums) {
    auto& sum = at(x.group);
    sum.requests += x.requests;
    sum.failed += x.failed;
    sum.tokens += x.tokens;
    sum.cost_usd += x.cost_usd;
    sum.saved_usd += x.saved_usd;
    sum.answered += x.answered;
    sum.failovers += x.failovers;
    sum.quota_hits += x.quota_hits;
  }
}

void usage_sums::add(const ledger_row& row) {
  auto& sum = at(group_(row));
  sum.requests += row.served ? 1 : 0;
  auto answered = row.outcome == "answered";
  sum.failed += answered ? 0 : 1;
  sum.answered += answered ? 1 : 0;
  sum.failovers += answered && row.attempt > 1 ? 1 : 0;
  sum.quota_hits += is_quota_hit(row.outcome) ? 1 : 0;
  sum.tokens += bounded(row.tokens);
  sum.cost_usd += std::isfinite(row.cost_usd) ? row.cost_usd : 0;
  sum.saved_usd += std::isfinite(row.saved_usd) ? row.saved_usd : 0;
}

std::vector<usage_sum> usage_sums::take() {
  return std::exchange(sums_, {});
}

usage_sum& usage_sums::at(const std::string& group) {
  auto place = std::lower_bound(
    sums_.begin(), sums_.end(), group,
    [](const usage_sum& x, const std::string& name) { return x.group < name; });
  if (place == sums_.end() || place->group != group) {
    place = sums_.insert(place, usage_sum{});
    place->group = group;
  }
  return *place;
}

} // namespace smart_agents
