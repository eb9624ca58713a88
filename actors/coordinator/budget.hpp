#pragma once

#include "messages/task.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

/// Budgets of runs. Pure.

namespace smart_agents {

/// `failure::code` of what a budget did not allow: trying again is of no use.
inline constexpr const char* over_budget = "over_budget";

/// One call, before it is made.
struct planned_call {
  uint64_t input = 0;
  /// Output tokens at most.
  uint64_t cap = 0;
  double expected_usd = 0;
  /// What it costs at most with so many output tokens.
  std::function<double(uint64_t output)> most_usd;
};

/// The output tokens, at most the call's own cap, with which it stays within
/// what `spent` leaves of `budget`. Unset with `why` when there is no room for
/// it, or none for what it is expected to cost.
std::optional<uint64_t> cap_within(const run_budget& budget,
                                   const run_budget& spent,
                                   const planned_call& call, std::string& why);

/// A sum as people read it: `12,300 tokens`, `$0.031`.
std::string show_tokens(uint64_t tokens);
std::string show_usd(double usd);

} // namespace smart_agents
