#pragma once

#include "messages/chat.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Names of tools, which some formats take in fewer forms than others: what a
/// format refuses is rewritten on the way out, and given back on the way in.

namespace smart_agents {

/// The name as `format` takes it: the name itself where it does; else one made
/// of it, the same each time and different for different names. An unknown
/// format takes every name.
///
/// Limits (November 2026, from the vendors' references): Anthropic
/// `[A-Za-z0-9_-]{1,128}`, OpenAI `[A-Za-z0-9_-]{1,64}`, Gemini
/// `[A-Za-z_][A-Za-z0-9_.:-]{0,63}`; Ollama none.
std::string tool_name_for(std::string_view format, std::string_view name);

/// The tools of one request that go by another name at its provider.
class tool_names {
public:
  tool_names() = default;

  tool_names(std::string_view format, const chat_request& request);

  bool empty() const {
    return renamed_.empty();
  }

  /// Gives the calls in an answer the names that their client knows.
  void restore(stream_event& x) const;
  void restore(chat_response& x) const;

private:
  void restore(std::string& name) const;

  /// Name at the provider, name of the client.
  std::vector<std::pair<std::string, std::string>> renamed_;
};

} // namespace smart_agents
