#include "adapters/provider_codec.hpp"
#include "adapters/simulator/writer.hpp"
#include "tests/adapters/simulator/shapes.hpp"

#include <gtest/gtest.h>

namespace smart_agents::sim {

using namespace test;

namespace {

/// Makes the simulator think, talk and call two tools, as the recorded
/// answers do.
constexpr auto two_calls = R"(CALL get_weather {"city":"Oslo","unit":"c"}
CALL get_weather {"city":"Rome","unit":"c"})";
constexpr auto thought_and_calls = R"(THINK
CALL get_weather {"city":"Oslo"}
CALL get_weather {"city":"Rome"})";

/// Answers of one format.
struct speaker {
  speaker(wire format, vendor who, std::string prompt) : whose{who} {
    asked.format = format;
    asked.model = "a-model";
    asked.prompt = std::move(prompt);
    asked.input_tokens = 100;
    asked.include_usage = true;
    answer = make_turn(asked, {1, 0, 0.5});
    answer.id = "0123456789abcdef";
    answer.created = 1'795'428'000;
  }

  std::string whole() {
    return make_writer(asked, whose, answer)->whole();
  }

  /// The stream, broken off by an error after `steps` steps.
  std::string stream(int steps = 1'000'000) {
    auto writer = make_writer(asked, whose, answer);
    step_cursor cursor{answer, 4};
    std::string out;
    step x;
    while (cursor.next(x)) {
      if (steps-- == 0) {
        writer->fail(out);
        break;
      }
      writer->write(x, out);
    }
    told = writer->so_far();
    return out;
  }

  vendor whose;
  ask asked;
  turn answer;
  reported told;
};

/// Decodes with our own codec, byte by byte.
chat_response decode(const std::string& format, const std::string& stream) {
  response_builder builder;
  auto decoder = make_codec(format)->stream();
  std::vector<stream_event> events;
  for (char c : stream)
    if (auto wrong = decoder->feed({&c, 1}, events))
      ADD_FAILURE() << wrong->message;
  if (auto wrong = decoder->finish(events))
    ADD_FAILURE() << wrong->message;
  for (const auto& x : events)
    builder.add(x);
  EXPECT_TRUE(builder.complete());
  return builder.take();
}

chat_response decode_whole(const std::string& format, const std::string& body) {
  chat_response result;
  if (auto wrong = make_codec(format)->decode(body, result))
    ADD_FAILURE() << wrong->message;
  return result;
}

} // namespace

TEST(SimWriters, WriteAnthropicMessagesAsRecorded) {
  speaker x{wire::anthropic, vendor::anthropic,
            "THINK\n" + std::string{two_calls}};
  EXPECT_EQ(shape(x.whole()), shape(fixture("anthropic-message.json")));
  EXPECT_EQ(shapes(x.stream()), shapes(fixture("anthropic-stream.sse")));
  speaker text{wire::anthropic, vendor::anthropic, "hi"};
  auto broken = shapes(text.stream(3));
  auto known = shapes(fixture("anthropic-stream-error.sse"));
  // Ours pings.
  ASSERT_EQ(broken.size(), known.size() + 1);
  broken.erase(broken.begin() + 2);
  EXPECT_EQ(broken, known);
}

TEST(SimWriters, WriteChatCompletionsAsRecorded) {
  speaker x{wire::chat, vendor::openai, two_calls};
  EXPECT_EQ(shape(x.whole()), shape(fixture("openai-chat.json")));
  EXPECT_EQ(shapes(x.stream()), shapes(fixture("openai-chat-stream.sse")));
  auto broken = shapes(x.stream(3));
  EXPECT_EQ(broken.back(),
            shapes(fixture("openai-chat-stream-error.sse")).back());
}

TEST(SimWriters, WriteXaiChatCompletionsAsRecorded) {
  speaker text{wire::chat, vendor::xai, "hi"};
  EXPECT_EQ(shape(text.whole()), shape(fixture("xai-chat.json")));
  // The recorded stream brings the role with the first text in every chunk;
  // what matters is which events there are.
  speaker x{wire::chat, vendor::xai, R"(CALL get_weather {"city":"Rome"})"};
  auto ours = shapes(x.stream());
  auto known = shapes(fixture("xai-chat-stream.sse"));
  EXPECT_EQ(ours, known);
}

TEST(SimWriters, WriteOllamasCompatibleStreamAsRecorded) {
  speaker x{wire::chat, vendor::ollama,
            "THINK\nCALL get_weather {\"city\":\"Oslo\"}"};
  auto last = shapes(x.stream());
  auto known = shapes(fixture("ollama-openai-stream.sse"));
  ASSERT_GE(last.size(), 3u);
  EXPECT_EQ(last.front(), known.front());
  EXPECT_EQ((std::vector<std::string>{last.end() - 3, last.end()}),
            (std::vector<std::string>{known.end() - 3, known.end()}));
}

TEST(SimWriters, WriteResponsesAsRecorded) {
  speaker x{wire::responses, vendor::openai, thought_and_calls};
  EXPECT_EQ(shape(x.whole()), shape(fixture("openai-responses.json")));
  EXPECT_EQ(shapes(x.stream()), shapes(fixture("openai-responses-stream.sse")));
  auto broken = shapes(x.stream(1));
  EXPECT_EQ(broken.back(),
            shapes(fixture("openai-responses-stream-failed.sse")).back());
}

TEST(SimWriters, WriteXaiResponsesAsRecorded) {
  speaker x{wire::responses, vendor::xai, thought_and_calls};
  EXPECT_EQ(shape(x.whole()), shape(fixture("xai-responses.json")));
  EXPECT_EQ(shapes(x.stream()), shapes(fixture("xai-responses-stream.sse")));
}

TEST(SimWriters, WriteGeminiAnswersAsRecorded) {
  speaker x{wire::gemini, vendor::gemini, thought_and_calls};
  EXPECT_EQ(shape(x.whole()), shape(fixture("gemini-generateContent.json")));
  auto ours = shapes(x.stream());
  auto known = shapes(fixture("gemini-stream.sse"));
  // Two recorded calls share an event; ours have one each.
  ASSERT_EQ(ours.size(), known.size() + 1);
  EXPECT_EQ(ours[0], known[0]);
  EXPECT_EQ(ours[1], known[1]);
  EXPECT_EQ(ours.back(), known.back());
  EXPECT_EQ(shapes(x.stream(3)).back(),
            shapes(fixture("gemini-stream-error.sse")).back());
  EXPECT_NE(x.stream().find("\r\n\r\n"), std::string::npos);
}

TEST(SimWriters, WriteAGeminiStreamWithoutSseAsOneArray) {
  speaker x{wire::gemini, vendor::gemini, "hi"};
  x.asked.as_array = true;
  boost::json::error_code bad;
  auto all = boost::json::parse(x.stream(), bad);
  ASSERT_FALSE(bad) << x.stream();
  EXPECT_GT(all.as_array().size(), 2u);
}

TEST(SimWriters, WriteOllamasOwnFormatAsRecorded) {
  speaker x{wire::ollama_chat, vendor::ollama, thought_and_calls};
  EXPECT_EQ(shape(x.whole()), shape(fixture("ollama-chat.json")));
  EXPECT_EQ(shapes(x.stream()), shapes(fixture("ollama-chat-stream.ndjson")));
  EXPECT_EQ(shapes(x.stream(4)).back(),
            shapes(fixture("ollama-chat-stream-error.ndjson")).back());
}

struct dialect_case {
  wire format;
  vendor whose;
  const char* codec;
};

class SimDialects : public ::testing::TestWithParam<dialect_case> {};

TEST_P(SimDialects, AreReadByOurCodecsStreamedOrNot) {
  auto [format, whose, codec] = GetParam();
  for (auto prompt : {"hi", "what is 2+2?", thought_and_calls}) {
    speaker x{format, whose, prompt};
    auto streamed = decode(codec, x.stream());
    auto whole = decode_whole(codec, x.whole());
    EXPECT_EQ(streamed.tokens, whole.tokens) << prompt;
    EXPECT_EQ(text_of(streamed.parts), text_of(whole.parts));
    EXPECT_EQ(streamed.finish, whole.finish);
    EXPECT_EQ(whole.tokens.input(), 100u);
    EXPECT_EQ(whole.tokens.output, x.answer.output_tokens);
    EXPECT_EQ(x.told.input, 100u);
    EXPECT_EQ(x.told.output, x.answer.output_tokens);
    EXPECT_EQ(text_of(whole.parts).rfind("[simulated a-model]", 0), 0u);
    EXPECT_EQ(whole.finish == finish_reason::tool_calls, x.answer.has_calls());
  }
}

TEST_P(SimDialects, SayWhenTheCapCutTheAnswer) {
  auto [format, whose, codec] = GetParam();
  speaker x{format, whose, "hi"};
  x.asked.max_output = 16;
  auto id = x.answer.id;
  x.answer = make_turn(x.asked, {1, 100, 0});
  x.answer.id = id;
  EXPECT_EQ(decode(codec, x.stream()).finish, finish_reason::length);
  auto whole = decode_whole(codec, x.whole());
  EXPECT_EQ(whole.finish, finish_reason::length);
  EXPECT_EQ(whole.tokens.output, 16u);
}

INSTANTIATE_TEST_SUITE_P(
  All, SimDialects,
  ::testing::Values(
    dialect_case{wire::anthropic, vendor::anthropic, "anthropic"},
    dialect_case{wire::chat, vendor::openai, "openai-chat"},
    dialect_case{wire::chat, vendor::compatible, "openai-chat"},
    dialect_case{wire::responses, vendor::openai, "openai-responses"},
    dialect_case{wire::responses, vendor::xai, "openai-responses"},
    dialect_case{wire::gemini, vendor::gemini, "gemini"},
    dialect_case{wire::ollama_chat, vendor::ollama, "ollama"}),
  [](const auto& info) {
    std::string name =
      std::string{info.param.codec} + "_" + to_string(info.param.whose);
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
  });

} // namespace smart_agents::sim
