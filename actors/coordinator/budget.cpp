#include "actors/coordinator/budget.hpp"

#include "actors/router/figures.hpp"

#include <algorithm>

namespace smart_agents {

namespace {

constexpr const char* remedy =
  "; raise the budget, send less, or ask for auto:cheap";

} // namespace

std::optional<uint64_t> cap_within(const run_budget& budget,
                                   const run_budget& spent,
                                   const planned_call& call, std::string& why) {
  auto cap = call.cap;
  if (budget.tokens > 0) {
    auto left = budget.tokens - std::min(spent.tokens, budget.tokens);
    if (call.input >= left) {
      why = "the prompt has about " + show_tokens(call.input) + ", and "
            + show_tokens(left) + " are left of the budget of "
            + show_tokens(budget.tokens) + remedy;
      return std::nullopt;
    }
    cap = std::min(cap, left - call.input);
  }
  if (budget.usd > 0) {
    auto left = std::max(budget.usd - spent.usd, 0.0);
    auto least = call.most_usd(1);
    auto wanted = std::max(call.expected_usd, least);
    if (wanted > left) {
      why = "it would cost about " + show_usd(wanted) + ", and "
            + show_usd(left) + " are left of the budget of "
            + show_usd(budget.usd) + remedy;
      return std::nullopt;
    }
    // What it costs rises evenly with its output.
    if (auto most = call.most_usd(cap); most > left && cap > 1)
      cap = 1
            + static_cast<uint64_t>(static_cast<double>(cap - 1)
                                    * (left - least) / (most - least));
  }
  return cap;
}

std::string show_tokens(uint64_t tokens) {
  auto text = std::to_string(tokens);
  for (auto at = static_cast<int>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<size_t>(at), ",");
  return text + (tokens == 1 ? " token" : " tokens");
}

std::string show_usd(double usd) {
  std::string result = "$";
  append_fixed(result, usd, usd < 0.01 && usd > 0 ? 6 : 4);
  return result;
}

} // namespace smart_agents
