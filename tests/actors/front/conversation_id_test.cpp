#include "actors/front/conversation_id.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

namespace {

chat_request begun_with(const std::string& text) {
  chat_request x;
  x.messages = {text_message(role::system, "You are helpful."),
                text_message(role::user, text)};
  return x;
}

} // namespace

TEST(ConversationId, StaysTheSameFromTurnToTurn) {
  auto first = begun_with("Hello");
  auto later = first;
  later.messages.push_back(text_message(role::assistant, "Hi"));
  later.messages.push_back(text_message(role::user, "Go on"));
  EXPECT_EQ(conversation_of({}, first), conversation_of({}, later));
}

TEST(ConversationId, TellsConversationsSessionsAndSubagentsApart) {
  auto x = begun_with("Hello");
  auto id = conversation_of({}, x);
  EXPECT_NE(id, conversation_of({}, begun_with("Good day")));
  EXPECT_NE(id, conversation_of({{"X-Claude-Code-Session-Id", "1"}}, x));
  auto keyed = x;
  keyed.cache_key = "mine";
  EXPECT_NE(id, conversation_of({}, keyed));
  auto subagent = x;
  subagent.messages.edit()[0] = text_message(role::system, "You review.");
  EXPECT_NE(id, conversation_of({}, subagent));
}

TEST(ConversationId, RepeatsNothingOfThePrompt) {
  EXPECT_EQ(conversation_of({}, begun_with("secret")).find("secret"),
            std::string::npos);
  EXPECT_EQ(conversation_of({}, {}).size(), 16u);
}

} // namespace smart_agents
