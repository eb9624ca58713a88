#include "actors/front/model_names.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

namespace {

chat_request asking(std::string model, std::string system = {}) {
  chat_request result;
  result.model = std::move(model);
  if (!system.empty())
    result.messages.push_back(text_message(role::system, std::move(system)));
  result.messages.push_back(text_message(role::user, "hi"));
  return result;
}

std::string chosen(const model_names& names, chat_request request,
                   const http_headers& headers = {}) {
  return choose_model(names, headers, request);
}

} // namespace

class ModelNames : public ::testing::Test {
protected:
  ModelNames() {
    names_.aliases = {{"claude-opus-*", "auto:best"},
                      {"claude-haiku-*", "auto:cheap"},
                      {"claude-*", "auto"}};
    names_.routes = {
      {"x-app: background", "", "", "ollama/qwen3:8b"},
      {"", "You are a code reviewer", "claude-sonnet-*", "claude/opus"}};
  }

  model_names names_;
};

TEST_F(ModelNames, RoutesTiersByAliases) {
  EXPECT_EQ(chosen(names_, asking("claude-opus-5-5")), "auto:best");
  EXPECT_EQ(chosen(names_, asking("claude-haiku-5-5")), "auto:cheap");
  EXPECT_EQ(chosen(names_, asking("claude-sonnet-5-5")), "auto");
  EXPECT_EQ(chosen(names_, asking("grok/grok-5")), "grok/grok-5");
  EXPECT_EQ(chosen({}, asking("claude-smart-agents-auto:best")), "auto:best");
  EXPECT_EQ(chosen({}, asking("claude-opus-5-5")), "claude-opus-5-5");
}

TEST_F(ModelNames, RoutesByAHeader) {
  auto x = asking("claude-opus-5-5");
  EXPECT_EQ(chosen(names_, x, {{"X-App", "background"}}), "ollama/qwen3:8b");
  EXPECT_EQ(chosen(names_, x, {{"X-App", "cli"}}), "auto:best");
  EXPECT_EQ(chosen(names_, x, {{"x-smart-agents-model", "grok/grok-5"}}),
            "grok/grok-5");
}

TEST_F(ModelNames, RoutesASubagentByItsSystemPrompt) {
  const std::string prompt = "You are a code reviewer. Be strict.";
  EXPECT_EQ(chosen(names_, asking("claude-sonnet-5-5", prompt)), "claude/opus");
  // All conditions of a route must hold.
  EXPECT_EQ(chosen(names_, asking("claude-opus-5-5", prompt)), "auto:best");
  // What a user writes is no system prompt.
  auto x = asking("claude-sonnet-5-5");
  x.messages.push_back(text_message(role::user, prompt));
  EXPECT_EQ(chosen(names_, x), "auto");
}

TEST_F(ModelNames, TakesAMarkOutOfTheSystemPrompt) {
  auto x =
    asking("claude-sonnet-5-5", "You review.\n<smart-agents-model> grok/grok-5 "
                                "</smart-agents-model>\nBe strict.");
  EXPECT_EQ(choose_model(names_, {}, x), "grok/grok-5");
  EXPECT_EQ(text_of(x.messages.front().parts), "You review.\n\nBe strict.");
  x = asking("claude-sonnet-5-5", "<smart-agents-model>grok without an end");
  EXPECT_EQ(choose_model(names_, {}, x), "auto");
  EXPECT_EQ(text_of(x.messages.front().parts),
            "<smart-agents-model>grok without an end");
}

} // namespace smart_agents
