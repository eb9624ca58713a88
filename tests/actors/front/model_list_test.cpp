#include "actors/front/model_list.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

using namespace smart_agents;
namespace json = boost::json;

TEST(ModelList, GivesEveryNameThatClaudeCodeWouldDropAPrefix) {
  auto x = json::parse(anthropic_models({"auto", "claude/opus", "grok/4.7"}));
  EXPECT_EQ(x.at_pointer("/data/0/id"), "claude-smart-agents-auto");
  EXPECT_EQ(x.at_pointer("/data/0/display_name"), "auto");
  EXPECT_EQ(x.at_pointer("/data/1/id"), "claude/opus");
  EXPECT_EQ(x.at("first_id"), "claude-smart-agents-auto");
  EXPECT_EQ(x.at("last_id"), "claude-smart-agents-grok/4.7");
  EXPECT_EQ(x.at("has_more"), false);
  for (const auto& one : x.at("data").as_array())
    EXPECT_EQ(plain_name(one.at("id").as_string()),
              one.at("display_name").as_string());
}

TEST(ModelList, IsWholeWithoutAModel) {
  EXPECT_TRUE(json::parse(anthropic_models({})).at("first_id").is_null());
  EXPECT_EQ(openai_models({}), R"({"object":"list","data":[]})");
}
