#include "runtime/cli/import_settings.hpp"

#include "messages/error.hpp"
#include "runtime/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace smart_agents;
using namespace smart_agents::cli;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

namespace {

imported take(std::string_view text) {
  auto result = import_settings(text, "2026-11-26");
  EXPECT_TRUE(result) << (result ? "" : render(result.error()));
  return result ? std::move(*result) : imported{};
}

/// The settings that the written file gives, with every key in its place.
settings read_back(const imported& x) {
  settings_source source;
  auto text = x.text;
  // The files are not there in this test.
  for (auto at = text.find("\"key_file\""); at != std::string::npos;
       at = text.find("\"key_file\""))
    text.replace(at, text.find("\",", at) + 2 - at,
                 "\"key_env\":\"SOME_KEY\",");
  auto result = parse_settings(
    text, "imported",
    [](std::string_view name) -> std::optional<std::string> {
      if (name.ends_with("_KEY"))
        return "k";
      return std::nullopt;
    },
    source);
  EXPECT_TRUE(result) << (result ? "" : render(result.error())) << text;
  return result ? std::move(*result) : settings{};
}

const provider_settings* find(const settings& in, const std::string& name) {
  for (const auto& x : in.providers)
    if (x.name == name)
      return &x;
  return nullptr;
}

constexpr const char* router = R"({
  "APIKEY": "client-secret",
  "Providers": [
    {"name": "openrouter",
     "api_base_url": "https://openrouter.ai/api/v1/chat/completions",
     "api_key": "sk-or-v1-literal",
     "models": ["google/gemini-4-argon", "anthropic/claude-opus-5-5"],
     "transformer": {"use": ["openrouter"]}},
    {"name": "local", "api_base_url": "http://localhost:11434/v1/chat/completions",
     "api_key": "ollama", "models": ["qwen3:8b"]},
    {"name": "An thropic", "api_base_url": "https://api.anthropic.com/v1/messages",
     "api_key": "$ANTHROPIC_API_KEY", "models": ["claude-opus-5-5"]}
  ],
  "Router": {
    "default": "openrouter,google/gemini-4-argon",
    "background": "local,qwen3:8b",
    "think": "openrouter,anthropic/claude-opus-5-5",
    "longContext": "openrouter,google/gemini-4-argon"
  }
})";

constexpr const char* litellm = R"(# a proxy
model_list:
  - model_name: gpt
    litellm_params:
      model: openai/gpt-5.9
      api_key: os.environ/OPENAI_API_KEY
      rpm: 60
  - model_name: fast
    litellm_params:
      model: groq/openai/gpt-oss-120b
      api_key: "os.environ/MY_GROQ_KEY"
  - model_name: home
    litellm_params: {"model": "openai/llama", "api_base": "http://gpu-box:8000/v1", "api_key": "none-needed"}
  - model_name: odd
    litellm_params:
      model: bedrock/anthropic.claude
router_settings:
  num_retries: 2
)";

} // namespace

TEST(ImportingClaudeCodeRouter, TakesProvidersUnderOurNamesAndTheirModels) {
  auto x = take(router);
  EXPECT_EQ(x.from, "claude-code-router");
  auto config = read_back(x);
  const auto* openrouter = find(config, "openrouter");
  ASSERT_NE(openrouter, nullptr);
  EXPECT_EQ(openrouter->base_url, "https://openrouter.ai/api/v1");
  EXPECT_EQ(openrouter->model, "google/gemini-4-argon");
  EXPECT_EQ(openrouter->strong_model, "anthropic/claude-opus-5-5");
  const auto* ollama = find(config, "ollama");
  ASSERT_NE(ollama, nullptr);
  EXPECT_EQ(ollama->base_url, "http://localhost:11434");
  EXPECT_NE(find(config, "claude"), nullptr);
}

TEST(ImportingClaudeCodeRouter, PutsALiteralKeyIntoAFileOfItsOwn) {
  auto x = take(router);
  EXPECT_THAT(x.keys, ElementsAre(Pair("keys/openrouter", "sk-or-v1-literal")));
  EXPECT_THAT(x.text, HasSubstr("keys/openrouter"));
  EXPECT_THAT(x.text, Not(HasSubstr("literal")));
  EXPECT_THAT(x.text, Not(HasSubstr("client-secret")));
  for (const auto& note : x.notes)
    EXPECT_THAT(note, Not(HasSubstr("secret")));
}

TEST(ImportingClaudeCodeRouter, MakesRulesOfItsRoutes) {
  auto rules = read_back(take(router)).routing.rules;
  ASSERT_GE(rules.size(), 3u);
  EXPECT_EQ(rules[0].provider, "openrouter");
  EXPECT_TRUE(rules[0].strongest);
  EXPECT_THAT(rules[0].types, ElementsAre(task_type::reasoning));
  EXPECT_EQ(rules[1].provider, "ollama");
  EXPECT_EQ(rules[1].max_complexity, 2);
  EXPECT_EQ(rules[2].provider, "openrouter");
  EXPECT_TRUE(rules[2].types.empty());
}

TEST(ImportingClaudeCodeRouter, SaysWhatItLeavesBehind) {
  auto notes = take(router).notes;
  EXPECT_THAT(notes, Contains(HasSubstr("transformers")));
  EXPECT_THAT(notes, Contains(HasSubstr("Router.longContext")));
  EXPECT_THAT(notes, Contains(HasSubstr("smart-agents keys")));
}

TEST(ImportingLiteLlm, TakesModelsByTheirPrefixAndAddress) {
  auto x = take(litellm);
  EXPECT_EQ(x.from, "LiteLLM");
  auto config = read_back(x);
  const auto* chatgpt = find(config, "chatgpt");
  ASSERT_NE(chatgpt, nullptr);
  EXPECT_EQ(chatgpt->model, "gpt-5.9");
  const auto* groq = find(config, "groq");
  ASSERT_NE(groq, nullptr);
  EXPECT_EQ(groq->base_url, "https://api.groq.com/openai/v1");
  EXPECT_EQ(groq->key_env, "MY_GROQ_KEY");
  EXPECT_EQ(groq->model, "openai/gpt-oss-120b");
  const auto* home = find(config, "gpu-box-8000");
  ASSERT_NE(home, nullptr);
  EXPECT_EQ(home->base_url, "http://gpu-box:8000/v1");
  ASSERT_EQ(config.limits.size(), 1u);
}

TEST(ImportingLiteLlm, SaysWhatItLeavesBehind) {
  auto notes = take(litellm).notes;
  EXPECT_THAT(notes, Contains(HasSubstr("odd (bedrock/anthropic.claude)")));
  EXPECT_THAT(notes, Contains(HasSubstr("the name fast is groq/")));
  EXPECT_THAT(notes, Contains(HasSubstr("router_settings")));
}

TEST(Importing, RefusesWhatIsNeither) {
  for (const char* text : {"", "{}", "[]", "a: b", "{\"Providers\": 1}",
                           "model_list: []", "x:\n\ty"}) {
    auto result = import_settings(text, "2026-11-26");
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error(), ec::bad_input);
  }
}
