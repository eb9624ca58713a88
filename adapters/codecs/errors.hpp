#pragma once

#include "adapters/codecs/json_reader.hpp"
#include "adapters/http_client.hpp"
#include "messages/failure.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What errors mean. One table for all formats: their codes do not collide,
/// and a compatible server often answers in another vendor's words.

namespace smart_agents::codecs {

/// What an error body says, whatever its shape.
struct error_facts {
  /// Anthropic's and OpenAI's `type`, Gemini's `status`.
  std::string type;
  /// The finest code there is, numbers as text.
  std::string code;
  std::string message;
  /// Gemini: the limit that was hit, for example `...PerDay...`.
  std::string quota_id;
  /// Gemini: why, for example `API_KEY_INVALID`.
  std::string reason;
  /// Gemini's RetryInfo.
  std::optional<caf::timespan> retry_delay;
  /// False when the body is no error that we know the shape of.
  bool known = false;
};

/// Reads the error bodies of all providers: `{"error":{...}}`,
/// `{"error":"text"}`, xAI's `{"code":"text","error":"text"}`, a flat
/// `{"code","message"}`, and the same in an array. Of another body the start
/// becomes the message.
error_facts read_error(std::string_view body);

/// The same for a body that is parsed already.
error_facts read_error(const json::object& body);

/// Classifies a bad answer: billing and quota codes first, then context
/// patterns, then other codes, then the status. `x-should-retry` overrides
/// what only the status said.
failure classify_answer(const http_head& head, std::string_view body);

/// Classifies an error that came inside a good answer or stream (status 200).
failure classify_error(const error_facts& facts);

/// An answer that breaks the format.
failure broken(std::string_view what);

} // namespace smart_agents::codecs
