#include "adapters/simulator/ask.hpp"

#include "tests/adapters/simulator/shapes.hpp"

#include <gmock/gmock.h>

namespace smart_agents::sim {

using ::testing::HasSubstr;
using namespace test;

namespace {

const http_headers version{{"anthropic-version", "2023-06-01"}};

ask read(wire format, vendor whose, const std::string& body,
         std::string_view target = {}) {
  auto x = read_ask(format, whose, target, version, body);
  if (auto* wrong = std::get_if<refusal>(&x)) {
    ADD_FAILURE() << wrong->message;
    return {};
  }
  return std::get<ask>(x);
}

refusal refused(wire format, vendor whose, const std::string& body,
                const http_headers& headers = version) {
  auto x =
    read_ask(format, whose, "/v1beta/models/m:generateContent", headers, body);
  if (auto* wrong = std::get_if<refusal>(&x))
    return *wrong;
  ADD_FAILURE() << "taken: " << body;
  return {};
}

std::string anthropic_error(const std::string& body) {
  return refused(wire::anthropic, vendor::anthropic, body).message;
}

std::string chat_error(const std::string& body) {
  return refused(wire::chat, vendor::openai, body).message;
}

} // namespace

TEST(SimAsk, ReadsTheRecordedRequests) {
  auto a =
    read(wire::anthropic, vendor::anthropic, fixture("anthropic-request.json"));
  EXPECT_EQ(a.model, "claude-opus-5-5");
  EXPECT_TRUE(a.stream);
  EXPECT_EQ(a.max_output, 4096u);
  EXPECT_EQ(a.tool_rounds, 1u);
  ASSERT_EQ(a.results.size(), 2u);
  EXPECT_EQ(a.results[1].name, "get_weather");
  EXPECT_EQ(a.results[1].text, "station offline");
  EXPECT_TRUE(a.results[1].is_error);
  EXPECT_GT(a.input_tokens, 50u);

  auto c =
    read(wire::chat, vendor::openai, fixture("openai-chat-request.json"));
  EXPECT_EQ(c.prompt, "Weather in Oslo and Rome?");
  EXPECT_TRUE(c.include_usage);
  ASSERT_EQ(c.results.size(), 2u);
  EXPECT_EQ(c.results[0].text, "4 C, rain");

  auto g =
    read(wire::gemini, vendor::gemini, fixture("gemini-request.json"),
         "/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse");
  EXPECT_EQ(g.model, "gemini-3.8-flash");
  EXPECT_TRUE(g.stream);
  EXPECT_FALSE(g.as_array);
  ASSERT_EQ(g.results.size(), 2u);
  EXPECT_TRUE(g.results[1].is_error);

  auto o = read(wire::ollama_chat, vendor::ollama,
                fixture("ollama-chat-request.json"));
  EXPECT_EQ(o.num_ctx, 16384u);
  EXPECT_FALSE(o.truncate);
  ASSERT_EQ(o.results.size(), 1u);
  EXPECT_EQ(o.results[0].name, "get_weather");
}

TEST(SimAsk, ReadsResponsesWithTextAndWithItems) {
  auto x =
    read(wire::responses, vendor::openai, R"({"model":"m","input":"hello"})");
  EXPECT_EQ(x.prompt, "hello");
  x = read(wire::responses, vendor::openai, R"({"model":"m","input":[
    {"role":"user","content":[{"type":"input_text","text":"CALL f"}]},
    {"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
    {"type":"function_call_output","call_id":"c","output":"done"}]})");
  EXPECT_EQ(x.prompt, "CALL f");
  EXPECT_EQ(x.tool_rounds, 1u);
  ASSERT_EQ(x.results.size(), 1u);
  EXPECT_EQ(x.results[0].name, "f");
  EXPECT_EQ(x.results[0].text, "done");
}

TEST(SimAsk, TakesTheLastTextThatHoldsADirective) {
  auto x = read(wire::chat, vendor::openai, R"({"model":"m","messages":[
    {"role":"user","content":"CALL a"},
    {"role":"assistant","content":"ok"},
    {"role":"user","content":"go on"}]})");
  EXPECT_EQ(x.prompt, "CALL a");
  x = read(wire::chat, vendor::openai, R"({"model":"m","messages":[
    {"role":"user","content":"one"},{"role":"user","content":"two"}]})");
  EXPECT_EQ(x.prompt, "two");
}

TEST(SimAsk, RefusesWhatAnthropicRefuses) {
  EXPECT_THAT(refused(wire::anthropic, vendor::anthropic, "{}", {}).message,
              HasSubstr("anthropic-version"));
  EXPECT_THAT(anthropic_error("{"), HasSubstr("JSON"));
  EXPECT_THAT(anthropic_error("{}"), HasSubstr("model: Field required"));
  EXPECT_THAT(anthropic_error(
                R"({"model":"m","messages":[{"role":"user","content":"x"}]})"),
              HasSubstr("max_tokens: Field required"));
  EXPECT_THAT(anthropic_error(R"({"model":"m","max_tokens":1,"messages":[]})"),
              HasSubstr("at least one message"));
  EXPECT_THAT(anthropic_error(R"({"model":"m","max_tokens":1,"messages":[
                {"role":"tool","content":"x"}]})"),
              HasSubstr("messages.0.role"));
  EXPECT_THAT(anthropic_error(R"({"model":"m","max_tokens":1,"messages":[
                {"role":"user","content":[{"type":"tool_result",
                 "tool_use_id":"t","content":"x"}]}]})"),
              HasSubstr("unexpected `tool_use_id`"));
  EXPECT_THAT(
    refused(wire::anthropic, vendor::anthropic,
            R"({"model":"m","max_tokens":1,"temperature":1,"messages":[
              {"role":"user","content":"x"}]})",
            {{"Anthropic-Version", "2026-10-21"}})
      .message,
    HasSubstr("temperature"));
}

TEST(SimAsk, RefusesWhatOpenAiRefuses) {
  EXPECT_THAT(chat_error("{}"), HasSubstr("model"));
  EXPECT_THAT(chat_error(R"({"model":"m"})"), HasSubstr("'messages'"));
  EXPECT_THAT(chat_error(R"({"model":"gpt-6.1-sol","max_tokens":5,"messages":[
                {"role":"user","content":"x"}]})"),
              HasSubstr("max_completion_tokens"));
  EXPECT_THAT(chat_error(R"({"model":"m","messages":[
                {"role":"tool","tool_call_id":"t","content":"x"}]})"),
              HasSubstr("preceding message"));
  EXPECT_THAT(chat_error(R"({"model":"m","messages":[
                {"role":"robot","content":"x"}]})"),
              HasSubstr("'robot'"));
  EXPECT_THAT(refused(wire::responses, vendor::openai,
                      R"({"model":"m","input":"x","max_output_tokens":5})")
                .message,
              HasSubstr(">= 16"));
}

TEST(SimAsk, RefusesWhatGeminiAndOllamaRefuse) {
  EXPECT_THAT(refused(wire::gemini, vendor::gemini, "{}").message,
              HasSubstr("contents"));
  EXPECT_THAT(refused(wire::gemini, vendor::gemini,
                      R"({"contents":[{"role":"assistant","parts":[]}]})")
                .message,
              HasSubstr("valid role"));
  EXPECT_THAT(refused(wire::ollama_chat, vendor::ollama, "{}").message,
              HasSubstr("model is required"));
}

TEST(SimAsk, RefusesBytesThatAreNoText) {
  for (std::string body : {"", "null", "[]", "{\"model\":\"\xff\"}", "\0"})
    EXPECT_THAT(anthropic_error(body), HasSubstr("JSON"));
}

TEST(SimAsk, StreamsForOllamaUnlessToldNotTo) {
  auto body = std::string{R"({"model":"m","messages":[{"role":"user",
    "content":"x"}])"};
  EXPECT_TRUE(read(wire::ollama_chat, vendor::ollama, body + "}").stream);
  EXPECT_FALSE(
    read(wire::ollama_chat, vendor::ollama, body + R"(,"stream":false})")
      .stream);
}

} // namespace smart_agents::sim
