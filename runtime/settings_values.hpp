#pragma once

#include "messages/dialect.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Small pure helpers of the configuration: durations, names, numbers.

namespace smart_agents {

/// Reads `500ms`, `60s`, `10m`, `2h`; unset for anything else, negative ones
/// and those over ten years.
std::optional<caf::timespan> parse_duration(std::string_view text);

/// Writes a duration in the largest unit that is exact.
std::string print_duration(caf::timespan x);

/// Reads a whole decimal number without sign; unset for anything else.
std::optional<uint64_t> parse_count(std::string_view text);

/// The entry of `names` that is meant by a mistyped `name`, or empty.
std::string nearest(std::string_view name,
                    const std::vector<std::string>& names);

/// `; did you mean X?` or empty.
std::string did_you_mean(std::string_view name,
                         const std::vector<std::string>& names);

/// `a, b, c`.
std::string join(const std::vector<std::string>& names,
                 std::string_view separator = ", ");

} // namespace smart_agents
