#pragma once

#include "messages/dialect.hpp"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smart_agents::cli {

/// Position of the first byte that is no UTF-8 (RFC 3629), if any.
std::optional<size_t> first_bad_utf8(std::string_view text);

/// Refuses what is no prompt: empty, longer than `limit` bytes, with NUL bytes
/// or bad UTF-8. Fails with `ec::bad_input`, naming `origin`, what and where.
caf::error check_text(std::string_view text, const std::string& origin,
                      uint64_t limit);

/// Reads all of `in`, but never much more than `limit` bytes.
std::string read_bounded(std::istream& in, uint64_t limit);

/// The prompt of `words`: joined by blanks, or `in` when there are none or
/// only `-`. Checked.
caf::expected<std::string> read_prompt(const std::vector<std::string>& words,
                                       std::istream& in, uint64_t limit);

/// Files for a skill as one prompt, each under a line with its name; `in` when
/// there are none or only `-`. Checked, alone and together.
caf::expected<std::string> read_files(const std::vector<std::string>& files,
                                      std::istream& in, uint64_t limit);

/// Files, patterns and a diff as the user names them from the current folder:
/// his own, so anything that he may read. Empty for none. Fails as `read_input`
/// does.
caf::expected<std::string> read_material(const std::vector<std::string>& files,
                                         const std::optional<std::string>& diff,
                                         uint64_t limit);

} // namespace smart_agents::cli
