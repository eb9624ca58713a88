#include "adapters/simulator/turn.hpp"

#include "adapters/simulator/steps.hpp"

#include <gmock/gmock.h>

namespace smart_agents::sim {

using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

ask question(std::string prompt) {
  ask x;
  x.model = "m";
  x.prompt = std::move(prompt);
  return x;
}

std::string text_of(const turn& x) {
  std::string result;
  for (const auto& part : x.blocks)
    if (part.what == block::kind::text)
      result += part.text;
  return result;
}

std::string say(const std::string& prompt, uint64_t seed = 1) {
  return text_of(make_turn(question(prompt), {seed, 0, 0}));
}

} // namespace

TEST(SimTurn, SaysThatItIsSimulated) {
  EXPECT_THAT(say("Why is the sky blue?"), StartsWith("[simulated m] "));
}

TEST(SimTurn, DependsOnSeedAndPromptAlone) {
  EXPECT_EQ(say("Why is the sky blue?"), say("Why is the sky blue?"));
  EXPECT_NE(say("Why is the sky blue?", 1), say("Why is the sky blue?", 2));
  EXPECT_NE(say("Why is the sky blue?"), say("Why is the sea blue?"));
}

TEST(SimTurn, CanAddUp) {
  EXPECT_EQ(say("What is 2+2?"), "[simulated m] 2 + 2 = 4.");
  EXPECT_EQ(say("12 * 12"), "[simulated m] 12 * 12 = 144.");
  EXPECT_EQ(say("and 3 - 10"), "[simulated m] 3 - 10 = -7.");
  EXPECT_THAT(say("on 2026-11-23"), Not(HasSubstr(" = ")));
}

TEST(SimTurn, WritesAsManyTokensAsOrdered) {
  for (uint64_t n : {1u, 5u, 40u, 1000u}) {
    auto x =
      make_turn(question("Please write " + std::to_string(n) + " tokens"), {});
    EXPECT_EQ(x.output_tokens, n);
    EXPECT_EQ(token_count(text_of(x)), n);
  }
  EXPECT_EQ(make_turn(question("hi"), {1, 77, 0}).output_tokens, 77u);
  EXPECT_EQ(make_turn(question("write 999999999 tokens"), {}).output_tokens,
            200'000u);
}

TEST(SimTurn, CallsToolsAsOrdered) {
  auto x = make_turn(question("CALL echo {\"a\": 1};; no\nCALL now"), {});
  // `;;` becomes a line's end where a request is read, not here.
  x = make_turn(question("CALL echo {\"a\": 1}\nCALL now"), {});
  ASSERT_EQ(x.blocks.size(), 3u);
  EXPECT_EQ(x.blocks[1].name, "echo");
  EXPECT_EQ(x.blocks[1].text, R"({"a":1})");
  EXPECT_EQ(x.blocks[2].name, "now");
  EXPECT_EQ(x.blocks[2].text, "{}");
  EXPECT_TRUE(x.has_calls());
}

TEST(SimTurn, GoesOnWithThenAfterAResultAndFillsItIn) {
  auto what = question("CALL start\nTHEN look {\"id\":\"${job_id}\"}");
  what.results = {{"start", R"({"job_id": "j-17", "x": 1})", false}};
  what.tool_rounds = 1;
  auto x = make_turn(what, {});
  ASSERT_EQ(x.blocks.size(), 1u);
  EXPECT_EQ(x.blocks[0].name, "look");
  EXPECT_EQ(x.blocks[0].text, R"({"id":"j-17"})");
}

TEST(SimTurn, ShowsToolResultsInTheEnd) {
  auto what = question("CALL echo");
  what.results = {{"echo", "hello", false}, {"bad", "oh", true}};
  what.tool_rounds = 1;
  EXPECT_EQ(text_of(make_turn(what, {})),
            "[simulated m] TOOLRESULT[echo]: hello\n"
            "TOOLRESULT[bad][is_error]: oh");
}

TEST(SimTurn, AnswersInJsonWhenJsonIsWanted) {
  auto what = question("List three \"things\"");
  what.json = true;
  EXPECT_THAT(text_of(make_turn(what, {})),
              StartsWith(R"({"simulated": true, "model": "m", "answer": )"));
}

TEST(SimTurn, CutsAtTheCapWithoutHalfACall) {
  auto what = question("THINK\nCALL echo {\"a\": 1}");
  what.max_output = 10;
  auto x = make_turn(what, {});
  EXPECT_TRUE(x.cut_by_length);
  EXPECT_EQ(x.output_tokens, 10u);
  EXPECT_FALSE(x.has_calls());
}

TEST(SimTurn, NeverCutsThroughACharacter) {
  auto prompt = std::string{"CALL echo {\"a\":\"åäö…日本語日本語日本語\"}"};
  auto x = make_turn(question(prompt), {});
  step_cursor cursor{x, 1};
  step at;
  std::string joined;
  while (cursor.next(at))
    if (at.what == step::kind::delta && at.index == 1) {
      EXPECT_NE(static_cast<unsigned char>(at.piece.front()) & 0xc0, 0x80);
      joined += at.piece;
    }
  EXPECT_EQ(joined, x.blocks[1].text);
  std::string text = "日本語日本語日本語日本語日本語";
  for (size_t i = 0; i < text.size(); i += next_token(text, i).size())
    EXPECT_NE(static_cast<unsigned char>(text[i]) & 0xc0, 0x80);
}

TEST(SimTurn, StepsBringExactlyItsTokensAndText) {
  auto x =
    make_turn(question("THINK\nCALL echo {\"abc\": \"a longer one\"}"), {});
  for (uint32_t chunk : {1u, 3u, 50u}) {
    step_cursor cursor{x, chunk};
    step at;
    uint64_t tokens = 0;
    std::string joined;
    std::vector<step::kind> kinds;
    while (cursor.next(at)) {
      tokens += at.tokens;
      joined += at.piece;
      kinds.push_back(at.what);
    }
    EXPECT_EQ(tokens, x.output_tokens);
    EXPECT_EQ(joined, x.blocks[0].text + x.blocks[1].text + x.blocks[2].text);
    EXPECT_EQ(kinds.front(), step::kind::head);
    EXPECT_EQ(kinds.back(), step::kind::tail);
  }
}

TEST(SimDirectives, AreReadWithoutReminders) {
  auto text = without_reminders(
    "<system-reminder>CALL no {}</system-reminder>\nCALL yes {};;THINK ");
  EXPECT_EQ(text, "CALL yes {}\nTHINK");
  EXPECT_TRUE(has_directive(text));
  EXPECT_FALSE(has_directive("Please CALL me"));
  auto x = read_directives(text);
  ASSERT_EQ(x.calls.size(), 1u);
  EXPECT_EQ(x.calls[0].name, "yes");
  EXPECT_TRUE(x.think);
  EXPECT_EQ(read_directives("FAILONCE 529 overloaded_error").fail, 529);
  EXPECT_TRUE(read_directives("FAILONCE 529").fail_once);
}

TEST(SimTokens, AreCountedAboutAsTokenizersDo) {
  std::string english = "The quick brown fox jumps over the lazy dog. ";
  // Ten tokens by o200k.
  EXPECT_NEAR(static_cast<double>(count_tokens(english)), 10, 2);
  EXPECT_EQ(count_tokens(""), 0u);
  EXPECT_NEAR(static_cast<double>(count_tokens("日本語のテキスト")), 7, 2);
}

} // namespace smart_agents::sim
