#include "runtime/settings.hpp"

#include <algorithm>
#include <array>

namespace smart_agents {

namespace {

provider_settings ollama() {
  provider_settings x;
  x.format = "ollama";
  x.base_url = "http://127.0.0.1:11434";
  x.vendor = "ollama";
  x.model = "qwen3:8b";
  x.strong_model = "qwen3:8b";
  x.local = true;
  // One GPU answers one at a time; more only wait inside Ollama.
  x.max_concurrent = 4;
  return x;
}

provider_settings gemini() {
  provider_settings x;
  x.format = "gemini";
  x.base_url = "https://generativelanguage.googleapis.com";
  x.key_env = "GOOGLE_API_KEY";
  x.vendor = "gemini";
  x.model = "gemini-3.8-flash";
  x.strong_model = "gemini-4-argon";
  x.limits.requests_per_day = 10000;
  x.limits.requests_per_month = 300000;
  x.limits.time_zone = "America/Los_Angeles";
  return x;
}

provider_settings grok() {
  provider_settings x;
  x.format = "openai-responses";
  x.base_url = "https://api.x.ai/v1";
  x.key_env = "GROK_API_KEY";
  x.vendor = "xai";
  x.model = "grok-4.3";
  x.strong_model = "grok-4.7";
  x.limits.requests_per_day = 100;
  x.limits.requests_per_month = 3000;
  return x;
}

provider_settings chatgpt() {
  provider_settings x;
  x.format = "openai-responses";
  x.base_url = "https://api.openai.com/v1";
  x.key_env = "OPENAI_API_KEY";
  x.vendor = "openai";
  x.model = "gpt-6.1-terra";
  x.strong_model = "gpt-6.1-sol";
  x.limits.requests_per_day = 200;
  x.limits.requests_per_month = 6000;
  return x;
}

provider_settings claude() {
  provider_settings x;
  x.format = "anthropic";
  x.base_url = "https://api.anthropic.com";
  x.key_env = "ANTHROPIC_API_KEY";
  x.vendor = "anthropic";
  x.pass_logins = true;
  x.model = "claude-sonnet-5-5";
  x.strong_model = "claude-opus-5-5";
  x.limits.requests_per_day = 150;
  x.limits.requests_per_month = 4500;
  return x;
}

} // namespace

const std::vector<std::string>& known_providers() {
  static const std::vector<std::string> result{"ollama", "gemini", "grok",
                                               "chatgpt", "claude"};
  return result;
}

provider_settings default_provider(const std::string& name) {
  static constexpr std::array makers{ollama, gemini, grok, chatgpt, claude};
  provider_settings result;
  result.format = "openai-chat";
  const auto& names = known_providers();
  if (auto i = std::find(names.begin(), names.end(), name); i != names.end())
    result = makers[static_cast<size_t>(i - names.begin())]();
  result.name = name;
  return result;
}

std::string default_database(const environment& env) {
  if (auto state = env("XDG_STATE_HOME"); state && !state->empty())
    return *state + "/smart-agents/smart-agents.db";
  if (auto home = env("HOME"); home && !home->empty())
    return *home + "/.local/state/smart-agents/smart-agents.db";
  return {};
}

settings
simulated_settings(settings base,
                   const std::map<std::string, std::string>& base_urls) {
  std::vector<provider_settings> providers;
  auto take = [&](const std::string& name, const std::string& url) {
    auto known = std::find_if(base.providers.begin(), base.providers.end(),
                              [&name](auto& x) { return x.name == name; });
    auto x = known == base.providers.end() ? default_provider(name) : *known;
    x.base_url = url;
    // The simulator wants to see a key, whatever it is.
    x.key = name == "ollama" ? "" : "simulated";
    x.key_env.clear();
    x.key_file.clear();
    for (auto& one : x.credentials)
      one = {one.name, "", "", "simulated-" + one.name};
    x.simulated = true;
    x.assumed = false;
    providers.push_back(std::move(x));
  };
  for (const auto& name : known_providers())
    if (auto found = base_urls.find(name); found != base_urls.end())
      take(name, found->second);
  for (const auto& [name, url] : base_urls)
    if (const auto& known = known_providers();
        std::find(known.begin(), known.end(), name) == known.end())
      take(name, url);
  base.providers = std::move(providers);
  base.simulate = true;
  // Simulated rows must not count against real limits.
  if (!base.database.empty())
    base.database += ".simulated";
  return base;
}

} // namespace smart_agents
