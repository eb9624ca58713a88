#include "actors/router/route_rules.hpp"

#include "tests/actors/router/router_fixture.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

using enum task_type;
using test::task_of;

namespace {

bool matches(route_rule rule, const task& what, uint64_t tokens = 100) {
  rule.provider = "claude";
  return route_table{{std::move(rule)}}.matches(0, what, code, tokens);
}

} // namespace

TEST(RouteRules, MatchEverythingWhenEmpty) {
  EXPECT_TRUE(matches({}, task_of("hello")));
}

TEST(RouteRules, LookAtTheType) {
  route_rule rule;
  rule.types = {text, code};
  EXPECT_TRUE(matches(rule, task_of("hello")));
  rule.types = {text};
  EXPECT_FALSE(matches(rule, task_of("hello")));
}

TEST(RouteRules, LookAtTheHeadOfThePrompt) {
  route_rule rule;
  rule.pattern = "\\bsql\\b";
  EXPECT_TRUE(matches(rule, task_of("Write SQL for me")));
  EXPECT_FALSE(matches(rule, task_of("Write mysqldump")));
  EXPECT_FALSE(matches(rule, task_of(std::string(3000, ' ') + "sql")));
  EXPECT_FALSE(matches(rule, task{}));
  rule.pattern = "(";
  EXPECT_FALSE(matches(rule, task_of("(")));
}

TEST(RouteRules, LookAtKeyToolsAndSize) {
  auto what = task_of("hello");
  what.key = "team";
  route_rule rule;
  rule.key = "team";
  EXPECT_TRUE(matches(rule, what));
  what.key = "other";
  EXPECT_FALSE(matches(rule, what));
  rule = {};
  rule.tools = "with";
  EXPECT_FALSE(matches(rule, what));
  what.request.tools.edit().emplace_back();
  EXPECT_TRUE(matches(rule, what));
  rule.tools = "without";
  EXPECT_FALSE(matches(rule, what));
  rule = {};
  rule.min_tokens = 50;
  rule.max_tokens = 200;
  EXPECT_TRUE(matches(rule, what, 50));
  EXPECT_TRUE(matches(rule, what, 200));
  EXPECT_FALSE(matches(rule, what, 49));
  EXPECT_FALSE(matches(rule, what, 201));
}

TEST(RouteRules, TellTheirConditions) {
  route_rule rule;
  EXPECT_EQ(conditions_of(rule), "");
  rule.pattern = "sql";
  rule.tools = "with";
  rule.min_tokens = 5;
  EXPECT_EQ(conditions_of(rule), "/sql/, with tools, from 5 tokens");
}

TEST(RouteRules, KnowDesignsOwn) {
  auto rules = default_route_rules();
  rules.insert(rules.begin(), route_rule{{}, 1, 10, "claude"});
  route_table table{rules};
  EXPECT_FALSE(table.is_standard(0));
  EXPECT_TRUE(table.is_standard(1));
}

} // namespace smart_agents
