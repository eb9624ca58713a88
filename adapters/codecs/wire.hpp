#pragma once

#include "adapters/catalogue.hpp"
#include "adapters/codecs/json_writer.hpp"
#include "adapters/provider_codec.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

/// What all codecs share when they put a request together.

namespace smart_agents::codecs {

/// A POST of a JSON body to the base URL and `path`, extra headers last. Fails
/// with `ec::bad_config` for a wrong base URL.
caf::expected<http_request> post(const endpoint& to, std::string_view path,
                                 std::string body, http_headers headers);

/// A GET of the same.
caf::expected<http_request> get(const endpoint& to, std::string_view path,
                                http_headers headers);

/// `Authorization: Bearer KEY`, or nothing without a key.
http_headers bearer(const endpoint& to);

/// `path` without `prefix` where the base URL ends with it already, since both
/// `https://api.anthropic.com` and `.../v1` are seen in the wild.
std::string_view below(const endpoint& to, std::string_view prefix,
                       std::string_view path);

/// A model's name as one segment of a path.
std::string percent_encoded(std::string_view text);

bool has_quirk(const std::vector<std::string>& quirks, std::string_view name);

/// Fails with `ec::bad_config` for a quirk that is none of `known`, naming it.
caf::error check_quirks(const endpoint& to,
                        std::initializer_list<std::string_view> known);

/// Checks that a request can become JSON at all: every text is UTF-8, every
/// number finite, schemas are JSON objects. Fails with `ec::bad_input`, naming
/// where. Arguments of calls are left to the formats that need an object.
caf::error check_request(const chat_request& request);

/// `ec::unsupported`: "FORMAT cannot carry WHAT".
caf::error unsupported(std::string_view format, std::string_view what);

/// Room for all texts of a request, so that the body grows once.
size_t body_size(const chat_request& request);

/// Arguments of a call as a JSON object; fails with `ec::bad_input` when they
/// are none. Valid as long as the call.
caf::expected<std::string_view> arguments_of(const tool_call_part& call);

/// The texts in the content of a tool's result, joined by line ends.
std::string text_of_result(const tool_result_part& result);

/// The name of the tool that a result answers, from the call where the result
/// does not say.
std::string_view tool_name_of(const chat_request& request,
                              const tool_result_part& result);

/// Number of system messages before the conversation.
size_t leading_systems(const chat_request& request);

/// The text of those, joined by blank lines.
std::string leading_system_text(const chat_request& request);

/// True when the catalogue lets temperature and top_p be sent to the model. An
/// unknown model gets what the caller asked for.
bool takes_sampling(std::string_view vendor, const chat_request& request);

/// Lower-case name of an effort; empty for `unset`.
std::string_view effort_name(effort x);

} // namespace smart_agents::codecs
