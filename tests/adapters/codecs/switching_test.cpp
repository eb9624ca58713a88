// One conversation that changes its provider: every call and every result
// stays, what binds to a model goes, and no service refuses it. The simulator's
// readers judge each request as the services do.

#include "tests/support/simulated_exchange.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>

namespace smart_agents {

namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

/// A session of a client that runs the tools it is asked to run.
class session {
public:
  session() {
    request_.tools.push_back(
      {"get_weather", "d", R"({"type":"object","properties":{}})"});
    request_.messages = {text_message(role::system, "Be brief.")};
    request_.show_thoughts = true;
  }

  /// Says something, runs the tools that are called, and returns the answer.
  std::string say(const peer& to, const std::string& text, bool stream) {
    request_.messages.push_back(text_message(role::user, text));
    request_.stream = stream;
    for (int round = 0; round < 4; ++round) {
      auto got = exchange(to, request_);
      EXPECT_EQ(got.problem, "") << to.format;
      if (!got.problem.empty())
        return {};
      check_bound(to);
      // The simulator signs everything alike; services do not.
      for (auto& x : got.response.parts) {
        if (auto* thinking = std::get_if<thinking_part>(&x);
            thinking && !thinking->signature.empty())
          thinking->signature += std::string{"."} + to.format;
        if (auto* call = std::get_if<tool_call_part>(&x);
            call && !call->signature.empty())
          call->signature += std::string{"."} + to.format;
      }
      request_.messages.push_back({role::assistant, got.response.parts});
      auto calls = parts_of<tool_call_part>(got.response);
      if (calls.empty())
        return text_of(got.response.parts);
      message results{role::tool, {}};
      for (const auto& call : calls) {
        auto text_of_tool = "result " + std::to_string(++results_);
        results.parts.emplace_back(
          tool_result_part{call.id, call.name, {text_part{text_of_tool}}});
      }
      request_.messages.push_back(std::move(results));
    }
    ADD_FAILURE() << "no end";
    return {};
  }

  int results() const {
    return results_;
  }

  const chat_request& request() const {
    return request_;
  }

private:
  /// All results are in what is sent, and no signature of another.
  void check_bound(const peer& to) {
    auto x = request_;
    x.model = to.model;
    auto body = make_codec(to.format)->encode(x, nowhere())->body.text();
    for (int i = 1; i <= results_; ++i)
      EXPECT_THAT(body, HasSubstr("result " + std::to_string(i))) << to.format;
    for (const auto& message : request_.messages)
      for (const auto& piece : message.parts)
        if (const auto* thinking = std::get_if<thinking_part>(&piece);
            thinking && !thinking->signature.empty()
            && (thinking->origin != to.format
                || thinking->signer != to.model)) {
          EXPECT_THAT(body, Not(HasSubstr(thinking->signature))) << to.format;
        }
  }

  chat_request request_;
  int results_ = 0;
};

} // namespace

TEST(Switching, FromEveryProviderToEveryOtherKeepsCallsAndResults) {
  for (auto stream : {false, true}) {
    session talk;
    const auto order = {"anthropic", "openai-responses", "ollama",
                        "anthropic", "gemini",           "openai-chat",
                        "gemini",    "openai-responses", "anthropic"};
    auto turn = 0;
    for (const char* format : order) {
      ++turn;
      auto text =
        talk.say(peer_of(format),
                 "THINK\nCALL get_weather {\"turn\":\"" + std::to_string(turn)
                   + "\"}\nCALL get_weather {\"again\":\"yes\"}",
                 stream);
      EXPECT_THAT(text, HasSubstr("result " + std::to_string(talk.results())))
        << format;
    }
    EXPECT_EQ(talk.results(), 2 * turn);
  }
}

TEST(Switching, BetweenModelsOfOneFormatDropsWhatIsSigned) {
  chat_request request;
  request.model = "claude-opus-5-5";
  request.messages = {
    text_message(role::user, "x"),
    {role::assistant,
     {thinking_part{"hm", "c2ln", false, "anthropic", "claude-opus-5-5"},
      text_part{"y"}}},
    text_message(role::user, "z")};
  auto body = [&](const char* model) {
    request.model = model;
    return make_codec("anthropic")->encode(request, nowhere())->body.text();
  };
  EXPECT_THAT(body("claude-opus-5-5"), HasSubstr("c2ln"));
  EXPECT_THAT(body("claude-opus-5-5-20261001"), HasSubstr("c2ln"));
  EXPECT_THAT(body("claude-haiku-5-5"), Not(HasSubstr("c2ln")));
  EXPECT_THAT(body("deepseek-flash"), Not(HasSubstr("c2ln")));
}

TEST(Switching, ThroughAClientKeepsStateForTheProviderThatWroteIt) {
  // Gemini answers a client of Messages, which goes on with Claude, and then
  // with Gemini again.
  auto stream =
    R"(data: {"modelVersion":"gemini-3.8-flash","candidates":[{"content":)"
    R"({"parts":[{"functionCall":{"name":"f","args":{}},)"
    R"("thoughtSignature":"U1RBVEU="}]},"finishReason":"STOP"}]})"
    "\n\n";
  auto got = listen(*make_codec("gemini"), stream, true);
  ASSERT_EQ(got.problem, "");
  answer_head head;
  head.id = "1";
  head.signer = "gemini-3.8-flash";
  auto client = make_client_codec("anthropic");
  auto shown = boost::json::parse(client->render(head, got.response));
  boost::json::array messages;
  messages.push_back(boost::json::object{{"role", "user"}, {"content", "x"}});
  messages.push_back(boost::json::object{{"role", "assistant"},
                                         {"content", shown.at("content")}});
  auto request = client->parse(boost::json::serialize(boost::json::object{
    {"model", "auto"}, {"max_tokens", 9}, {"messages", messages}}));
  ASSERT_TRUE(request);
  auto body = [&](const char* format, const char* model) {
    auto x = request->chat;
    x.model = model;
    return make_codec(format)->encode(x, nowhere())->body.text();
  };
  EXPECT_THAT(body("gemini", "gemini-3.8-flash"),
              HasSubstr(R"("thoughtSignature":"U1RBVEU=")"));
  // Another model of Google's gets the documented stand-in.
  EXPECT_THAT(body("gemini", "gemini-3.1-pro-preview"),
              HasSubstr("skip_thought_signature_validator"));
  EXPECT_THAT(body("anthropic", "claude-opus-5-5"), Not(HasSubstr("U1RBVEU=")));
}

} // namespace smart_agents
