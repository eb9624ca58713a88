#include "tests/actors/coordinator/coordinator_fixture.hpp"

#include <gmock/gmock.h>

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

namespace smart_agents {

namespace {

using enum failure_class;
using test::fails;
using test::hangs;
using test::queues;
using test::streams;

class DispatchStop : public test::coordinator_fixture {};

TEST_F(DispatchStop, ReleasesWhatQuotaGrantsAfterACancellation) {
  quota_->silent = true;
  ASSERT_TRUE(run(hello()));
  tell(coordinator_, cancel_task{"t1", "not needed any more"});
  ASSERT_TRUE(got_->failed());
  EXPECT_EQ(got_->failed()->why.what, cancelled);
  EXPECT_EQ(got_->failed()->why.message, "not needed any more");
  ASSERT_EQ(quota_->unanswered.size(), 1u);
  tell(peers_.quota, next_window{});
  ASSERT_EQ(quota_->settled.size(), 1u);
  EXPECT_FALSE(quota_->settled[0].served);
  expect_all_over();
}

TEST_F(DispatchStop, CancelsWhileTheRouterThinks) {
  routing_->silent = true;
  ASSERT_TRUE(run(hello()));
  tell(coordinator_, cancel_task{"t1", ""});
  EXPECT_TRUE(got_->failed());
  expect_all_over();
}

TEST_F(DispatchStop, WithdrawsACallThatWaitsInAQueue) {
  reply("claude", queues());
  ASSERT_TRUE(run(hello()));
  tell(coordinator_, cancel_task{"t1", ""});
  EXPECT_EQ(scripts_["claude"]->withdrawn.size(), 1u);
  EXPECT_FALSE(quota_->settled.at(0).served);
  EXPECT_THAT(outcomes(), ElementsAre("claude cancelled"));
  expect_all_over();
}

TEST_F(DispatchStop, ClosesTheUpstreamOfACancelledCall) {
  reply("claude", hangs());
  ASSERT_TRUE(run(hello()));
  tell(coordinator_, cancel_task{"t1", ""});
  EXPECT_TRUE(scripts_["claude"]->upstreams.at(0)->cancelled);
  EXPECT_TRUE(quota_->settled.at(0).served) << "the work may have been done";
  expect_all_over();
}

TEST_F(DispatchStop, CancelsWhileItWaitsForTheSecondRound) {
  for (const auto* name : {"claude", "chatgpt", "ollama"}) {
    auto busy = fails(rate_limited);
    busy.why.retry_after = 20s;
    reply(name, busy);
  }
  ASSERT_TRUE(run(hello()));
  tell(coordinator_, cancel_task{"t1", ""});
  EXPECT_TRUE(got_->failed());
  expect_all_over();
  advance(30s);
  EXPECT_EQ(got_->ends(), 1u);
}

TEST_F(DispatchStop, CancelsWhileTheReaderIsSlow) {
  reply("claude", streams(std::vector<std::string>(200, "x")));
  auto accepted = run(hello("t1", true));
  ASSERT_TRUE(accepted);
  tell(accepted->dispatch, cancel_task{"t1", ""});
  EXPECT_TRUE(got_->failed());
  EXPECT_EQ(quota_->settled.size(), 1u);
  expect_all_over();
}

TEST_F(DispatchStop, StopsWhenItsReaderIsGone) {
  reply("claude", hangs());
  ASSERT_TRUE(run(hello()));
  crash(sink_);
  EXPECT_TRUE(scripts_["claude"]->upstreams.at(0)->cancelled);
  EXPECT_TRUE(quota_->open.empty());
  EXPECT_EQ(load(), 0u);
}

TEST_F(DispatchStop, KeepsTheDeadlineAtEveryStage) {
  struct row {
    const char* stage;
    std::function<void()> arrange;
    const char* says;
  };
  const row rows[] = {
    {"deciding", [this] { routing_->silent = true; }, "before a provider"},
    {"reserving",
     [this] {
       routing_->silent = false;
       quota_->silent = true;
     },
     "before a provider"},
    {"queued",
     [this] {
       quota_->silent = false;
       reply("claude", queues());
     },
     "while claude was answering"},
    {"calling", [this] { reply("claude", hangs()); },
     "while claude was answering"},
    {"reading",
     [this] { reply("claude", streams(std::vector<std::string>(200, "x"))); },
     "while the reader took the answer"},
  };
  int number = 0;
  for (const auto& x : rows) {
    SCOPED_TRACE(x.stage);
    got_->all.clear();
    x.arrange();
    auto what = hello("t" + std::to_string(++number), true);
    what->deadline = now() + 5s;
    ASSERT_TRUE(run(what));
    advance(4s);
    EXPECT_EQ(got_->ends(), 0u);
    advance(1s);
    advance(250ms);
    ASSERT_TRUE(got_->failed());
    EXPECT_EQ(got_->failed()->why.what, timeout);
    EXPECT_THAT(got_->failed()->why.message, HasSubstr(x.says));
    tell(peers_.quota, next_window{});
    expect_all_over();
  }
}

TEST_F(DispatchStop, LimitsATaskWithoutADeadline) {
  reply("claude", hangs());
  ASSERT_TRUE(run(hello()));
  for (int i = 0; i < 11; ++i)
    advance(1min);
  ASSERT_TRUE(got_->failed());
  EXPECT_EQ(got_->failed()->why.what, timeout);
  expect_all_over();
}

} // namespace

} // namespace smart_agents
