#include "actors/router/utility.hpp"

#include <gmock/gmock.h>

using ::testing::HasSubstr;

namespace smart_agents {

namespace {

std::string why_behind(const prospects& x, const prospects& first,
                       const route_weights& weights, double dearest) {
  std::string result;
  append_why_behind(result, x, first, weights, dearest);
  return result;
}

prospects usual() {
  prospects x;
  x.quality = 0.9;
  x.seconds = 10;
  x.cost_usd = 0.01;
  x.measured = true;
  return x;
}

} // namespace

TEST(Utility, ExpectsLessOfAModelThatIsTooWeak) {
  EXPECT_DOUBLE_EQ(expected_quality(0.9, 8, {}), 0.9);
  EXPECT_LT(expected_quality(0.4, 8, {}), 0.2);
  learned_of_model bad;
  bad.quality_shift = -0.3;
  EXPECT_DOUBLE_EQ(expected_quality(0.9, 8, bad), 0.63);
  learned_of_model good;
  good.quality_shift = 0.1;
  EXPECT_LE(expected_quality(1.2, 1, good), 1);
}

TEST(Utility, TakesMeasuredSpeedOverAGuess) {
  learned_of_model seen;
  seen.first_byte = 2;
  seen.tokens_per_second = 100;
  EXPECT_DOUBLE_EQ(expected_seconds(seen, 500, false, 1), 7);
  EXPECT_GT(expected_seconds({}, 500, true, 0.4),
            expected_seconds({}, 500, false, 0.4));
}

TEST(Utility, GrowsWithEveryVirtue) {
  route_weights weights;
  auto base = utility(usual(), weights, 0.02);
  auto better = [&](auto change) {
    auto x = usual();
    change(x);
    return utility(x, weights, 0.02) > base;
  };
  EXPECT_TRUE(better([](prospects& x) { x.quality = 0.95; }));
  EXPECT_TRUE(better([](prospects& x) { x.seconds = 2; }));
  EXPECT_TRUE(better([](prospects& x) { x.cost_usd = 0; }));
  EXPECT_TRUE(better([](prospects& x) { x.cached = 0.5; }));
  EXPECT_FALSE(better([](prospects& x) { x.health = 0.5; }));
  EXPECT_FALSE(better([](prospects& x) { x.room = 0.5; }));
}

TEST(Utility, NamesWhatWasDecisive) {
  route_weights weights;
  auto first = usual();
  auto other = usual();
  other.cost_usd = 0.02;
  EXPECT_THAT(why_behind(other, first, weights, 0.02), HasSubstr("dearer"));
  other = usual();
  other.quality = 0.4;
  EXPECT_EQ(why_behind(other, first, weights, 0.02),
            "less quality expected (0.40 against 0.90)");
  other = usual();
  other.health = 0.2;
  EXPECT_THAT(why_behind(other, first, weights, 0.02),
              HasSubstr("fails more often (80 % against 0 %)"));
  EXPECT_EQ(why_behind(usual(), first, weights, 0.02),
            "less liked for such tasks");
}

TEST(Utility, CallsAModelFailingAfterSomeTries) {
  learned_of_model x;
  x.health = 0.1;
  x.calls = 2;
  EXPECT_FALSE(is_failing(x));
  x.calls = 5;
  EXPECT_TRUE(is_failing(x));
  x.health = 0.6;
  EXPECT_FALSE(is_failing(x));
}

} // namespace smart_agents
