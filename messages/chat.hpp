#pragma once

#include "messages/shared_list.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// The canonical conversation: what every provider's wire format is decoded
/// into and encoded from. Values only; a codec (adapters/provider_codec.hpp)
/// maps it, and losing nothing that a target format can carry is the codec's
/// promise.

namespace smart_agents {

/// Who speaks. A system message may also stand in mid-conversation.
enum class role : uint8_t { system, user, assistant, tool };

/// Where a prompt cache may cut; empty means no mark.
enum class cache_mark : uint8_t { none, five_minutes, one_hour };

/// Plain text.
struct text_part {
  std::string text;
  cache_mark cache = cache_mark::none;
  bool operator==(const text_part&) const = default;
};

/// An image, document, sound or film: inline bytes (base64) or a URL.
struct media_part {
  enum class kind : uint8_t { image, document, audio, video };
  kind what = kind::image;
  /// For example `image/png`.
  std::string mime_type;
  /// Base64 without a `data:` prefix; empty when `url` is set.
  std::string base64;
  std::string url;
  /// File name, where a format carries one.
  std::string name;
  cache_mark cache = cache_mark::none;
  /// How closely an image is looked at (OpenAI: `low`, `high`, ...); empty
  /// leaves it to the provider.
  std::string detail = {};
  bool operator==(const media_part&) const = default;
};

/// A model's reasoning. Signatures are opaque and bind to provider and model.
struct thinking_part {
  std::string text;
  std::string signature;
  /// True for Anthropic's `redacted_thinking`: `signature` is its data.
  bool redacted = false;
  /// Wire format of the provider that wrote it, so that others drop it.
  std::string origin;
  /// Model that signed, for which alone the signature is good; empty when
  /// there is no signature or the signer is unknown.
  std::string signer = {};
  bool operator==(const thinking_part&) const = default;
};

/// A model asks for a tool.
struct tool_call_part {
  std::string id;
  std::string name;
  /// A JSON object as text; `{}` for no arguments.
  std::string arguments;
  /// Gemini's per-part thought signature.
  std::string signature;
  /// As in `thinking_part`.
  std::string signer = {};
  bool operator==(const tool_call_part&) const = default;
};

/// A block this version does not know: kept verbatim for its own format.
struct opaque_part {
  /// Wire format that it belongs to, for example `anthropic`.
  std::string format;
  std::string json;
  bool operator==(const opaque_part&) const = default;
};

/// The answer of a tool; content may hold text, media and blocks of a format's
/// own, such as references to tools.
struct tool_result_part {
  std::string call_id;
  std::string name;
  std::vector<std::variant<text_part, media_part, opaque_part>> content;
  bool is_error = false;
  cache_mark cache = cache_mark::none;
  bool operator==(const tool_result_part&) const = default;
};

using part = std::variant<text_part, media_part, thinking_part, tool_call_part,
                          tool_result_part, opaque_part>;

/// One turn of a conversation.
struct message {
  role from = role::user;
  std::vector<part> parts;
  bool operator==(const message&) const = default;
};

/// A tool that the model may call.
struct tool_definition {
  std::string name;
  std::string description;
  /// JSON Schema of the arguments, as text.
  std::string schema = R"({"type":"object"})";
  bool strict = false;
  bool defer_loading = false;
  cache_mark cache = cache_mark::none;
  /// Of a tool that a provider runs itself (such as a web search): its wire
  /// format, and the whole definition as JSON. Other formats leave it out.
  std::string format = {};
  std::string json = {};
  bool operator==(const tool_definition&) const = default;
};

/// Whether and which tools the model must use.
struct tool_choice {
  enum class mode : uint8_t { automatic, none, required, named };
  mode how = mode::automatic;
  std::string name;
  bool parallel = true;
  bool operator==(const tool_choice&) const = default;
};

/// How hard the model should think; `unset` leaves the provider's default.
enum class effort : uint8_t { unset, none, minimal, low, medium, high, max };

struct client_body;

/// One request in canonical form.
struct chat_request {
  /// The provider's own model id.
  std::string model;
  /// System messages first; they may also stand in mid-conversation.
  shared_list<message> messages;
  shared_list<tool_definition> tools;
  tool_choice choice;
  /// Output cap in tokens; unset takes the model's default from the catalogue.
  std::optional<uint32_t> max_output;
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::vector<std::string> stop;
  effort reasoning = effort::unset;
  /// Tokens for thinking, for models that count in budgets.
  std::optional<uint32_t> thinking_budget = {};
  /// True when the answer shall show its thinking, as far as the provider does.
  bool show_thoughts = false;
  /// Groups requests for the provider's prompt cache; empty for none.
  std::string cache_key = {};
  /// JSON Schema that the answer must meet, as text; empty for free text.
  std::string output_schema;
  /// True when the answer must be JSON of any shape.
  bool json_output = false;
  bool stream = false;
  /// Null unless a client's bytes may pass as they are.
  std::shared_ptr<const client_body> verbatim = {};
  bool operator==(const chat_request&) const = default;
};

/// A request as its client wrote it, for a provider that speaks the same format
/// (adapters/verbatim.hpp).
struct client_body {
  std::string format;
  /// The bytes, shared with whoever received them.
  std::shared_ptr<const std::string> json;
  /// Headers that belong to it, such as `anthropic-beta`.
  std::vector<std::pair<std::string, std::string>> headers;
  /// What it was parsed to. Of a request that says anything else the bytes are
  /// no longer what is meant, and are not used.
  chat_request parsed;
};

/// Token counts, each counted once: nothing is contained in another, except
/// that `reasoning` is the part of `output` spent on thinking.
struct usage {
  uint64_t uncached_input = 0;
  uint64_t cache_read = 0;
  uint64_t cache_write = 0;
  uint64_t output = 0;
  uint64_t reasoning = 0;
  /// True when the provider did not report and we counted ourselves.
  bool estimated = false;
  /// The part of `cache_write` that is kept for an hour, which costs more.
  uint64_t cache_write_hour = 0;
  /// What the provider says that the call cost; unset when it does not say.
  std::optional<double> charged_usd = {};

  uint64_t input() const {
    return uncached_input + cache_read + cache_write;
  }
  uint64_t total() const {
    return input() + output;
  }
  bool operator==(const usage&) const = default;
};

/// Why a model stopped. `tool_calls` is derived from the calls present.
enum class finish_reason : uint8_t {
  stop,
  length,
  tool_calls,
  filtered,
  context_full,
  /// The provider wants the same content sent again to go on.
  resume,
  malformed_call,
};

/// An answer as its provider wrote it, for a client that speaks the same format
/// and whose request went as it was (adapters/verbatim.hpp).
struct wire_answer {
  std::string format;
  std::string json;
};

/// One complete answer in canonical form.
struct chat_response {
  /// The provider's own response id, where it gives one.
  std::string id;
  /// The model that the provider says it was.
  std::string model;
  std::vector<part> parts;
  finish_reason finish = finish_reason::stop;
  usage tokens;
  /// Null unless the provider's own bytes may pass.
  std::shared_ptr<const wire_answer> verbatim = {};
  bool operator==(const chat_response&) const = default;
};

/// What a stream tells, in order. `index` numbers the parts of the answer.
struct text_delta {
  uint32_t index = 0;
  std::string text;
};
struct thinking_delta {
  uint32_t index = 0;
  std::string text;
  std::string signature;
  bool redacted = false;
  /// As in `thinking_part`; comes with the first fragment.
  std::string origin = {};
};
struct tool_call_delta {
  uint32_t index = 0;
  /// `id` and `name` come with the first fragment.
  std::string id;
  std::string name;
  std::string arguments;
  std::string signature;
};
/// A whole block of the format's own.
struct opaque_delta {
  uint32_t index = 0;
  /// As in `opaque_part`.
  std::string format;
  std::string json;
};
/// An event as its provider wrote it; as `wire_answer`. The pieces that it
/// means follow it.
struct wire_event {
  /// Static.
  std::string_view format;
  /// Framed: its fields, and the blank line.
  std::string text;
};
/// Head of the answer; at most once, before all others but wire events.
struct stream_start {
  std::string id;
  std::string model;
};
/// End of the answer; exactly once in a good stream, after all others.
struct stream_end {
  finish_reason finish = finish_reason::stop;
  usage tokens;
};

using stream_event =
  std::variant<stream_start, text_delta, thinking_delta, tool_call_delta,
               stream_end, opaque_delta, wire_event>;

/// The visible text of `parts`, joined.
std::string text_of(const std::vector<part>& parts);

/// A message that holds one text.
message text_message(role from, std::string text);

std::string to_string(role x);
std::string to_string(finish_reason x);

/// Builds a whole answer from its stream.
class response_builder {
public:
  void add(const stream_event& event);

  /// True once a `stream_end` came.
  bool complete() const {
    return complete_;
  }

  /// The answer so far; `finish` says `tool_calls` when calls are present.
  chat_response take();

  const chat_response& peek() const {
    return response_;
  }

private:
  template <class Part>
  Part& part_at(uint32_t index);

  chat_response response_;
  /// Position in `response_.parts` by stream index.
  std::vector<std::pair<uint32_t, size_t>> places_;
  bool complete_ = false;
};

} // namespace smart_agents
