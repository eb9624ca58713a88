#include "adapters/framing.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace smart_agents {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// The first LF or CR. Two searches for one byte each beat one for a set; they
/// go piece by piece, so that many lines that end in CR alone do not each
/// search all that follows for an LF.
size_t find_line_end(std::string_view bytes) {
  constexpr size_t piece = 1024;
  for (size_t from = 0; from < bytes.size(); from += piece) {
    auto part = bytes.substr(from, piece);
    auto newline = part.find('\n');
    auto carriage = part.substr(0, newline).find('\r');
    if (auto end = std::min(newline, carriage); end != std::string_view::npos)
      return from + end;
  }
  return std::string_view::npos;
}

} // namespace

frame_status sse_splitter::next(std::string_view& bytes, event& out) {
  if (std::exchange(handed_out_, false)) {
    name_.clear();
    data_.clear();
  }
  while (!bytes.empty()) {
    // The second half of a CRLF that was cut in the middle.
    if (std::exchange(skip_newline_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    auto end = find_line_end(bytes);
    if (end == std::string_view::npos) {
      if (partial_.size() + bytes.size() > max_event_)
        return frame_status::too_large;
      partial_ += bytes;
      bytes = {};
      break;
    }
    auto line = bytes.substr(0, end);
    skip_newline_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    auto whole = partial_.empty();
    if (!whole) {
      if (partial_.size() + line.size() > max_event_)
        return frame_status::too_large;
      partial_ += line;
      line = partial_;
    }
    auto fits = take_line(line, whole);
    auto blank = line.empty();
    partial_.clear();
    if (!fits)
      return frame_status::too_large;
    if (blank && dispatch(out))
      return frame_status::ready;
  }
  // The caller's bytes go away: what is still needed of them is kept.
  if (std::exchange(has_view_, false))
    data_.assign(view_);
  return frame_status::hungry;
}

frame_status sse_splitter::finish(event& out) {
  if (std::exchange(handed_out_, false)) {
    name_.clear();
    data_.clear();
  }
  if (!partial_.empty()) {
    auto line = std::exchange(partial_, {});
    if (!take_line(line, false))
      return frame_status::too_large;
  }
  return dispatch(out) ? frame_status::ready : frame_status::hungry;
}

bool sse_splitter::take_line(std::string_view line, bool stays) {
  if (std::exchange(at_start_, false)
      && line.substr(0, byte_order_mark.size()) == byte_order_mark)
    line.remove_prefix(byte_order_mark.size());
  if (line.empty() || line.front() == ':')
    return true;
  auto colon = line.find(':');
  auto field = line.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view{}
                                               : line.substr(colon + 1);
  if (!value.empty() && value.front() == ' ')
    value.remove_prefix(1);
  if (field == "data")
    return take_data(value, stays);
  if (field == "event") {
    name_.assign(value);
  } else if (field == "id") {
    has_id_ = true;
    id_.assign(value);
  } else if (field == "retry") {
    std::from_chars(value.data(), value.data() + value.size(), retry_);
  } else if (stray_.size() < max_stray) {
    stray_ += line.substr(0, max_stray - stray_.size());
    stray_ += '\n';
  }
  return true;
}

bool sse_splitter::take_data(std::string_view value, bool stays) {
  if (!has_data_) {
    has_data_ = true;
    has_view_ = stays;
    if (stays)
      view_ = value;
    else
      data_.assign(value);
    return value.size() <= max_event_;
  }
  if (std::exchange(has_view_, false))
    data_.assign(view_);
  if (data_.size() + value.size() >= max_event_)
    return false;
  data_ += '\n';
  data_ += value;
  return true;
}

/// The event under way is whole. False when there is none: a name alone, or
/// blank lines in a row.
bool sse_splitter::dispatch(event& out) {
  auto has_view = std::exchange(has_view_, false);
  if (std::exchange(has_id_, false))
    last_id_.swap(id_);
  if (!std::exchange(has_data_, false)) {
    name_.clear();
    return false;
  }
  out.name = name_;
  out.data = has_view ? view_ : std::string_view{data_};
  handed_out_ = true;
  return true;
}

frame_status line_splitter::next(std::string_view& bytes,
                                 std::string_view& out) {
  if (std::exchange(handed_out_, false))
    partial_.clear();
  while (!bytes.empty()) {
    auto end = bytes.find('\n');
    auto line = bytes.substr(0, end);
    if (partial_.size() + line.size() > max_line_)
      return frame_status::too_large;
    bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
    if (end == std::string_view::npos) {
      partial_ += line;
      return frame_status::hungry;
    }
    if (!partial_.empty()) {
      partial_ += line;
      line = partial_;
      handed_out_ = true;
    }
    if (!line.empty() && line.back() == '\r')
      line.remove_suffix(1);
    if (!line.empty()) {
      out = line;
      return frame_status::ready;
    }
    if (std::exchange(handed_out_, false))
      partial_.clear();
  }
  return frame_status::hungry;
}

frame_status line_splitter::finish(std::string_view& out) {
  if (std::exchange(handed_out_, false))
    partial_.clear();
  std::string_view line = partial_;
  if (!line.empty() && line.back() == '\r')
    line.remove_suffix(1);
  if (line.empty())
    return frame_status::hungry;
  out = line;
  handed_out_ = true;
  return frame_status::ready;
}

} // namespace smart_agents
