#pragma once

#include "adapters/codecs/errors.hpp"
#include "adapters/codecs/json_reader.hpp"
#include "adapters/framing.hpp"
#include "adapters/provider_codec.hpp"

#include <optional>
#include <string_view>
#include <vector>

/// What the formats' stream decoders have in common.

namespace smart_agents::codecs {

using events = std::vector<stream_event>;

/// Reads a stream of server-sent events. A format overrides what an event
/// means and what the end of the body means.
class sse_decoder : public stream_decoder {
public:
  void keep_wire(std::string_view format) final {
    wire_format_ = format;
  }
  std::optional<failure> feed(std::string_view bytes, events& out) final;
  std::optional<failure> finish(events& out) final;

protected:
  /// Takes one event's data. Whatever comes after `ended()` is ignored.
  virtual std::optional<failure> on_event(std::string_view data,
                                          json_reader& reader, events& out) = 0;

  /// The body ended before `ended()`: the failure, or the end of an answer in
  /// a format that has no terminal event.
  virtual std::optional<failure> on_end(events& out) = 0;

  /// True once the terminal event came.
  virtual bool ended() const = 0;

private:
  std::optional<failure> take(const sse_splitter::event& event,
                              json_reader& reader, events& out);

  sse_splitter splitter_;
  /// Empty unless wire events are wanted.
  std::string_view wire_format_;
};

/// Numbers the parts of an answer in the order in which they begin, for
/// formats that do not number them: one part grows until another kind comes.
class part_counter {
public:
  enum class kind : uint8_t { nothing, text, thinking, call };

  /// Index of the part that a fragment of this kind belongs to. `fresh` says
  /// whether it begins one.
  uint32_t grow(kind what, bool& fresh) {
    fresh = what != current_;
    current_ = what;
    return fresh ? next_++ : next_ - 1;
  }

  /// Index of a part that is whole, or followed on its own.
  uint32_t open(kind what) {
    current_ = what;
    return next_++;
  }

  /// Whatever comes next begins a part.
  void close() {
    current_ = kind::nothing;
  }

private:
  uint32_t next_ = 0;
  kind current_ = kind::nothing;
};

/// An id for a call that came without one: the same for the same answer, and
/// different from those of other answers, as conversations demand.
std::string made_up_call_id(std::string_view answer, std::string_view tool,
                            uint32_t ordinal);

/// The whole answer that `parts` tell, for formats whose whole answers look
/// like one piece of their streams.
void build(const events& parts, chat_response& out);

} // namespace smart_agents::codecs
