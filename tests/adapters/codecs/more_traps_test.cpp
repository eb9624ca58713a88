// The twenty mistakes that gateways make most, as docs/PROVIDERS.md lists them.
// One test each; the number is the list's. From the twelfth on.

#include "tests/adapters/codecs/traps.hpp"

namespace smart_agents {

using namespace test;
using namespace test::traps;

TEST(Traps, N12EveryTokenIsCountedOnceInEveryFormat) {
  auto got = listen(
    *make_codec("anthropic"),
    data(R"({"type":"message_start","message":{"id":"m","model":"c","usage":)"
         R"({"input_tokens":10,"cache_read_input_tokens":200,)"
         R"("cache_creation_input_tokens":3000,"output_tokens":1}}})")
      + data(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},)"
             R"("usage":{"output_tokens":40}})")
      + data(R"({"type":"message_stop"})"),
    true);
  usage want;
  want.uncached_input = 10;
  want.cache_read = 200;
  want.cache_write = 3000;
  want.output = 40;
  ASSERT_EQ(got.response.tokens, want);
  for (const auto& format : client_formats())
    for (auto streamed : {false, true}) {
      auto out = render_for(*make_client_codec(format), head(), got, streamed);
      auto codec = make_codec(format);
      auto decoded = listen(*codec, out, streamed);
      EXPECT_EQ(decoded.response.tokens, want) << format << streamed;
      if (format != "anthropic") {
        EXPECT_THAT(out, HasSubstr("_tokens\":3210,")) << format;
      }
    }
}

TEST(Traps, N13InputIsToldAtTheStartAndTheTotalsAtTheEnd) {
  auto got = listen(*make_codec("openai-chat"),
                    chunk(R"({"content":"Hi"})") + chunk("{}", "\"stop\"")
                      + data(R"({"choices":[],"usage":{"prompt_tokens":77,)"
                             R"("completion_tokens":5,"total_tokens":82}})")
                      + done,
                    true);
  auto about = head();
  about.input_tokens = 70; // our estimate
  auto events =
    events_of(render_for(*make_client_codec("anthropic"), about, got, true));
  EXPECT_EQ(events.front().at_pointer("/message/usage/input_tokens"), 70);
  const auto& end = events[events.size() - 2];
  EXPECT_EQ(end.at("type"), "message_delta");
  EXPECT_EQ(end.at_pointer("/usage/input_tokens"), 77);
  EXPECT_EQ(end.at_pointer("/usage/output_tokens"), 5);
}

TEST(Traps, N14NoMoreThanFourCacheMarksAreSent) {
  chat_request request;
  request.messages = {{role::system, {text_part{"s", cache_mark::one_hour}}},
                      {role::user, {}}};
  request.tools.push_back(
    {"f", {}, R"({"type":"object"})", false, false, cache_mark::five_minutes});
  for (int i = 0; i < 4; ++i)
    request.messages.edit()[1].parts.emplace_back(
      text_part{"t" + std::to_string(i), cache_mark::five_minutes});
  auto body = body_of("anthropic", request);
  size_t marks = 0;
  for (size_t at = 0; (at = body.find("cache_control", at)) != body.npos; ++at)
    ++marks;
  EXPECT_EQ(marks, 4u);
  auto x = json::parse(body);
  EXPECT_FALSE(x.at_pointer("/tools/0").as_object().contains("cache_control"));
  EXPECT_TRUE(x.at_pointer("/messages/0/content/3")
                .as_object()
                .contains("cache_control"));
}

TEST(Traps, N15CacheMarksAreKeptOrTheirLossIsReported) {
  auto request = received(
    "anthropic", R"({"model":"auto","max_tokens":9,"messages":[)"
                 R"({"role":"user","content":[{"type":"text","text":"x",)"
                 R"("cache_control":{"type":"ephemeral","ttl":"1h"}}]}]})");
  EXPECT_THAT(body_of("anthropic", request.chat),
              HasSubstr(R"("cache_control":{"type":"ephemeral","ttl":"1h"})"));
  for (const auto& format : codec_formats()) {
    auto lost = make_codec(format)->losses(request.chat);
    EXPECT_EQ(std::count(lost.begin(), lost.end(), "cache_control"),
              format == "anthropic" ? 0 : 1)
      << format;
  }
}

TEST(Traps, N16WhatAResultHoldsBesideTextIsNotDropped) {
  media_part image;
  image.mime_type = "image/png";
  image.base64 = "UElDVFVSRQ==";
  auto request = after_a_call(
    {tool_call_part{"c", "f", "{}", {}}},
    {"c",
     {},
     {text_part{"See:"}, image,
      opaque_part{"anthropic",
                  R"({"type":"tool_reference","tool_name":"g"})"}}});
  request.messages.push_back(text_message(role::user, "Well?"));
  for (const auto& to : peers) {
    auto body = body_of(to.format, request, to.model);
    EXPECT_THAT(body, HasSubstr("UElDVFVSRQ==")) << to.format;
    EXPECT_THAT(body, HasSubstr("tool_reference")) << to.format;
    EXPECT_EQ(exchange(to, request).problem, "") << to.format;
  }
}

TEST(Traps, N17OrphanedCallsAndResultsAreMendedBeforeTheyAreSent) {
  chat_request request;
  request.messages = {
    {role::tool, {tool_result_part{"gone", "f", {text_part{"old"}}}}},
    text_message(role::user, "x"),
    {role::assistant,
     {tool_call_part{"a", "f", "{}", {}}, tool_call_part{"b", "f", "{}", {}}}},
    {role::user,
     {text_part{"Never mind."},
      tool_result_part{"b", "f", {text_part{"late"}}}}},
    {role::assistant, {tool_call_part{"c", "f", "{}", {}}}}};
  for (const auto& to : peers) {
    EXPECT_EQ(exchange(to, request).problem, "") << to.format;
    auto body = body_of(to.format, request, to.model);
    EXPECT_THAT(body, Not(HasSubstr("old"))) << to.format;
    EXPECT_THAT(body, HasSubstr("late")) << to.format;
  }
  auto x = json::parse(body_of("anthropic", request));
  // Both results first, in the order of the calls, then what the user said.
  EXPECT_EQ(x.at_pointer("/messages/2/content/0/tool_use_id"), "a");
  EXPECT_EQ(x.at_pointer("/messages/2/content/0/is_error"), true);
  EXPECT_EQ(x.at_pointer("/messages/2/content/1/tool_use_id"), "b");
  EXPECT_EQ(x.at_pointer("/messages/2/content/2/text"), "Never mind.");
  EXPECT_EQ(x.at_pointer("/messages/4/content/0/tool_use_id"), "c");
}

TEST(Traps, N18IdsOfToolsAreValidEverywhereAndStayDifferent) {
  const std::string odd[] = {"functions.f:0", "functions.f:1",
                             std::string(200, 'x'), std::string(201, 'x'), "é"};
  chat_request request;
  request.messages = {
    text_message(role::user, "x"), {role::assistant, {}}, {role::tool, {}}};
  for (const auto& id : odd) {
    request.messages.edit()[1].parts.emplace_back(
      tool_call_part{id, "f", "{}", {}});
    request.messages.edit()[2].parts.emplace_back(
      tool_result_part{id, "f", {text_part{"ok"}}});
  }
  for (const auto& to : peers)
    EXPECT_EQ(exchange(to, request).problem, "") << to.format;
  auto x = json::parse(body_of("anthropic", request));
  std::set<std::string> seen;
  for (size_t i = 0; i < std::size(odd); ++i) {
    const auto& call = x.at_pointer("/messages/1/content").at(i).at("id");
    EXPECT_EQ(call,
              x.at_pointer("/messages/2/content").at(i).at("tool_use_id"));
    auto id = json::value_to<std::string>(call);
    EXPECT_LE(id.size(), 64u);
    EXPECT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP"
                                   "QRSTUVWXYZ0123456789_-"),
              id.npos)
      << id;
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), std::size(odd));
  // Mistral takes nine letters and digits.
  auto to = nowhere();
  to.quirks = {"short-tool-ids"};
  request.model = "mistral-large";
  auto sent = make_codec("openai-chat")->encode(request, to);
  ASSERT_TRUE(sent);
  auto body = json::parse(sent->body.text());
  const auto& first = body.at_pointer("/messages/1/tool_calls/0/id");
  EXPECT_EQ(first.as_string().size(), 9u);
  EXPECT_EQ(first, body.at_pointer("/messages/2/tool_call_id"));
}

TEST(Traps, N19SchemasGoToGeminiInTheFieldThatTakesAllOfThem) {
  std::string schema =
    R"({"$schema":"https://json-schema.org/draft/2020-12/schema",)"
    R"("type":"object","additionalProperties":false,"properties":{"a":)"
    R"({"type":["string","null"]},"b":{"const":1,"exclusiveMinimum":0}}})";
  chat_request request;
  request.messages = {text_message(role::user, "x")};
  request.tools.push_back({"f", "d", schema});
  request.output_schema = schema;
  auto body = body_of("gemini", request);
  EXPECT_THAT(body, HasSubstr(R"("parametersJsonSchema":)" + schema));
  EXPECT_THAT(body, HasSubstr(R"("responseJsonSchema":)" + schema));
  EXPECT_THAT(body, Not(HasSubstr(R"("parameters":)")));
}

TEST(Traps, N20AnErrorInMidStreamIsAnErrorToTheClient) {
  const std::pair<const char*, std::string> broken[] = {
    {"anthropic",
     data(R"({"type":"message_start","message":{"id":"m","model":"c"}})")
       + data(R"({"type":"error","error":{"type":"overloaded_error",)"
              R"("message":"Overloaded"}})")},
    {"openai-chat", chunk(R"({"content":"Hi"})")
                      + data(R"({"error":{"message":"Overloaded"}})")},
    {"openai-responses",
     data(R"({"type":"response.failed","response":{"error":)"
          R"({"code":"server_error","message":"Overloaded"}}})")},
    {"gemini", data(R"({"error":{"code":503,"message":"Overloaded"}})")},
    {"ollama", R"({"error":"Overloaded"})"
               "\n"}};
  for (const auto& [format, stream] : broken) {
    auto got = listen(*make_codec(format), stream, true);
    ASSERT_THAT(got.problem, HasSubstr("Overloaded")) << format;
    failure why;
    why.what = failure_class::overloaded;
    why.message = got.problem;
    for (const auto& served : client_formats()) {
      auto writer = make_client_codec(served)->stream(head());
      std::string out;
      writer->start(out);
      for (const auto& x : got.events)
        writer->write(x, out);
      writer->fail(why, out);
      EXPECT_THAT(out, HasSubstr("Overloaded"));
      for (const char* stop : {"message_stop", "[DONE]", "response.completed",
                               R"("finish_reason":"stop")"})
        EXPECT_THAT(out, Not(HasSubstr(stop))) << served;
      // The client's own library takes it for a failure.
      auto seen = listen(*make_codec(served), out, true);
      EXPECT_THAT(seen.problem, HasSubstr("Overloaded")) << served;
    }
  }
}

TEST(Traps, ABudgetForThinkingNeverRaisesTheCallersCap) {
  chat_request request;
  request.messages = {text_message(role::user, "x")};
  request.max_output = 3000;
  request.thinking_budget = 8000;
  auto x = json::parse(body_of("anthropic", request, "claude-sonnet-4-5"));
  EXPECT_EQ(x.at("max_tokens"), 3000);
  EXPECT_EQ(x.at_pointer("/thinking/budget_tokens"), 1500);
  request.max_output = 500;
  x = json::parse(body_of("anthropic", request, "claude-sonnet-4-5"));
  EXPECT_EQ(x.at("max_tokens"), 500);
  EXPECT_FALSE(x.as_object().contains("thinking"));
}

TEST(Traps, CapsAndChoicesOfToolsReachEveryFormatThatHasThem) {
  auto request = received(
    "openai-chat", R"({"model":"auto","max_completion_tokens":123,)"
                   R"("parallel_tool_calls":false,"tool_choice":"required",)"
                   R"("tools":[{"type":"function","function":{"name":"f"}}],)"
                   R"("messages":[{"role":"user","content":"x"}]})");
  EXPECT_THAT(body_of("anthropic", request.chat),
              HasSubstr(R"("tool_choice":{"type":"any",)"
                        R"("disable_parallel_tool_use":true})"));
  EXPECT_THAT(body_of("openai-responses", request.chat),
              HasSubstr(R"("tool_choice":"required","parallel_tool_calls":)"
                        "false"));
  EXPECT_THAT(body_of("gemini", request.chat), HasSubstr(R"("mode":"ANY")"));
  request.chat.choice = {};
  for (const auto& format : codec_formats())
    EXPECT_THAT(body_of(format.c_str(), request.chat), HasSubstr(":123"))
      << format;
}

} // namespace smart_agents
