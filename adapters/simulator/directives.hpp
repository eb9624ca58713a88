#pragma once

#include "adapters/simulator/ask.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a prompt can tell the simulated model to do, one a line (or `;;`):
///   CALL tool {json}    answer with a call of the tool; several are parallel
///   THEN tool {json}    after the first result call this one; repeatable.
///                       ${key} takes the value of key from the last result
///   THINK               think before answering
///   FAIL status type    refuse with this status
///   FAILONCE status     the same, the first time only

namespace smart_agents::sim {

/// A tool that the prompt wants called.
struct directed_call {
  std::string name;
  /// A JSON object as text.
  std::string arguments;
};

/// The directives of a prompt.
struct directives {
  std::vector<directed_call> calls;
  std::vector<directed_call> thens;
  bool think = false;
  /// Status of FAIL, 0 for none.
  int fail = 0;
  bool fail_once = false;
};

/// The text less its `<system-reminder>` blocks, trimmed, `;;` as line ends.
std::string without_reminders(std::string_view text);

/// True when a line of the text is a directive.
bool has_directive(std::string_view text);

directives read_directives(std::string_view text);

/// Puts the values of `${key}` in, taken from `key: value` or `"key":"value"`
/// in `source`; nothing for a key that is not there.
std::string fill_in(std::string_view text, std::string_view source);

} // namespace smart_agents::sim
