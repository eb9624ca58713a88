#include "actors/coordinator/continuation.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

namespace {

/// What a reader has in the end when the rest comes in pieces of a size.
std::string joined(const std::string& told, const std::string& rest,
                   size_t size) {
  text_joint joint{told};
  std::string out;
  for (size_t i = 0; i < rest.size(); i += size)
    if (!joint.take(rest.substr(i, size), out))
      return "cannot be joined";
  if (!joint.finish(out))
    return "is no rest";
  EXPECT_EQ(joint.told(), told + out);
  return told + out;
}

const std::string whole =
  "The quick brown fox jumps over the lazy dog, and then it sleeps for a long "
  "while in the warm sun, dreaming of rabbits.";

} // namespace

TEST(TextJoint, TellsNothingTwiceHoweverTheRestBegins) {
  for (size_t cut = 30; cut < whole.size(); cut += 7) {
    auto told = whole.substr(0, cut);
    auto rest = whole.substr(cut);
    auto words = whole.substr(cut - 20);
    for (size_t size : {1, 5, 1000}) {
      EXPECT_EQ(joined(told, rest, size), whole);
      EXPECT_EQ(joined(told, words, size), whole) << "repeats the last words";
      EXPECT_EQ(joined(told, whole, size), whole) << "begins anew";
    }
  }
}

TEST(TextJoint, KeepsShortLikenesses) {
  EXPECT_EQ(joined("I like the", "the best", 3), "I like thethe best");
}

TEST(TextJoint, SaysWhenItCannotBeJoined) {
  auto told = whole.substr(0, 60);
  EXPECT_EQ(joined(told, whole.substr(0, 40) + "something else entirely", 9),
            "cannot be joined");
  EXPECT_EQ(joined(told, whole.substr(0, 50), 9), "is no rest");
}

TEST(TextJoint, PassesPiecesAtOnceOnceItIsJoined) {
  text_joint joint{whole};
  std::string out;
  ASSERT_TRUE(joint.take(std::string(500, 'x'), out));
  EXPECT_EQ(out.size(), 500u);
  out.clear();
  ASSERT_TRUE(joint.take("y", out));
  EXPECT_EQ(out, "y");
}

TEST(Continuation, IsForTextAlone) {
  chat_request request;
  request.stream = true;
  chat_response begun;
  EXPECT_FALSE(can_continue(request, begun));
  begun.parts = {thinking_part{"hm", "", false, ""}, text_part{"So"}};
  EXPECT_TRUE(can_continue(request, begun));
  auto with = request;
  with.tools.edit().resize(1);
  EXPECT_FALSE(can_continue(with, begun));
  with = request;
  with.output_schema = "{}";
  EXPECT_FALSE(can_continue(with, begun));
  with = request;
  with.stream = false;
  EXPECT_FALSE(can_continue(with, begun));
  begun.parts.emplace_back(tool_call_part{"id", "name", "{}", ""});
  EXPECT_FALSE(can_continue(request, begun));
}

TEST(Continuation, AsksWithWhatWasToldAsContext) {
  chat_request request;
  request.messages = {text_message(role::user, "Tell a story")};
  request.verbatim = std::make_shared<client_body>();
  auto rest = request_for_rest(request, "Once upon");
  ASSERT_EQ(rest->messages.size(), 3u);
  EXPECT_EQ(rest->messages[1], text_message(role::assistant, "Once upon"));
  EXPECT_EQ(rest->messages[2].from, role::user);
  EXPECT_FALSE(rest->verbatim);
}

} // namespace smart_agents
