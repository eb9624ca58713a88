#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace smart_agents::sim {

/// Appends `text` as a JSON string with its quotes. Bytes above ASCII pass as
/// they are.
void append_json(std::string& out, std::string_view text);

/// Appends a number.
void append_json(std::string& out, uint64_t n);

/// The text when it is a JSON object, minified; else `{}`.
std::string clean_object(const std::string& text);

/// RFC 3339 in UTC with so many digits of a second, from Unix nanoseconds.
std::string rfc3339(int64_t nanoseconds, int digits = 0);

} // namespace smart_agents::sim
