#include "adapters/simulator/limiter.hpp"

#include <date/date.h>
#include <gtest/gtest.h>

#include <sstream>

namespace smart_agents::sim {

namespace {

using namespace std::chrono_literals;

wall_time utc(const std::string& text) {
  std::istringstream in{text};
  date::sys_seconds result;
  in >> date::parse("%F %T", result);
  return result;
}

} // namespace

class SimLimiter : public ::testing::Test {
protected:
  void allow(const limits& x, vendor whose = vendor::openai) {
    limiter_.configure(x, whose, now_);
  }

  std::optional<limit_refusal> admit(uint64_t input = 10,
                                     uint64_t output = 10) {
    return limiter_.admit(input, output, now_);
  }

  limit_state look(limit_kind x) {
    return limiter_.look(now_)[static_cast<size_t>(x)];
  }

  wall_time now_ = utc("2026-11-23 10:00:00");
  limiter limiter_;
};

TEST_F(SimLimiter, LetsEverythingInWithoutLimits) {
  for (int i = 0; i < 1000; ++i)
    EXPECT_FALSE(admit(1'000'000, 1'000'000));
}

TEST_F(SimLimiter, RefusesTheRequestOverTheMinuteAndSaysWhenToComeBack) {
  allow({.requests_per_minute = 60, .time_zone = {}});
  for (int i = 0; i < 60; ++i)
    EXPECT_FALSE(admit());
  auto refused = admit();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->which, limit_kind::requests_minute);
  EXPECT_EQ(refused->limit, 60u);
  EXPECT_EQ(refused->used, 60u);
  EXPECT_EQ(refused->retry_after, 1s);
  now_ += 999ms;
  EXPECT_TRUE(admit());
  now_ += 1ms;
  EXPECT_FALSE(admit());
}

TEST_F(SimLimiter, RefillsContinuouslyUpToTheLimit) {
  allow({.requests_per_minute = 60, .time_zone = {}});
  for (int i = 0; i < 60; ++i)
    admit();
  now_ += 30s;
  EXPECT_EQ(look(limit_kind::requests_minute).remaining, 30u);
  EXPECT_EQ(look(limit_kind::requests_minute).reset, 30s);
  now_ += 1h;
  EXPECT_EQ(look(limit_kind::requests_minute).remaining, 60u);
  EXPECT_EQ(look(limit_kind::requests_minute).reset, 0s);
}

TEST_F(SimLimiter, ChargesNothingForWhatItRefuses) {
  allow({.requests_per_minute = 10,
         .input_tokens_per_minute = 100,
         .time_zone = {}});
  EXPECT_FALSE(admit(90, 1));
  auto refused = admit(20, 1);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->which, limit_kind::input_minute);
  EXPECT_EQ(refused->requested, 20u);
  EXPECT_EQ(look(limit_kind::requests_minute).remaining, 9u);
  EXPECT_FALSE(admit(10, 1));
}

TEST_F(SimLimiter, CountsInputAndOutputTogetherWhereTheLimitDoes) {
  allow({.tokens_per_minute = 100, .time_zone = {}});
  EXPECT_FALSE(admit(60, 40));
  EXPECT_TRUE(admit(1, 0));
  allow({.output_tokens_per_minute = 50, .time_zone = {}});
  EXPECT_FALSE(admit(1'000'000, 50));
  EXPECT_TRUE(admit(0, 1));
}

TEST_F(SimLimiter, BeginsTheDayAtMidnightUtc) {
  allow({.requests_per_day = 2, .time_zone = {}});
  EXPECT_FALSE(admit());
  EXPECT_FALSE(admit());
  auto refused = admit();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->which, limit_kind::requests_day);
  EXPECT_EQ(refused->retry_after, 14h);
  now_ = utc("2026-11-23 23:59:59");
  EXPECT_TRUE(admit());
  now_ = utc("2026-11-24 00:00:00");
  EXPECT_FALSE(admit());
}

TEST_F(SimLimiter, BeginsGeminisDayAtMidnightInLosAngelesWithSummerTime) {
  now_ = utc("2026-11-23 07:00:00");
  allow({.requests_per_day = 1, .time_zone = {}}, vendor::gemini);
  EXPECT_FALSE(admit());
  EXPECT_EQ(admit()->retry_after, 1h);
  now_ = utc("2026-11-23 08:00:00");
  EXPECT_FALSE(admit());
  // The clocks go forward on 8 March 2026: the day has 23 hours.
  limiter_ = {};
  now_ = utc("2026-03-08 08:00:00");
  allow({.requests_per_day = 1, .time_zone = {}}, vendor::gemini);
  EXPECT_FALSE(admit());
  EXPECT_EQ(admit()->retry_after, 23h);
}

TEST_F(SimLimiter, StandsStillWhenTheClockGoesBack) {
  allow({.requests_per_minute = 1, .requests_per_day = 100, .time_zone = {}});
  EXPECT_FALSE(admit());
  now_ -= 48h;
  EXPECT_TRUE(admit());
  EXPECT_EQ(look(limit_kind::requests_day).remaining, 99u);
}

TEST_F(SimLimiter, KeepsTheDaysUseWhenItsLimitChanges) {
  allow({.requests_per_day = 5, .time_zone = {}});
  admit();
  admit();
  allow({.requests_per_day = 2, .time_zone = {}});
  EXPECT_TRUE(admit());
  allow({.requests_per_day = 3, .time_zone = {}});
  EXPECT_FALSE(admit());
}

} // namespace smart_agents::sim
