// OpenRouter tells a model's reasoning with its opaque state, piece by piece,
// and wants it back as it was.

#include "tests/support/simulated_exchange.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace smart_agents {

namespace {

/// A turn whose reasoning came in fragments, with an opaque state.
constexpr const char* detailed_stream =
  R"(data: {"id":"g","model":"anthropic/claude-x","choices":[{"index":0,)"
  R"("delta":{"role":"assistant","content":"","reasoning":"Let me ",)"
  R"("reasoning_details":[{"type":"reasoning.text","text":"Let me ",)"
  R"("format":"anthropic-claude-v1","index":0}]}}]})"
  "\n\n"
  R"(data: {"choices":[{"index":0,"delta":{"content":"","reasoning":"look.",)"
  R"("reasoning_details":[{"type":"reasoning.text","text":"look.",)"
  R"("format":"anthropic-claude-v1","index":0}]}}]})"
  "\n\n"
  R"(data: {"choices":[{"index":0,"delta":{"content":"",)"
  R"("reasoning_details":[{"type":"reasoning.text","signature":"c2ln",)"
  R"("format":"anthropic-claude-v1","index":0}]}}]})"
  "\n\n"
  R"(data: {"choices":[{"index":0,"delta":{"content":null,"tool_calls":[)"
  R"({"index":0,"id":"c1","type":"function","function":{"name":"f",)"
  R"("arguments":"{}"}}],"reasoning_details":[{"type":)"
  R"("reasoning.encrypted","data":"b3BhcXVl","index":1}]}}]})"
  "\n\n"
  R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":)"
  R"("tool_calls"}],"usage":{"prompt_tokens":5,"completion_tokens":9}})"
  "\n\ndata: [DONE]\n\n";

constexpr const char* details =
  R"([{"type":"reasoning.text","text":"Let me look.",)"
  R"("format":"anthropic-claude-v1","index":0,"signature":"c2ln"},)"
  R"({"type":"reasoning.encrypted","data":"b3BhcXVl","index":1}])";

} // namespace

TEST(ReasoningDetails, AreJoinedKeptAndGivenBackToTheServerThatSentThem) {
  auto codec = make_codec("openai-chat", {"reasoning-details"});
  auto got = test::listen(*codec, detailed_stream, true);
  EXPECT_EQ(got.problem, "");
  auto& parts = got.response.parts;
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(std::get<thinking_part>(parts[0]).text, "Let me look.");
  EXPECT_EQ("[" + std::get<thinking_part>(parts[0]).signature + "]", details);
  ASSERT_TRUE(std::holds_alternative<tool_call_part>(parts[1]));
  chat_request next;
  next.model = "anthropic/claude-x";
  next.messages = {
    text_message(role::user, "x"),
    {role::assistant, parts},
    {role::tool, {tool_result_part{"c1", "f", {text_part{"y"}}}}}};
  auto to = test::nowhere();
  to.quirks = {"reasoning-details"};
  auto sent = codec->encode(next, to);
  ASSERT_TRUE(sent) << render(sent.error());
  EXPECT_NE(
    sent->body.text().find(std::string{R"("reasoning_details":)"} + details),
    std::string::npos)
    << sent->body.text();
  EXPECT_TRUE(codec->losses(next).empty());
  // Nobody else is sent what he does not know.
  sent = make_codec("openai-chat")->encode(next, test::nowhere());
  EXPECT_EQ(sent->body.text().find("reasoning_details"), std::string::npos);
  EXPECT_EQ(make_codec("openai-chat")->losses(next),
            std::vector<std::string>{"thinking"});
  next.model = "openai/gpt-x";
  sent = codec->encode(next, to);
  EXPECT_EQ(sent->body.text().find("reasoning_details"), std::string::npos)
    << "it is another model's";
}

TEST(ReasoningDetails, TravelThroughEveryClientFormat) {
  auto codec = make_codec("openai-chat", {"reasoning-details"});
  auto got = test::listen(*codec, detailed_stream, true);
  for (const auto& format : client_formats())
    for (auto stream : {false, true}) {
      auto client = make_client_codec(format);
      answer_head head;
      head.signer = "anthropic/claude-x";
      head.show_thoughts = true;
      auto bytes = test::render_for(*client, head, got, stream);
      EXPECT_NE(bytes.find("b3BhcXVl"), std::string::npos)
        << format << stream << bytes;
    }
  // A Chat client gives the message back as it was.
  auto client = make_client_codec("openai-chat");
  auto answer = boost::json::parse(client->render({}, got.response));
  boost::json::object body{
    {"model", "m"},
    {"messages",
     {{{"role", "user"}, {"content", "x"}},
      answer.at_pointer("/choices/0/message"),
      {{"role", "tool"}, {"tool_call_id", "c1"}, {"content", "y"}}}}};
  auto parsed = client->parse(boost::json::serialize(body));
  ASSERT_TRUE(parsed) << render(parsed.error());
  const auto& back = std::get<thinking_part>(parsed->chat.messages[1].parts[0]);
  EXPECT_EQ("[" + back.signature + "]", details);
  EXPECT_EQ(back.text, "Let me look.");
}

} // namespace smart_agents
