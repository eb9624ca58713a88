#include "actors/front/mcp_answers.hpp"

#include <boost/json/array.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace smart_agents {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

namespace json = boost::json;

TEST(LongAnswers, KeepTheirStartAndEnd) {
  std::string text = "the start\n";
  for (int i = 0; i < 1000; ++i)
    text += "line " + std::to_string(i) + "\n";
  text += "cost  $1";
  auto cut = shorten_answer(text, 1000, "smart-agents://answers/req_1");
  EXPECT_LT(cut.size(), 1150u);
  EXPECT_THAT(cut, StartsWith("the start\nline 0\n"));
  EXPECT_THAT(cut, EndsWith("line 999\ncost  $1"));
  EXPECT_THAT(cut, HasSubstr("bytes are left out here; the whole is the "
                             "resource smart-agents://answers/req_1]\nline "));
  EXPECT_EQ(shorten_answer("short", 1000, ""), "short");
}

TEST(LongAnswers, AreNeverCutWithinACharacter) {
  std::string text;
  for (int i = 0; i < 300; ++i)
    text += "\xe2\x98\x82";
  for (size_t limit = 20; limit < 60; ++limit) {
    auto cut = shorten_answer(text, limit, "u");
    auto note = cut.find("\n[");
    EXPECT_EQ(note % 3, 0u) << limit;
    EXPECT_EQ((cut.size() - cut.find("]\n") - 2) % 3, 0u) << limit;
  }
}

TEST(LongAnswers, ComeWithALinkToTheWhole) {
  auto result = linked_result(std::string(500, 'x'), 100, "u:1", "answer");
  const auto& content = result.at("content").as_array();
  ASSERT_EQ(content.size(), 2u);
  EXPECT_EQ(content[0].at("type"), json::value("text"));
  EXPECT_EQ(content[1].at("type"), json::value("resource_link"));
  EXPECT_EQ(content[1].at("uri"), json::value("u:1"));
  EXPECT_EQ(content[1].at("size"), json::value(500));
}

TEST(AnswerShelf, IsForWhomTheAnswerWasGivenTo) {
  answer_shelf shelf;
  shelf.keep("req_1", "ann", "long");
  ASSERT_NE(shelf.find("req_1", "ann"), nullptr);
  EXPECT_EQ(*shelf.find("req_1", "ann"), "long");
  EXPECT_EQ(shelf.find("req_1", "bob"), nullptr);
  EXPECT_EQ(shelf.find("req_2", "ann"), nullptr);
}

TEST(AnswerShelf, ForgetsTheOldest) {
  answer_shelf shelf;
  for (size_t i = 0; i <= answer_shelf::max_answers; ++i)
    shelf.keep(std::to_string(i), "", "x");
  EXPECT_EQ(shelf.find("0", ""), nullptr);
  EXPECT_NE(shelf.find("1", ""), nullptr);
  shelf.keep("big", "", std::string(answer_shelf::max_bytes - 1, 'x'));
  EXPECT_NE(shelf.find("big", ""), nullptr);
  EXPECT_EQ(shelf.find("1", ""), nullptr);
}

} // namespace smart_agents
