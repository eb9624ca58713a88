#pragma once

#include <array>
#include <charconv>
#include <string>

namespace smart_agents {

/// Appends `x` with so many decimals, as printf's `%.*f` does, in a fraction of
/// the time; what has more than 60 digits is told as `huge`.
inline void append_fixed(std::string& to, double x, int decimals) {
  std::array<char, 64> text;
  auto end = std::to_chars(text.data(), text.data() + text.size(), x,
                           std::chars_format::fixed, decimals);
  if (end.ec == std::errc{})
    to.append(text.data(), end.ptr);
  else
    to += "huge";
}

/// `$0.00012`, `$1.250`.
inline void append_dollars(std::string& to, double x) {
  to += '$';
  append_fixed(to, x, x < 0.01 ? 5 : 3);
}

} // namespace smart_agents
