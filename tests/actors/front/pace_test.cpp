#include "actors/front/pace.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

class Pace : public testing::Test {
protected:
  /// `count` leave, one every `interval`.
  void leave(int count, std::chrono::nanoseconds interval) {
    for (int i = 0; i < count; ++i)
      who_.left(now_ += interval);
  }

  pace who_;
  pace::instant now_{1h};
};

} // namespace

TEST_F(Pace, KnowsNothingBeforeTwoHaveLeft) {
  EXPECT_EQ(who_.next_turn(now_), pace::unknown);
  leave(1, 1s);
  EXPECT_EQ(who_.next_turn(now_), pace::unknown);
}

TEST_F(Pace, SendsACrowdBackOneByOne) {
  leave(20, 2s);
  EXPECT_EQ(who_.next_turn(now_), 2s);
  EXPECT_EQ(who_.next_turn(now_), 4s);
  EXPECT_EQ(who_.next_turn(now_), 6s);
  // Five seconds later the first two have had their turns.
  leave(1, 2s);
  leave(1, 2s);
  now_ += 1s;
  EXPECT_EQ(who_.next_turn(now_), 3s);
}

TEST_F(Pace, FollowsWhatBecomesFasterOrSlower) {
  leave(20, 2s);
  leave(100, 10ms);
  EXPECT_LT(who_.next_turn(now_), 12ms);
  now_ += 60s;
  EXPECT_EQ(who_.next_turn(now_), 30s);
}

TEST_F(Pace, SendsNobodyAwayForEver) {
  leave(2, 100s);
  for (int i = 0; i < 1000; ++i)
    EXPECT_LE(who_.next_turn(now_), pace::longest);
}

} // namespace smart_agents
