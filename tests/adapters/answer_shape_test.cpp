#include "adapters/answer_shape.hpp"

#include "tests/support/fixtures.hpp"
#include "tests/support/simulated_exchange.hpp"

#include <gmock/gmock.h>

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace smart_agents {

TEST(AnswerShape, OfEveryWholeFixtureIsAsExpected) {
  const std::pair<const char*, const char*> answers[] = {
    {"anthropic-message.json", "anthropic"},
    {"openai-chat.json", "openai-chat"},
    {"xai-chat.json", "openai-chat"},
    {"openai-responses.json", "openai-responses"},
    {"xai-responses.json", "openai-responses"},
    {"gemini-generateContent.json", "gemini"},
    {"ollama-chat.json", "ollama"},
  };
  for (const auto& [file, format] : answers) {
    auto x = shape_of(*make_codec(format), test::fixture(file));
    EXPECT_TRUE(x.good()) << file << ": " << x.broken;
    EXPECT_THAT(x.missing, IsEmpty()) << file;
    EXPECT_THAT(x.unknown, IsEmpty()) << file;
    EXPECT_THAT(x.summary, HasSubstr(" tokens in, ")) << file;
  }
}

TEST(AnswerShape, OfWhatTheSimulatorSaysIsAsExpected) {
  for (const auto& to : test::peers) {
    auto codec = make_codec(to.format);
    auto sent = codec->encode(tiny_request(to.model), test::nowhere());
    ASSERT_TRUE(sent) << render(sent.error());
    auto asked = test::judge(to, *sent);
    ASSERT_TRUE(std::holds_alternative<sim::ask>(asked)) << to.format;
    auto x = shape_of(*codec, test::speak(to, std::get<sim::ask>(asked)));
    EXPECT_TRUE(x.good()) << to.format << ": " << x.broken;
    EXPECT_THAT(x.missing, IsEmpty()) << to.format;
    EXPECT_THAT(x.unknown, IsEmpty()) << to.format;
  }
}

TEST(AnswerShape, NamesWhatIsMissingAndWhatIsNew) {
  auto x = shape_of(*make_codec("anthropic"),
                    R"({"id":"m","type":"message","role":"assistant",)"
                    R"("content":[{"type":"text","text":"o\nk"}],)"
                    R"("stop_reason":"end_turn","usage":{"input_tokens":3},)"
                    R"("mood":"sunny"})");
  EXPECT_EQ(x.broken, "");
  EXPECT_THAT(x.missing, ElementsAre("/model", "/usage/output_tokens"));
  EXPECT_THAT(x.unknown, ElementsAre("mood"));
  EXPECT_THAT(x.summary, HasSubstr("'o k'"));
  EXPECT_FALSE(x.good());
}

TEST(AnswerShape, SaysWhatCannotBeUnderstood) {
  for (const auto& format : codec_formats())
    for (const char* body : {"", "<html>", "[]", "{}"}) {
      auto x = shape_of(*make_codec(format), body);
      EXPECT_FALSE(x.good()) << format << body;
      EXPECT_NE(x.broken, "") << format << body;
    }
}

} // namespace smart_agents
