#pragma once

#include "adapters/client_codec.hpp"
#include "adapters/codecs/json_writer.hpp"

/// Pieces of Responses answers that whole ones and streams share.

namespace smart_agents::codecs::responses_api {

/// The usage object.
void write_usage(json_writer& out, const usage& x);

/// Why an answer is incomplete; empty when it is not.
std::string_view incomplete(finish_reason x);

/// A response object. `output` is a JSON array; `error` and `tokens` may be
/// null.
void write_response(json_writer& out, const answer_head& head,
                    std::string_view status, std::string_view why_incomplete,
                    const failure* error, std::string_view output,
                    const usage* tokens);

/// An item of an answer.
struct item {
  enum class kind : uint8_t { message, reasoning, call, kept };
  kind what = kind::message;
  uint32_t part = 0;
  std::string id;
  /// Text, thought, arguments, or a kept item's JSON.
  std::string text;
  std::string call_id;
  std::string name;
  /// Sealed state of a reasoning item.
  std::string sealed;
  bool done = false;
};

/// A content part of a message.
void write_text_part(json_writer& out, std::string_view text);

/// A paragraph of a reasoning item.
void write_summary_part(json_writer& out, std::string_view text);

/// An item as it begins, or whole.
void write_item(json_writer& out, const item& x, bool whole);

/// The id of an item.
std::string id_of(const answer_head& head, item::kind what, size_t ordinal);

/// All items, whole, as a JSON array.
std::string output_of(const std::vector<item>& items);

/// The state of a call that another provider made, as reasoning before it:
/// clients give that back, and calls have no place for it.
std::string seal_of_call(std::string_view signature, std::string_view signer);

} // namespace smart_agents::codecs::responses_api
