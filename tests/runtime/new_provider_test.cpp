// A server that speaks a known format is a provider by configuration alone.

#include "messages/error.hpp"
#include "runtime/settings.hpp"
#include "tests/support/simulated_exchange.hpp"

#include <algorithm>

namespace smart_agents {

namespace {

using namespace test;

constexpr const char* config = R"({
  "providers": {
    "house": {
      "format": "openai-chat",
      "base_url": "http://127.0.0.1:8000/v1",
      "model": "house-7b",
      "quirks": ["max-tokens", "system-role", "no-strict"]
    }
  }
})";

} // namespace

TEST(NewProvider, OfAKnownFormatIsAnEntryInTheConfiguration) {
  settings_source source;
  auto parsed = parse_settings(
    config, "smart-agents.json",
    [](std::string_view name) -> std::optional<std::string> {
      return name == "HOME" ? std::optional<std::string>{"/nowhere"}
                            : std::nullopt;
    },
    source);
  ASSERT_TRUE(parsed) << render(parsed.error());
  auto house = std::find_if(parsed->providers.begin(), parsed->providers.end(),
                            [](auto& x) { return x.name == "house"; });
  ASSERT_NE(house, parsed->providers.end());
  auto codec = make_codec(house->format, house->quirks);
  ASSERT_TRUE(codec);
  endpoint to{house->base_url, house->key, house->extra_headers, house->quirks};
  for (auto stream : {false, true}) {
    chat_request request;
    request.model = house->model;
    request.messages = {text_message(role::system, "Be brief."),
                        text_message(role::user, "CALL f {\"a\":1}")};
    request.tools = {{"f", "d", R"({"type":"object"})", true}};
    request.max_output = 100;
    request.stream = stream;
    auto sent = codec->encode(request, to);
    ASSERT_TRUE(sent) << render(sent.error());
    EXPECT_EQ(sent->to.target, "/v1/chat/completions");
    EXPECT_NE(sent->body.text().find(R"("max_tokens":100)"), std::string::npos);
    EXPECT_NE(sent->body.text().find(R"("role":"system")"), std::string::npos);
    EXPECT_EQ(sent->body.text().find("strict"), std::string::npos);
    peer server{"openai-chat", sim::wire::chat, sim::vendor::compatible,
                "house-7b"};
    auto asked = judge(server, *sent);
    ASSERT_TRUE(std::holds_alternative<sim::ask>(asked))
      << std::get<sim::refusal>(asked).message;
    auto got = listen(*codec, speak(server, std::get<sim::ask>(asked)), stream);
    ASSERT_EQ(got.problem, "");
    ASSERT_EQ(parts_of<tool_call_part>(got.response).size(), 1u);
    EXPECT_EQ(got.response.finish, finish_reason::tool_calls);
  }
}

} // namespace smart_agents
