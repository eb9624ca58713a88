#include "actors/coordinator/budget.hpp"

#include <gmock/gmock.h>

using testing::HasSubstr;

namespace smart_agents {

namespace {

/// $1 for a million tokens of input, $10 for a million of output.
planned_call call_of(uint64_t input, uint64_t cap, double expected = 0) {
  return {input, cap, expected, [input](uint64_t output) {
            return static_cast<double>(input) * 1e-6
                   + static_cast<double>(output) * 1e-5;
          }};
}

std::string why_not(const run_budget& budget, const run_budget& spent,
                    const planned_call& call) {
  std::string why;
  return cap_within(budget, spent, call, why) ? "fine" : why;
}

} // namespace

TEST(Budget, LeavesACallAloneWithoutOne) {
  std::string why;
  EXPECT_EQ(cap_within({}, {5000, 9}, call_of(1000, 4000), why), 4000u);
}

TEST(Budget, LowersTheCapToWhatIsLeft) {
  std::string why;
  EXPECT_EQ(cap_within({3000, 0}, {1000, 0}, call_of(500, 4000), why), 1500u);
  auto cap = cap_within({0, 0.02}, {0, 0.005}, call_of(1000, 4000), why);
  ASSERT_TRUE(cap);
  EXPECT_LE(call_of(1000, 0).most_usd(*cap), 0.015);
  EXPECT_GE(call_of(1000, 0).most_usd(*cap + 1), 0.015);
}

TEST(Budget, RefusesWhatDoesNotFitAndSaysWhatToDo) {
  EXPECT_EQ(why_not({10'000, 0}, {9'000, 0}, call_of(1234, 100)),
            "the prompt has about 1,234 tokens, and 1,000 tokens are left of "
            "the budget of 10,000 tokens; raise the budget, send less, or ask "
            "for auto:cheap");
  EXPECT_THAT(why_not({0, 0.01}, {}, call_of(10, 100, 0.5)),
              HasSubstr("it would cost about $0.5000, and $0.0100 are left"));
  EXPECT_THAT(why_not({0, 0.01}, {0, 0.02}, call_of(10, 100)),
              HasSubstr("$0.0000 are left"));
}

} // namespace smart_agents
