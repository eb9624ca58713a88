#pragma once

#include "messages/failure.hpp"

#include <string>
#include <string_view>

namespace smart_agents::codecs {

/// HTTP status of a failure for clients of OpenAI's formats.
int openai_status(failure_class what);

/// What OpenAI's formats call it: `type` and `code` of an error. Clients shrink
/// their conversation on `context_length_exceeded`, so it must be that word.
std::string_view openai_error_type(failure_class what);
std::string openai_error_code(const failure& why);

/// The error body of OpenAI's formats.
std::string openai_error(const failure& why);

/// The body of 401 for a client's own key.
std::string openai_unauthorized(std::string_view message);

} // namespace smart_agents::codecs
