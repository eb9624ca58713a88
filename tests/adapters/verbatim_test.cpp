#include "adapters/verbatim.hpp"

#include "tests/support/simulated_exchange.hpp"

#include <gmock/gmock.h>

#include <random>

namespace smart_agents {

namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

chat_request received(const char* format, const std::string& body,
                      http_headers headers = {}) {
  auto parsed = make_client_codec(format)->parse(body);
  EXPECT_TRUE(parsed) << render(parsed.error());
  if (!parsed)
    return {};
  auto chat = std::move(parsed->chat);
  chat.verbatim = keep_body(format, std::make_shared<const std::string>(body),
                            std::move(headers), chat);
  return chat;
}

http_request sent(const char* format, chat_request request, const char* model) {
  request.model = model;
  auto result = make_codec(format)->encode(request, nowhere());
  EXPECT_TRUE(result) << render(result.error());
  return result ? std::move(*result) : http_request{};
}

constexpr const char* messages_body =
  R"({ "model" : "claude/claude-opus-5-5", "max_tokens":100,"x_new":{"a":[1.50]},)"
  R"("temperature":0.70, "messages":[{"role":"user","content":[{"type":"text",)"
  R"("text":"caf\u00e9","x_unknown":true}]}],"stream":true})";

std::optional<std::string> spliced(const std::string& body,
                                   const std::vector<body_change>& changes) {
  auto result = splice(std::make_shared<const std::string>(body), changes);
  return result ? std::optional{result->text()} : std::nullopt;
}

} // namespace

TEST(Verbatim, SplicesOutermostFieldsAndLeavesTheRest) {
  EXPECT_EQ(spliced(R"( {"a" : 1.50 ,"b":{"a":2},"c":[ ] } )",
                    {{"a", "7"}, {"c", std::nullopt}, {"d", "\"x\""}}),
            R"({"a" : 7,"b":{"a":2},"d":"x"})");
  EXPECT_EQ(spliced("{}", {{"a", "1"}, {"b", "2", false}}), R"({"a":1})");
  EXPECT_EQ(spliced(R"({"k\"\\":"}","a":"x"})", {{"a", "1"}}),
            R"({"k\"\\":"}","a":1})");
  for (const char* no : {"", "[]", "7", "{", R"({"a":)"})
    EXPECT_EQ(spliced(no, {{"a", "1"}}), std::nullopt) << no;
}

TEST(Verbatim, PassesWhatWeDoNotKnowToTheModelThatTheClientNamed) {
  auto request = received("anthropic", messages_body,
                          {{"anthropic-beta", "new-2026-11-01"}});
  auto got = sent("anthropic", request, "claude-opus-5-5");
  // The model takes no sampling, so that goes.
  EXPECT_EQ(got.body.text(),
            R"({"model" : "claude-opus-5-5","max_tokens":100,)"
            R"("x_new":{"a":[1.50]},"messages":[{"role":"user","content":[)"
            R"({"type":"text","text":"caf\u00e9","x_unknown":true}]}],)"
            R"("stream":true})");
  EXPECT_EQ(find_header(got.headers, "anthropic-beta"), "new-2026-11-01");
  EXPECT_EQ(find_header(got.headers, "x-api-key"), "key-1");
  EXPECT_TRUE(
    std::holds_alternative<sim::ask>(judge(peer_of("anthropic"), got)));
}

TEST(Verbatim, IsNotForOtherModelsOrFormats) {
  auto request = received("anthropic", messages_body);
  EXPECT_THAT(sent("anthropic", request, "claude-haiku-5-5").body.text(),
              Not(HasSubstr("x_new")));
  EXPECT_THAT(sent("openai-chat", request, "claude-opus-5-5").body.text(),
              Not(HasSubstr("x_new")));
}

TEST(Verbatim, IsForAnyModelWhereItSaysOnlyWhatAllOfThemTake) {
  auto chat = received(
    "openai-chat", R"({ "model":"auto","max_completion_tokens":9,)"
                   R"("messages":[{"role":"user","content":"caf\u00e9"}] })");
  EXPECT_EQ(sent("openai-chat", chat, "gpt-5.6-sol").body.text(),
            R"({"model":"gpt-5.6-sol","max_completion_tokens":9,)"
            R"("messages":[{"role":"user","content":"caf\u00e9"}]})");
  // One vendor's field, a tool of one vendor, a thought of one model.
  for (const char* more :
       {R"("seed":7,"messages":[{"role":"user","content":"caf\u00e9"}])",
        R"("reasoning_effort":"low","messages":)"
        R"([{"role":"user","content":"caf\u00e9"}])",
        R"("messages":[{"role":"user","content":"caf\u00e9"},)"
        R"({"role":"assistant","content":"x","reasoning":"y"},)"
        R"({"role":"user","content":"z"}])"}) {
    auto other =
      received("openai-chat", R"({"model":"auto",)" + std::string{more} + "}");
    EXPECT_THAT(sent("openai-chat", other, "gpt-5.6-sol").body.text(),
                Not(HasSubstr("caf\\u00e9")))
      << more;
  }
}

TEST(Verbatim, EndsWhereTheRequestIsChanged) {
  using change = void (*)(chat_request&);
  const change changes[] = {
    [](chat_request& x) {
      x.messages.push_back(text_message(role::user, "y"));
    },
    [](chat_request& x) {
      std::get<text_part>(x.messages.edit()[0].parts[0]).text += "!";
    },
    [](chat_request& x) {
      x.tools.push_back({"f", "d"});
    },
    [](chat_request& x) { x.reasoning = effort::high; },
    [](chat_request& x) { x.stop = {"END"}; },
    [](chat_request& x) { x.output_schema = "{}"; },
  };
  for (auto apply : changes) {
    auto request = received("anthropic", messages_body);
    ASSERT_TRUE(request.verbatim);
    apply(request);
    EXPECT_THAT(sent("anthropic", request, "claude-opus-5-5").body.text(),
                Not(HasSubstr("x_new")));
  }
  // Cap and stream are the dispatch's to set.
  auto request = received("anthropic", messages_body);
  request.max_output = 50;
  request.stream = false;
  auto body = sent("anthropic", request, "claude-opus-5-5").body.text();
  EXPECT_THAT(body, HasSubstr("x_new"));
  EXPECT_THAT(body, HasSubstr(R"("max_tokens":50)"));
  EXPECT_THAT(body, HasSubstr(R"("stream":false)"));
}

TEST(Verbatim, IsNotForWhatOnlyRenderingPutsRight) {
  // An orphaned result; a thought of another provider.
  for (const char* content :
       {R"([{"type":"tool_result","tool_use_id":"t","content":"x"}])",
        R"("x"},)"
        R"({"role":"assistant","content":[{"type":"thinking","thinking":"",)"
        R"("signature":"sa1|gemini|m|t|U0lH"},{"type":"text","text":"y"}]},)"
        R"({"role":"user","content":"z")"}) {
    auto request = received(
      "anthropic", R"({"model":"claude-opus-5-5","max_tokens":9,"messages":[)"
                   R"({"role":"user","content":)"
                     + std::string{content} + "}]}");
    EXPECT_FALSE(request.verbatim) << content;
  }
}

TEST(Verbatim, EndsWhereALoweredCapLeavesNoRoomForTheBudget) {
  auto request = received(
    "anthropic", R"({"model":"claude-sonnet-4-5","max_tokens":9000,"x_new":1,)"
                 R"("thinking":{"type":"enabled","budget_tokens":8000},)"
                 R"("messages":[{"role":"user","content":"x"}]})");
  EXPECT_THAT(sent("anthropic", request, "claude-sonnet-4-5").body.text(),
              HasSubstr("x_new"));
  request.max_output = 6000;
  auto body = sent("anthropic", request, "claude-sonnet-4-5").body.text();
  EXPECT_THAT(body, Not(HasSubstr("x_new")));
  EXPECT_THAT(body, HasSubstr(R"("budget_tokens":3000)"));
}

/// The dispatch looks at what it sends; nobody else at what is counted.
TEST(Verbatim, IsCheckedWhereItIsOnlyCounted) {
  auto request = received(
    "anthropic", R"({"model":"claude-opus-5-5","max_tokens":9,"messages":[)"
                 R"({"role":"user","content":"a\u0000b"}]})");
  ASSERT_TRUE(request.verbatim);
  request.model = "claude-opus-5-5";
  auto count = make_codec("anthropic")->encode_count(request, nowhere());
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error(), ec::bad_input);
}

TEST(Verbatim, AsksChatForUsageAndResponsesToStoreNothing) {
  auto chat =
    received("openai-chat",
             R"({"model":"gpt-5.6-sol","max_tokens":50,"stream":true,"seed":7,)"
             R"("messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(sent("openai-chat", chat, "gpt-5.6-sol").body.text(),
            R"({"model":"gpt-5.6-sol","stream":true,"seed":7,)"
            R"("messages":[{"role":"user","content":"x"}],)"
            R"("stream_options":{"include_usage":true},)"
            R"("max_completion_tokens":50})");
  auto responses =
    received("openai-responses",
             R"({"model":"gpt-6.1-sol","input":"x","max_output_tokens":4,)"
             R"("text":{"verbosity":"low"}})");
  EXPECT_EQ(sent("openai-responses", responses, "gpt-6.1-sol").body.text(),
            R"({"model":"gpt-6.1-sol","input":"x","max_output_tokens":16,)"
            R"("text":{"verbosity":"low"},"store":false})");
}

TEST(Verbatim, AndParsingTakeAnyBytesWithoutHarm) {
  const std::pair<const char*, std::string> bodies[] = {
    {"anthropic", messages_body},
    {"openai-chat",
     R"({"model":"m","stop":["a"],"tools":[{"type":"function","function":)"
     R"({"name":"f","parameters":{"a":[1,{"b":null}]}}}],"messages":[)"
     R"({"role":"user","content":[{"type":"image_url","image_url":)"
     R"({"url":"data:image/png;base64,AAAA"}}]},{"role":"assistant",)"
     R"("tool_calls":[{"id":"c","type":"function","function":{"name":"f",)"
     R"("arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"x"}]})"},
    {"openai-responses",
     R"({"model":"m","input":[{"role":"user","content":[{"type":)"
     R"("input_text","text":"x"}]},{"type":"reasoning","summary":[],)"
     R"("encrypted_content":"sa1|gemini|m|c|U0lH"},{"type":"function_call",)"
     R"("call_id":"c","name":"f","arguments":"{}"}]})"}};
  std::mt19937 random{11};
  auto good = 0;
  for (const auto& [format, body] : bodies)
    for (int i = 0; i < 2000; ++i) {
      auto broken = body;
      for (auto n = random() % 3; n > 0; --n)
        broken[random() % broken.size()] = "\"{}[],:\\ \0\xff"
                                           "0aemt"[random() % 16];
      if (random() % 4 == 0)
        broken.resize(random() % broken.size());
      auto changed = spliced(broken, {{"model", "\"x\""}, {"top_p", "1"}});
      auto parsed = make_client_codec(format)->parse(broken);
      if (!parsed)
        continue;
      ++good;
      auto chat = std::move(parsed->chat);
      chat.verbatim = keep_body(
        format, std::make_shared<const std::string>(broken), {}, chat);
      for (const auto& to : codec_formats())
        (void)make_codec(to)->encode(chat, nowhere());
      // What we could read, we can splice, and read again.
      ASSERT_TRUE(changed) << broken;
      EXPECT_TRUE(make_client_codec(format)->parse(*changed)) << *changed;
    }
  EXPECT_GT(good, 1000);
}

} // namespace smart_agents
