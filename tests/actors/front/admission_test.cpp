#include "actors/front/admission.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

TEST(Admission, TurnsAwayWhoIsTooManyAndForgetsThem) {
  admission door{2};
  EXPECT_EQ(door.enter(nullptr), "");
  EXPECT_EQ(door.enter(nullptr), "");
  EXPECT_NE(door.enter(nullptr), "");
  EXPECT_EQ(door.running(), 2u);
  door.leave(nullptr);
  EXPECT_EQ(door.enter(nullptr), "");
}

TEST(Admission, HoldsAKeyToItsOwnNumber) {
  admission door{100};
  client_key key{"ci", {}, 1, std::make_shared<client_load>()};
  EXPECT_EQ(door.enter(&key), "");
  EXPECT_NE(door.enter(&key).find("the key ci may run 1 "), std::string::npos);
  door.leave(&key);
  EXPECT_EQ(door.enter(&key), "");
}

TEST(Admission, SharesAFullHouseAmongKeys) {
  admission door{100};
  client_key greedy{"greedy", {}, 0, std::make_shared<client_load>()};
  client_key modest{"modest", {}, 0, std::make_shared<client_load>()};
  EXPECT_EQ(door.enter(&modest), "");
  uint32_t taken = 0;
  while (door.enter(&greedy).empty())
    ++taken;
  // It may fill what nobody needs, and stops short of the rest.
  EXPECT_EQ(taken, 74u);
  for (int i = 0; i < 25; ++i)
    EXPECT_EQ(door.enter(&modest), "") << i;
  EXPECT_EQ(door.running(), 100u);
  EXPECT_NE(door.enter(&modest), "");
}

TEST(Admission, LetsOneAloneHaveTheWholeHouse) {
  admission door{100};
  client_key key{"alone", {}, 0, std::make_shared<client_load>()};
  uint32_t taken = 0;
  while (door.enter(&key).empty())
    ++taken;
  EXPECT_EQ(taken, 100u);
}

} // namespace smart_agents
