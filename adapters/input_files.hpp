#pragma once

#include "messages/dialect.hpp"
#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Input that users have: files, patterns of files, and what git says changed.
/// The text is read here, so that it need not pass through a client's context.

namespace smart_agents {

struct input_wish {
  /// Paths or patterns: `*` and `?` within a name, `**` for any folders.
  std::vector<std::string> files;
  /// The changes since a revision; empty for those that are not committed.
  /// Unset for none.
  std::optional<std::string> diff;
};

struct input_bounds {
  /// What may be read lies in or below one of these; the first is where git is
  /// asked and where patterns begin.
  std::vector<std::string> folders;
  /// Of all together, in bytes.
  uint64_t max_bytes = 8u << 20;
  /// Files that patterns may name together.
  size_t max_files = 500;
  /// How long git may take.
  caf::timespan patience = std::chrono::seconds{30};
};

/// Reads what is wished, each file under a line `=== NAME`. Blocks. Fails with
/// `ec::bad_input` for a path outside the folders (by a link too), a pattern
/// that names nothing, what is no text, and more than the bounds; with
/// `ec::not_found`, or with `ec::io_failed` when git cannot be asked.
caf::expected<std::string> read_input(const input_wish& what,
                                      const input_bounds& bounds);

/// True when a path fits a pattern.
bool fits_pattern(std::string_view path, std::string_view pattern);

} // namespace smart_agents
