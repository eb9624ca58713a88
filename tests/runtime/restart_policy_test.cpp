#include "runtime/restart_policy.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace smart_agents {

namespace {

TEST(RestartPolicy, RestartsAtOnceThenEverMoreSlowly) {
  restart_policy policy{{10, 30s, 100ms, 5s}};
  instant now{};
  EXPECT_EQ(policy.died(now), caf::timespan{0});
  EXPECT_EQ(policy.died(now), caf::timespan{100ms});
  EXPECT_EQ(policy.died(now), caf::timespan{200ms});
  EXPECT_EQ(policy.died(now), caf::timespan{400ms});
  for (int i = 0; i < 5; ++i)
    policy.died(now);
  EXPECT_EQ(policy.died(now), caf::timespan{5s});
  EXPECT_EQ(policy.restarts(), 10u);
}

TEST(RestartPolicy, GivesUpBeyondTheIntensity) {
  restart_policy policy{{2, 30s, 100ms, 5s}};
  instant now{};
  EXPECT_TRUE(policy.died(now));
  EXPECT_TRUE(policy.died(now + 10s));
  EXPECT_FALSE(policy.died(now + 29s));
}

TEST(RestartPolicy, ForgetsDeathsOutsideThePeriod) {
  restart_policy policy{{2, 30s, 100ms, 5s}};
  instant now{};
  EXPECT_TRUE(policy.died(now));
  EXPECT_TRUE(policy.died(now + 10s));
  EXPECT_EQ(policy.died(now + 60s), caf::timespan{0});
}

} // namespace

} // namespace smart_agents
