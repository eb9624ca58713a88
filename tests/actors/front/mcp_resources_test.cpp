#include "actors/front/mcp_resources.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace smart_agents {

namespace json = boost::json;

TEST(McpResources, ShowTheCatalogue) {
  auto all = json::parse(model_resource(mcp_uri::models));
  EXPECT_GT(all.at("models").as_array().size(), 20u);
  auto one = json::parse(
    model_resource(std::string{mcp_uri::model} + "claude-opus-5-5"));
  ASSERT_EQ(one.at("models").as_array().size(), 1u);
  EXPECT_EQ(one.at_pointer("/models/0/vendor"), "anthropic");
  EXPECT_GT(one.at_pointer("/models/0/usd_per_million_tokens/output")
              .to_number<double>(),
            0);
  EXPECT_EQ(one.at("as_of"), all.at("as_of"));
  EXPECT_TRUE(model_resource("smart-agents://models/none-such").empty());
  EXPECT_TRUE(model_resource(mcp_uri::quotas).empty());
}

TEST(McpResources, CompleteModelNames) {
  auto models = mcp_templates().at(0);
  auto names = models.complete("claude-op");
  EXPECT_FALSE(names.empty());
  for (const auto& x : names) {
    EXPECT_TRUE(x.starts_with("claude-op"));
    EXPECT_FALSE(model_resource(models.prefix + x).empty()) << x;
  }
  EXPECT_TRUE(models.complete("none-such").empty());
}

TEST(McpResources, BringAPromptForEverySkill) {
  auto prompt = mcp_prompts(skill_shelf{}.all()).at(0);
  EXPECT_EQ(prompt.name, "code_review");
  EXPECT_NE(prompt.text("int x;").find("code_review"), std::string::npos);
  EXPECT_TRUE(prompt.text("int x;").ends_with("int x;"));
  EXPECT_NE(prompt.text("").find("conversation"), std::string::npos);
}

} // namespace smart_agents
