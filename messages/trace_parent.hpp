#pragma once

#include <string>
#include <string_view>

/// A caller's place in a trace of its own, as `traceparent` has it (W3C Trace
/// Context, https://www.w3.org/TR/trace-context/, version 00): `00-`, 32
/// hexadecimal digits of the trace, `-`, 16 of the caller's span, `-`, two of
/// flags. Kept as it came, once `checked_traceparent` has seen it.

namespace smart_agents {

/// `text` when it is one; else empty, as a malformed one counts for none.
std::string checked_traceparent(std::string_view text);

/// The parts of a checked one, which is not empty.
inline std::string_view trace_of(std::string_view traceparent) {
  return traceparent.substr(3, 32);
}

inline std::string_view span_of(std::string_view traceparent) {
  return traceparent.substr(36, 16);
}

/// False when the caller does not record this trace: neither do we then.
bool is_sampled(std::string_view traceparent);

} // namespace smart_agents
