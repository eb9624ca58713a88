#include "tests/support/quota_simulation.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

/// `bench/quota_sim_bench` makes a million steps more; one seed again:
/// `quota_sim_bench --seed N`.
TEST(QuotaSimulation, NeverExceedsALimitAndLeaksNothing) {
  uint64_t granted = 0;
  uint64_t refused = 0;
  uint64_t crashes = 0;
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    test::quota_simulation world{seed};
    EXPECT_EQ(world.run(1000), "") << "seed " << seed;
    EXPECT_EQ(world.finish(), "") << "seed " << seed;
    granted += world.granted;
    refused += world.refused;
    crashes += world.crashes;
  }
  EXPECT_GT(granted, 1000u);
  EXPECT_GT(refused, 1000u);
  EXPECT_GT(crashes, 50u);
}

} // namespace smart_agents
