#include "tests/actors/coordinator/coordinator_fixture.hpp"

#include <gmock/gmock.h>

using namespace std::chrono_literals;

namespace smart_agents {

namespace {

using enum failure_class;
using test::hangs;
using test::queues;

class DispatchPeers : public test::coordinator_fixture {};

TEST_F(DispatchPeers, AsksTheNextRouterWhenOneDies) {
  routing_->silent = true;
  ASSERT_TRUE(run(hello()));
  crash(peers_.router);
  EXPECT_EQ(got_->ends(), 0u);
  routing_->silent = false;
  peers_.router = system_.spawn(test::fake_router, routing_);
  publish();
  EXPECT_TRUE(got_->finished());
  expect_all_over();
}

TEST_F(DispatchPeers, WaitsForARouterThatIsDeadAlready) {
  crash(peers_.router);
  ASSERT_TRUE(run(hello()));
  EXPECT_EQ(got_->ends(), 0u);
  peers_.router = system_.spawn(test::fake_router, routing_);
  publish();
  EXPECT_TRUE(got_->finished());
  expect_all_over();
}

TEST_F(DispatchPeers, EndsATaskThatKillsRoutersOneAfterTheOther) {
  routing_->silent = true;
  ASSERT_TRUE(run(hello()));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(got_->ends(), 0u);
    crash(peers_.router);
    peers_.router = system_.spawn(test::fake_router, routing_);
    publish();
  }
  ASSERT_TRUE(got_->failed());
  EXPECT_EQ(got_->failed()->why.what, internal);
  expect_all_over();
}

TEST_F(DispatchPeers, ReservesAgainWhenQuotaDies) {
  quota_->silent = true;
  ASSERT_TRUE(run(hello()));
  crash(peers_.quota);
  quota_->silent = false;
  quota_->open.clear();
  peers_.quota = system_.spawn(test::fake_quota, quota_);
  publish();
  EXPECT_TRUE(got_->finished());
  EXPECT_EQ(quota_->settled.size(), 1u);
  expect_all_over();
}

TEST_F(DispatchPeers, KeepsABillForTheNextQuotaManager) {
  reply("claude", hangs());
  ASSERT_TRUE(run(hello()));
  crash(peers_.quota);
  auto call = scripts_["claude"]->calls.at(0);
  auto response = std::make_shared<chat_response>();
  response->parts.emplace_back(text_part{"fine"});
  tell(call.to, call_finished{call.id, response, {}});
  // The reader has its answer, only the bill is late.
  EXPECT_TRUE(got_->finished());
  EXPECT_TRUE(quota_->settled.empty());
  EXPECT_TRUE(ledger_->rows.empty());
  peers_.quota = system_.spawn(test::fake_quota, quota_);
  publish();
  EXPECT_EQ(quota_->settled.size(), 1u);
  EXPECT_EQ(ledger_->rows.size(), 1u);
  expect_all_over();
}

TEST_F(DispatchPeers, DoesNotOutliveItsDeadlineForABillThatNobodyTakes) {
  auto what = hello();
  what->deadline = now() + 10s;
  reply("claude", hangs());
  ASSERT_TRUE(run(what));
  crash(peers_.quota);
  quota_->open.clear();
  tell(coordinator_, cancel_task{"t1", ""});
  EXPECT_TRUE(got_->failed());
  for (int i = 0; i < 30 * 4; ++i)
    advance(250ms);
  EXPECT_EQ(ledger_->rows.size(), 1u) << "the ledger has it nevertheless";
  expect_all_over();
}

TEST_F(DispatchPeers, FailsOverWhenAProviderDiesInACall) {
  reply("claude", hangs());
  ASSERT_TRUE(run(hello()));
  crash(peers_.providers["claude"]);
  auto end = got_->finished();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->provider, "chatgpt");
  EXPECT_EQ(end->attempts.at(0).failed->what, internal);
  expect_all_over();
}

TEST_F(DispatchPeers, FailsOverWhenAProviderIsDeadAlready) {
  crash(peers_.providers["claude"]);
  ASSERT_TRUE(run(hello()));
  ASSERT_TRUE(got_->finished());
  EXPECT_EQ(got_->finished()->provider, "chatgpt");
  expect_all_over();
}

TEST_F(DispatchPeers, AsksARestartedProviderAgainWhenItIsTheOnlyOne) {
  routing_->answer.ranked.resize(1);
  reply("claude", hangs());
  ASSERT_TRUE(run(hello()));
  crash(peers_.providers["claude"]);
  reply("claude", test::fake_reply{});
  peers_.providers["claude"] =
    system_.spawn(test::fake_provider, scripts_["claude"]);
  publish();
  EXPECT_EQ(got_->ends(), 0u);
  advance(1s);
  EXPECT_TRUE(got_->finished());
  expect_all_over();
}

TEST_F(DispatchPeers, EndsAStreamWhoseProviderDiesAfterContent) {
  auto slow = hangs();
  slow.pieces = {text_delta{0, "half"}};
  reply("claude", slow);
  ASSERT_TRUE(run(hello("t1", true)));
  crash(peers_.providers["claude"]);
  EXPECT_TRUE(got_->failed());
  EXPECT_EQ(got_->streamed(), "half");
  expect_all_over();
}

TEST_F(DispatchPeers, KeepsARowForTheNextStorage) {
  crash(peers_.storage);
  ASSERT_TRUE(run(hello()));
  // The reader does not wait for the ledger.
  EXPECT_TRUE(got_->finished());
  EXPECT_TRUE(ledger_->rows.empty());
  peers_.storage = system_.spawn(test::fake_storage, ledger_);
  publish();
  EXPECT_EQ(ledger_->rows.size(), 1u);
  expect_all_over();
}

TEST_F(DispatchPeers, FailsOverWhenAProviderDiesWithACallInItsQueue) {
  reply("claude", queues());
  ASSERT_TRUE(run(hello()));
  crash(peers_.providers["claude"]);
  ASSERT_TRUE(got_->finished());
  EXPECT_EQ(got_->finished()->provider, "chatgpt");
  EXPECT_FALSE(quota_->settled.at(0).served) << "it never left the queue";
  expect_all_over();
}

} // namespace

} // namespace smart_agents
