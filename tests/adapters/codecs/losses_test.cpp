#include "adapters/provider_codec.hpp"

#include <gmock/gmock.h>

namespace smart_agents {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A conversation with one of everything that some format lacks.
chat_request rich() {
  chat_request x;
  media_part image;
  image.mime_type = "image/png";
  image.base64 = "AAAA";
  x.messages = {
    text_message(role::user, "x"),
    text_message(role::system, "From now on in verse."),
    {role::assistant,
     {thinking_part{"hm", "c2ln", false, "anthropic", "claude-x"},
      tool_call_part{"c", "f", "{}", {}},
      opaque_part{"anthropic", "{\"type\":\"server_tool_use\"}"}}},
    {role::tool,
     {tool_result_part{"c", "f", {image}, true, cache_mark::five_minutes}}}};
  tool_definition tool;
  tool.name = "f";
  tool.strict = true;
  tool.defer_loading = true;
  tool_definition hosted;
  hosted.format = "anthropic";
  hosted.json = "{\"type\":\"web_search\"}";
  x.tools = {tool, hosted};
  x.choice.parallel = false;
  x.thinking_budget = 2000;
  x.cache_key = "k";
  return x;
}

} // namespace

TEST(Losses, AreNamedOnceAndOnlyWhereAFormatLacksSomething) {
  auto lost = [](const char* format) {
    return make_codec(format)->losses(rich());
  };
  EXPECT_THAT(lost("anthropic"),
              ElementsAre("system in mid-conversation (as a user's)",
                          "prompt_cache_key"));
  EXPECT_THAT(lost("openai-responses"),
              ElementsAre("thinking", "block of anthropic", "cache_control",
                          "tool_result.is_error (as text)",
                          "tools.defer_loading", "tool of anthropic",
                          "thinking.budget_tokens"));
  EXPECT_THAT(lost("openai-chat"),
              ElementsAre("thinking", "block of anthropic", "cache_control",
                          "tool_result.is_error (as text)",
                          "tool_result.media (as a user's)",
                          "tools.defer_loading", "tool of anthropic",
                          "thinking.budget_tokens"));
  EXPECT_THAT(lost("gemini"),
              ElementsAre("system in mid-conversation (as a user's)",
                          "thinking", "block of anthropic", "cache_control",
                          "tool_result.media (as a user's)",
                          "tools.defer_loading", "tools.strict",
                          "tool of anthropic", "parallel_tool_calls",
                          "thinking.budget_tokens", "prompt_cache_key"));
  chat_request plain;
  plain.messages = {text_message(role::user, "x")};
  for (const auto& format : codec_formats())
    EXPECT_THAT(losses_in(format, plain), IsEmpty()) << format;
  EXPECT_THAT(losses_in("carrier-pigeon", rich()), IsEmpty());
}

} // namespace smart_agents
