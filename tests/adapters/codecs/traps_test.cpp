// The twenty mistakes that gateways make most, as docs/PROVIDERS.md lists them.
// One test each; the number is the list's.

#include "tests/adapters/codecs/traps.hpp"

namespace smart_agents {

using namespace test;
using namespace test::traps;

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
        body = json::parse(body_of(format.c_str(), again, "gemini-3.8-flash"));
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
      EXPECT_THAT(sent, HasSubstr(R"("thoughtSignature":"Q0FMTA==")"))
        << format << streamed;
      // Chat has no place for the state of a text.
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

} // namespace smart_agents
