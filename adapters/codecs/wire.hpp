#pragma once

#include "adapters/catalogue.hpp"
#include "adapters/codecs/json_writer.hpp"
#include "adapters/provider_codec.hpp"
#include "adapters/tool_names.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What all codecs share when they put a request together.

namespace smart_agents::codecs {

/// A POST of a JSON body to the base URL and `path`, extra headers last. Fails
/// with `ec::bad_config` for a wrong base URL.
caf::expected<http_request> post(const endpoint& to, std::string_view path,
                                 http_body body, http_headers headers);

/// Marks a request whose body is its client's own.
caf::expected<http_request> passing(caf::expected<http_request> request);

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

/// Fails with `ec::bad_config` for a quirk that the format does not know,
/// naming it.
caf::error check_quirks(const endpoint& to, std::string_view format);

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

/// The texts in the content of a tool's result, joined by line ends. Blocks of
/// a format's own are told as their JSON: nothing that a tool said is lost.
std::string text_of_result(const tool_result_part& result);

/// The name of the tool that a result answers, from the call where the result
/// does not say.
std::string_view tool_name_of(const chat_request& request,
                              const tool_result_part& result);

/// True when one of two names is the other's dated or `-latest` snapshot, or
/// one of them is not known. `NAME*` stands for all that begin with it, as the
/// first name only. Names may have a vendor or `models/` in front.
bool same_model(std::string_view a, std::string_view b);

/// True when the thought was written in `format` and signed, if at all, by the
/// model that is asked now: signatures are good for nobody else.
bool is_own_thought(const thinking_part& x, std::string_view format,
                    const chat_request& request);

/// An id that every format takes, `[A-Za-z0-9_-]{1,64}`: the id itself where it
/// is one; else one made of it, the same each time and different for different
/// ids.
std::string portable_id(std::string_view id);

/// The conversation with its calls and results in pairs, since one orphan makes
/// every provider refuse every request from there on: results without a call
/// go, calls without a result get one that says so, and results stand in the
/// first message after their calls. The request itself when nothing is amiss,
/// else a copy in `room`.
const chat_request& mended(const chat_request& request,
                           std::optional<chat_request>& room);

/// Messages from `begin` on that are all an assistant's, or all not; systems
/// count as users, for formats that know them at the head only.
size_t end_of_turn(const chat_request& request, size_t begin);

/// Writes stop sequences as an array, as many as the format takes; `losses`
/// tells of the others.
void write_stops(json_writer& out, std::string_view key,
                 const std::vector<std::string>& stops, size_t most = SIZE_MAX);

/// Number of system messages before the conversation.
size_t leading_systems(const chat_request& request);

/// The text of those, joined by blank lines.
std::string leading_system_text(const chat_request& request);

/// True when the catalogue lets temperature and top_p be sent to the model. An
/// unknown model gets what the caller asked for.
bool takes_sampling(std::string_view vendor, const chat_request& request);

/// Lower-case name of an effort; empty for `unset`.
std::string_view effort_name(effort x);

/// The effort as OpenAI's formats write it to this model; empty to leave it
/// out: models that do not reason refuse it, and GPT-6.1 the two lowest.
std::string_view openai_effort(const chat_request& request);

} // namespace smart_agents::codecs
