#pragma once

#include "actors/router/selection.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smart_agents::test {

/// A small catalogue, so that new prices in the real one break no test.
inline std::shared_ptr<const catalogue> small_catalogue() {
  auto result = catalogue::parse(R"({"generated": "2026-11-23", "models": [
    {"provider": "ollama", "model": "*", "input_per_mtok": 0,
     "output_per_mtok": 0},
    {"provider": "anthropic", "model": "sonnet", "input_per_mtok": 2,
     "output_per_mtok": 10, "context": 200000, "vision": true, "tools": true},
    {"provider": "anthropic", "model": "opus", "input_per_mtok": 4,
     "output_per_mtok": 20, "context": 1000000, "vision": true, "tools": true},
    {"provider": "openai", "model": "terra", "input_per_mtok": 1,
     "output_per_mtok": 5, "context": 400000, "vision": true, "tools": true},
    {"provider": "openai", "model": "sol", "input_per_mtok": 2,
     "output_per_mtok": 11, "context": 400000, "vision": true, "tools": true},
    {"provider": "openai", "model": "luna", "input_per_mtok": 0.1,
     "output_per_mtok": 0.5, "context": 128000, "tools": true},
    {"provider": "xai", "model": "grok-small", "input_per_mtok": 1.25,
     "output_per_mtok": 2.5, "context": 100000, "tools": true},
    {"provider": "xai", "model": "grok-large", "input_per_mtok": 2,
     "output_per_mtok": 6, "context": 500000, "tools": true},
    {"provider": "gemini", "model": "flash", "input_per_mtok": 0.75,
     "output_per_mtok": 3.75, "context": 1000000, "vision": true,
     "audio": true, "video": true, "tools": true},
    {"provider": "gemini", "model": "argon", "input_per_mtok": 2,
     "output_per_mtok": 9, "context": 1000000, "vision": true, "audio": true,
     "video": true, "tools": true},
    {"provider": "mistral", "model": "large", "input_per_mtok": 2,
     "output_per_mtok": 6, "context": 128000, "tools": false}]})");
  return std::make_shared<const catalogue>(std::move(*result));
}

/// The five known providers.
inline router_options five_providers() {
  router_options result;
  result.models = small_catalogue();
  result.providers = {
    {"ollama", "ollama", "qwen3:8b", "qwen3:8b", {}, true},
    {"gemini", "gemini", "flash", "argon", {}, false},
    {"grok", "xai", "grok-small", "grok-large", {}, false},
    {"chatgpt", "openai", "terra", "sol", {}, false},
    {"claude", "anthropic", "sonnet", "opus", {}, false},
  };
  return result;
}

/// A task that asks `text`.
inline task task_of(std::string text, std::string model = "auto") {
  task result;
  result.id = "req_1";
  result.model = std::move(model);
  result.request.messages.push_back(text_message(role::user, std::move(text)));
  return result;
}

/// A task whose kind the caller gave.
inline task given(task_type type, int complexity, std::string model = "auto") {
  auto result = task_of("hello", std::move(model));
  result.type = type;
  result.complexity = complexity;
  return result;
}

inline std::string name_of(const candidate& x) {
  return x.provider + "/" + x.model;
}

inline std::vector<std::string> names_of(const std::vector<candidate>& list) {
  std::vector<std::string> result;
  result.reserve(list.size());
  for (const auto& x : list)
    result.push_back(name_of(x));
  return result;
}

} // namespace smart_agents::test
