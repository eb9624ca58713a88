#include "actors/jobs/estimate.hpp"

#include "actors/jobs/notices.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace std::chrono_literals;

namespace smart_agents {

namespace {

TEST(Estimate, KnowsNothingAtFirst) {
  auto x = estimate_job(5s, 0, {});
  EXPECT_EQ(x.progress, 0);
  EXPECT_LT(x.seconds_left, 0);
}

TEST(Estimate, TakesItsOwnPaceWithoutHistory) {
  auto x = estimate_job(10s, 0.25, {});
  EXPECT_DOUBLE_EQ(x.seconds_left, 30);
  EXPECT_DOUBLE_EQ(x.progress, 0.25);
}

TEST(Estimate, TakesTheUsualTimeAtFirst) {
  auto x = estimate_job(10s, 0, {40s, 41s, 400s});
  EXPECT_NEAR(x.seconds_left, 31, 1);
  EXPECT_NEAR(x.progress, 0.25, 0.01);
}

TEST(Estimate, IsNeverOverBeforeTheEnd) {
  auto x = estimate_job(100s, 0.5, {10s, 10s});
  EXPECT_GT(x.seconds_left, 0);
  EXPECT_LT(x.progress, 1);
}

/// Jobs of one kind, each up to 15 % faster or slower than usual, of four steps
/// of unequal length: after a quarter of the time the estimate must be within
/// 50 %.
TEST(Estimate, IsWithinAHalfAfterAQuarterOfARepeatedKind) {
  std::mt19937 engine{7};
  std::uniform_real_distribution<double> pace{0.85, 1.15};
  const double ends[] = {0.1, 0.3, 0.35, 1.0};
  std::vector<caf::timespan> before;
  auto span = [](double s) {
    return caf::timespan{static_cast<int64_t>(s * 1e9)};
  };
  before.reserve(5);
  for (int i = 0; i < 5; ++i)
    before.push_back(span(60 * pace(engine)));
  for (int i = 0; i < 1000; ++i) {
    auto total = 60 * pace(engine);
    auto spent = total / 4;
    double done = 0;
    for (auto end : ends)
      done += end <= 0.25 ? 0.25 : 0;
    auto x = estimate_job(span(spent), done, before);
    auto left = total - spent;
    EXPECT_LE(std::abs(x.seconds_left - left), left / 2) << "run " << i;
    before.push_back(span(total));
    before.erase(before.begin());
  }
}

job at(double progress, job_notify how = job_notify::milestone) {
  job x;
  x.id = "j";
  x.state = job_state::running;
  x.claim = 1;
  x.progress = progress;
  x.step = std::to_string(progress);
  x.what.notify = how;
  return x;
}

TEST(Notices, TellQuartersAndTurns) {
  job_notices notices{500ms};
  instant now{};
  EXPECT_TRUE(notices.worth_telling(at(0), now));
  EXPECT_FALSE(notices.worth_telling(at(0.1), now + 1s));
  EXPECT_TRUE(notices.worth_telling(at(0.3), now + 2s));
  EXPECT_FALSE(notices.worth_telling(at(0.4), now + 3s));
  auto done = at(1);
  done.state = job_state::completed;
  EXPECT_TRUE(notices.worth_telling(done, now + 3s));
}

TEST(Notices, HoldBackWhatComesTooFast) {
  job_notices notices{500ms};
  instant now{};
  EXPECT_TRUE(notices.worth_telling(at(0, job_notify::verbose), now));
  EXPECT_FALSE(notices.worth_telling(at(0.1, job_notify::verbose), now + 1ms));
  EXPECT_TRUE(notices.worth_telling(at(0.2, job_notify::verbose), now + 501ms));
  auto done = at(1, job_notify::verbose);
  done.state = job_state::failed;
  EXPECT_TRUE(notices.worth_telling(done, now + 502ms)) << "an end always";
}

TEST(Notices, HeedTheStrategy) {
  job_notices notices;
  auto done = at(1, job_notify::silent);
  done.state = job_state::completed;
  EXPECT_FALSE(notices.worth_telling(done, {}));
  EXPECT_FALSE(notices.worth_telling(at(0, job_notify::completion), {}));
  done.what.notify = job_notify::completion;
  EXPECT_TRUE(notices.worth_telling(done, {}));
}

} // namespace

} // namespace smart_agents
