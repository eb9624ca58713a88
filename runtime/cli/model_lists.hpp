#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smart_agents::cli {

/// A model as its provider lists it.
struct listed_model {
  std::string name;
  /// Window in tokens; 0 where the provider does not say.
  uint64_t context = 0;

  bool operator==(const listed_model&) const = default;
};

/// Reads a provider's own list of models: OpenAI's and Anthropic's
/// `{"data": [{"id"}]}`, Gemini's `{"models": [{"name": "models/..."}]}`
/// without those that generate nothing, Ollama's `GET /api/tags`. Ordered by
/// name; empty for anything else.
std::vector<listed_model> read_model_list(std::string_view body);

} // namespace smart_agents::cli
