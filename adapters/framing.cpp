#include "adapters/framing.hpp"

#include <utility>

namespace smart_agents {

bool sse_splitter::feed(std::string_view bytes, const on_event& handle) {
  while (!bytes.empty()) {
    // The second half of a CRLF that was cut in the middle.
    if (std::exchange(skip_newline_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    auto end = bytes.find_first_of("\r\n");
    if (end == std::string_view::npos) {
      partial_ += bytes;
      return partial_.size() <= max_frame;
    }
    auto rest = bytes.substr(end + 1);
    if (bytes[end] == '\r') {
      skip_newline_ = rest.empty();
      if (!rest.empty() && rest.front() == '\n')
        rest.remove_prefix(1);
    }
    auto go_on = true;
    if (partial_.empty()) {
      go_on = line(bytes.substr(0, end), handle);
    } else {
      partial_ += bytes.substr(0, end);
      auto whole = std::exchange(partial_, {});
      go_on = line(whole, handle);
    }
    if (!go_on)
      return true;
    if (data_.size() > max_frame)
      return false;
    bytes = rest;
  }
  return true;
}

bool sse_splitter::line(std::string_view text, const on_event& handle) {
  if (std::exchange(at_start_, false) && text.substr(0, 3) == "\xEF\xBB\xBF")
    text.remove_prefix(3);
  if (text.empty()) {
    auto go_on = !has_data_ || handle(name_, data_);
    name_.clear();
    data_.clear();
    has_data_ = false;
    return go_on;
  }
  auto colon = text.find(':');
  if (colon == 0)
    return true; // a comment keeps the connection alive
  auto field = text.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view{}
                                               : text.substr(colon + 1);
  if (!value.empty() && value.front() == ' ')
    value.remove_prefix(1);
  if (field == "event") {
    name_ = value;
  } else if (field == "data") {
    if (std::exchange(has_data_, true))
      data_ += '\n';
    data_ += value;
  }
  return true;
}

bool line_splitter::feed(std::string_view bytes, const on_line& handle) {
  while (!bytes.empty()) {
    auto end = bytes.find('\n');
    if (end == std::string_view::npos) {
      partial_ += bytes;
      return partial_.size() <= max_frame;
    }
    partial_ += bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    auto line = std::exchange(partial_, {});
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    if (!line.empty() && !handle(line))
      return true;
  }
  return true;
}

} // namespace smart_agents
