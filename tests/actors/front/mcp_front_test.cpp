#include "tests/actors/front/mcp_front_fixture.hpp"

namespace smart_agents {

TEST_F(McpFront, AnswersCallsAsTheirTasksEnd) {
  ask(1, "first");
  ask("two", "second");
  ASSERT_EQ(tasks_.size(), 2u);
  EXPECT_EQ(text_of(tasks_[0]->request.messages[0].parts), "first");
  EXPECT_EQ(tasks_[0]->deadline, now() + std::chrono::minutes{10});
  fail(1, "no provider can");
  finish(0, "four");
  EXPECT_EQ(replies("two"), strings{"no provider can"});
  EXPECT_EQ(replies(1), strings{"four"});
  EXPECT_EQ(memory_->server->calls(), 0u);
}

TEST_F(McpFront, AnswersWrongArgumentsAndRefusedWork) {
  say(call(1, "ask", {{"promt", "x"}}));
  say(call(2, "ask", {{"prompt", "x"}, {"complexity", 11}}));
  say(call(3, "orchestrate", {{"skill", "juggling"}, {"input", "x"}}));
  EXPECT_TRUE(tasks_.empty());
  ASSERT_EQ(client_->told.size(), 3u);
  for (const auto& x : client_->told)
    EXPECT_EQ(x.at_pointer("/result/isError"), true);
  EXPECT_NE(replies(1)[0].find("promt"), std::string::npos);
  EXPECT_NE(replies(2)[0].find("complexity"), std::string::npos);
  EXPECT_NE(replies(3)[0].find("juggling"), std::string::npos);
}

TEST_F(McpFront, TakesVerdicts) {
  say(call(1, "feedback", {{"id", "req_1"}, {"verdict", "bad"}}));
  say(call(2, "feedback", {{"id", "unknown"}, {"verdict", "good"}}));
  say(call(3, "feedback", {{"id", "req_1"}}));
  EXPECT_EQ(rated_, strings{"req_1 bad"});
  EXPECT_EQ(replies(1), strings{"Noted: claude/opus (code) did badly."});
  ASSERT_EQ(client_->told.size(), 3u);
  EXPECT_FALSE(client_->told[0].at("result").as_object().contains("isError"));
  EXPECT_EQ(client_->told[1].at_pointer("/result/isError"), true);
  EXPECT_NE(replies(3)[0].find("verdict: "), std::string::npos);
}

TEST_F(McpFront, ReportsGrowingProgressToThoseWhoAsk) {
  ask(1, "watched", "p");
  ask(2, "unwatched");
  EXPECT_TRUE(tasks_[0]->request.stream);
  EXPECT_FALSE(tasks_[1]->request.stream);
  auto head = std::make_shared<answer>();
  for (const auto& x : tasks_) {
    tell(front_, event{event::kind::decided, {}, x->id, {}, {}, "to ollama"});
    tell(front_, answer_started{x->id, head});
    tell(front_, answer_delta{x->id, {60, text_delta{0, "a"}}});
  }
  EXPECT_EQ(progress("p"), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(credit_, 120u);
  EXPECT_EQ(client_->told.size(), 3u);
  finish(0, "done");
  auto so_far = client_->told.size();
  tell(front_,
       event{event::kind::failed_over, {}, tasks_[0]->id, {}, {}, "late"});
  tell(front_, answer_delta{tasks_[0]->id, {60, text_delta{0, "a"}}});
  EXPECT_EQ(client_->told.size(), so_far);
}

TEST_F(McpFront, CancelsAtTheDispatchAndStaysSilent) {
  ask("c", "long", "p");
  cancel("c");
  cancel("c");
  cancel("unknown");
  EXPECT_EQ(cancelled_, strings{tasks_[0]->id});
  tell(front_, answer_delta{tasks_[0]->id, {60, text_delta{0, "a"}}});
  fail(0, "cancelled by the client");
  EXPECT_TRUE(client_->told.empty());
}

TEST_F(McpFront, CancelsWhatIsNotYetAccepted) {
  // Both lines are taken before the coordinator can answer.
  ASSERT_TRUE(memory_->push(call("c", "ask", {{"prompt", "long"}})));
  cancel("c");
  ASSERT_EQ(tasks_.size(), 1u);
  EXPECT_EQ(cancelled_, strings{tasks_[0]->id});
  EXPECT_EQ(memory_->server->calls(), 0u);
}

TEST_F(McpFront, KeepsCallsOfOneIdApart) {
  ask("x", "first");
  ask("x", "second");
  EXPECT_EQ(tasks_.size(), 1u);
  EXPECT_EQ(replies("x"), strings{"-32600"}) << "it is in use";
  cancel("x");
  ask("x", "third");
  ASSERT_EQ(tasks_.size(), 2u);
  fail(0, "cancelled by the client");
  finish(1, "fine");
  EXPECT_EQ(replies("x"), (strings{"-32600", "fine"}));
}

TEST_F(McpFront, RefusesMoreCallsThanItCanHold) {
  const auto most = mcp_server::max_works;
  for (size_t i = 0; i < most; ++i)
    ask(i, "p");
  ask("more", "p");
  EXPECT_EQ(tasks_.size(), most);
  ASSERT_EQ(replies("more").size(), 1u);
  EXPECT_NE(replies("more")[0].find("Too many"), std::string::npos);
  finish(0, "done");
  ask("again", "p");
  EXPECT_EQ(tasks_.size(), most + 1);
}

TEST_F(McpFront, AnswersFromRouterAndLedger) {
  say(call(1, "route", {{"prompt", "x"}}));
  say(call(2, "usage", {}));
  EXPECT_EQ(replies(1), strings{"decided"});
  EXPECT_EQ(replies(2), strings{"1 providers, by provider since 2"});
  // A part that fails leaves its place empty.
  crash(now_.providers["ollama"]);
  crash(now_.quota);
  say(call(3, "usage", {}));
  EXPECT_EQ(replies(3), strings{"0 providers, by provider since 2"});
  crash(now_.router);
  say(call(4, "route", {{"prompt", "x"}}));
  ASSERT_EQ(replies(4).size(), 1u);
  EXPECT_EQ(client_->told.back().at_pointer("/result/isError"), true);
}

TEST_F(McpFront, TellsUsageAsItIsAsked) {
  say(call(1, "usage", {{"by", "model"}, {"since", "24h"}}));
  EXPECT_EQ(replies(1), strings{"1 providers, by model since 1"});
  say(call(2, "usage", {{"by", "colour"}}));
  ASSERT_EQ(replies(2).size(), 1u);
  EXPECT_NE(replies(2)[0].find("colour"), std::string::npos);
  say(call(3, "usage", {{"since", "long ago"}}));
  EXPECT_EQ(replies(3), strings{"since: 'long ago' is none of today, month, "
                                "24h, 7d, YYYY-MM-DD"});
  say(call(4, "usage", {{"since", 7}}));
  EXPECT_EQ(client_->told.back().at_pointer("/result/isError"), true);
}

TEST_F(McpFront, ReadsResources) {
  auto read = [this](json::value id, const std::string& uri) {
    say(json::serialize(json::object{{"jsonrpc", "2.0"},
                                     {"id", std::move(id)},
                                     {"method", "resources/read"},
                                     {"params", {{"uri", uri}}}}));
    return client_->told.back();
  };
  auto text = [](const json::value& reply) {
    return json::value_to<std::string>(
      reply.at_pointer("/result/contents/0/text"));
  };
  EXPECT_EQ(text(read(1, mcp_uri::providers)), "1");
  EXPECT_NE(text(read(2, mcp_uri::models)).find("claude-opus-5-5"),
            std::string::npos);
  EXPECT_EQ(
    read(3, "smart-agents://models/none-such").at_pointer("/error/code"),
    mcp_error::no_resource);
  // An empty list would say that there are no limits.
  crash(now_.quota);
  EXPECT_EQ(read(4, mcp_uri::quotas).at_pointer("/error/code"),
            mcp_error::internal);
  EXPECT_EQ(memory_->server->calls(), 0u);
}

TEST_F(McpFront, LogsWhatTheClientWants) {
  auto happen = [this](size_t task) {
    const auto& id = tasks_.at(task)->id;
    tell(front_, event{event::kind::decided, {}, id, {}, {}, "to grok"});
    tell(front_, event{event::kind::failed_over, {}, id, {}, {}, "grok broke"});
  };
  ask(1, "p");
  happen(0);
  EXPECT_TRUE(client_->told.empty()) << "nobody asked for it";
  say(R"({"jsonrpc":"2.0","id":2,"method":"logging/setLevel","params":)"
      R"({"level":"warning"}})");
  EXPECT_EQ(client_->told.size(), 1u) << "the answer";
  crash(front_);
  start();
  happen(1);
  ASSERT_EQ(client_->told.size(), 2u);
  EXPECT_EQ(client_->told[1].at("method"), "notifications/message");
  EXPECT_EQ(client_->told[1].at("params"),
            (json::object{{"level", "warning"},
                          {"logger", "smart-agents"},
                          {"data", "grok broke"}}));
}

} // namespace smart_agents
