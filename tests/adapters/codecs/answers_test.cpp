// What comes in, to the last field; and the departures that servers are known
// for.

#include "adapters/provider_codec.hpp"
#include "tests/support/fixtures.hpp"

#include <gmock/gmock.h>

namespace smart_agents {

namespace {

using testing::HasSubstr;

chat_response whole(const char* format, const std::string& body) {
  chat_response result;
  auto problem = make_codec(format)->decode(body, result);
  EXPECT_FALSE(problem) << problem->message;
  return result;
}

struct streamed {
  chat_response response;
  std::optional<failure> problem;
  usage so_far;
};

streamed stream(const char* format, const std::string& body) {
  auto decoder = make_codec(format)->stream();
  std::vector<stream_event> events;
  streamed result;
  result.problem = decoder->feed(body, events);
  if (!result.problem)
    result.problem = decoder->finish(events);
  response_builder builder;
  for (const auto& x : events)
    builder.add(x);
  result.response = builder.take();
  result.so_far = decoder->so_far();
  return result;
}

usage tokens(uint64_t uncached, uint64_t read, uint64_t output,
             uint64_t reasoning) {
  usage result;
  result.uncached_input = uncached;
  result.cache_read = read;
  result.output = output;
  result.reasoning = reasoning;
  return result;
}

std::string data(const std::string& json) {
  return "data: " + json + "\n\n";
}

std::string chunk(const std::string& delta,
                  const std::string& finish = "null") {
  return data(R"({"id":"x","model":"m","choices":[{"index":0,"delta":)" + delta
              + R"(,"finish_reason":)" + finish + "}]}");
}

} // namespace

TEST(Answers, AreReadToTheLastField) {
  chat_response want{
    "msg_01FixtureNonStream",
    "claude-opus-5-5",
    {thinking_part{"The user wants two cities; call the tool twice.",
                   "EqQBCkYIBxgCKkBfaXh0dXJlLW9ubHk=", false, "anthropic",
                   "claude-opus-5-5"},
     text_part{"Checking both cities."},
     tool_call_part{
       "toolu_01FixtureA", "get_weather", R"({"city":"Oslo","unit":"c"})", {}},
     tool_call_part{
       "toolu_01FixtureB", "get_weather", R"({"city":"Rome","unit":"c"})", {}}},
    finish_reason::tool_calls,
    tokens(312, 2048, 148, 41)};
  EXPECT_EQ(whole("anthropic", test::fixture("anthropic-message.json")), want);

  want = {
    "chatcmpl-FixtureNonStream",
    "gpt-5.6-sol",
    {tool_call_part{"call_FixtureA", "get_weather", R"({"city":"Oslo"})", {}},
     tool_call_part{"call_FixtureB", "get_weather", R"({"city":"Rome"})", {}}},
    finish_reason::tool_calls,
    tokens(266, 1024, 96, 64)};
  EXPECT_EQ(whole("openai-chat", test::fixture("openai-chat.json")), want);

  want = {"b1f3c0de-0000-4000-8000-00000000fixt",
          "grok-4.7",
          {text_part{"Oslo: 4 C, rain."}},
          finish_reason::stop,
          tokens(266, 1024, 160, 128)};
  want.tokens.charged_usd = 0.001644;
  EXPECT_EQ(whole("openai-chat", test::fixture("xai-chat.json")), want);

  want = {"fixtureResponse01",
          "gemini-3.8-flash",
          {thinking_part{"Two cities, one call each.", {}, false, "gemini"},
           text_part{"Checking both."},
           tool_call_part{"fc-A", "get_weather", R"({"city":"Oslo"})",
                          "Q2lnRml4dHVyZQ==", "gemini-3.8-flash"},
           tool_call_part{"fc-B", "get_weather", R"({"city":"Rome"})", {}}},
          finish_reason::tool_calls,
          tokens(266, 1024, 96, 64)};
  EXPECT_EQ(whole("gemini", test::fixture("gemini-generateContent.json")),
            want);

  want = {
    {},
    "qwen3:8b",
    {thinking_part{"Two cities, one call each.", {}, false, "ollama"},
     text_part{"Checking both."},
     tool_call_part{"call_fixturea1", "get_weather", R"({"city":"Oslo"})", {}},
     tool_call_part{"call_fixtureb2", "get_weather", R"({"city":"Rome"})", {}}},
    finish_reason::tool_calls,
    tokens(126, 0, 42, 0)};
  EXPECT_EQ(whole("ollama", test::fixture("ollama-chat.json")), want);
  EXPECT_EQ(
    stream("ollama", test::fixture("ollama-chat-stream.ndjson")).response,
    want);
}

TEST(Answers, OfResponsesAreTheSameWholeAndStreamed) {
  for (auto [file, output, reasoning] :
       {std::tuple{"openai-responses", 96u, 64u},
        {"xai-responses", 160u, 128u}}) {
    auto got =
      whole("openai-responses", test::fixture(std::string{file} + ".json"));
    EXPECT_EQ(stream("openai-responses",
                     test::fixture(std::string{file} + "-stream.sse"))
                .response,
              got);
    // xAI says what it charged, in units of which ten thousand million are a
    // dollar.
    auto counted = got.tokens;
    auto charged = std::string_view{file}.starts_with("xai") ? 0.001644 : 0;
    EXPECT_DOUBLE_EQ(counted.charged_usd.value_or(0), charged);
    counted.charged_usd.reset();
    EXPECT_EQ(counted, tokens(266, 1024, output, reasoning));
    ASSERT_EQ(got.parts.size(), 4u);
    EXPECT_EQ(got.parts[0],
              (part{thinking_part{"Two cities, one tool call each.",
                                  "gAAAAABfaXh0dXJlLW9ubHk=", false,
                                  "openai-responses", got.model}}));
  }
}

TEST(Answers, OfAnthropicAreKeptInOrderWithTheirSignatures) {
  auto got = stream("anthropic", test::fixture("anthropic-stream.sse"));
  chat_response want{
    "msg_01FixtureStream",
    "claude-opus-5-5",
    {thinking_part{"Two cities, so two calls.",
                   "EqQBCkYIBxgCKkBfaXh0dXJlLW9ubHk=", false, "anthropic",
                   "claude-opus-5-5"},
     text_part{"Checking both cities – naïve café ☂."},
     tool_call_part{"toolu_01FixtureA",
                    "get_weather",
                    R"({"city": "Oslo", "unit": "c"})",
                    {}},
     tool_call_part{
       "toolu_01FixtureB", "get_weather", R"({"city": "Rome"})", {}}},
    finish_reason::tool_calls,
    tokens(312, 2048, 148, 41)};
  EXPECT_EQ(got.response, want);
}

TEST(Answers, OfGeminiKeepASignatureThatCameWithText) {
  auto got = stream("gemini", test::fixture("gemini-stream.sse")).response;
  ASSERT_EQ(got.parts.size(), 5u);
  EXPECT_EQ(
    got.parts[4],
    (part{thinking_part{{}, "RmluYWxGaXh0dXJl", false, "gemini", got.model}}));
  // It goes back as it came: a text part, and no thought.
  chat_request request;
  request.model = "gemini-3.8-flash";
  request.messages = {text_message(role::user, "x"),
                      {role::assistant, got.parts},
                      text_message(role::user, "y")};
  endpoint to;
  to.base_url = "http://h";
  EXPECT_THAT(
    make_codec("gemini")->encode(request, to)->body.text(),
    HasSubstr(R"({"text":"","thoughtSignature":"RmluYWxGaXh0dXJl"})"));
}

TEST(BrokenStreams, StillTellTheirUsage) {
  auto got = stream("anthropic", test::fixture("anthropic-stream-error.sse"));
  EXPECT_EQ(got.so_far, tokens(25, 0, 1, 0));
  EXPECT_EQ(text_of(got.response.parts), "Partial ans");
  EXPECT_EQ(got.problem->code, "overloaded_error");
}

TEST(BrokenStreams, AreThoseWithoutTheirTerminalEvent) {
  for (auto [format, file] :
       {std::pair{"anthropic", "anthropic-stream.sse"},
        {"openai-chat", "openai-chat-stream.sse"},
        {"openai-chat", "xai-chat-stream.sse"},
        {"openai-chat", "groq-chat-stream.sse"},
        {"openai-chat", "deepseek-chat-stream.sse"},
        {"openai-chat", "openrouter-chat-stream.sse"},
        {"openai-chat", "ollama-openai-stream.sse"},
        {"openai-responses", "openai-responses-stream.sse"},
        {"openai-responses", "xai-responses-stream.sse"},
        {"gemini", "gemini-stream.sse"},
        {"ollama", "ollama-chat-stream.ndjson"}}) {
    auto body = test::fixture(file);
    auto crlf = body.find("\r\n\r\n") != std::string::npos;
    std::string_view mark = std::string_view{format} == "ollama" ? "\n"
                            : crlf                               ? "\r\n\r\n"
                                                                 : "\n\n";
    // Cut behind every event but the last one.
    std::vector<size_t> ends;
    for (auto at = body.find(mark); at != std::string::npos;
         at = body.find(mark, at + mark.size()))
      ends.push_back(at + mark.size());
    ASSERT_GT(ends.size(), 3u) << file;
    ends.pop_back();
    ends.insert(ends.begin(), 0);
    for (auto end : ends) {
      auto got = stream(format, body.substr(0, end));
      ASSERT_TRUE(got.problem) << file << " of " << end << " bytes";
      EXPECT_EQ(got.problem->what, failure_class::broken_answer);
    }
  }
}

TEST(BrokenStreams, MayHoldAnErrorWithoutFraming) {
  auto error = R"({
  "error": {
    "code": 429,
    "message": "Resource exhausted",
    "status": "RESOURCE_EXHAUSTED"
  }
})";
  EXPECT_EQ(stream("gemini", error).problem->what, failure_class::rate_limited);
  auto begun = data(R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}]})");
  EXPECT_EQ(stream("gemini", begun + error).problem->what,
            failure_class::rate_limited);
  EXPECT_EQ(stream("openai-chat", error).problem->what,
            failure_class::rate_limited);
}

TEST(BrokenStreams, AreThoseOfNonsense) {
  for (const auto& format : codec_formats()) {
    for (std::string body : {"", "\n\n", "data: {\n\n", "{\n", "null\n",
                             "data: null\n\n", "data: []\n\n", "<html>\n"}) {
      auto got = stream(format.c_str(), body);
      ASSERT_TRUE(got.problem) << format << ": " << body;
      EXPECT_EQ(got.problem->what, failure_class::broken_answer);
    }
  }
}

TEST(ChatStreams, TellCallsApartThatShareAnIndex) {
  auto got = stream(
    "openai-chat",
    chunk(R"({"tool_calls":[{"index":0,"id":"a","function":)"
          R"({"name":"f","arguments":"{\"x\":"}}]})")
      + chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]})")
      + chunk(R"({"tool_calls":[{"index":0,"id":"b","function":)"
              R"({"name":"g","arguments":"{}"}}]})")
      + chunk(R"({"tool_calls":[]})", "\"stop\"") + data("[DONE]"));
  ASSERT_FALSE(got.problem);
  ASSERT_EQ(got.response.parts.size(), 2u);
  EXPECT_EQ(got.response.parts[0],
            (part{tool_call_part{"a", "f", "{\"x\":1}", {}}}));
  EXPECT_EQ(got.response.parts[1], (part{tool_call_part{"b", "g", "{}", {}}}));
  EXPECT_EQ(got.response.finish, finish_reason::tool_calls);
}

TEST(ChatStreams, GiveCallsWithoutAnIdOneOfTheirOwn) {
  auto body = chunk(R"({"tool_calls":[{"function":{"name":"f"}}]})")
              + chunk("{}", "\"tool_calls\"") + data("[DONE]");
  auto got = stream("openai-chat", body).response;
  const auto& call = std::get<tool_call_part>(got.parts.at(0));
  EXPECT_THAT(call.id, testing::StartsWith("call_"));
  EXPECT_EQ(call.arguments, "{}");
  EXPECT_EQ(stream("openai-chat", body).response, got);
}

TEST(ChatStreams, MayLeaveOutFinishReasonAndUsageButNotDone) {
  auto got =
    stream("openai-chat", chunk(R"({"content":"hi"})") + data("[DONE]"));
  EXPECT_FALSE(got.problem);
  EXPECT_EQ(got.response.tokens, usage{});
  got = stream("openai-chat", chunk(R"({"content":"hi"})", "\"stop\""));
  ASSERT_TRUE(got.problem);
  EXPECT_EQ(got.problem->what, failure_class::broken_answer);
  got = stream("openai-chat",
               chunk(R"({"content":"hi"})", "\"weird\"") + data("[DONE]"));
  ASSERT_TRUE(got.problem);
  EXPECT_THAT(got.problem->message, HasSubstr("weird"));
}

TEST(ChatStreams, CountReasoningByTheQuirkOrByTheTotal) {
  auto body = [](const char* total) {
    return std::string{
             R"({"choices":[{"message":{"content":"x"},)"
             R"("finish_reason":"stop"}],"usage":{"prompt_tokens":10,)"
             R"("completion_tokens":5,"total_tokens":)"}
           + total + R"(,"completion_tokens_details":{"reasoning_tokens":3}}})";
  };
  EXPECT_EQ(whole("openai-chat", body("15")).tokens.output, 5u);
  EXPECT_EQ(whole("openai-chat", body("18")).tokens.output, 8u);
  chat_response out;
  make_codec("openai-chat", {"reasoning-excluded"})->decode(body("null"), out);
  EXPECT_EQ(out.tokens.output, 8u);
}

TEST(AnthropicStreams, KeepTheCountsThatADeltaDoesNotRepeat) {
  auto got = stream(
    "anthropic",
    data(
      R"({"type":"message_start","message":{"id":"i","model":"m","usage":)"
      R"({"input_tokens":7,"cache_read_input_tokens":5,"output_tokens":1}}})")
      + data(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},)"
             R"("usage":{"input_tokens":null,"output_tokens":9}})")
      + data(R"({"type":"message_stop"})"));
  EXPECT_FALSE(got.problem);
  EXPECT_EQ(got.response.tokens, tokens(7, 5, 9, 0));
}

TEST(AnthropicStreams, TakeNoCallOutOfABlockOfAnotherKind) {
  auto got = stream(
    "anthropic",
    data(R"({"type":"message_start","message":{}})")
      + data(R"({"type":"content_block_start","index":0,"content_block":)"
             R"({"type":"server_tool_use","id":"s","name":"web_search"}})")
      + data(R"({"type":"content_block_delta","index":0,"delta":)"
             R"({"type":"input_json_delta","partial_json":"{}"}})")
      + data(R"({"type":"content_block_start","index":1,"content_block":)"
             R"({"type":"redacted_thinking","data":"zzz"}})")
      + data(R"({"type":"content_block_start","index":2,"content_block":)"
             R"({"type":"text","text":""}})")
      + data(R"({"type":"content_block_delta","index":2,"delta":)"
             R"({"type":"text_delta","text":"ok"}})")
      + data(R"({"type":"something_new"})")
      + data(R"({"type":"message_stop"})"));
  EXPECT_FALSE(got.problem);
  ASSERT_EQ(got.response.parts.size(), 2u);
  EXPECT_EQ(got.response.parts[0],
            (part{thinking_part{{}, "zzz", true, "anthropic"}}));
  EXPECT_EQ(got.response.finish, finish_reason::stop);
}

TEST(ResponsesStreams, TakeWhatComesOnlyWithTheFinishedItem) {
  auto got = stream(
    "openai-responses",
    data(R"({"type":"response.created","response":{"id":"r","model":"m"}})")
      + data(R"({"type":"response.output_item.done","output_index":0,"item":)"
             R"({"type":"message","content":[{"type":"output_text",)"
             R"("text":"hello"}]}})")
      + data(R"({"type":"response.output_item.done","output_index":1,"item":)"
             R"({"type":"function_call","call_id":"c","name":"f",)"
             R"("arguments":"{\"a\":1}"}})")
      + data(R"({"type":"response.completed","response":{"status":)"
             R"("completed","usage":{"input_tokens":3,"output_tokens":2}}})"));
  EXPECT_FALSE(got.problem);
  ASSERT_EQ(got.response.parts.size(), 2u);
  EXPECT_EQ(got.response.parts[0], part{text_part{"hello"}});
  EXPECT_EQ(got.response.parts[1],
            (part{tool_call_part{"c", "f", "{\"a\":1}", {}}}));
}

TEST(ErrorMessages, AreOneLineWithoutKeysAndNameTheRemedy) {
  auto codec = make_codec("openai-chat");
  auto got = codec->classify(
    {401, {}}, R"({"error":{"message":"Incorrect API key provided:)"
               R"( sk-0123456789abcdef0123456789.\nSee docs.",)"
               R"("code":"invalid_api_key"}})");
  EXPECT_EQ(got.what, failure_class::auth);
  EXPECT_EQ(got.message.find("sk-0123"), std::string::npos);
  EXPECT_EQ(got.message.find('\n'), std::string::npos);
  EXPECT_THAT(got.message, HasSubstr("set a valid key"));
  got = codec->classify({500, {}}, std::string(100000, '\xff'));
  EXPECT_LT(got.message.size(), 1000u);
  got = codec->classify({404, {}}, "<html>nginx</html>");
  EXPECT_THAT(got.message, HasSubstr("base_url"));
}

TEST(ErrorMessages, HeedTheAdviceToRetry) {
  auto of = [](int status, const char* advice) {
    return make_codec("anthropic")
      ->classify({status, {{"x-should-retry", advice}}}, "{}")
      .what;
  };
  EXPECT_EQ(of(400, "true"), failure_class::server_error);
  EXPECT_EQ(of(400, "false"), failure_class::bad_request);
  EXPECT_EQ(of(429, "true"), failure_class::rate_limited);
  EXPECT_EQ(of(429, "false"), failure_class::quota_exhausted);
}

TEST(Answers, OfAnthropicKeepBlocksOfItsOwnWhole) {
  auto got =
    stream("anthropic",
           data(R"({"type":"message_start","message":{"id":"m","model":"c"}})")
             + data(R"({"type":"content_block_start","index":0,)"
                    R"("content_block":{"type":"server_tool_use","id":"s1",)"
                    R"("name":"web_search","input":{}}})")
             + data(R"({"type":"content_block_delta","index":0,"delta":)"
                    R"({"type":"input_json_delta","partial_json":"{\"q\":"}})")
             + data(R"({"type":"content_block_delta","index":0,"delta":)"
                    R"({"type":"input_json_delta","partial_json":"0.7}"}})")
             + data(R"({"type":"content_block_stop","index":0})")
             + data(R"({"type":"content_block_start","index":1,)"
                    R"("content_block":{"type":"web_search_tool_result",)"
                    R"("tool_use_id":"s1","content":[{"a":[1,2.5,null]}]}})")
             + data(R"({"type":"content_block_stop","index":1})")
             + data(R"({"type":"message_stop"})"));
  ASSERT_FALSE(got.problem);
  std::vector<part> want{
    opaque_part{"anthropic", R"({"type":"server_tool_use","id":"s1",)"
                             R"("name":"web_search","input":{"q":0.7}})"},
    opaque_part{"anthropic",
                R"({"type":"web_search_tool_result","tool_use_id":"s1",)"
                R"("content":[{"a":[1,2.5,null]}]})"}};
  EXPECT_EQ(got.response.parts, want);
  // They go back as they came, and to nobody else.
  chat_request next;
  next.model = "c";
  next.messages = {text_message(role::user, "x"),
                   {role::assistant, got.response.parts},
                   text_message(role::user, "y")};
  for (const auto& format : codec_formats()) {
    auto sent = make_codec(format)->encode(next, {"http://h", {}, {}, {}});
    ASSERT_TRUE(sent) << format;
    EXPECT_EQ(sent->body.text().find(std::get<opaque_part>(want[1]).json)
                != std::string::npos,
              format == "anthropic")
      << format;
  }
}

TEST(Answers, OfGeminiGoOnWithTheTokenTheyStoppedWith) {
  auto got =
    stream("gemini", test::fixture("gemini-stream-continuation.sse")).response;
  EXPECT_EQ(got.finish, finish_reason::resume);
  chat_request next;
  next.model = got.model;
  next.messages = {text_message(role::user, "Write a book."),
                   {role::assistant, got.parts}};
  auto sent = make_codec("gemini")->encode(next, {"http://h", {}, {}, {}});
  ASSERT_TRUE(sent);
  EXPECT_THAT(sent->body.text(),
              HasSubstr(R"("continuationToken":"Q29udGludWVGaXh0dXJl")"));
  // The same request: what was said is in the token.
  EXPECT_EQ(sent->body.text().find("Chapter 1"), std::string::npos);
  next.messages.push_back(text_message(role::user, "Another one."));
  sent = make_codec("gemini")->encode(next, {"http://h", {}, {}, {}});
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->body.text().find("continuationToken"), std::string::npos);
  EXPECT_THAT(sent->body.text(), HasSubstr("Chapter 1"));
}

TEST(Answers, OfResponsesReplayTheirReasoningToTheModelThatWroteIt) {
  auto got =
    stream("openai-responses", test::fixture("openai-responses-stream.sse"))
      .response;
  chat_request next;
  next.model = "gpt-6.1-sol";
  message results{role::tool, {}};
  for (const auto& x : got.parts)
    if (const auto* call = std::get_if<tool_call_part>(&x))
      results.parts.emplace_back(
        tool_result_part{call->id, call->name, {text_part{"4 C"}}});
  next.messages = {text_message(role::user, "Weather?"),
                   {role::assistant, got.parts},
                   results};
  auto body = [&](const char* model) {
    next.model = model;
    auto sent =
      make_codec("openai-responses")->encode(next, {"http://h", {}, {}, {}});
    return sent ? sent->body.text() : std::string{};
  };
  EXPECT_THAT(body("gpt-6.1-sol"),
              HasSubstr(R"({"type":"reasoning","summary":[{"type":)"
                        R"("summary_text","text":"Two cities, one tool call )"
                        R"(each."}],"encrypted_content":)"
                        R"("gAAAAABfaXh0dXJlLW9ubHk="},)"));
  EXPECT_THAT(body("gpt-6.1-sol"),
              HasSubstr(R"("include":["reasoning.encrypted_content"])"));
  EXPECT_EQ(body("grok-4.7").find("gAAAAA"), std::string::npos);
}

TEST(Answers, OfDeepSeekReplayTheirReasoningWhereTheQuirkAsksForIt) {
  auto got =
    stream("openai-chat", test::fixture("deepseek-chat-stream.sse")).response;
  chat_request next;
  next.model = "deepseek-flash";
  next.messages = {text_message(role::user, "Weather?"),
                   {role::assistant, got.parts},
                   text_message(role::user, "And now?")};
  endpoint to{"http://h", {}, {}, {"replay-reasoning"}};
  auto sent = make_codec("openai-chat")->encode(next, to);
  ASSERT_TRUE(sent);
  EXPECT_THAT(sent->body.text(),
              HasSubstr(R"("reasoning_content":"Two cities.")"));
  to.quirks.clear();
  sent = make_codec("openai-chat")->encode(next, to);
  EXPECT_EQ(sent->body.text().find("Two cities."), std::string::npos);
}

TEST(PlainAnswer, ReadsAsOneThatIsReadTheLongWay) {
  const std::string head = R"({"id":"a","object":"x","model":"m","choices":[)";
  const std::string tail =
    R"(],"usage":{"prompt_tokens":36,"completion_tokens":28,"total_tokens":99,)"
    R"("prompt_tokens_details":{"cached_tokens":7,"cache_write_tokens":2},)"
    R"("completion_tokens_details":{"reasoning_tokens":3},"cost":0.5},)"
    R"("service_tier":"default"})";
  const std::vector<std::string> choices{
    (R"({"index":0,"message":{"role":"assistant","content":"Hi \u00e9\n",)"
     R"("refusal":null,"annotations":[]},"logprobs":null,)"
     R"("finish_reason":"stop"})"),
    R"({"message":{"content":"cut"},"finish_reason":"length"})",
    (R"({"index":0,"message":{"content":"","refusal":"No."},)"
     R"("finish_reason":"stop"})"),
    (R"({"index":0,"message":{"content":"a","reasoning_content":"b"},)"
     R"("finish_reason":"stop"})"),
    (R"({"index":0,"message":{"content":[{"type":"text","text":"c"}]},)"
     R"("finish_reason":"stop"})"),
    (R"({"index":0,"message":{"content":null,"tool_calls":[{"id":"1",)"
     R"("function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"})"),
    (R"({"index":1,"message":{"content":"not ours"},"finish_reason":"stop"},)"
     R"({"index":0,"message":{"content":"ours"},"finish_reason":"stop"})"),
    R"({"index":0,"message":{"content":"open end"}})"};
  // What is large goes the long way.
  const std::string room(70u << 10, ' ');
  for (const auto& x : choices) {
    auto quick = whole("openai-chat", head + x + tail);
    EXPECT_EQ(quick, whole("openai-chat", head + room + x + tail)) << x;
    EXPECT_EQ(quick.tokens.cache_read, 7u) << x;
    EXPECT_EQ(quick.tokens.charged_usd, 0.5) << x;
  }
  auto first = whole("openai-chat", head + choices[0] + tail);
  EXPECT_EQ(first.id, "a");
  EXPECT_EQ(text_of(first.parts), "Hi \xC3\xA9\n");
}

TEST(PlainAnswer, LeavesWhatIsWrongToTheLongWay) {
  chat_response out;
  for (const char* body :
       {R"({"choices":[{"message":{"content":"a"},"finish_reason":"stop"}])",
        R"({"choices":[]})", R"({"error":{"message":"no"}})", "nonsense",
        R"({"choices":[{"message":{"content":"a"},"finish_reason":"odd"}]})"})
    EXPECT_TRUE(make_codec("openai-chat")->decode(body, out)) << body;
}

} // namespace smart_agents
