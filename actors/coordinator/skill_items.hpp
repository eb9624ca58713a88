#pragma once

#include "messages/route.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a step is fanned out over. Pure.

namespace smart_agents {

/// What one part of a fan-out works on.
struct skill_item {
  /// Unique among the parts.
  std::string name;
  std::string text;
  /// Of a plan: what people call it, what it needs, and how hard it is.
  std::string title = {};
  std::vector<std::string> after = {};
  std::optional<task_type> type = {};
  /// 0 leaves it to the step.
  int complexity = 0;
};

/// Cuts a text into pieces of at most `bytes` (more when there would be more
/// than `most` of them), at an empty line if there is one in the last third of
/// a piece, else at a line's end, else at a blank; never within a character.
std::vector<skill_item> cut_into_chunks(std::string_view text, uint64_t bytes,
                                        uint32_t most);

/// Reads the JSON list in an answer, whatever stands around it. Fails with
/// `ec::bad_input`: none, not a list, empty, or more than `most`.
caf::expected<std::vector<skill_item>> read_list(std::string_view answer,
                                                 uint32_t most);

/// Reads the plan in an answer: a JSON list of objects with `name` and `task`,
/// and, if they like, `title`, `after` (names), `type` and `complexity`. In the
/// result each comes behind those that it needs. Fails with `ec::bad_input`
/// for what `read_list` refuses, names that are missing, unknown or twice, and
/// parts that wait for each other.
caf::expected<std::vector<skill_item>> read_plan(std::string_view answer,
                                                 uint32_t most);

} // namespace smart_agents
