#include "actors/front/mcp_consent.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace smart_agents {

namespace json = boost::json;

namespace {

mcp_call answered(const char* text) {
  mcp_call result;
  result.answers = json::parse(text).as_object();
  result.state = json::object{{"usd", 3.0}};
  return result;
}

} // namespace

TEST(McpConsent, IsGivenByAYesAlone) {
  EXPECT_EQ(consent_of({}), mcp_consent::unknown);
  EXPECT_EQ(consent_of(answered(R"({"roots": {}})")), mcp_consent::unknown);
  EXPECT_EQ(consent_of(answered(R"({"go_on": {"action": "accept",
                                     "content": {"go_on": true}}})")),
            mcp_consent::given);
  for (const char* no : {R"({"go_on": {"action": "decline"}})",
                         R"({"go_on": {"action": "cancel"}})",
                         R"({"go_on": {"action": "accept"}})",
                         R"({"go_on": {"action": "decline",
                             "content": {"go_on": true}}})",
                         R"({"go_on": {"action": "accept",
                             "content": {"go_on": false}}})",
                         R"({"go_on": 7})"})
    EXPECT_EQ(consent_of(answered(no)), mcp_consent::refused) << no;
}

TEST(McpConsent, IsNoneWithoutWhatWasSealed) {
  auto call = answered(R"({"go_on": {"action": "accept",
                           "content": {"go_on": true}}})");
  call.state = nullptr;
  EXPECT_EQ(consent_of(call), mcp_consent::unknown);
}

TEST(McpConsent, KeepsWhatWasAnsweredBefore) {
  auto first = answered(R"({"roots": {"roots": []}})");
  mcp_call second;
  second.state = consent_state(first, 2.5);
  ASSERT_NE(answer_in(second, "roots"), nullptr);
  EXPECT_EQ(*answer_in(second, "roots"), first.answers.at("roots"));
  EXPECT_EQ(*answer_in(second, "usd"), json::value(2.5));
  EXPECT_EQ(answer_in({}, "roots"), nullptr);
}

TEST(McpConsent, IsAskedForByAForm) {
  auto question = consent_question("$3?");
  const auto& one = question.at("go_on");
  EXPECT_EQ(one.at("method"), json::value("elicitation/create"));
  EXPECT_EQ(one.at_pointer("/params/message"), json::value("$3?"));
  EXPECT_EQ(one.at_pointer("/params/requestedSchema/properties/go_on/type"),
            json::value("boolean"));
  mcp_call call;
  EXPECT_FALSE(can_ask_user(call));
  call.capabilities["elicitation"] = json::object{};
  EXPECT_TRUE(can_ask_user(call));
}

} // namespace smart_agents
