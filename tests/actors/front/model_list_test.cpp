#include "actors/front/model_list.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace smart_agents {

TEST(ModelList, TellsOpenAiClientsTheNamesAsTheyAre) {
  auto list = boost::json::parse(openai_model_list({"grok/grok-5"}));
  EXPECT_EQ(list.at("object"), "list");
  EXPECT_EQ(list.at_pointer("/data/0/id"), "auto");
  EXPECT_EQ(list.at_pointer("/data/3/id"), "auto:fast");
  EXPECT_EQ(list.at_pointer("/data/4/id"), "auto:local-only");
  EXPECT_EQ(list.at_pointer("/data/5/id"), "grok/grok-5");
  EXPECT_EQ(list.at_pointer("/data/5/object"), "model");
}

TEST(ModelList, TellsAnthropicClientsNamesThatClaudeCodeKeeps) {
  auto list =
    boost::json::parse(anthropic_model_list({"claude/opus", "grok/grok-5"}));
  for (const auto& x : list.at("data").as_array()) {
    EXPECT_EQ(x.at("id").as_string().find("claude"), 0u);
    EXPECT_EQ(x.at("type"), "model");
  }
  EXPECT_EQ(list.at("first_id"), "claude-smart-agents-auto");
  EXPECT_EQ(list.at_pointer("/data/5/id"), "claude/opus");
  EXPECT_EQ(list.at_pointer("/data/6/display_name"), "grok/grok-5");
  EXPECT_EQ(list.at("last_id"), "claude-smart-agents-grok/grok-5");
  EXPECT_EQ(list.at("has_more"), false);
}

TEST(ModelList, FindsTheNameBehindEveryAlias) {
  for (const char* name : {"auto", "auto:best", "grok/grok-5", "claude/opus"})
    EXPECT_EQ(behind_alias(claude_alias(name)), name);
  EXPECT_EQ(behind_alias("claude-opus-5-5"), "claude-opus-5-5");
}

} // namespace smart_agents
