#pragma once

#include "adapters/client_codec.hpp"
#include "adapters/codecs/json_writer.hpp"

/// Pieces of Messages answers that whole ones and streams share.

namespace smart_agents::codecs::messages_api {

/// `stop_reason`.
std::string_view stop_name(finish_reason x, bool called);

/// The usage object.
void write_usage(json_writer& out, const usage& x);

/// What a client gives back with a thought.
std::string seal_of(const thinking_part& x);

/// The state of a call as a thought before it: clients give thoughts back
/// whole, and blocks of calls have no place for it.
std::string seal_of(const tool_call_part& x);

/// Thoughts are shown to those who asked. Claude's own are never changed: the
/// API refuses a signature with another text.
bool shows(std::string_view origin, const answer_head& head);

/// What is signed is sent in any case, without its text, since the model wants
/// to see it again.
bool is_sent(const thinking_part& x, const answer_head& head);

/// A thinking block.
void write_thought(json_writer& out, std::string_view text,
                   std::string_view sealed);

/// A message up to the opening of its content.
void write_message_head(json_writer& out, const answer_head& head);

/// The error body, also the data of an error event.
std::string error_body(const failure& why, std::string_view request_id);

} // namespace smart_agents::codecs::messages_api
