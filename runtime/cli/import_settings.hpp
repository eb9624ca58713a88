#pragma once

#include "messages/dialect.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Turns the configurations of other routers into ours. Pure.

namespace smart_agents::cli {

/// What became of another program's configuration.
struct imported {
  /// The program: `claude-code-router` or `LiteLLM`.
  std::string from;
  /// A smart-agents.json with comments.
  std::string text;
  /// Keys that stood in the file itself, by the name of the file in which they
  /// are to be kept: `keys/NAME`, beside the configuration.
  std::map<std::string, std::string> keys;
  /// What was left behind, in sentences for people. No secrets.
  std::vector<std::string> notes;
};

/// Reads claude-code-router's `config.json` (`Providers`, `Router`) or
/// LiteLLM's `config.yaml` (`model_list`), whichever it is. Fails with
/// `ec::bad_input`.
caf::expected<imported> import_settings(std::string_view text,
                                        const std::string& today);

} // namespace smart_agents::cli
