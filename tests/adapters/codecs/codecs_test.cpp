#include "adapters/provider_codec.hpp"
#include "messages/error.hpp"
#include "tests/support/fixtures.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace smart_agents {

namespace {

chat_response whole(const char* format, const char* file) {
  chat_response result;
  auto problem = make_codec(format)->decode(test::fixture(file), result);
  EXPECT_FALSE(problem) << file << ": " << problem->message;
  return result;
}

chat_response streamed(const char* format, const char* file) {
  auto decoder = make_codec(format)->stream();
  std::vector<stream_event> events;
  EXPECT_FALSE(decoder->feed(test::fixture(file), events));
  EXPECT_FALSE(decoder->finish(events));
  response_builder builder;
  for (const auto& x : events)
    builder.add(x);
  return builder.take();
}

std::vector<tool_call_part> calls_of(const chat_response& x) {
  std::vector<tool_call_part> result;
  for (const auto& piece : x.parts)
    if (const auto* call = std::get_if<tool_call_part>(&piece))
      result.push_back(*call);
  return result;
}

std::string thoughts_of(const chat_response& x) {
  std::string result;
  for (const auto& piece : x.parts)
    if (const auto* thinking = std::get_if<thinking_part>(&piece))
      result += thinking->text;
  return result;
}

chat_request question(std::string text = "What is 2+2?") {
  chat_request result;
  result.model = "some-model";
  result.messages = {text_message(role::system, "Be brief."),
                     text_message(role::user, std::move(text))};
  result.max_output = 100;
  return result;
}

endpoint at(std::string base) {
  endpoint result;
  result.base_url = std::move(base);
  result.api_key = "key-1";
  return result;
}

boost::json::value body_of(const char* format, const chat_request& request,
                           const endpoint& to = at("http://h/v1")) {
  auto sent = make_codec(format)->encode(request, to);
  EXPECT_TRUE(sent) << render(sent.error());
  return sent ? boost::json::parse(sent->body.text()) : boost::json::value{};
}

} // namespace

TEST(Codecs, KnowFiveFormatsAndNoOther) {
  EXPECT_EQ(codec_formats().size(), 5u);
  for (const auto& format : codec_formats())
    EXPECT_EQ(make_codec(format)->format(), format);
  EXPECT_EQ(make_codec("carrier-pigeon"), nullptr);
}

TEST(Codecs, CountEachTokenOnce) {
  auto x = whole("anthropic", "anthropic-message.json").tokens;
  auto raw = boost::json::parse(test::fixture("anthropic-message.json"));
  auto number = [](const boost::json::value& v) {
    return v.to_number<uint64_t>();
  };
  EXPECT_EQ(x.uncached_input, number(raw.at_pointer("/usage/input_tokens")));
  EXPECT_EQ(x.cache_read,
            number(raw.at_pointer("/usage/cache_read_input_tokens")));
  EXPECT_EQ(x.output, number(raw.at_pointer("/usage/output_tokens")));

  x = whole("openai-chat", "openai-chat.json").tokens;
  raw = boost::json::parse(test::fixture("openai-chat.json"));
  EXPECT_EQ(x.input(), number(raw.at_pointer("/usage/prompt_tokens")));
  EXPECT_EQ(x.output, number(raw.at_pointer("/usage/completion_tokens")));

  x = whole("openai-responses", "openai-responses.json").tokens;
  raw = boost::json::parse(test::fixture("openai-responses.json"));
  EXPECT_EQ(x.input(), number(raw.at_pointer("/usage/input_tokens")));
  EXPECT_EQ(x.output, number(raw.at_pointer("/usage/output_tokens")));
}

TEST(Codecs, AddReasoningWhereXaiAndGeminiLeaveItOut) {
  auto x = whole("openai-chat", "xai-chat.json").tokens;
  auto raw = boost::json::parse(test::fixture("xai-chat.json"));
  auto said = raw.at_pointer("/usage/completion_tokens").to_number<uint64_t>();
  EXPECT_GT(x.reasoning, 0u);
  EXPECT_EQ(x.output, said + x.reasoning);
  x = streamed("gemini", "gemini-stream.sse").tokens;
  EXPECT_EQ(x.reasoning, 64u);
  EXPECT_EQ(x.output, 32u + 64u);
}

TEST(Codecs, DeriveToolCallsFromTheCallsThatArePresent) {
  for (auto [format, file] :
       {std::pair{"anthropic", "anthropic-stream.sse"},
        {"openai-chat", "openai-chat-stream.sse"},
        {"openai-responses", "openai-responses-stream.sse"},
        {"gemini", "gemini-stream.sse"},
        {"ollama", "ollama-chat-stream.ndjson"}}) {
    auto x = streamed(format, file);
    auto calls = calls_of(x);
    EXPECT_EQ(x.finish, finish_reason::tool_calls) << file;
    ASSERT_EQ(calls.size(), 2u) << file;
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(calls[i].name, "get_weather") << file;
      EXPECT_EQ(boost::json::parse(calls[i].arguments).at("city"),
                i == 0 ? "Oslo" : "Rome")
        << file;
    }
  }
}

TEST(Codecs, KeepThoughtsApartFromText) {
  auto x = streamed("anthropic", "anthropic-stream.sse");
  EXPECT_EQ(thoughts_of(x), "Two cities, so two calls.");
  EXPECT_EQ(text_of(x.parts), "Checking both cities – naïve café ☂.");
  x = streamed("gemini", "gemini-stream.sse");
  EXPECT_EQ(thoughts_of(x), "Two cities, one call each.");
  EXPECT_EQ(text_of(x.parts), "Checking both.");
  x = streamed("openai-chat", "deepseek-chat-stream.sse");
  EXPECT_EQ(thoughts_of(x), "Two cities.");
}

TEST(Codecs, SayWhenAnAnswerWasBlockedOrGoesOn) {
  EXPECT_EQ(whole("gemini", "gemini-blocked.json").finish,
            finish_reason::filtered);
  EXPECT_EQ(streamed("gemini", "gemini-stream-continuation.sse").finish,
            finish_reason::resume);
}

TEST(Codecs, SendTheKeyInTheHeaderOfTheFormatAndNowhereElse) {
  const std::map<std::string, std::pair<std::string, std::string>> expected{
    {"anthropic", {"x-api-key", "key-1"}},
    {"openai-chat", {"Authorization", "Bearer key-1"}},
    {"openai-responses", {"Authorization", "Bearer key-1"}},
    {"gemini", {"x-goog-api-key", "key-1"}},
    {"ollama", {"Authorization", "Bearer key-1"}},
  };
  for (const auto& [format, header] : expected) {
    auto sent = make_codec(format)->encode(question(), at("http://h"));
    ASSERT_TRUE(sent);
    EXPECT_EQ(find_header(sent->headers, header.first), header.second);
    EXPECT_EQ(sent->body.text().find("key-1"), std::string::npos);
    EXPECT_EQ(sent->to.target.find("key-1"), std::string::npos);
    auto keyless = at("http://h");
    keyless.api_key.clear();
    sent = make_codec(format)->encode(question(), keyless);
    EXPECT_EQ(find_header(sent->headers, header.first), "") << format;
  }
}

TEST(Codecs, SpeakToTheRightPath) {
  auto target = [](const char* format, bool stream) {
    auto request = question();
    request.stream = stream;
    return make_codec(format)->encode(request, at("http://h/base/"))->to.target;
  };
  EXPECT_EQ(target("anthropic", false), "/base/v1/messages");
  EXPECT_EQ(target("openai-chat", true), "/base/chat/completions");
  EXPECT_EQ(target("openai-responses", true), "/base/responses");
  EXPECT_EQ(target("gemini", false),
            "/base/v1beta/models/some-model:generateContent");
  EXPECT_EQ(target("gemini", true),
            "/base/v1beta/models/some-model:streamGenerateContent?alt=sse");
  EXPECT_EQ(target("ollama", true), "/base/api/chat");
}

TEST(Codecs, PutTheSystemMessageAndTheCapWhereTheFormatWantsThem) {
  auto x = body_of("anthropic", question());
  EXPECT_EQ(x.at("system"), "Be brief.");
  EXPECT_EQ(x.at("max_tokens"), 100);
  x = body_of("openai-chat", question());
  EXPECT_EQ(x.at_pointer("/messages/0/role"), "developer");
  EXPECT_EQ(x.at("max_completion_tokens"), 100);
  x = body_of("openai-responses", question());
  EXPECT_EQ(x.at("instructions"), "Be brief.");
  EXPECT_EQ(x.at("max_output_tokens"), 100);
  EXPECT_EQ(x.at("store"), false);
  x = body_of("gemini", question());
  EXPECT_EQ(x.at_pointer("/systemInstruction/parts/0/text"), "Be brief.");
  EXPECT_EQ(x.at_pointer("/generationConfig/maxOutputTokens"), 100);
  x = body_of("ollama", question());
  EXPECT_EQ(x.at_pointer("/messages/0/role"), "system");
  EXPECT_EQ(x.at_pointer("/options/num_predict"), 100);
  EXPECT_EQ(x.at("truncate"), false);
}

TEST(Codecs, HonourTheQuirksOfCompatibleServers) {
  auto to = at("http://h");
  to.quirks = {"max-tokens", "system-role", "no-stream-options"};
  auto request = question();
  request.stream = true;
  auto x = body_of("openai-chat", request, to);
  EXPECT_EQ(x.at("max_tokens"), 100);
  EXPECT_EQ(x.at_pointer("/messages/0/role"), "system");
  EXPECT_EQ(x.as_object().if_contains("stream_options"), nullptr);
}

TEST(Codecs, LeaveSamplingOutWhereTheModelRejectsIt) {
  auto request = question();
  request.temperature = 0.7;
  request.model = "claude-opus-5-5";
  EXPECT_EQ(
    body_of("anthropic", request).as_object().if_contains("temperature"),
    nullptr);
  request.model = "claude-sonnet-4-5";
  EXPECT_EQ(body_of("anthropic", request).at("temperature"), 0.7);
  request.model = "gpt-6.1-sol";
  EXPECT_EQ(
    body_of("openai-chat", request).as_object().if_contains("temperature"),
    nullptr);
}

TEST(Codecs, ReplayCallsAndResults) {
  auto request = question();
  message said{role::assistant, {tool_call_part{"c1", "f", R"({"a":1})", {}}}};
  message result{role::tool, {tool_result_part{"c1", "f", {text_part{"ok"}}}}};
  request.messages.push_back(said);
  request.messages.push_back(result);
  auto x = body_of("anthropic", request);
  EXPECT_EQ(x.at_pointer("/messages/1/content/0/input/a"), 1);
  EXPECT_EQ(x.at_pointer("/messages/2/content/0/tool_use_id"), "c1");
  x = body_of("openai-chat", request);
  EXPECT_EQ(x.at_pointer("/messages/2/tool_calls/0/function/arguments"),
            R"({"a":1})");
  EXPECT_EQ(x.at_pointer("/messages/3/role"), "tool");
  x = body_of("openai-responses", request);
  EXPECT_EQ(x.at_pointer("/input/1/type"), "function_call");
  EXPECT_EQ(x.at_pointer("/input/2/output"), "ok");
  x = body_of("gemini", request);
  EXPECT_EQ(x.at_pointer("/contents/1/parts/0/functionCall/args/a"), 1);
  EXPECT_EQ(x.at_pointer("/contents/2/parts/0/functionResponse/name"), "f");
  x = body_of("ollama", request);
  EXPECT_EQ(x.at_pointer("/messages/2/tool_calls/0/function/arguments/a"), 1);
  EXPECT_EQ(x.at_pointer("/messages/3/tool_name"), "f");
}

TEST(Codecs, RefuseTextThatNoFormatCarries) {
  for (const auto& format : codec_formats()) {
    auto codec = make_codec(format);
    auto bad = codec->encode(question("caf\xE9"), at("http://h"));
    ASSERT_FALSE(bad) << format;
    EXPECT_EQ(render(bad.error()),
              "bad_input: messages[1]: the text is not UTF-8 at byte 3");
    bad = codec->encode(question(std::string{"a\0b", 3}), at("http://h"));
    ASSERT_FALSE(bad) << format;
    EXPECT_EQ(render(bad.error()), "bad_input: messages[1]: NUL at byte 1");
  }
}

TEST(Codecs, SayWhatAFormatCannotCarry) {
  auto request = question();
  media_part film;
  film.what = media_part::kind::video;
  film.base64 = "AAAA";
  request.messages.edit()[1].parts.emplace_back(film);
  for (const char* format :
       {"anthropic", "openai-chat", "openai-responses", "ollama"}) {
    auto sent = make_codec(format)->encode(request, at("http://h"));
    ASSERT_FALSE(sent) << format;
    EXPECT_EQ(sent.error(), ec::unsupported) << format;
  }
  EXPECT_TRUE(make_codec("gemini")->encode(request, at("http://h")));
}

TEST(Codecs, TakeNoNonsenseForAnAnswer) {
  for (const auto& format : codec_formats()) {
    chat_response out;
    for (const char* body : {"", "null", "[]", "{}", "{\"x\":1}", "<html>"}) {
      auto problem = make_codec(format)->decode(body, out);
      ASSERT_TRUE(problem) << format << " took " << body;
      EXPECT_EQ(problem->what, failure_class::broken_answer);
    }
  }
}

} // namespace smart_agents
