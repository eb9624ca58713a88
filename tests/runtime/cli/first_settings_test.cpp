#include "runtime/cli/first_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace smart_agents;
using namespace smart_agents::cli;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

environment variables(std::map<std::string, std::string> x) {
  x.emplace("HOME", "/home/somebody");
  return [x](std::string_view name) -> std::optional<std::string> {
    auto i = x.find(std::string{name});
    return i == x.end() ? std::nullopt : std::optional{i->second};
  };
}

settings read(const std::string& text, const environment& env) {
  settings_source source;
  auto result = parse_settings(text, "test", env, source);
  EXPECT_TRUE(result) << caf::to_string(result.error()) << "\n" << text;
  return result ? *result : settings{};
}

machine with(const environment& env) {
  machine result;
  result.found = read("{}", env);
  result.today = "2026-11-24";
  return result;
}

const provider_settings* find(const settings& x, const std::string& name) {
  for (const auto& p : x.providers)
    if (p.name == name)
      return &p;
  return nullptr;
}

} // namespace

TEST(FirstSettings, OfABareMachineSayWhatEachProviderLacks) {
  auto env = variables({});
  auto text = first_settings(with(env));
  EXPECT_THAT(text, HasSubstr(R"("claude": comes by itself when )"
                              "ANTHROPIC_API_KEY is set."));
  EXPECT_THAT(text, HasSubstr("start Ollama."));
  read(text, env);
}

TEST(FirstSettings, AreReadBackAsWhatTheEnvironmentAloneGives) {
  auto env = variables({{"ANTHROPIC_API_KEY", "sk-test-1"},
                        {"GEMINI_API_KEY", "g-test-2"},
                        {"CLAUDE_DAILY_LIMIT", "7"}});
  auto here = with(env);
  auto text = first_settings(here);
  auto back = read(text, env);
  for (const auto* name : {"claude", "gemini"}) {
    const auto* before = find(here.found, name);
    const auto* after = find(back, name);
    ASSERT_TRUE(before && after) << name;
    EXPECT_EQ(before->key, after->key);
    EXPECT_EQ(before->model, after->model);
    EXPECT_EQ(before->strong_model, after->strong_model);
    EXPECT_EQ(before->limits.requests_per_day, after->limits.requests_per_day);
    EXPECT_EQ(before->limits.requests_per_month,
              after->limits.requests_per_month);
    // Written down, they are still our suggestion and not the user's will.
    EXPECT_EQ(after->limits.gateway, "warn");
  }
  EXPECT_EQ(find(back, "claude")->limits.requests_per_day, 7u);
}

TEST(FirstSettings, ShowTheDefaultLimitsOfEveryProvider) {
  auto env = variables({{"ANTHROPIC_API_KEY", "sk-test-1"},
                        {"OPENAI_API_KEY", "sk-test-2"},
                        {"GROK_API_KEY", "xai-3"},
                        {"GEMINI_API_KEY", "g-test-4"}});
  auto text = first_settings(with(env));
  for (const auto* amount :
       {"150", "4500", "200", "6000", "100", "3000", "10000", "300000"})
    EXPECT_THAT(text, HasSubstr(amount));
  EXPECT_THAT(text, HasSubstr("requests_per_day"));
  EXPECT_THAT(text, HasSubstr("requests_per_month"));
}

TEST(FirstSettings, NeverHoldAKey) {
  auto text =
    first_settings(with(variables({{"ANTHROPIC_API_KEY", "sk-test-1"}})));
  EXPECT_THAT(text, Not(HasSubstr("sk-test-1")));
  EXPECT_THAT(text, HasSubstr("ANTHROPIC_API_KEY"));
}

TEST(FirstSettings, TakeTheModelsThatOllamaHas) {
  auto env = variables({});
  auto here = with(env);
  here.ollama_models = {"llama3.3:70b", "gemma3:4b"};
  auto back = read(first_settings(here), env);
  ASSERT_NE(find(back, "ollama"), nullptr);
  EXPECT_EQ(find(back, "ollama")->model, "gemma3:4b");
  EXPECT_EQ(find(back, "ollama")->strong_model, "llama3.3:70b");
  EXPECT_FALSE(find(back, "ollama")->assumed);
}

TEST(FirstSettings, SayHowToPullAModelWhenOllamaHasNone) {
  auto here = with(variables({}));
  here.ollama_models.emplace();
  EXPECT_THAT(first_settings(here), HasSubstr("ollama pull qwen3:8b"));
}

TEST(ModelsOfOllama, ComeLargestFirstWithoutThoseThatOnlyEmbed) {
  EXPECT_THAT(models_of_ollama(R"({"models": [
                {"name": "gemma3:4b", "size": 3300000000},
                {"name": "nomic-embed-text:latest", "size": 274000000},
                {"name": "llama3.3:70b", "size": 42000000000},
                {"size": 1}, 7]})"),
              ElementsAre("llama3.3:70b", "gemma3:4b"));
}

TEST(ModelsOfOllama, AreNoneInWhatIsNoList) {
  EXPECT_THAT(models_of_ollama(""), IsEmpty());
  EXPECT_THAT(models_of_ollama("[]"), IsEmpty());
  EXPECT_THAT(models_of_ollama(R"({"models": 3})"), IsEmpty());
}
