#pragma once

#include "adapters/http_client.hpp"
#include "messages/chat.hpp"
#include "messages/failure.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smart_agents {

/// Where and how a provider is reached; what a codec needs beside the request.
struct endpoint {
  /// Without a trailing slash, for example `https://api.openai.com/v1`.
  std::string base_url;
  /// The key; empty sends none. Only ever written into the request's headers.
  std::string api_key;
  /// Sent with every request, after the codec's own.
  http_headers extra_headers;
  /// The peer's departures from the format, by name; each codec documents
  /// those it knows. Unknown ones are a configuration error.
  std::vector<std::string> quirks;
  /// Window to load models with, in tokens, for servers that have to be told
  /// (Ollama's `num_ctx`); 0 fits it to each request.
  uint64_t window = 0;
};

/// Decodes one stream, whatever the cuts between reads.
class stream_decoder {
public:
  virtual ~stream_decoder() = default;

  /// Asks for `wire_event`s before the pieces that they mean, from decoders
  /// that can; before the first bytes.
  virtual void keep_wire(std::string_view /* static */ format) {
    (void)format;
  }

  /// Takes bytes and appends what they complete. Returns the failure that the
  /// stream reports or is, after which it is not fed again.
  virtual std::optional<failure> feed(std::string_view bytes,
                                      std::vector<stream_event>& out) = 0;

  /// The body ended: a failure when its terminal event is missing.
  virtual std::optional<failure> finish(std::vector<stream_event>& out) = 0;

  /// What the provider reported so far, for the bill of a broken stream.
  virtual usage so_far() const = 0;
};

/// Translates between the canonical model and one wire format. Pure: no I/O,
/// no clock, no state between calls; thread-safe.
class provider_codec {
public:
  virtual ~provider_codec() = default;

  /// For example `anthropic`, `openai-chat`, `openai-responses`, `gemini`,
  /// `ollama`.
  virtual std::string_view format() const = 0;

  /// Builds the request; limits are left to the caller. Fails with
  /// `ec::unsupported` when the format cannot carry what is asked, and
  /// `ec::bad_config` for a wrong endpoint.
  virtual caf::expected<http_request> encode(const chat_request& request,
                                             const endpoint& to) const = 0;

  /// The window that `encode` asks for, in tokens; 0 where the format has no
  /// such thing, or the server's own is enough.
  virtual uint64_t window(const chat_request&, const endpoint&) const {
    return 0;
  }

  /// What of the request `encode` leaves out or says otherwise, because the
  /// format has no place for it: short names such as `cache_control`, each
  /// once; for a header and the log. What it cannot do without, it refuses.
  virtual std::vector<std::string> losses(const chat_request& request) const;

  /// A request that counts the input tokens of another without running it.
  /// Fails as `encode` does, and with `ec::unsupported` where the format has no
  /// such endpoint.
  virtual caf::expected<http_request> encode_count(const chat_request& request,
                                                   const endpoint& to) const;

  /// The count in a good answer to that, or unset.
  virtual std::optional<uint64_t> decode_count(std::string_view) const {
    return std::nullopt;
  }

  /// Decodes the body of a good answer (2xx) that is no stream. The failure is
  /// `broken_answer`, or what an error in a 200 body says.
  virtual std::optional<failure> decode(std::string_view body,
                                        chat_response& out) const = 0;

  /// Starts decoding a good streamed answer.
  virtual std::unique_ptr<stream_decoder> stream() const = 0;

  /// Says what a bad answer means: billing and quota codes first, then context
  /// patterns, then the status.
  virtual failure classify(const http_head& head,
                           std::string_view body) const = 0;

  /// A cheap request that proves that the provider is reachable and the key
  /// good, for `doctor`.
  virtual caf::expected<http_request> probe(const endpoint& to) const = 0;
};

/// The losses of a request in a format, by its name; see
/// `provider_codec::losses`. Of unknown formats nothing is known.
std::vector<std::string> losses_in(std::string_view format,
                                   const chat_request& request);

using codec_ptr = std::shared_ptr<const provider_codec>;

/// The codec of a format, or null. Formats are listed by `codec_formats`.
/// `quirks` are those of the endpoint, for the few that change how answers are
/// read.
codec_ptr make_codec(std::string_view format,
                     const std::vector<std::string>& quirks = {});

/// The quirks that a format knows (docs/PROVIDERS.md says what they do); none
/// for an unknown format.
std::vector<std::string> codec_quirks(std::string_view format);

/// All formats, for error messages and the configuration's schema.
std::vector<std::string> codec_formats();

} // namespace smart_agents
