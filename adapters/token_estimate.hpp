#pragma once

#include "messages/chat.hpp"

#include <cstdint>
#include <string_view>

namespace smart_agents {

/// Estimated tokens of a text: a linear count over character classes, fitted
/// to o200k (mean error 7 % on prose and code; docs/PROVIDERS.md has the
/// figures). Bytes that are no UTF-8 count one token each.
uint64_t estimate_tokens(std::string_view text);

/// Estimated input tokens of a request: texts, tool schemas, per-message and
/// per-tool overhead, media by kind; with 10 % headroom, since it is reserved.
uint64_t estimate_input(const chat_request& request, std::string_view vendor);

} // namespace smart_agents
