#include "runtime/settings.hpp"

#include "messages/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

using namespace smart_agents;
using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class Settings : public testing::Test {
protected:
  environment env() {
    return [this](std::string_view name) -> std::optional<std::string> {
      auto i = variables_.find(std::string{name});
      return i == variables_.end() ? std::nullopt : std::optional{i->second};
    };
  }

  settings parse(const std::string& text) {
    auto result = parse_settings(text, "smart-agents.json", env(), source_);
    EXPECT_TRUE(result) << render(result.error());
    return result ? *result : settings{};
  }

  /// The error's text; empty when there is none.
  std::string complaint(const std::string& text) {
    auto result = parse_settings(text, "smart-agents.json", env(), source_);
    return result ? "" : render(result.error());
  }

  static std::vector<std::string> names(const settings& x) {
    std::vector<std::string> result;
    for (const auto& p : x.providers)
      result.push_back(p.name);
    return result;
  }

  static const provider_settings& provider(const settings& x,
                                           const std::string& name) {
    static const provider_settings none;
    auto i = std::find_if(x.providers.begin(), x.providers.end(),
                          [&name](auto& p) { return p.name == name; });
    EXPECT_NE(i, x.providers.end()) << name;
    return i == x.providers.end() ? none : *i;
  }

  std::map<std::string, std::string> variables_{{"HOME", "/nowhere"}};
  settings_source source_;
};

/// A folder of its own that is gone afterwards.
class temporary_folder {
public:
  temporary_folder() {
    auto pattern = testing::TempDir() + "settings-XXXXXX";
    path = mkdtemp(pattern.data());
  }
  ~temporary_folder() {
    std::filesystem::remove_all(path);
  }
  std::string write(const std::string& name, const std::string& text,
                    mode_t mode = 0600) const {
    auto file = path / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file} << text;
    chmod(file.c_str(), mode);
    return file.string();
  }
  std::filesystem::path path;
};

} // namespace

TEST_F(Settings, OfferOllamaAloneWithoutKeysAndSayThatItIsAssumed) {
  auto x = parse("{}");
  EXPECT_THAT(names(x), ElementsAre("ollama"));
  EXPECT_TRUE(x.providers[0].local);
  EXPECT_TRUE(x.providers[0].assumed);
  EXPECT_EQ(x.providers[0].base_url, "http://127.0.0.1:11434");
  EXPECT_THAT(source_.warnings,
              Contains("claude is left out: ANTHROPIC_API_KEY is not set"));
}

TEST_F(Settings, OfferEveryProviderThatTheEnvironmentHasAKeyFor) {
  variables_ = {
    {"HOME", "/nowhere"},           {"ANTHROPIC_API_KEY", "key-1"},
    {"OPENAI_API_KEY", " key-2\n"}, {"XAI_API_KEY", "key-3"},
    {"GEMINI_API_KEY", "key-4"},    {"OLLAMA_BASE_URL", "http://gpu:1/"}};
  auto x = parse("{}");
  EXPECT_THAT(names(x),
              ElementsAre("ollama", "gemini", "grok", "chatgpt", "claude"));
  EXPECT_EQ(provider(x, "chatgpt").key, "key-2");
  EXPECT_EQ(provider(x, "grok").key_env, "XAI_API_KEY");
  EXPECT_EQ(provider(x, "gemini").key, "key-4");
  EXPECT_EQ(provider(x, "ollama").base_url, "http://gpu:1");
  EXPECT_FALSE(provider(x, "ollama").assumed);
  EXPECT_TRUE(source_.warnings.empty());
}

TEST_F(Settings, PreferTheFirstOfTwoKeyNames) {
  variables_["XAI_API_KEY"] = "second";
  variables_["GROK_API_KEY"] = "first";
  EXPECT_EQ(provider(parse("{}"), "grok").key, "first");
}

TEST_F(Settings, HaveTheDocumentedLimits) {
  variables_["ANTHROPIC_API_KEY"] = variables_["OPENAI_API_KEY"] =
    variables_["GROK_API_KEY"] = variables_["GOOGLE_API_KEY"] = "k";
  auto x = parse("{}");
  auto pair = [&](const char* name) {
    auto& limits = provider(x, name).limits;
    return std::pair{limits.requests_per_day, limits.requests_per_month};
  };
  EXPECT_EQ(pair("claude"), std::pair(uint64_t{150}, uint64_t{4500}));
  EXPECT_EQ(pair("chatgpt"), std::pair(uint64_t{200}, uint64_t{6000}));
  EXPECT_EQ(pair("grok"), std::pair(uint64_t{100}, uint64_t{3000}));
  EXPECT_EQ(pair("gemini"), std::pair(uint64_t{10000}, uint64_t{300000}));
  EXPECT_EQ(pair("ollama"), std::pair(uint64_t{0}, uint64_t{0}));
  EXPECT_EQ(provider(x, "gemini").limits.time_zone, "America/Los_Angeles");
}

TEST_F(Settings, TakeModelsAddressesAndLimitsFromTheEnvironment) {
  variables_["ANTHROPIC_API_KEY"] = "k";
  variables_["CLAUDE_MODEL"] = "claude-haiku-5-5";
  variables_["CLAUDE_BASE_URL"] = "https://proxy.example/";
  variables_["CLAUDE_DAILY_LIMIT"] = "7";
  variables_["CLAUDE_MONTHLY_LIMIT"] = "0";
  variables_["OLLAMA_DAILY_LIMIT"] = "9";
  variables_["OLLAMA_MODEL"] = "llama3.2:3b";
  auto x = parse("{}");
  auto& claude = provider(x, "claude");
  EXPECT_EQ(claude.model, "claude-haiku-5-5");
  EXPECT_EQ(claude.strong_model, "claude-opus-5-5");
  EXPECT_EQ(claude.base_url, "https://proxy.example");
  EXPECT_EQ(claude.limits.requests_per_day, 7u);
  EXPECT_EQ(claude.limits.requests_per_month, 0u);
  EXPECT_EQ(provider(x, "ollama").limits.requests_per_day, 9u);
  EXPECT_EQ(provider(x, "ollama").strong_model, "llama3.2:3b");
}

TEST_F(Settings, RefuseQuirksThatTheFormatDoesNotKnow) {
  EXPECT_THAT(complaint(R"({"providers": {"mine": {
                "format": "openai-chat", "base_url": "http://h", "model": "m",
                "quirks": ["system-role", "max-token"]}}})"),
              HasSubstr("providers.mine.quirks: 'max-token' is not known to "
                        "format openai-chat; did you mean max-tokens? (known: "
                        "max-tokens, system-role, "));
  EXPECT_THAT(complaint(R"({"providers": {"mine": {
                "format": "ollama", "base_url": "http://h", "model": "m",
                "quirks": ["system-role"]}}})"),
              HasSubstr("'system-role' is not known to format ollama, which "
                        "has none"));
}

TEST_F(Settings, RefuseLimitsOfTheEnvironmentThatAreNoNumbers) {
  for (const char* wrong : {"-1", "many", "1.5", "99999999999999999999"}) {
    variables_["GROK_DAILY_LIMIT"] = wrong;
    EXPECT_THAT(complaint("{}"),
                HasSubstr("environment variable GROK_DAILY_LIMIT: '"))
      << wrong;
  }
}

TEST_F(Settings, TakeDefaultProvidersFromTheEnvironment) {
  variables_["DEFAULT_CODE_PROVIDER"] = "grok";
  variables_["DEFAULT_TEXT_PROVIDER"] = "claude";
  variables_["DEFAULT_REASONING_PROVIDER"] = "gemini";
  variables_["DEFAULT_MULTIMODAL_PROVIDER"] = "chatgpt";
  variables_["FALLBACK_PROVIDER"] = "ollama";
  auto x = parse("{}").routing;
  EXPECT_EQ(x.default_providers[task_type::code], "grok");
  EXPECT_EQ(x.default_providers[task_type::creative], "claude");
  EXPECT_EQ(x.default_providers[task_type::reasoning], "gemini");
  EXPECT_EQ(x.default_providers[task_type::video], "chatgpt");
  EXPECT_EQ(x.fallback_provider, "ollama");
  variables_["FALLBACK_PROVIDER"] = "olama";
  EXPECT_THAT(complaint("{}"),
              HasSubstr("FALLBACK_PROVIDER: there is no provider 'olama'; did "
                        "you mean ollama?"));
}

TEST_F(Settings, LetTheEnvironmentOverrideTheFileAndWarn) {
  variables_["ANTHROPIC_API_KEY"] = "k";
  variables_["CLAUDE_MODEL"] = "claude-haiku-5-5";
  auto x = parse(R"({"providers": {"claude": {"model": "claude-opus-5"}}})");
  EXPECT_EQ(provider(x, "claude").model, "claude-haiku-5-5");
  EXPECT_THAT(source_.warnings,
              Contains("providers.claude.model: the environment variable "
                       "CLAUDE_MODEL overrides the file"));
}

TEST_F(Settings, AllowCommentsAndTrailingCommas) {
  auto x = parse(R"({
    // How many at once.
    "server": {"max_tasks": 7, /* seconds */ "grace": "3s",},
  })");
  EXPECT_EQ(x.max_tasks, 7u);
  EXPECT_EQ(x.grace, 3s);
}

TEST_F(Settings, AddAnOpenAiCompatibleServerByEntryAlone) {
  variables_["GROQ_API_KEY"] = "gsk";
  auto x = parse(R"({"providers": {"groq": {
    "base_url": "https://api.groq.com/openai/v1", "key_env": "GROQ_API_KEY",
    "vendor": "groq", "model": "openai/gpt-oss-20b",
    "headers": {"X-Team": "blue"},
    "limits": {"requests_per_day": 1000}}}})");
  auto& groq = provider(x, "groq");
  EXPECT_EQ(groq.format, "openai-chat");
  EXPECT_EQ(groq.key, "gsk");
  EXPECT_EQ(groq.strong_model, "openai/gpt-oss-20b");
  EXPECT_EQ(groq.limits.requests_per_day, 1000u);
  EXPECT_EQ(groq.extra_headers, (http_headers{{"X-Team", "blue"}}));
  EXPECT_THAT(names(x), ElementsAre("ollama", "groq"));
}

TEST_F(Settings, LeaveOutDisabledProviders) {
  variables_["ANTHROPIC_API_KEY"] = "k";
  auto x = parse(R"({"providers": {"ollama": {"enabled": false}}})");
  EXPECT_THAT(names(x), ElementsAre("claude"));
}

TEST_F(Settings, NameTheNearestKeyForAnUnknownOne) {
  EXPECT_EQ(complaint(R"({"providers": {"claude": {"max_concurent": 1}}})"),
            "bad_config: smart-agents.json: providers.claude.max_concurent: "
            "unknown key; did you mean max_concurrent?");
  EXPECT_THAT(complaint(R"({"provider": {}})"),
              HasSubstr("provider: unknown key; did you mean providers?"));
  EXPECT_THAT(complaint(R"({"server": {"xyz": 1}})"),
              HasSubstr("server.xyz: unknown key; known: host, port"));
}

TEST_F(Settings, NameLineAndColumnOfBadJson) {
  EXPECT_THAT(complaint("{\n  \"server\": {\"port\": nope}\n}"),
              HasSubstr("smart-agents.json:2:2"));
  EXPECT_THAT(complaint("{} x"), HasSubstr("smart-agents.json:1:4"));
  EXPECT_THAT(complaint("{\"server\": {"), HasSubstr("not JSON: incomplete"));
  EXPECT_THAT(complaint(""), HasSubstr("not JSON"));
  EXPECT_THAT(complaint("[]"), HasSubstr("must be an object, not an array"));
  EXPECT_THAT(complaint(std::string(100, '[')), HasSubstr("not JSON"));
}

TEST_F(Settings, RefuseAKeyThatStandsTwice) {
  EXPECT_THAT(complaint(R"({"server": {"port": 1, "port": 2}})"),
              HasSubstr("the key \"port\" stands twice"));
  EXPECT_THAT(complaint(R"({"providers": {"claude": {}, "claude": {}}})"),
              HasSubstr("the key \"claude\" stands twice"));
  EXPECT_EQ(complaint(R"({"server": {"port": 1}, "log": {}})"), "");
}

TEST_F(Settings, RefuseWrongTypesAndRanges) {
  std::vector<std::pair<const char*, const char*>> cases{
    {R"({"server": {"port": "80"}})", "server.port: must be a whole number"},
    {R"({"server": {"port": 70000}})", "server.port: must be a whole number"},
    {R"({"server": {"port": 1.5}})", "server.port: must be a whole number"},
    {R"({"server": {"grace": 10}})", "server.grace: must be a duration"},
    {R"({"server": {"grace": "10 s"}})", "server.grace: must be a duration"},
    {R"({"server": {"grace": "-1s"}})", "server.grace: must be a duration"},
    {R"({"server": {"host": "all"}})", "server.host: 'all' is no IP address"},
    {R"({"server": {"port": 1, "control_port": 1}})", "server.control_port"},
    {R"({"log": {"json": 1}})", "log.json: must be true or false, not a "},
    {R"({"log": {"level": "inf"}})", "did you mean info?"},
    {R"({"providers": []})", "providers: must be an object"},
    {R"({"providers": {"A B": {}}})", "a provider's name is made of"},
    {R"({"providers": {"ollama": {"limits": {"requests_per_day": -1}}}})",
     "providers.ollama.limits.requests_per_day: must be a whole number from 0"},
    {R"({"providers": {"ollama": {"limits": {"time_zone": "Mars/Base"}}}})",
     "limits.time_zone: 'Mars/Base' is no IANA time zone"},
    {R"({"providers": {"ollama": {"limits": {"time_zone": "../passwd"}}}})",
     "limits.time_zone"},
    {R"({"providers": {"ollama": {"base_url": "ollama:1"}}})",
     "providers.ollama.base_url: URL 'ollama:1': it must start with http"},
    {R"({"providers": {"ollama": {"base_url": "http://h/?a=b"}}})",
     "must be without '?'"},
    {R"({"providers": {"ollama": {"format": "olama"}}})",
     "did you mean ollama?"},
    {R"({"providers": {"ollama": {"headers": {"A": "b\nC: d"}}}})",
     "headers.A: must not hold control characters"},
    {R"({"providers": {"ollama": {"models": ["a", 1]}}})",
     "providers.ollama.models[1]: must be a string"},
    {R"({"providers": {"mine": {"model": "m"}}})",
     "providers.mine.base_url: is missing"},
    {R"({"providers": {"mine": {"base_url": "http://h"}}})",
     "providers.mine.model: is missing"},
    {R"({"routing": {"rules": [{"provider": "cloude"}]}})",
     "routing.rules[0].provider: there is no provider 'cloude'; did you mean "
     "claude?"},
    {R"({"routing": {"rules": [{"provider": "grok", "types": ["cod"]}]}})",
     "routing.rules[0].types[0]: must be one of: text, code"},
    {R"({"routing": {"rules": [{}]}})", "rules[0].provider: is missing"},
    {R"({"routing": {"rules": [{"provider": "grok", "min_complexity": 9,
                                "max_complexity": 2}]}})",
     "min_complexity is above max_complexity"},
    {R"({"routing": {"rules": [{"provider": "grok", "pattern": "(a"}]}})",
     "a ( is not closed (at character 3)"},
    {R"({"routing": {"rules": [{"provider": "grok", "tools": "some"}]}})",
     "routing.rules[0].tools: 'some' is none of: any, with, without"},
    {R"({"routing": {"rules": [{"provider": "grok", "min_tokens": 9,
                                "max_tokens": 2}]}})",
     "min_tokens is above max_tokens"},
    {R"({"routing": {"max_cost_usd": -1}})",
     "routing.max_cost_usd: must be a number of dollars from 0 to 1000000"},
    {R"({"routing": {"learn": "no"}})", "routing.learn: must be true or false"},
    {R"({"routing": {"default_model": "auto:fats"}})", "auto:fast"},
    {R"({"routing": {"default_providers": {"code": "nobody"}}})",
     "routing.default_providers.code: there is no provider 'nobody'"},
    {R"({"database": 7})", "smart-agents.json: database: must be a string"},
  };
  for (auto& [text, expected] : cases)
    EXPECT_THAT(complaint(text), HasSubstr(expected)) << text;
}

TEST_F(Settings, RefuseAKeyInTheFileAndDoNotRepeatIt) {
  for (const char* text :
       {R"({"providers": {"claude": {"key": "hunter2hunter2"}}})",
        R"({"providers": {"claude": {"api_key": "hunter2hunter2"}}})",
        R"({"providers": {"claude": {"headers":
             {"Authorization": "Bearer hunter2hunter2"}}}})"}) {
    auto said = complaint(text);
    EXPECT_THAT(said, HasSubstr("a key does not belong in this file"));
    EXPECT_THAT(said, HasSubstr("key_env"));
    EXPECT_THAT(said, testing::Not(HasSubstr("hunter2")));
  }
}

TEST_F(Settings, NameTheVariableOfAMissingKey) {
  EXPECT_EQ(complaint(R"({"providers": {"groq": {"base_url": "https://h/v1",
                          "model": "m", "key_env": "GROQ_KEY"}}})"),
            "bad_config: smart-agents.json: providers.groq.key_env: the "
            "environment variable GROQ_KEY is not set: export it, or set "
            "\"enabled\": false");
}

TEST_F(Settings, ReadAKeyFromAFileThatOnlyItsOwnerMayRead) {
  temporary_folder folder;
  folder.write("key", "  sk-secret \n");
  auto config = folder.write(
    "smart-agents.json", R"({"providers": {"claude": {"key_file": "key"}}})");
  auto x = load_settings(config, env(), source_);
  ASSERT_TRUE(x) << render(x.error());
  EXPECT_EQ(provider(*x, "claude").key, "sk-secret");
  folder.write("key", "sk-secret", 0640);
  x = load_settings(config, env(), source_);
  ASSERT_FALSE(x);
  EXPECT_THAT(render(x.error()), HasSubstr("can be read by others: chmod 600"));
  folder.write("key", " \n");
  EXPECT_THAT(render(load_settings(config, env(), source_).error()),
              HasSubstr("holds no key"));
  std::filesystem::remove(folder.path / "key");
  EXPECT_THAT(render(load_settings(config, env(), source_).error()),
              HasSubstr("there is no file"));
}

TEST_F(Settings, RefuseAKeyThatWouldBreakAHeader) {
  variables_["ANTHROPIC_API_KEY"] = "abc\r\nX-Evil: 1";
  auto said = complaint("{}");
  EXPECT_THAT(said, HasSubstr("environment variable ANTHROPIC_API_KEY"));
  EXPECT_THAT(said, testing::Not(HasSubstr("Evil")));
}

TEST_F(Settings, AreFoundInTheConfigurationFolder) {
  temporary_folder folder;
  auto path = folder.write("smart-agents/smart-agents.json",
                           R"({"server": {"max_tasks": 3}})");
  variables_["XDG_CONFIG_HOME"] = folder.path.string();
  auto x = load_settings("", env(), source_);
  ASSERT_TRUE(x) << render(x.error());
  EXPECT_EQ(x->max_tasks, 3u);
  EXPECT_EQ(source_.path, path);
}

TEST_F(Settings, NameAFileThatIsNotThere) {
  auto x = load_settings("/nowhere/a.json", env(), source_);
  ASSERT_FALSE(x);
  EXPECT_EQ(render(x.error()),
            "bad_config: /nowhere/a.json: there is no such file");
}

TEST_F(Settings, PutTheUsersRulesBeforeTheBuiltInOnes) {
  auto x = parse(R"({"routing": {"rules": [
    {"types": ["code"], "provider": "grok", "strongest": true}]}})");
  ASSERT_EQ(x.routing.rules.size(), default_route_rules().size() + 1);
  EXPECT_EQ(x.routing.rules[0].provider, "grok");
  EXPECT_TRUE(x.routing.rules[0].strongest);
  EXPECT_EQ(x.routing.rules[1], default_route_rules()[0]);
}

TEST_F(Settings, TakeRulesByWordsKeyToolsAndSize) {
  auto x = parse(R"({"routing": {"learn": false, "max_cost_usd": 0.25,
    "default_model": "auto:local-only", "rules": [
    {"pattern": "\\bsql\\b", "key": "team", "tools": "with",
     "min_tokens": 10, "max_tokens": 20, "provider": "grok"}]}})");
  route_rule expected;
  expected.provider = "grok";
  expected.pattern = "\\bsql\\b";
  expected.key = "team";
  expected.tools = "with";
  expected.min_tokens = 10;
  expected.max_tokens = 20;
  EXPECT_EQ(x.routing.rules[0], expected);
  EXPECT_FALSE(x.routing.learn);
  EXPECT_EQ(x.routing.max_cost_usd, 0.25);
  EXPECT_EQ(x.routing.default_model, "auto:local-only");
}

TEST_F(Settings, WarnAboutAnAddressThatOthersCanReach) {
  parse(R"({"server": {"host": "0.0.0.0", "control_host": "0.0.0.0"}})");
  EXPECT_THAT(source_.warnings,
              Contains(HasSubstr("server.control_host: 0.0.0.0")));
  // Clients need keys there, unless somebody says otherwise.
  EXPECT_THAT(source_.warnings,
              testing::Not(Contains(HasSubstr("server.host: 0.0.0.0"))));
  parse(R"({"server": {"host": "0.0.0.0"},
            "gateway": {"require_keys": "never"}})");
  EXPECT_THAT(source_.warnings, Contains(HasSubstr("server.host: 0.0.0.0")));
}

TEST_F(Settings, AreShownWithoutSecretsAndCanBeLoadedAgain) {
  variables_["ANTHROPIC_API_KEY"] = "hunter2hunter2";
  auto x = parse(R"({"providers": {"ollama": {"headers":
    {"X-Note": "sk-ant-0123456789abcdef0123"}}}})");
  auto shown = show_settings(x);
  EXPECT_THAT(shown, testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(shown, testing::Not(HasSubstr("0123456789")));
  EXPECT_THAT(shown, HasSubstr(R"("key_env": "ANTHROPIC_API_KEY")"));
  EXPECT_EQ(show_settings(parse(shown)), shown);
}

TEST_F(Settings, OfTheSimulatorPointToItAndKeepALedgerOfTheirOwn) {
  auto base = parse(R"({"providers": {"ollama": {"model": "tiny"}}})");
  auto x = simulated_settings(
    base, {{"claude", "http://127.0.0.1:1"}, {"ollama", "http://127.0.0.1:2"}});
  EXPECT_TRUE(x.simulate);
  EXPECT_THAT(names(x), ElementsAre("ollama", "claude"));
  EXPECT_EQ(provider(x, "ollama").model, "tiny");
  EXPECT_EQ(provider(x, "claude").base_url, "http://127.0.0.1:1");
  EXPECT_FALSE(provider(x, "claude").key.empty());
  EXPECT_TRUE(provider(x, "claude").simulated);
  EXPECT_NE(x.database, base.database);
}
