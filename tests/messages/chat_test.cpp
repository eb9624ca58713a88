#include "messages/chat.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

namespace {

chat_response built(const std::vector<stream_event>& events) {
  response_builder builder;
  for (const auto& x : events)
    builder.add(x);
  return builder.take();
}

} // namespace

TEST(Usage, CountsEachTokenOnce) {
  usage x;
  x.uncached_input = 10;
  x.cache_read = 200;
  x.cache_write = 3000;
  x.output = 40000;
  x.reasoning = 30000;
  EXPECT_EQ(x.input(), 3210u);
  EXPECT_EQ(x.total(), 43210u);
}

TEST(Messages, GiveTheirVisibleTextOnly) {
  auto x = text_message(role::user, "a");
  x.parts.emplace_back(thinking_part{"hidden", {}, false, {}});
  x.parts.emplace_back(tool_call_part{"1", "f", "{}", {}});
  x.parts.emplace_back(text_part{"b"});
  EXPECT_EQ(text_of(x.parts), "ab");
}

TEST(ResponseBuilder, JoinsFragmentsByIndex) {
  auto x = built({stream_start{"id-1", "model-1"}, text_delta{1, "Hel"},
                  tool_call_delta{2, "c1", "f", "{\"a\"", {}},
                  tool_call_delta{3, "c2", "g", {}, "sig"}, text_delta{1, "lo"},
                  tool_call_delta{2, {}, {}, ":1}", {}},
                  stream_end{finish_reason::stop, {}}});
  EXPECT_EQ(x.id, "id-1");
  EXPECT_EQ(x.model, "model-1");
  ASSERT_EQ(x.parts.size(), 3u);
  EXPECT_EQ(x.parts[0], part{text_part{"Hello"}});
  EXPECT_EQ(x.parts[1], (part{tool_call_part{"c1", "f", "{\"a\":1}", {}}}));
  // No arguments are an empty object, never empty text.
  EXPECT_EQ(x.parts[2],
            (part{tool_call_part{"c2", "g", "{}", "sig", "model-1"}}));
  EXPECT_EQ(x.finish, finish_reason::tool_calls);
}

TEST(ResponseBuilder, KeepsThoughtsWholeAndRemembersWhoseTheyAre) {
  auto x = built({thinking_delta{0, "Two ", {}, false, "anthropic"},
                  thinking_delta{0, "cities.", {}, false, {}},
                  thinking_delta{0, {}, "sealed", false, {}},
                  thinking_delta{1, {}, "data", true, "anthropic"}});
  ASSERT_EQ(x.parts.size(), 2u);
  EXPECT_EQ(x.parts[0],
            (part{thinking_part{"Two cities.", "sealed", false, "anthropic"}}));
  EXPECT_EQ(x.parts[1], (part{thinking_part{{}, "data", true, "anthropic"}}));
}

TEST(ResponseBuilder, OpensAPartWhenTheKindChangesUnderAnIndex) {
  auto x = built({thinking_delta{0, "hm", {}, false, {}}, text_delta{0, "yes"},
                  text_delta{0, "!"}});
  ASSERT_EQ(x.parts.size(), 2u);
  EXPECT_EQ(x.parts[1], part{text_part{"yes!"}});
}

TEST(ResponseBuilder, LeavesOtherFinishReasonsAlone) {
  for (auto why : {finish_reason::length, finish_reason::filtered,
                   finish_reason::resume, finish_reason::malformed_call}) {
    auto x =
      built({tool_call_delta{0, "c", "f", "{", {}}, stream_end{why, {}}});
    EXPECT_EQ(x.finish, why) << to_string(why);
  }
}

TEST(ResponseBuilder, IsCompleteOnceTheEndCame) {
  response_builder builder;
  builder.add(text_delta{0, "x"});
  EXPECT_FALSE(builder.complete());
  EXPECT_EQ(builder.peek().parts.size(), 1u);
  builder.add(stream_end{});
  EXPECT_TRUE(builder.complete());
}

} // namespace smart_agents
