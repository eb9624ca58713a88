#include "actors/front/openai_chat_wire.hpp"

#include "messages/error.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace smart_agents {

namespace wire = openai_chat_wire;

namespace {

std::string refusal(std::string_view body) {
  auto result = wire::parse_request(body);
  return result ? "accepted" : render(result.error());
}

} // namespace

TEST(OpenaiChatWire, ReadsTextRolesCapAndStream) {
  auto request = wire::parse_request(R"({"model":"auto","stream":true,
    "max_tokens":7,"temperature":0.5,"messages":[
    {"role":"developer","content":"Be brief."},
    {"role":"user","content":[{"type":"text","text":"Hi"},
                              {"type":"text","text":" there"}]}]})");
  ASSERT_TRUE(request) << render(request.error());
  EXPECT_EQ(request->model, "auto");
  EXPECT_TRUE(request->stream);
  EXPECT_EQ(request->max_output, 7u);
  EXPECT_EQ(request->temperature, 0.5);
  ASSERT_EQ(request->messages.size(), 2u);
  EXPECT_EQ(request->messages[0].from, role::system);
  EXPECT_EQ(text_of(request->messages[1].parts), "Hi there");
}

TEST(OpenaiChatWire, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(refusal("{").substr(0, 22), "bad_input: body: not J");
  EXPECT_EQ(refusal("[]"), "bad_input: body: must be a JSON object");
  EXPECT_EQ(refusal(R"({"messages":[]})").substr(0, 17), "bad_input: model:");
  EXPECT_EQ(refusal(R"({"model":"auto","messages":[]})"),
            "bad_input: messages: must be an array with at least one message");
  EXPECT_EQ(
    refusal(R"({"model":"auto","messages":[{"role":"bot","content":"x"}]})"),
    "bad_input: messages[0].role: must be system, developer, user or "
    "assistant");
  EXPECT_EQ(refusal(R"({"model":"auto","max_tokens":-1,
                        "messages":[{"role":"user","content":"x"}]})"),
            "bad_input: max_tokens: must be a positive integer");
}

TEST(OpenaiChatWire, WritesAWholeAnswer) {
  chat_response response;
  response.parts = {text_part{"4"}};
  response.tokens.uncached_input = 5;
  response.tokens.cache_read = 2;
  response.tokens.output = 1;
  auto body =
    boost::json::parse(wire::write_response("req_1", "a/b", 9, response));
  EXPECT_EQ(body.at("object"), "chat.completion");
  EXPECT_EQ(body.at_pointer("/choices/0/message/content"), "4");
  EXPECT_EQ(body.at_pointer("/choices/0/finish_reason"), "stop");
  EXPECT_EQ(body.at_pointer("/usage/prompt_tokens"), 7);
  EXPECT_EQ(body.at_pointer("/usage/prompt_tokens_details/cached_tokens"), 2);
}

TEST(OpenaiChatWire, WritesAStreamWithUsageAtItsEnd) {
  auto start = wire::write_event("r", "m", 1, stream_start{});
  EXPECT_NE(start.find(R"("role":"assistant")"), std::string::npos);
  auto text = wire::write_event("r", "m", 1, text_delta{0, "hi"});
  EXPECT_EQ(text.substr(0, 6), "data: ");
  EXPECT_EQ(text.substr(text.size() - 2), "\n\n");
  EXPECT_NE(text.find(R"("content":"hi")"), std::string::npos);
  auto end = wire::write_event("r", "m", 1, stream_end{});
  EXPECT_NE(end.find(R"("finish_reason":"stop")"), std::string::npos);
  EXPECT_NE(end.find(R"("usage")"), std::string::npos);
}

TEST(OpenaiChatWire, NeverBlamesTheClientForUpstreamTrouble) {
  for (auto what : {failure_class::auth, failure_class::forbidden,
                    failure_class::billing, failure_class::server_error})
    EXPECT_EQ(wire::status_of(what), 502);
  EXPECT_EQ(wire::status_of(failure_class::over_quota), 429);
  EXPECT_EQ(wire::status_of(failure_class::bad_request), 400);
}

} // namespace smart_agents
