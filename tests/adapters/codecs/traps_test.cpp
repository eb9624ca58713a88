// The twenty mistakes that gateways make most, as docs/PROVIDERS.md lists them.
// One test each; the number is the list's.

#include "tests/support/simulated_exchange.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

namespace smart_agents {

namespace {

namespace json = boost::json;
using namespace test;
using testing::HasSubstr;
using testing::Not;

std::string data(const std::string& text) {
  return "data: " + text + "\n\n";
}

std::string chunk(const std::string& delta,
                  const std::string& finish = "null") {
  return data(R"({"id":"x","model":"m","choices":[{"index":0,"delta":)" + delta
              + R"(,"finish_reason":)" + finish + "}]}");
}

const std::string done = "data: [DONE]\n\n";

answer_head head(std::string signer = "m") {
  answer_head result;
  result.id = "1";
  result.model = "x/" + signer;
  result.signer = std::move(signer);
  result.show_thoughts = true;
  result.stream_usage = true;
  return result;
}

/// What a provider streams, as a client of `served` gets it.
std::string translated(const char* provider, const std::string& stream,
                       const char* served) {
  auto got = listen(*make_codec(provider), stream, true);
  EXPECT_EQ(got.problem, "");
  return render_for(*make_client_codec(served), head(), got, true);
}

std::vector<json::value> events_of(const std::string& stream) {
  std::vector<json::value> result;
  for (size_t at = 0; (at = stream.find("data: ", at)) != std::string::npos;) {
    at += 6;
    auto line = stream.substr(at, stream.find('\n', at) - at);
    if (line != "[DONE]")
      result.push_back(json::parse(line));
  }
  return result;
}

/// Checks that blocks of a stream to Anthropic's clients follow one another and
/// hold deltas of their own kind only; returns their types in order.
std::vector<std::string> blocks_of(const std::string& stream) {
  const std::map<std::string, std::string> kinds{
    {"text_delta", "text"},
    {"thinking_delta", "thinking"},
    {"signature_delta", "thinking"},
    {"input_json_delta", "tool_use"}};
  std::vector<std::string> result;
  auto open = false;
  auto starts = 0;
  for (const auto& x : events_of(stream)) {
    auto type = json::value_to<std::string>(x.at("type"));
    starts += type == "message_start";
    if (type == "content_block_start") {
      EXPECT_FALSE(open);
      open = true;
      EXPECT_EQ(x.at("index"), result.size());
      result.push_back(
        json::value_to<std::string>(x.at_pointer("/content_block/type")));
    } else if (type == "content_block_delta") {
      EXPECT_TRUE(open);
      EXPECT_EQ(x.at("index"), result.size() - 1);
      EXPECT_EQ(
        kinds.at(json::value_to<std::string>(x.at_pointer("/delta/type"))),
        result.back());
    } else if (type == "content_block_stop") {
      EXPECT_TRUE(open);
      open = false;
    }
  }
  EXPECT_FALSE(open);
  EXPECT_EQ(starts, 1);
  return result;
}

std::string body_of(const char* format, chat_request request,
                    const char* model = nullptr) {
  if (model || request.model.empty())
    request.model = model ? model : "m";
  auto sent = make_codec(format)->encode(request, nowhere());
  EXPECT_TRUE(sent) << render(sent.error());
  return sent ? sent->body : std::string{};
}

/// A conversation with one call and its result.
chat_request after_a_call(std::vector<part> said, tool_result_part result) {
  chat_request x;
  x.messages = {text_message(role::user, "x"),
                {role::assistant, std::move(said)},
                {role::tool, {std::move(result)}}};
  return x;
}

client_request received(const char* format, const std::string& body) {
  auto parsed = make_client_codec(format)->parse(body);
  EXPECT_TRUE(parsed) << render(parsed.error());
  return parsed ? std::move(*parsed) : client_request{};
}

} // namespace

TEST(Traps, N01CallsDecideTheFinishReasonWhateverTheProviderSays) {
  const std::pair<const char*, std::string> said[] = {
    {"openai-chat", chunk(R"({"tool_calls":[{"index":0,"id":"c","function":)"
                          R"({"name":"f","arguments":"{}"}}]})")
                      + chunk("{}", "\"stop\"") + done},
    {"gemini", data(R"({"candidates":[{"content":{"parts":[{"functionCall":)"
                    R"({"name":"f","args":{}}}]},"finishReason":"STOP"}]})")},
    {"ollama", R"({"model":"m","message":{"tool_calls":[{"function":)"
               R"({"name":"f","arguments":{}}}]},"done":true,)"
               R"("done_reason":"stop"})"
               "\n"}};
  for (const auto& [format, stream] : said) {
    EXPECT_THAT(translated(format, stream, "anthropic"),
                HasSubstr(R"("stop_reason":"tool_use")"));
    EXPECT_THAT(translated(format, stream, "openai-chat"),
                HasSubstr(R"("finish_reason":"tool_calls")"));
  }
}

TEST(Traps, N02ThoughtsHaveBlocksOfTheirOwnAndTheMessageStartsOnce) {
  auto out = translated("openai-chat",
                        chunk(R"({"role":"assistant","content":""})")
                          + chunk(R"({"reasoning_content":"hm"})")
                          + chunk(R"({"content":"Hi"})")
                          + chunk("{}", "\"stop\"") + done,
                        "anthropic");
  EXPECT_EQ(blocks_of(out), (std::vector<std::string>{"thinking", "text"}));
}

TEST(Traps, N03TheFirstDeltaAfterATransitionIsNotLost) {
  auto stream = chunk(R"({"reasoning":"A"})") + chunk(R"({"content":"B"})")
                + chunk(R"({"tool_calls":[{"index":0,"id":"c","function":)"
                        R"({"name":"f","arguments":"{\"a\""}}]})")
                + chunk(R"({"tool_calls":[{"index":0,"function":)"
                        R"({"arguments":":1}"}}]})")
                + chunk("{}", "\"tool_calls\"") + done;
  for (const auto& format : client_formats()) {
    auto out = translated("openai-chat", stream, format.c_str());
    auto seen = listen(*make_codec(format), out, true).response;
    EXPECT_EQ(thoughts_of(seen), "A") << format;
    EXPECT_EQ(text_of(seen.parts), "B") << format;
    EXPECT_EQ(parts_of<tool_call_part>(seen).at(0).arguments, R"({"a":1})")
      << format;
  }
}

TEST(Traps, N04AnEmptyListOfCallsIsNoCall) {
  auto stream = chunk(R"({"content":"Hi","tool_calls":[]})")
                + chunk(R"({"tool_calls":[]})", "\"stop\"") + done;
  auto got = listen(*make_codec("openai-chat"), stream, true).response;
  EXPECT_EQ(got.finish, finish_reason::stop);
  auto out = translated("openai-chat", stream, "anthropic");
  EXPECT_EQ(blocks_of(out), std::vector<std::string>{"text"});
  EXPECT_THAT(translated("openai-chat", stream, "openai-chat"),
              Not(HasSubstr("tool_calls")));
}

TEST(Traps, N05TextAfterACallDoesNotLandInTheCall) {
  auto out = translated(
    "openai-chat",
    chunk(R"({"tool_calls":[{"index":0,"id":"c","function":)"
          R"({"name":"f","arguments":"{}"}}]})")
      + chunk(R"({"content":"Called it."})") + chunk("{}", "\"stop\"") + done,
    "anthropic");
  EXPECT_EQ(blocks_of(out), (std::vector<std::string>{"tool_use", "text"}));
}

TEST(Traps, N06ParallelCallsStayApartEvenWhenTheirFragmentsMix) {
  auto piece = [](int index, const std::string& text) {
    return chunk(R"({"tool_calls":[{"index":)" + std::to_string(index)
                 + R"(,"function":{"arguments":")" + text + "\"}}]}");
  };
  auto begin = [](int index, const std::string& id) {
    return chunk(R"({"tool_calls":[{"index":)" + std::to_string(index)
                 + R"(,"id":")" + id
                 + R"(","function":{"name":"f","arguments":""}}]})");
  };
  auto stream = begin(0, "a") + begin(1, "b") + piece(0, R"({\"x\":)")
                + piece(1, R"({\"y\":)") + piece(0, "1}") + begin(2, "c")
                + piece(1, "2}") + piece(2, R"({\"z\":3})")
                + chunk("{}", "\"tool_calls\"") + done;
  for (const auto& format : client_formats()) {
    auto out = translated("openai-chat", stream, format.c_str());
    if (format == "anthropic") {
      EXPECT_EQ(blocks_of(out),
                (std::vector<std::string>{"tool_use", "tool_use", "tool_use"}));
    }
    auto calls =
      parts_of<tool_call_part>(listen(*make_codec(format), out, true).response);
    ASSERT_EQ(calls.size(), 3u) << format << out;
    EXPECT_EQ(calls[0].id + calls[0].arguments, R"(a{"x":1})") << format;
    EXPECT_EQ(calls[1].id + calls[1].arguments, R"(b{"y":2})") << format;
    EXPECT_EQ(calls[2].id + calls[2].arguments, R"(c{"z":3})") << format;
  }
}

TEST(Traps, N07ACallWithoutArgumentsHasAnEmptyObject) {
  auto stream = chunk(R"({"tool_calls":[{"index":0,"id":"c","function":)"
                      R"({"name":"now","arguments":""}}]})")
                + chunk("{}", "\"tool_calls\"") + done;
  auto got = listen(*make_codec("openai-chat"), stream, true);
  for (const auto& format : client_formats())
    for (auto streamed : {false, true}) {
      auto out = render_for(*make_client_codec(format), head(), got, streamed);
      auto seen = listen(*make_codec(format), out, streamed).response;
      EXPECT_EQ(parts_of<tool_call_part>(seen).at(0).arguments, "{}") << format;
      if (format != "anthropic") {
        EXPECT_THAT(out, HasSubstr(R"("arguments":"{}")")) << format;
      }
    }
  auto request = after_a_call({tool_call_part{"c", "now", {}, {}}},
                              {"c", {}, {text_part{"12:00"}}});
  EXPECT_THAT(body_of("anthropic", request), HasSubstr(R"("input":{})"));
  EXPECT_THAT(body_of("gemini", request), HasSubstr(R"("args":{})"));
  EXPECT_THAT(body_of("openai-chat", request),
              HasSubstr(R"("arguments":"{}")"));
}

TEST(Traps, N08SignedAndRedactedThoughtsGoThroughAClientWhole) {
  std::string content =
    R"({"type":"redacted_thinking","data":"cmVkMQ=="},)"
    R"({"type":"thinking","thinking":"one","signature":"c2lnMQ=="},)"
    R"({"type":"thinking","thinking":"two","signature":"c2lnMg=="},)"
    R"({"type":"redacted_thinking","data":"cmVkMg=="})";
  auto request =
    received("anthropic", R"({"model":"auto","max_tokens":9,"messages":[)"
                          R"({"role":"user","content":"x"},)"
                          R"({"role":"assistant","content":[)"
                            + content
                            + R"(,{"type":"tool_use","id":"t","name":"f",)"
                              R"("input":{}}]},{"role":"user","content":[)"
                              R"({"type":"tool_result","tool_use_id":"t",)"
                              R"("content":"ok"}]}]})");
  EXPECT_THAT(body_of("anthropic", request.chat, "claude-opus-5-5"),
              HasSubstr(R"("content":[)" + content + R"(,{"type":"tool_use")"));
}

TEST(Traps, N09AThoughtThatIsOnlyASignatureIsKept) {
  auto stream =
    data(R"({"type":"message_start","message":{"id":"m","model":"claude-x"}})")
    + data(R"({"type":"content_block_start","index":0,"content_block":)"
           R"({"type":"thinking","thinking":"","signature":""}})")
    + data(R"({"type":"content_block_delta","index":0,"delta":)"
           R"({"type":"signature_delta","signature":"c2ln"}})")
    + data(R"({"type":"content_block_stop","index":0})")
    + data(R"({"type":"message_stop"})");
  auto got = listen(*make_codec("anthropic"), stream, true);
  auto about = head("claude-x");
  about.show_thoughts = false; // as when the display is omitted
  for (auto streamed : {false, true}) {
    auto out =
      render_for(*make_client_codec("anthropic"), about, got, streamed);
    auto seen = listen(*make_codec("anthropic"), out, streamed).response;
    auto thoughts = parts_of<thinking_part>(seen);
    ASSERT_EQ(thoughts.size(), 1u) << out;
    EXPECT_EQ(thoughts[0].text, "");
    EXPECT_EQ(thoughts[0].signature, "c2ln");
  }
  chat_request next;
  next.messages = {text_message(role::user, "x"),
                   {role::assistant, got.response.parts},
                   text_message(role::user, "y")};
  EXPECT_THAT(body_of("anthropic", next, "claude-x"),
              HasSubstr(R"({"type":"thinking","thinking":"","signature":)"
                        R"("c2ln"})"));
}

TEST(Traps, N10GeminisSignaturesComeBackToItThroughEveryClientFormat) {
  auto stream = data(
    R"({"modelVersion":"gemini-3.8-flash","candidates":[{"content":{"parts":[)"
    R"({"text":"Hi","thoughtSignature":"VEVYVA=="},)"
    R"({"functionCall":{"name":"f","args":{}},"thoughtSignature":"Q0FMTA=="}]},)"
    R"("finishReason":"STOP"}]})");
  auto got = listen(*make_codec("gemini"), stream, true);
  ASSERT_EQ(got.problem, "");
  for (const auto& format : client_formats())
    for (auto streamed : {false, true}) {
      auto about = head("gemini-3.8-flash");
      auto client = make_client_codec(format);
      auto out = render_for(*client, about, got, streamed);
      // The client's own library reads it, and sends it back.
      auto seen = listen(*make_codec(format), out, streamed).response;
      json::value body;
      if (streamed) {
        auto whole = seen;
        for (auto& x : whole.parts)
          if (auto* thinking = std::get_if<thinking_part>(&x))
            thinking->signer.clear();
        chat_request again;
        again.model = "auto";
        again.messages = {
          text_message(role::user, "x"),
          {role::assistant, whole.parts},
          {role::tool,
           {tool_result_part{
             parts_of<tool_call_part>(seen).at(0).id, {}, {}}}}};
        body = json::parse(body_of(format.c_str(), again, "auto"));
      } else if (format == "anthropic") {
        body = json::object{
          {"model", "auto"},
          {"max_tokens", 9},
          {"messages", json::array{json::object{
                         {"role", "assistant"},
                         {"content", json::parse(out).at("content")}}}}};
      } else if (format == "openai-chat") {
        json::array messages;
        messages.push_back(json::parse(out).at_pointer("/choices/0/message"));
        body = json::object{{"model", "auto"}, {"messages", messages}};
      } else {
        body = json::object{{"model", "auto"},
                            {"input", json::parse(out).at("output")}};
      }
      auto request = received(format.c_str(), json::serialize(body));
      auto sent = body_of("gemini", request.chat, "gemini-3.8-flash");
      // A stream's Chat chunks carry the call's state in an extension that our
      // own decoder passes over: the documented stand-in takes its place.
      if (format == "openai-chat" && streamed) {
        EXPECT_THAT(out, HasSubstr("Q0FMTA=="));
        EXPECT_THAT(sent, HasSubstr("skip_thought_signature_validator"));
      } else {
        EXPECT_THAT(sent, HasSubstr(R"("thoughtSignature":"Q0FMTA==")"))
          << format << streamed;
      }
      if (format != "openai-chat") {
        EXPECT_THAT(sent, HasSubstr(R"("thoughtSignature":"VEVYVA==")"))
          << format << streamed;
      }
    }
}

TEST(Traps, N11ASignatureMakesNoThought) {
  auto stream = data(R"({"candidates":[{"content":{"parts":[)"
                     R"({"text":"The answer.","thoughtSignature":"U0lH"}]},)"
                     R"("finishReason":"STOP"}]})");
  auto got = listen(*make_codec("gemini"), stream, true).response;
  EXPECT_EQ(text_of(got.parts), "The answer.");
  EXPECT_EQ(thoughts_of(got), "");
  for (const auto& format : client_formats()) {
    auto out = translated("gemini", stream, format.c_str());
    auto seen = listen(*make_codec(format), out, true).response;
    EXPECT_EQ(text_of(seen.parts), "The answer.") << format;
    EXPECT_EQ(thoughts_of(seen), "") << format;
  }
}

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
    request.messages[1].parts.emplace_back(
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
    request.messages[1].parts.emplace_back(tool_call_part{id, "f", "{}", {}});
    request.messages[2].parts.emplace_back(
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
  auto body = json::parse(sent->body);
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
