#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace smart_agents {

/// Largest event or line that is taken; a longer one is no longer a stream of
/// small pieces but an attack or an accident.
inline constexpr size_t max_frame = 16u << 20;

/// Splits a body of server-sent events (WHATWG HTML, section 9.2.6) into
/// events, whatever the cuts between reads.
class sse_splitter {
public:
  /// Name (empty when there is none) and data of one event; valid during the
  /// call. Returning false stops the feed.
  using on_event = std::function<bool(std::string_view, std::string_view)>;

  /// Takes bytes. False when an event is larger than `max_frame`.
  bool feed(std::string_view bytes, const on_event& handle);

private:
  bool line(std::string_view text, const on_event& handle);

  std::string partial_;
  std::string name_;
  std::string data_;
  bool has_data_ = false;
  bool skip_newline_ = false;
  bool at_start_ = true;
};

/// Splits a body of JSON lines (application/x-ndjson).
class line_splitter {
public:
  using on_line = std::function<bool(std::string_view)>;

  /// Takes bytes. False when a line is larger than `max_frame`.
  bool feed(std::string_view bytes, const on_line& handle);

  /// What is left after the last line end.
  std::string_view rest() const {
    return partial_;
  }

private:
  std::string partial_;
};

} // namespace smart_agents
