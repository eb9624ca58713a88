#include "actors/coordinator/validate.hpp"

#include <gmock/gmock.h>

using testing::HasSubstr;

namespace smart_agents {

namespace {

task saying(std::string text) {
  task x;
  x.request.messages.push_back(text_message(role::system, "Be brief."));
  x.request.messages.push_back(text_message(role::user, std::move(text)));
  return x;
}

std::string fault(const task& x, uint64_t limit = 1u << 20) {
  auto found = check_task(x, limit);
  if (!found)
    return "";
  EXPECT_EQ(found->what, failure_class::bad_request);
  return found->message;
}

TEST(Validate, TakesGoodTextInAnyScript) {
  EXPECT_EQ(fault(saying("Grüße, 世界, 🙂 and a tab\t")), "");
}

TEST(Validate, RefusesAnEmptyConversation) {
  EXPECT_THAT(fault(task{}), HasSubstr("conversation is empty"));
  EXPECT_THAT(fault(saying("")), HasSubstr("conversation is empty"));
}

TEST(Validate, NamesThePlaceOfInvalidUtf8) {
  EXPECT_EQ(fault(saying("0123456789ab\xff!")),
            "Message 2 (user) is not valid UTF-8 at byte 12 (0xff); convert it "
            "to UTF-8 and send it again.");
}

TEST(Validate, NamesThePlaceOfANulByte) {
  EXPECT_EQ(fault(saying(std::string{"0123456789\0abcdefgh", 19})),
            "Message 2 (user) holds a NUL byte at byte 10; remove it.");
}

TEST(Validate, RefusesAPromptOverTheLimitWithoutReadingItAll) {
  EXPECT_EQ(fault(saying(std::string(3u << 20, '\xff'))),
            "The prompt has 3.0 MB and at most 1.0 MB are taken; shorten it, "
            "or raise max_prompt.");
}

TEST(Validate, LooksIntoToolsAndToolResults) {
  auto x = saying("hello");
  tool_definition tool;
  tool.name = "read";
  tool.description = "\xc0\xaf";
  x.request.tools.push_back(tool);
  EXPECT_THAT(fault(x), HasSubstr("Tool 1 is not valid UTF-8 at byte 0"));
  auto y = saying("hello");
  tool_result_part result;
  result.content.emplace_back(text_part{"ab\xed\xa0\x80"});
  y.request.messages.push_back({role::tool, {result}});
  EXPECT_THAT(fault(y), HasSubstr("Message 3 (tool) is not valid UTF-8"));
}

TEST(Validate, KnowsEveryEdgeOfUtf8) {
  constexpr auto ok = std::string_view::npos;
  EXPECT_EQ(find_bad_byte("\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf"), ok);
  EXPECT_EQ(find_bad_byte("\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), ok);
  EXPECT_EQ(find_bad_byte("\xc1\xbf"), 0u);
  EXPECT_EQ(find_bad_byte("\xe0\x9f\xbf"), 0u);
  EXPECT_EQ(find_bad_byte("\xed\xa0\x80"), 0u);
  EXPECT_EQ(find_bad_byte("\xf0\x8f\xbf\xbf"), 0u);
  EXPECT_EQ(find_bad_byte("\xf4\x90\x80\x80"), 0u);
  EXPECT_EQ(find_bad_byte("\xf5\x80\x80\x80"), 0u);
  EXPECT_EQ(find_bad_byte("ab\x80"), 2u);
  EXPECT_EQ(find_bad_byte("abcdefgh\xe4\xb8"), 8u);
}

TEST(Validate, FindsABadByteAtEveryOffset) {
  for (size_t length = 1; length < 40; ++length)
    for (size_t at = 0; at < length; ++at)
      for (char bad : {'\0', '\xff'}) {
        std::string text(length, 'x');
        text[at] = bad;
        EXPECT_EQ(find_bad_byte(text), at);
      }
}

} // namespace

} // namespace smart_agents
