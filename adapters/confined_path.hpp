#pragma once

#include "messages/dialect.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Files that somebody else names: read only below folders that were agreed on.

namespace smart_agents {

/// A file that may be read, as it was found.
struct confined_file {
  /// Its real place: no link and no `..` is left in it.
  std::string path;
  std::string bytes;
};

/// Reads a whole file that lies in one of `folders`, or in a folder below. A
/// relative path is looked for in each folder in turn. What counts is the file
/// that was opened, not its name: a symbolic link out of the folders is
/// refused, however it is timed. Fails with `ec::bad_input` for a path with
/// `..`, one outside, what is no ordinary file and what has more than
/// `max_bytes`, with `ec::not_found`, or with `ec::io_failed`. Blocks.
caf::expected<confined_file>
read_confined(const std::string& path, const std::vector<std::string>& folders,
              uint64_t max_bytes);

/// The path of a `file://` URI, as clients name their roots. Fails with
/// `ec::bad_input` for every other URI, and for one of another host.
caf::expected<std::string> path_of_file_uri(std::string_view uri);

} // namespace smart_agents
