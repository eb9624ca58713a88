#include "tests/actors/front/mcp_front_fixture.hpp"
#include "tests/actors/router/router_fixture.hpp"

#include <utility>

/// Questions about prices, and answers that are too long.

namespace smart_agents {

class McpFrontAnswers : public McpFront {
protected:
  McpFrontAnswers() {
    routing_ = std::make_shared<routing_board>();
    routing_->show(
      {std::make_shared<const roster>(test::five_providers()), {}});
    confirm_above_ = 1e-6;
    max_answer_ = 200;
    stop(front_);
    start();
  }

  /// A call of the newer era by a client that can ask its user.
  json::value modern(json::object params, bool can_ask = true) {
    json::object can;
    if (can_ask)
      can["elicitation"] = json::object{};
    params["_meta"] = {
      {"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
      {"io.modelcontextprotocol/clientCapabilities", std::move(can)}};
    auto method = params.contains("uri") ? "resources/read" : "tools/call";
    auto before = client_->told.size();
    say(json::serialize(json::object{{"jsonrpc", "2.0"},
                                     {"id", ++last_},
                                     {"method", method},
                                     {"params", std::move(params)}}));
    return client_->told.size() > before ? client_->told.back() : json::value{};
  }

  /// A question to a model that costs something.
  static json::object dear(const json::object& more = {}) {
    json::object arguments{{"prompt", "Why?"}, {"model", "claude/opus"}};
    for (const auto& [key, value] : more)
      arguments[key] = value;
    return {{"name", "ask"}, {"arguments", std::move(arguments)}};
  }

  static json::object answer(bool yes) {
    return {{"go_on", json::object{{"action", yes ? "accept" : "decline"},
                                   {"content", json::object{{"go_on", yes}}}}}};
  }

  int64_t last_ = 0;
};

TEST_F(McpFrontAnswers, AsksTheUserBeforeADearCall) {
  auto asking = modern(dear());
  EXPECT_EQ(asking.at_pointer("/result/resultType"), "input_required");
  auto message = json::value_to<std::string>(
    asking.at_pointer("/result/inputRequests/go_on/params/message"));
  EXPECT_NE(message.find("is expected to cost about $0."), std::string::npos)
    << message;
  EXPECT_TRUE(tasks_.empty());
  auto again = dear();
  again["inputResponses"] = answer(true);
  again["requestState"] = asking.at_pointer("/result/requestState");
  modern(again);
  ASSERT_EQ(tasks_.size(), 1u);
  finish(0, "because");
  EXPECT_EQ(client_->told.back().at_pointer("/result/content/0/text"),
            "because");
}

TEST_F(McpFrontAnswers, DoesNothingWithoutTheUsersYes) {
  auto asking = modern(dear());
  auto again = dear();
  again["inputResponses"] = answer(false);
  again["requestState"] = asking.at_pointer("/result/requestState");
  auto refused = modern(again);
  EXPECT_EQ(refused.at_pointer("/result/isError"), true);
  EXPECT_TRUE(tasks_.empty());
}

TEST_F(McpFrontAnswers, TakesNoYesWithoutWhatWasSealedForTheCall) {
  auto asking = modern(dear());
  auto again = dear();
  again["inputResponses"] = answer(true);
  EXPECT_EQ(modern(again).at_pointer("/result/resultType"), "input_required");
  // That of another question.
  again["requestState"] = asking.at_pointer("/result/requestState");
  again["arguments"].as_object()["prompt"] = "Why not?";
  EXPECT_EQ(modern(again).at_pointer("/error/code"), mcp_error::invalid_params);
  EXPECT_TRUE(tasks_.empty());
}

TEST_F(McpFrontAnswers, AsksNobodyWhoCannotAnswerOrNeedNot) {
  modern(dear(), false);
  EXPECT_EQ(tasks_.size(), 1u);
  // What is free.
  modern({{"name", "ask"},
          {"arguments", {{"prompt", "Why?"}, {"model", "ollama/qwen3:8b"}}}});
  EXPECT_EQ(tasks_.size(), 2u);
}

TEST_F(McpFrontAnswers, LetsTheUserGoBeyondTheCallsOwnBudget) {
  auto call = dear({{"budget_usd", 1e-7}});
  auto asking = modern(call);
  ASSERT_EQ(asking.at_pointer("/result/resultType"), "input_required");
  call["inputResponses"] = answer(true);
  call["requestState"] = asking.at_pointer("/result/requestState");
  modern(call);
  ASSERT_EQ(tasks_.size(), 1u);
  EXPECT_EQ(tasks_[0]->budget.usd, 0);
}

TEST_F(McpFrontAnswers, AsksForAWholeSkill) {
  auto asking =
    modern({{"name", "orchestrate"},
            {"arguments", {{"skill", "code_review"}, {"input", "int x;"}}}});
  auto message = json::value_to<std::string>(
    asking.at_pointer("/result/inputRequests/go_on/params/message"));
  EXPECT_NE(message.find("The skill code_review"), std::string::npos);
}

TEST_F(McpFrontAnswers, AsksOfAnOlderClientWhileItsCallWaits) {
  say(
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{)"
    R"("protocolVersion":"2025-11-25","clientInfo":{"name":"c","version":"1"},)"
    R"("capabilities":{"elicitation":{}}}})");
  say(call(7, "ask", {{"prompt", "Why?"}, {"model", "claude/opus"}}));
  auto question = client_->told.back();
  EXPECT_EQ(question.at("method"), "elicitation/create");
  EXPECT_TRUE(tasks_.empty());
  say(json::serialize(json::object{{"jsonrpc", "2.0"},
                                   {"id", question.at("id")},
                                   {"result", answer(true).at("go_on")}}));
  EXPECT_EQ(tasks_.size(), 1u);
}

TEST_F(McpFrontAnswers, LinksWhatIsTooLong) {
  modern(dear(), false);
  auto whole = "start " + std::string(500, 'x') + " end";
  finish(0, whole);
  auto told = client_->told.back();
  auto text =
    json::value_to<std::string>(told.at_pointer("/result/content/0/text"));
  EXPECT_LT(text.size(), 350u);
  EXPECT_TRUE(text.starts_with("start "));
  EXPECT_TRUE(text.ends_with(" end"));
  EXPECT_EQ(told.at_pointer("/result/content/1/type"), "resource_link");
  auto read = modern({{"uri", told.at_pointer("/result/content/1/uri")}});
  EXPECT_EQ(read.at_pointer("/result/contents/0/text"), json::value(whole));
  EXPECT_EQ(
    modern({{"uri", "smart-agents://answers/other"}}).at_pointer("/error/code"),
    mcp_error::invalid_params);
}

} // namespace smart_agents
