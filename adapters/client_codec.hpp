#pragma once

#include "adapters/http_client.hpp"
#include "messages/chat.hpp"
#include "messages/dialect.hpp"
#include "messages/failure.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The formats that we serve: the mirror image of `provider_codec`. A client's
/// request is parsed into the canonical model, and canonical answers, streams
/// and failures are rendered as that client expects them.

namespace smart_agents {

/// What an answer repeats of its request, or says of itself.
struct answer_head {
  /// Our request id; formats put their own prefix in front.
  std::string id;
  /// The model as the client shall see it.
  std::string model;
  /// The model as its provider names it: signatures are good for it alone.
  std::string signer;
  /// Unix time in seconds.
  int64_t created = 0;
  /// Estimated input tokens, which Anthropic's streams tell at their start.
  uint64_t input_tokens = 0;
  /// True when the client asked to see thoughts.
  bool show_thoughts = false;
  /// True when the client asked for usage at the end of a stream (Chat).
  bool stream_usage = false;
  /// True when the answer comes as its provider wrote it, in this format
  /// (`wire_event`).
  bool verbatim = false;
  /// What the format repeats of the request, in its own words.
  std::string echo;
};

/// A request as a client sent it.
struct client_request {
  /// `chat.model` is what the client wrote: a name for the router.
  chat_request chat;
  /// Fields that were understood and that no provider will be told, by name;
  /// for a header and the log.
  std::vector<std::string> losses;
  /// What the answer needs of the request; id, model and time are missing yet.
  answer_head head;
};

/// Writes one streamed answer as server-sent events.
class stream_writer {
public:
  virtual ~stream_writer() = default;

  /// Appends the head of the stream.
  virtual void start(std::string& out) = 0;

  /// Appends what a piece of the answer becomes; nothing for `stream_start`
  /// and `stream_end`, and for what the format cannot carry.
  virtual void write(const stream_event& event, std::string& out) = 0;

  /// Appends the end of a good answer. `tool_calls` is derived from the calls
  /// that were written.
  virtual void finish(finish_reason why, const usage& tokens,
                      std::string& out) = 0;

  /// Appends the format's error event, which ends the stream; never a stop.
  virtual void fail(const failure& why, std::string& out) = 0;

  /// Appends what keeps a silent connection open.
  virtual void ping(std::string& out) = 0;

  /// Appends a notice beside the answer, before its end: an event, where
  /// clients of the format pass over those that they do not know.
  virtual void note(std::string_view name, std::string_view text,
                    std::string& out) = 0;
};

/// Translates between one format that clients speak and the canonical model.
/// Pure and thread-safe.
class client_codec {
public:
  virtual ~client_codec() = default;

  /// `openai-chat`, `openai-responses` or `anthropic`.
  virtual std::string_view format() const = 0;

  /// Parses a request. Fails with `ec::bad_input`, naming the field and what
  /// it must be. Fields that are not known are ignored.
  virtual caf::expected<client_request> parse(std::string_view body) const = 0;

  /// Parses a request to count tokens, which may lack what only an answer
  /// needs.
  virtual caf::expected<client_request>
  parse_count(std::string_view body) const = 0;

  /// A whole answer.
  virtual std::string render(const answer_head& head,
                             const chat_response& response) const = 0;

  virtual std::unique_ptr<stream_writer> stream(answer_head head) const = 0;

  /// The answer to a request to count tokens.
  virtual std::string render_count(uint64_t input_tokens) const = 0;

  /// The HTTP status that a failure has for this format's clients. Trouble with
  /// our own keys, plans and money upstream is 403, and never 401 or 400.
  virtual int status_of(failure_class what) const = 0;

  /// An error body.
  virtual std::string render_error(const failure& why,
                                   std::string_view request_id) const = 0;

  /// The body of 401: the client's own key of this gateway is missing or wrong.
  virtual std::string
  render_unauthorized(std::string_view message,
                      std::string_view request_id) const = 0;
};

using client_codec_ptr = std::shared_ptr<const client_codec>;

/// The codec of a served format, or null; formats by `client_formats`.
client_codec_ptr make_client_codec(std::string_view format);

/// All served formats.
std::vector<std::string> client_formats();

} // namespace smart_agents
