#include "messages/trace_parent.hpp"

namespace smart_agents {

namespace {

constexpr size_t length = 55;
constexpr std::string_view digits = "0123456789abcdef";

} // namespace

std::string checked_traceparent(std::string_view text) {
  if (text.size() != length || !text.starts_with("00-") || text[35] != '-'
      || text[52] != '-')
    return {};
  auto is_hex = [](std::string_view part) {
    return part.find_first_not_of(digits) == std::string_view::npos;
  };
  auto is_zero = [](std::string_view part) {
    return part.find_first_not_of('0') == std::string_view::npos;
  };
  auto trace = trace_of(text);
  auto span = span_of(text);
  if (!is_hex(trace) || !is_hex(span) || !is_hex(text.substr(53))
      || is_zero(trace) || is_zero(span))
    return {};
  return std::string{text};
}

bool is_sampled(std::string_view traceparent) {
  return digits.find(traceparent.back()) % 2 == 1;
}

} // namespace smart_agents
