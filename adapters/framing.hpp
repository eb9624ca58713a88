#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Splits streamed bodies into events or lines, whatever the cuts between
/// reads: inside a line end, a field name or a UTF-8 sequence.

namespace smart_agents {

/// Largest event or line that is taken, in bytes. The largest known are whole
/// answers repeated in one event, and inline images.
inline constexpr size_t default_max_frame = 32u << 20;

/// What a splitter found.
enum class frame_status : uint8_t {
  /// A whole event or line is in the out parameter.
  ready,
  /// All bytes are used up; feed more.
  hungry,
  /// The event or line is over the bound; do not feed any more.
  too_large,
};

/// Server-sent events (WHATWG HTML, "Server-sent events", event stream
/// interpretation): lines end with LF, CRLF or CR, a blank line ends an event,
/// several `data` lines are joined by LF, a line that starts with a colon is a
/// comment, and a byte order mark at the very start is skipped.
class sse_splitter {
public:
  /// Valid until the splitter, or the bytes that it was given, change.
  struct event {
    /// Empty when the event has none.
    std::string_view name;
    std::string_view data;
  };

  explicit sse_splitter(size_t max_event = default_max_frame)
    : max_event_{max_event} {}

  /// Takes bytes from the front of `bytes` until an event is whole or they are
  /// used up. Call it until it is hungry.
  frame_status next(std::string_view& bytes, event& out);

  /// The body ended: hands out what was begun. Servers are seen to leave out
  /// the last blank line.
  frame_status finish(event& out);

  /// The latest `id` of an event that was handed out or had no data: where to
  /// go on from on another connection. Empty for none.
  const std::string& last_id() const {
    return last_id_;
  }

  /// The latest `retry`: how long to wait before another connection, in
  /// milliseconds; 0 for none.
  uint64_t retry_after() const {
    return retry_;
  }

  /// Lines that are no field of an event, such as an error body sent without
  /// framing; the first `max_stray` bytes of them.
  const std::string& stray() const {
    return stray_;
  }

  static constexpr size_t max_stray = 64u << 10;

private:
  bool take_line(std::string_view line, bool stays);
  bool take_data(std::string_view value, bool stays);
  bool dispatch(event& out);

  size_t max_event_;
  /// The start of a line whose end has not come.
  std::string partial_;
  std::string name_;
  /// Data of the event under way, unless all of it is `view_`.
  std::string data_;
  /// The only data line so far, in the caller's bytes: most events are one
  /// line and arrive whole, and need no copy.
  std::string_view view_;
  std::string stray_;
  std::string last_id_;
  /// Of the event under way.
  std::string id_;
  uint64_t retry_ = 0;
  bool has_id_ = false;
  bool has_view_ = false;
  bool has_data_ = false;
  bool skip_newline_ = false;
  bool at_start_ = true;
  /// The last event was handed out from our own strings; they go at the next
  /// call.
  bool handed_out_ = false;
};

/// JSON lines (application/x-ndjson): LF or CRLF, blank lines skipped.
class line_splitter {
public:
  explicit line_splitter(size_t max_line = default_max_frame)
    : max_line_{max_line} {}

  /// As `sse_splitter::next`; `out` is without its line end.
  frame_status next(std::string_view& bytes, std::string_view& out);

  /// The body ended: hands out a last line without its line end.
  frame_status finish(std::string_view& out);

private:
  size_t max_line_;
  std::string partial_;
  bool handed_out_ = false;
};

} // namespace smart_agents
