#pragma once

#include "adapters/codecs/json_access.hpp"
#include "adapters/provider_codec.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include <optional>
#include <string>
#include <string_view>

/// What all codecs share: how requests are put together, and what errors mean.

namespace smart_agents::codecs {

/// What an error body says, whatever its shape.
struct error_facts {
  std::string type;
  std::string code;
  std::string message;
};

/// Reads the error bodies of all providers: `{"error":{...}}`,
/// `{"code":...,"error":"text"}` and `{"error":"text"}`. A body that is no JSON
/// becomes the message, shortened.
error_facts read_error(std::string_view body);

/// The class of a status when no code says better.
failure_class class_of_status(int status);

/// True when a message says that the prompt is longer than the context.
bool says_context_too_long(std::string_view message);

/// True when a message says that credit or spending limits are used up.
bool says_no_credit(std::string_view message);

/// How long the answer asks to wait: `retry-after-ms`, `retry-after` (seconds
/// or an HTTP date against the answer's `date`), OpenAI's reset of a limit that
/// has nothing left.
std::optional<caf::timespan> retry_after(const http_headers& headers);

/// A Go duration such as `1m2.5s` or `78ms`; seconds without a unit too.
std::optional<caf::timespan> parse_duration(std::string_view text);

/// A failure from its parts, `retry_after` taken from the head.
failure make_failure(failure_class what, const http_head& head,
                     const error_facts& facts);

/// The failure of a body that is no JSON, or not of the expected shape.
failure broken(std::string_view what);

/// A POST of `body` to `base_url` + `path`, with `content-type` and the
/// endpoint's extra headers. Fails with `ec::bad_config` for a wrong base URL.
caf::expected<http_request> post(const endpoint& to, std::string_view path,
                                 const json::value& body, http_headers headers);

/// A GET of the same.
caf::expected<http_request> get(const endpoint& to, std::string_view path,
                                http_headers headers);

/// `Authorization: Bearer KEY`, or nothing without a key.
http_headers bearer(const endpoint& to);

/// Parses a JSON text that the canonical model carries (a schema, a call's
/// arguments). Fails with `ec::bad_input`, naming `what`.
caf::expected<json::value> parse_embedded(std::string_view text,
                                          std::string_view what);

/// Checks that all texts are UTF-8 without NUL, as every format demands. Fails
/// with `ec::bad_input`, naming message and byte.
caf::error check_texts(const chat_request& request);

/// True when the peer is configured with this departure from the format.
bool has_quirk(const endpoint& to, std::string_view name);

/// The system messages at the head of a conversation, joined by blank lines,
/// and the index of the first message after them.
std::string leading_system(const chat_request& request, size_t& next);

} // namespace smart_agents::codecs
