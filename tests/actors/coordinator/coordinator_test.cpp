#include "tests/actors/coordinator/coordinator_fixture.hpp"

#include <gmock/gmock.h>

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace smart_agents {

namespace {

using test::hangs;

class Coordinator : public test::coordinator_fixture {
protected:
  task_actor dispatch_of(const std::string& id) {
    return options_.table->running.at(id).dispatch;
  }
};

TEST_F(Coordinator, TellsWhatIsInHand) {
  reply("claude", hangs());
  EXPECT_EQ(load(), 0u);
  ASSERT_TRUE(run(hello("t1")));
  ASSERT_TRUE(run(hello("t2")));
  EXPECT_EQ(load(), 2u);
}

TEST_F(Coordinator, RefusesMoreThanItTakes) {
  options_.max_tasks = 1;
  stop(coordinator_);
  start_coordinator();
  reply("claude", hangs());
  ASSERT_TRUE(run(hello("t1")));
  auto refused = run(hello("t2"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), ec::overloaded);
  EXPECT_THAT(render(refused.error()), HasSubstr("ask again in a moment"));
}

TEST_F(Coordinator, RefusesASecondTaskOfTheSameId) {
  reply("claude", hangs());
  ASSERT_TRUE(run(hello("t1")));
  auto refused = run(hello("t1"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), ec::bad_input);
}

TEST_F(Coordinator, RefusesATaskWithoutAnId) {
  EXPECT_FALSE(run(hello("")));
  EXPECT_FALSE(run(nullptr));
}

TEST_F(Coordinator, DrainsAndTakesNothingNew) {
  reply("claude", hangs());
  ASSERT_TRUE(run(hello("t1")));
  auto early = ask<drained>(coordinator_, drain{});
  EXPECT_FALSE(early) << "a task still runs";
  auto refused = run(hello("t2"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), ec::shutting_down);
  tell(coordinator_, cancel_task{"t1", ""});
  EXPECT_TRUE(ask<drained>(coordinator_, drain{}));
}

TEST_F(Coordinator, EndsEveryTaskWhenItIsStopped) {
  reply("claude", hangs());
  ASSERT_TRUE(run(hello("t1")));
  stop(coordinator_);
  ASSERT_TRUE(got_->failed());
  EXPECT_THAT(got_->failed()->why.message, HasSubstr("service was stopped"));
  EXPECT_TRUE(quota_->open.empty());
  EXPECT_TRUE(options_.table->running.empty());
}

TEST_F(Coordinator, BeginsADeadDispatchAgainWhenNothingWasSent) {
  reply("claude", hangs());
  ASSERT_TRUE(run(hello("t1")));
  reply("claude", test::fake_reply{});
  crash(dispatch_of("t1"));
  EXPECT_TRUE(scripts_["claude"]->upstreams.at(0)->cancelled)
    << "the orphaned call is closed";
  EXPECT_TRUE(got_->finished());
  EXPECT_EQ(got_->ends(), 1u);
  EXPECT_EQ(load(), 0u);
}

TEST_F(Coordinator, EndsATaskWhoseDispatchDiesTwice) {
  reply("claude", hangs());
  ASSERT_TRUE(run(hello("t1")));
  crash(dispatch_of("t1"));
  EXPECT_EQ(got_->ends(), 0u);
  crash(dispatch_of("t1"));
  ASSERT_TRUE(got_->failed());
  EXPECT_EQ(got_->failed()->why.what, failure_class::internal);
  EXPECT_EQ(load(), 0u);
}

TEST_F(Coordinator, EndsATaskWhoseDispatchDiesAfterContent) {
  auto slow = hangs();
  slow.pieces = {text_delta{0, "half"}};
  reply("claude", slow);
  ASSERT_TRUE(run(hello("t1", true)));
  crash(dispatch_of("t1"));
  EXPECT_TRUE(got_->failed());
  EXPECT_EQ(got_->streamed(), "half");
  EXPECT_EQ(load(), 0u);
}

TEST_F(Coordinator, LeavesRunningTasksToItsSuccessor) {
  reply("claude", hangs());
  auto what = hello("t1");
  what->deadline = now() + 5s;
  ASSERT_TRUE(run(what));
  ASSERT_TRUE(run(hello("t2")));
  crash(coordinator_);
  start_coordinator();
  EXPECT_EQ(load(), 2u);
  // Deadlines, cancellation and deaths are watched again.
  advance(5s);
  advance(250ms);
  ASSERT_TRUE(got_->failed());
  EXPECT_EQ(got_->failed()->task_id, "t1");
  tell(coordinator_, cancel_task{"t2", ""});
  EXPECT_EQ(got_->ends(), 2u);
  EXPECT_EQ(load(), 0u);
}

TEST_F(Coordinator, FindsOutWhatDiedWhileThereWasNone) {
  reply("claude", hangs());
  ASSERT_TRUE(run(hello("t1")));
  ASSERT_TRUE(run(hello("t2")));
  auto dispatch = dispatch_of("t1");
  crash(coordinator_);
  crash(dispatch);
  crash(peers_.providers["claude"]);
  reply("claude", test::fake_reply{});
  start_coordinator();
  // t1 begins again, t2 fails over.
  EXPECT_EQ(got_->only<answer_finished>().size(), 2u);
  EXPECT_EQ(load(), 0u);
}

TEST_F(Coordinator, TasksFinishWhileThereIsNoCoordinator) {
  reply("claude", hangs());
  ASSERT_TRUE(run(hello("t1")));
  crash(coordinator_);
  auto call = scripts_["claude"]->calls.at(0);
  auto response = std::make_shared<chat_response>();
  response->parts.emplace_back(text_part{"fine"});
  tell(call.to, call_finished{call.id, response, {}});
  EXPECT_TRUE(got_->finished());
  start_coordinator();
  EXPECT_EQ(load(), 0u);
  EXPECT_EQ(got_->ends(), 1u);
}

TEST_F(Coordinator, AnswersTwoHundredTasksThroughEveryDeath) {
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(run(hello("t" + std::to_string(i), i % 2 == 0)));
  reply("claude", hangs());
  for (int i = 200; i < 400; ++i)
    ASSERT_TRUE(run(hello("t" + std::to_string(i), i % 2 == 0)));
  crash(peers_.router);
  crash(peers_.quota);
  crash(coordinator_);
  crash(peers_.providers["claude"]);
  quota_->open.clear();
  peers_.quota = system_.spawn(test::fake_quota, quota_);
  peers_.router = system_.spawn(test::fake_router, routing_);
  start_coordinator();
  EXPECT_EQ(got_->only<answer_finished>().size(), 400u);
  EXPECT_TRUE(quota_->open.empty());
  EXPECT_EQ(load(), 0u);
}

TEST_F(Coordinator, NamesTheSkillsItKnows) {
  auto refused =
    ask<task_accepted>(coordinator_, run_skill{"poetry", hello(), sink_});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), ec::not_found);
  EXPECT_THAT(render(refused.error()), HasSubstr("code_review"));
}

} // namespace

} // namespace smart_agents
