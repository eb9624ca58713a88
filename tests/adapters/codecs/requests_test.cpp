// What goes out: the request fixtures rebuilt from the canonical model, and
// what must never go out.

#include "adapters/provider_codec.hpp"
#include "adapters/token_estimate.hpp"
#include "adapters/tool_names.hpp"
#include "messages/error.hpp"
#include "tests/support/fixtures.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <limits>

namespace smart_agents {

namespace {

namespace json = boost::json;

constexpr const char* schema =
  R"({"type":"object","properties":{"city":{"type":"string",)"
  R"("description":"City name"},"unit":{"type":"string","enum":["c","f"]}},)"
  R"("required":["city"]})";

endpoint somewhere() {
  endpoint result;
  result.base_url = "http://127.0.0.1:1";
  result.api_key = "key-1";
  return result;
}

media_part picture() {
  media_part result;
  result.mime_type = "image/png";
  result.base64 = "iVBORw0KGgo=";
  return result;
}

/// The conversation that all request fixtures hold, but for call ids.
chat_request weather(std::string model, const std::string& a,
                     const std::string& b) {
  chat_request result;
  result.model = std::move(model);
  result.messages = {
    text_message(role::system, "You are a terse weather bot."),
    {role::user, {text_part{"Weather in Oslo and Rome?"}, picture()}},
    {role::assistant,
     {tool_call_part{a, "get_weather", R"({"city":"Oslo"})", {}},
      tool_call_part{b, "get_weather", R"({"city":"Rome"})", {}}}},
    {role::tool,
     {tool_result_part{a, "get_weather", {text_part{"4 C, rain"}}}}},
    {role::tool,
     {tool_result_part{
       b, "get_weather", {text_part{"station offline"}}, true}}}};
  result.tools.push_back({"get_weather", "Current weather for a city", schema});
  result.max_output = 4096;
  return result;
}

json::value body_of(const char* format, const chat_request& request) {
  auto sent = make_codec(format)->encode(request, somewhere());
  EXPECT_TRUE(sent) << render(sent.error());
  return sent ? json::parse(sent->body.text()) : json::value{};
}

json::value wanted(const char* file) {
  return json::parse(test::fixture(file));
}

} // namespace

TEST(Requests, AreAnthropicsFixture) {
  auto request =
    weather("claude-opus-5-5", "toolu_01FixtureA", "toolu_01FixtureB");
  request.stream = true;
  request.reasoning = effort::medium;
  request.show_thoughts = true;
  std::get<text_part>(request.messages.edit()[0].parts[0]).cache =
    cache_mark::five_minutes;
  std::swap(request.messages.edit()[1].parts[0],
            request.messages.edit()[1].parts[1]);
  request.messages.edit()[2].parts.insert(
    request.messages[2].parts.begin(),
    thinking_part{"Need two calls.", "EqQBCkYIBxgCKkBfaXh0dXJlLW9ubHk=", false,
                  "anthropic"});
  request.messages.push_back(text_message(role::user, "Answer now."));
  auto want = wanted("anthropic-request.json");
  // The long form of what we say by leaving it out, or by a list of one.
  want.at("tool_choice").as_object().erase("disable_parallel_tool_use");
  want.at_pointer("/messages/2/content/0/content") =
    json::array{{{"type", "text"}, {"text", "4 C, rain"}}};
  EXPECT_EQ(body_of("anthropic", request), want);
}

TEST(Requests, AreOpenAiChatsFixture) {
  auto request = weather("gpt-5.6-sol", "call_FixtureA", "call_FixtureB");
  request.stream = true;
  request.reasoning = effort::low;
  auto want = wanted("openai-chat-request.json");
  want.as_object().erase("parallel_tool_calls");
  want.at_pointer("/messages/1/content/1/image_url")
    .as_object()
    .erase("detail");
  EXPECT_EQ(body_of("openai-chat", request), want);
}

TEST(Requests, AreGeminisFixture) {
  auto request = weather("gemini-3.8-flash", "fc-A", "fc-B");
  request.reasoning = effort::low;
  request.show_thoughts = true;
  std::get<tool_call_part>(request.messages.edit()[2].parts[0]).signature =
    "Q2lnRml4dHVyZQ==";
  auto want = wanted("gemini-request.json");
  EXPECT_EQ(body_of("gemini", request), want);
}

TEST(Requests, AreOllamasFixture) {
  auto request = weather("qwen3:8b", "call_fixturea1", "call_fixtureb2");
  // The fixture is caught before the second result; we never send that.
  request.messages.edit().pop_back();
  request.messages.edit()[2].parts.pop_back();
  request.stream = true;
  request.max_output = 1024;
  request.temperature = 0.6;
  request.stop = {"<END>"};
  auto want = wanted("ollama-chat-request.json");
  // These are the server's own defaults.
  for (const char* key : {"think", "keep_alive"})
    want.as_object().erase(key);
  want.at_pointer("/messages/2/tool_calls").as_array().pop_back();
  want.at("options").as_object().erase("num_ctx");
  EXPECT_EQ(body_of("ollama", request), want);
}

TEST(Requests, OfResponsesAreItemsWithoutStorage) {
  auto request = weather("gpt-6.1-sol", "call_A", "call_B");
  auto x = body_of("openai-responses", request);
  EXPECT_EQ(x.at("store"), false);
  EXPECT_EQ(x.at_pointer("/tools/0/strict"), false);
  EXPECT_EQ(x.at_pointer("/input/0/content/1/image_url"),
            "data:image/png;base64,iVBORw0KGgo=");
  EXPECT_EQ(x.at_pointer("/input/2/call_id"), "call_B");
  EXPECT_EQ(x.at_pointer("/input/4/output"), "ERROR: station offline");
  request.stop = {"END"};
  EXPECT_EQ(body_of("openai-responses", request), x)
    << "there is no such field";
}

TEST(Requests, CarryAsManyStopSequencesAsTheFormatTakes) {
  chat_request request;
  request.messages = {text_message(role::user, "x")};
  request.stop = {"a", "b", "c", "d", "e", "f"};
  auto count = [&](const char* format, const char* where) {
    auto x = body_of(format, request);
    return x.at_pointer(where).as_array().size();
  };
  EXPECT_EQ(count("anthropic", "/stop_sequences"), 6u);
  EXPECT_EQ(count("openai-chat", "/stop"), 4u);
  EXPECT_EQ(count("gemini", "/generationConfig/stopSequences"), 5u);
  EXPECT_EQ(count("ollama", "/options/stop"), 6u);
  auto lost = [&](const char* format) {
    auto all = losses_in(format, request);
    return all.empty() ? "" : all[0];
  };
  EXPECT_EQ(lost("anthropic"), "");
  EXPECT_EQ(lost("ollama"), "");
  EXPECT_EQ(lost("openai-chat"), "stop (all but the first 4)");
  EXPECT_EQ(lost("gemini"), "stop (all but the first 5)");
  EXPECT_EQ(lost("openai-responses"), "stop");
}

TEST(Requests, AskInWordsForWhatTheFormatHasNoFieldFor) {
  chat_request request;
  request.messages = {text_message(role::system, "Be brief."),
                      text_message(role::user, "x")};
  request.json_output = true;
  auto system = body_of("anthropic", request).at("system").as_string();
  EXPECT_TRUE(system.starts_with("Be brief.\n\nAnswer with one JSON value"));
  EXPECT_EQ(losses_in("anthropic", request),
            std::vector<std::string>{"response_format (as an instruction)"});
  // Marked for the cache it is a list, and the words come behind the mark.
  std::get<text_part>(request.messages.edit()[0].parts[0]).cache =
    cache_mark::five_minutes;
  auto blocks = body_of("anthropic", request).at("system").as_array();
  ASSERT_EQ(blocks.size(), 2u);
  EXPECT_EQ(blocks[1].as_object().if_contains("cache_control"), nullptr);
  // A schema says more than any words.
  request.output_schema = R"({"type":"object"})";
  EXPECT_EQ(body_of("anthropic", request).at("system").as_array().size(), 1u);

  chat_request forced;
  forced.messages = request.messages;
  forced.tools.edit().resize(2);
  forced.tools.edit()[0].name = "f";
  forced.tools.edit()[1].name = "g";
  forced.choice.how = tool_choice::mode::named;
  forced.choice.name = "g";
  auto x = body_of("ollama", forced);
  ASSERT_EQ(x.at("tools").as_array().size(), 1u);
  EXPECT_EQ(x.at_pointer("/tools/0/function/name"), "g");
  ASSERT_EQ(x.at("messages").as_array().size(), 3u);
  EXPECT_EQ(x.at_pointer("/messages/1/role"), "system");
  EXPECT_EQ(x.at_pointer("/messages/1/content"),
            "Answer by calling the tool g; do not answer in text.");
  forced.choice = {tool_choice::mode::required, {}, true};
  x = body_of("ollama", forced);
  EXPECT_EQ(x.at("tools").as_array().size(), 2u);
  EXPECT_EQ(x.at("messages").as_array().size(), 3u);
  EXPECT_EQ(losses_in("ollama", forced)[0], "cache_control");
  EXPECT_EQ(losses_in("ollama", forced)[1], "tool_choice (as an instruction)");
}

TEST(Requests, AskOllamaForAWindowThatTheyFitInto) {
  chat_request request;
  request.model = "qwen3:8b";
  request.max_output = 8192;
  request.messages = {text_message(role::user, "short")};
  auto codec = make_codec("ollama");
  auto window = [&](const endpoint& to = somewhere()) {
    auto sent = codec->encode(request, to);
    auto x = boost::json::parse(sent->body.text());
    const auto* found = x.at("options").as_object().if_contains("num_ctx");
    return found ? found->to_number<uint64_t>() : 0;
  };
  EXPECT_EQ(window(), 0u) << "the server's own is enough";
  // About as much as a client with many tools says at once.
  std::string prompt;
  while (estimate_tokens(prompt) < 19'000)
    prompt += "Use the tool when the user asks for a file of the project.\n";
  request.messages = {text_message(role::system, prompt),
                      text_message(role::user, "short")};
  EXPECT_EQ(window(), 32'768u);
  EXPECT_EQ(codec->window(request, somewhere()), 32'768u);
  auto to = somewhere();
  to.window = 65'536;
  EXPECT_EQ(window(to), 65'536u) << "what the configuration says";
}

TEST(Requests, NameToolsAsTheFormatTakesThem) {
  const std::string dotted = "files.read:v2";
  const std::string digit = "3d_view";
  const std::string lengthy = "mcp__" + std::string(90, 'x') + "__read";
  EXPECT_EQ(tool_name_for("anthropic", lengthy), lengthy);
  EXPECT_EQ(tool_name_for("gemini", dotted), dotted);
  EXPECT_EQ(tool_name_for("openai-chat", digit), digit);
  EXPECT_EQ(tool_name_for("ollama", dotted), dotted);
  EXPECT_EQ(tool_name_for("gemini", digit).substr(0, 8), "_3d_view");
  EXPECT_EQ(tool_name_for("openai-chat", "a.b").substr(0, 4), "a_b_");
  EXPECT_NE(tool_name_for("openai-chat", "a.b"),
            tool_name_for("openai-chat", "a:b"));
  for (const auto& format : codec_formats())
    for (const auto& name : {dotted, digit, lengthy}) {
      auto theirs = tool_name_for(format, name);
      EXPECT_EQ(theirs, tool_name_for(format, theirs)) << "twice the same";
      EXPECT_LE(theirs.size(), format == "ollama" ? 999u : 128u);
      // Definition, choice, call and result all say the same.
      chat_request request;
      request.messages = {
        text_message(role::user, "x"),
        {role::assistant, {tool_call_part{"c1", name, "{}", {}}}},
        {role::tool, {tool_result_part{"c1", name, {text_part{"y"}}}}}};
      request.tools.edit().resize(1);
      request.tools.edit()[0].name = name;
      request.choice.how = tool_choice::mode::named;
      request.choice.name = name;
      auto sent = make_codec(format)->encode(request, somewhere());
      ASSERT_TRUE(sent) << render(sent.error());
      if (theirs != name) {
        EXPECT_EQ(sent->body.text().find("\"" + name + "\""), std::string::npos)
          << sent->body.text();
      }
      EXPECT_NE(sent->body.text().find(theirs), std::string::npos)
        << sent->body.text();
      // And back.
      tool_names names{format, request};
      EXPECT_EQ(names.empty(), theirs == name);
      chat_response answer;
      answer.parts = {tool_call_part{"c2", theirs, "{}", {}},
                      tool_call_part{"c3", "other", "{}", {}}};
      names.restore(answer);
      EXPECT_EQ(std::get<tool_call_part>(answer.parts[0]).name, name);
      EXPECT_EQ(std::get<tool_call_part>(answer.parts[1]).name, "other");
      stream_event event = tool_call_delta{0, "c2", theirs, "", {}};
      names.restore(event);
      EXPECT_EQ(std::get<tool_call_delta>(event).name, name);
    }
}

TEST(Requests, ThatCountAskForNothingThatOnlyAnAnswerNeeds) {
  auto request = weather("m", "call_A", "call_B");
  request.max_output = 100;
  request.stream = true;
  request.temperature = 0.5;
  request.stop = {"END"};
  auto ask = [&](const char* format) {
    auto sent = make_codec(format)->encode_count(request, somewhere());
    EXPECT_TRUE(sent) << render(sent.error());
    return sent ? *sent : http_request{};
  };
  auto sent = ask("anthropic");
  EXPECT_TRUE(sent.to.target.ends_with("/v1/messages/count_tokens"));
  auto x = boost::json::parse(sent.body.text()).as_object();
  for (const char* field :
       {"max_tokens", "stream", "temperature", "stop_sequences"})
    EXPECT_FALSE(x.contains(field)) << field;
  EXPECT_TRUE(x.contains("tools"));
  sent = ask("openai-responses");
  EXPECT_TRUE(sent.to.target.ends_with("/responses/input_tokens"));
  x = boost::json::parse(sent.body.text()).as_object();
  for (const char* field :
       {"max_output_tokens", "stream", "temperature", "store", "include"})
    EXPECT_FALSE(x.contains(field)) << field;
  EXPECT_TRUE(x.contains("input"));
  sent = ask("gemini");
  EXPECT_TRUE(sent.to.target.ends_with("/models/m:countTokens"));
  x = boost::json::parse(sent.body.text()).as_object();
  EXPECT_EQ(x.at("generateContentRequest").at("model"), "models/m");
  EXPECT_TRUE(x.at("generateContentRequest").as_object().contains("contents"));
  for (const char* format : {"openai-chat", "ollama"}) {
    auto none = make_codec(format)->encode_count(request, somewhere());
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error(), ec::unsupported);
  }
}

TEST(Requests, AreCountedAsTheProviderSays) {
  auto count = [](const char* format, const char* file) {
    return make_codec(format)->decode_count(test::fixture(file));
  };
  EXPECT_GT(count("anthropic", "anthropic-count_tokens.json"), 0u);
  EXPECT_GT(count("openai-responses", "openai-input_tokens.json"), 0u);
  EXPECT_GT(count("gemini", "gemini-countTokens.json"), 0u);
  for (const auto& format : codec_formats())
    for (const char* body : {"", "{}", "[]", "{\"input_tokens\":\"x\"}"})
      EXPECT_FALSE(make_codec(format)->decode_count(body)) << body;
}

TEST(Requests, AreTheSameBytesEveryTime) {
  for (const auto& format : codec_formats()) {
    auto codec = make_codec(format);
    auto request = weather("m", "a", "b");
    EXPECT_EQ(codec->encode(request, somewhere())->body.text(),
              codec->encode(request, somewhere())->body.text());
  }
}

TEST(Requests, WriteNumbersAndSchemasAsTheyCame) {
  auto request = weather("m", "a", "b");
  request.temperature = 0.7;
  request.top_p = 1;
  for (const auto& format : codec_formats()) {
    auto sent = make_codec(format)->encode(request, somewhere());
    ASSERT_TRUE(sent) << format;
    EXPECT_NE(sent->body.text().find("\"temperature\":0.7,"), std::string::npos)
      << format;
    EXPECT_NE(sent->body.text().find(schema), std::string::npos) << format;
  }
}

TEST(Requests, EscapeWhatJsonDemands) {
  std::string odd = "\"\\/\b\f\n\r\t\x01\x1f\x7f é ☂ 😀";
  for (const auto& format : codec_formats()) {
    chat_request request;
    request.model = "m";
    request.messages = {text_message(role::user, odd)};
    auto sent = make_codec(format)->encode(request, somewhere());
    ASSERT_TRUE(sent) << format;
    auto text = json::serialize(json::value(odd));
    EXPECT_NE(json::serialize(json::parse(sent->body.text())).find(text),
              std::string::npos)
      << format;
  }
}

TEST(Requests, NeverHoldTextThatIsNotUtf8) {
  using change = void (*)(chat_request&);
  const std::pair<change, const char*> cases[] = {
    {[](chat_request& x) { x.model = "m\xff"; }, "model: the name"},
    {[](chat_request& x) {
       std::get<tool_call_part>(x.messages.edit()[2].parts[0]).name = "\xc3(";
     },
     "messages[2]: the tool name"},
    {[](chat_request& x) {
       auto& result = std::get<tool_result_part>(x.messages.edit()[3].parts[0]);
       std::get<text_part>(result.content[0]).text = "ok \xed\xa0\x80";
     },
     "messages[3]: the text is not UTF-8 at byte 3"},
    {[](chat_request& x) { x.tools.edit()[0].description = "\x80"; },
     "tools[0]: the description"},
    {[](chat_request& x) { x.tools.edit()[0].schema = "{\"a\":\"\xff\"}"; },
     "tools[0]: the schema"},
    {[](chat_request& x) { x.stop = {"\xfe"}; }, "stop: the text"},
    {[](chat_request& x) { x.output_schema = "{\"\xff\":1}"; },
     "output_schema: the schema"},
  };
  for (const auto& format : codec_formats())
    for (const auto& [change, where] : cases) {
      auto request = weather("m", "a", "b");
      change(request);
      auto sent = make_codec(format)->encode(request, somewhere());
      ASSERT_FALSE(sent) << format << " " << where;
      EXPECT_EQ(sent.error(), ec::bad_input);
      EXPECT_NE(render(sent.error()).find(where), std::string::npos)
        << render(sent.error());
    }
}

TEST(Requests, RefuseSchemasArgumentsAndNumbersThatAreNone) {
  auto request = weather("m", "a", "b");
  request.tools.edit()[0].schema = "[]";
  for (const auto& format : codec_formats())
    EXPECT_EQ(make_codec(format)->encode(request, somewhere()).error(),
              ec::bad_input);
  request = weather("m", "a", "b");
  request.temperature = std::numeric_limits<double>::quiet_NaN();
  for (const auto& format : codec_formats())
    EXPECT_EQ(make_codec(format)->encode(request, somewhere()).error(),
              ec::bad_input);
  request = weather("m", "a", "b");
  std::get<tool_call_part>(request.messages.edit()[2].parts[0]).arguments =
    "{\"a\":";
  for (const char* format : {"anthropic", "gemini", "ollama"})
    EXPECT_EQ(make_codec(format)->encode(request, somewhere()).error(),
              ec::bad_input);
}

TEST(Requests, KnowTheirQuirksAndRefuseOthers) {
  chat_request request;
  request.model = "m";
  request.messages = {text_message(role::user, "x")};
  auto to = somewhere();
  to.quirks = {"no-such-quirk"};
  for (const auto& format : codec_formats()) {
    auto sent = make_codec(format)->encode(request, to);
    ASSERT_FALSE(sent) << format;
    EXPECT_EQ(sent.error(), ec::bad_config);
    EXPECT_NE(render(sent.error()).find("no-such-quirk"), std::string::npos);
  }
}

TEST(Requests, KeepAModelsNameInsideItsPathSegment) {
  chat_request request;
  request.model = "../../v1/files?x=#y";
  request.messages = {text_message(role::user, "x")};
  EXPECT_EQ(make_codec("gemini")->encode(request, somewhere())->to.target,
            "/v1beta/models/..%2F..%2Fv1%2Ffiles%3Fx%3D%23y:generateContent");
  request.model = "models/gemini-3.8-flash";
  auto to = somewhere();
  to.base_url += "/v1/";
  EXPECT_EQ(make_codec("gemini")->encode(request, to)->to.target,
            "/v1/models/gemini-3.8-flash:generateContent");
  EXPECT_EQ(make_codec("anthropic")->encode(request, to)->to.target,
            "/v1/messages");
}

TEST(Requests, CarryTheLastFourCacheMarks) {
  chat_request request;
  request.model = "m";
  request.messages = {message{role::user, {}}};
  for (int i = 0; i < 6; ++i)
    request.messages.edit()[0].parts.emplace_back(
      text_part{std::to_string(i), cache_mark::one_hour});
  auto x = body_of("anthropic", request);
  const auto& blocks = x.at_pointer("/messages/0/content").as_array();
  for (size_t i = 0; i < 6; ++i)
    EXPECT_EQ(blocks[i].as_object().contains("cache_control"), i >= 2) << i;
  EXPECT_EQ(blocks[5].at_pointer("/cache_control/ttl"), "1h");
}

TEST(Requests, LeaveOutThoughtsOfOtherProviders) {
  chat_request request;
  request.model = "m";
  request.messages = {
    text_message(role::user, "x"),
    {role::assistant,
     {thinking_part{"secret plan", "sealed", false, "somebody-else"},
      text_part{"y"}}},
    text_message(role::user, "z")};
  for (const auto& format : codec_formats()) {
    auto sent = make_codec(format)->encode(request, somewhere());
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->body.text().find("secret"), std::string::npos) << format;
    EXPECT_EQ(sent->body.text().find("sealed"), std::string::npos) << format;
  }
}

} // namespace smart_agents
