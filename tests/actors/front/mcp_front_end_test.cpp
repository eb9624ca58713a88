#include "tests/actors/front/mcp_front_fixture.hpp"
#include "tests/actors/front/mcp_http_fixture.hpp"

#include <thread>

/// How fronts end: with their client, or by a crash that a successor mends.

namespace smart_agents {

class McpFrontEnd : public McpFront {};

TEST_F(McpFrontEnd, CancelsEverythingAtTheEndOfInput) {
  ask(1, "long");
  ASSERT_TRUE(memory_->push(call(2, "route", {{"prompt", "x"}})));
  ASSERT_TRUE(memory_->push(call(3, "ask", {{"prompt", "last"}})));
  memory_->close();
  tell(front_, mcp_end{});
  EXPECT_GE(ends_, 1);
  EXPECT_EQ(cancelled_, (strings{tasks_[0]->id, tasks_[1]->id}));
  EXPECT_TRUE(client_->told.empty());
}

TEST_F(McpFrontEnd, FinishesFirstWhenItsInputWasAFile) {
  ask(1, "first");
  ASSERT_TRUE(memory_->push(call(2, "ask", {{"prompt", "last"}})));
  memory_->close();
  tell(front_, mcp_end{true});
  EXPECT_EQ(tasks_.size(), 2u);
  finish(0, "one");
  crash(front_);
  start();
  EXPECT_EQ(ends_, 0);
  finish(2, "two");
  EXPECT_EQ(replies(1), strings{"one"});
  EXPECT_EQ(replies(2), strings{"two"});
  EXPECT_TRUE(cancelled_.empty());
  EXPECT_EQ(ends_, 1);
}

TEST_F(McpFrontEnd, ItsSuccessorAnswersWhatItOwed) {
  ask(1, "first", "p");
  tell(front_, answer_started{tasks_[0]->id, std::make_shared<answer>()});
  ASSERT_TRUE(memory_->push(call(2, "ask", {{"prompt", "second"}})));
  crash(front_);
  start();
  ASSERT_EQ(tasks_.size(), 3u);
  EXPECT_EQ(text_of(tasks_[1]->request.messages[0].parts), "first");
  tell(front_, answer_started{tasks_[1]->id, std::make_shared<answer>()});
  finish(1, "one");
  finish(2, "two");
  EXPECT_EQ(replies(1), strings{"one"});
  EXPECT_EQ(replies(2), strings{"two"});
  EXPECT_EQ(progress("p"), (std::vector<double>{1, 2})) << "it must grow";
}

TEST_F(McpFrontEnd, GivesUpACallThatEndsEveryFront) {
  ask(1, "poison");
  ask(2, "bystander");
  for (int i = 0; i < mcp_server::max_hosts; ++i) {
    crash(front_);
    start();
  }
  ASSERT_EQ(replies(1).size(), 1u);
  EXPECT_EQ(replies(1), replies(2)) << "nobody knows which it was";
  EXPECT_NE(replies(1)[0].find("Internal error"), std::string::npos);
  ask(3, "new");
  finish(tasks_.size() - 1, "fine");
  EXPECT_EQ(replies(3), strings{"fine"});
}

TEST_F(McpFrontEnd, SubscribesToEveryNewEventBus) {
  EXPECT_EQ(subscriptions_, 1);
  auto old = std::exchange(now_.events, new_bus());
  crash(old);
  EXPECT_EQ(subscriptions_, 2);
}

TEST(McpMemory, SlowsAClientThatIsAheadOfUs) {
  constexpr size_t bound = 10;
  mcp_memory memory{bound};
  std::thread client{[&memory] {
    for (int i = 100; i < 600; ++i)
      EXPECT_TRUE(memory.push(std::to_string(i)));
  }};
  for (int i = 100; i < 600;) {
    EXPECT_LE(memory.waiting(), bound);
    if (auto line = memory.pop())
      EXPECT_EQ(line, std::to_string(i++));
    else
      std::this_thread::yield();
  }
  client.join();
}

TEST(McpMemory, LetsAWaitingClientGoWhenItCloses) {
  mcp_memory memory{10};
  EXPECT_TRUE(memory.push("longer than the bound")) << "alone it fits";
  std::thread client{[&memory] { EXPECT_FALSE(memory.push("second")); }};
  memory.close();
  client.join();
  EXPECT_EQ(memory.pop(), "longer than the bound");
}

TEST_F(McpFrontEnd, ByHttpHearsOfEventsOnceAClientCalled) {
  auto by_channel = subscriptions_;
  mcp_front_options options;
  options.supervisor = supervisor_;
  options.memory = std::make_shared<mcp_memory>();
  options.http = mcp_http_options{};
  options.http->on_gone = [](uint64_t) {};
  auto start_http = [&] {
    auto result = system_.spawn(mcp_front, options);
    settle_all();
    return result;
  };
  auto front = start_http();
  EXPECT_EQ(subscriptions_, by_channel) << "nobody would care";
  auto call = [&] {
    auto socket = std::make_shared<fake_socket>();
    tell(front, mcp_http_incoming{std::make_shared<server_request>(),
                                  std::make_shared<fake_responder>(socket)});
    EXPECT_NE(socket->status, 0);
  };
  call();
  EXPECT_EQ(subscriptions_, by_channel + 1);
  call();
  EXPECT_EQ(subscriptions_, by_channel + 1);
  crash(front);
  front = start_http();
  EXPECT_EQ(subscriptions_, by_channel + 2) << "the client may be there still";
  stop(front);
}

} // namespace smart_agents
