#pragma once

#include "messages/task.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace smart_agents {

/// What is wrong with a task before anybody is asked: an empty conversation, a
/// prompt over `max_prompt` bytes, or a text with invalid UTF-8 or a NUL byte.
/// The failure is a `bad_request` that names what, where and the remedy.
std::optional<failure> check_task(const task& what, uint64_t max_prompt);

/// Position of the first byte that is NUL or not part of valid UTF-8 (RFC 3629:
/// no overlong forms, no surrogates), or `npos`.
size_t find_bad_byte(std::string_view text);

} // namespace smart_agents
