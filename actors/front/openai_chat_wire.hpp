#pragma once

#include "messages/chat.hpp"
#include "messages/dialect.hpp"
#include "messages/failure.hpp"

#include <string>
#include <string_view>

/// OpenAI Chat Completions as a format that we serve: what a client sends in,
/// what it gets back. Text and roles so far. Pure.

namespace smart_agents::openai_chat_wire {

/// Parses a request body. `model` is what the client wrote. Fails with
/// `ec::bad_input`, naming the field.
caf::expected<chat_request> parse_request(std::string_view body);

/// A whole answer (`chat.completion`).
std::string write_response(const std::string& id, const std::string& model,
                           int64_t created, const chat_response& response);

/// One server-sent event for a piece of a stream, or empty when the format has
/// nothing to say for it.
std::string write_event(const std::string& id, const std::string& model,
                        int64_t created, const stream_event& event);

/// The last bytes of a good stream.
std::string write_done();

/// An error body, and the same as an event for a stream that has begun.
std::string write_error(const failure& why);
std::string write_error_event(const failure& why);

/// The HTTP status that this failure has for a client.
int status_of(failure_class what);

} // namespace smart_agents::openai_chat_wire
