#pragma once

#include "runtime/settings.hpp"

#include <optional>
#include <string>
#include <vector>

/// The configuration file that `init` writes. Pure: what was found on the
/// machine is an argument.

namespace smart_agents::cli {

/// What `init` found out.
struct machine {
  /// The settings that the environment alone gives: providers without a key
  /// are not among them.
  settings found;
  /// Models that Ollama has, largest first; unset when it does not answer.
  std::optional<std::vector<std::string>> ollama_models;
  /// YYYY-MM-DD
  std::string today;
};

/// A commented smart-agents.json for the machine: each provider that can
/// answer with its models and the limits that will bind it, the others as
/// comments that say what they lack. Addresses and models that a variable of
/// the environment sets stay the variable's affair.
std::string first_settings(const machine& x);

/// The names in an answer of Ollama's `GET /api/tags`
/// (https://github.com/ollama/ollama/blob/main/docs/api.md), largest first,
/// those that only embed text left out. Empty for anything else.
std::vector<std::string> models_of_ollama(std::string_view body);

} // namespace smart_agents::cli
