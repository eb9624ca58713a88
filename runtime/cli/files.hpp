#pragma once

#include "messages/error.hpp"

#include <filesystem>
#include <string_view>

namespace smart_agents::cli {

/// Writes the whole file or none, for its owner alone (mode 0600): a reader
/// never sees half of it. Fails with `ec::bad_config`, naming the file.
caf::error write_file(const std::filesystem::path& path, std::string_view text);

/// "cannot WHAT PATH: " and what `errno` says.
caf::error cannot(std::string_view what, const std::filesystem::path& path);

} // namespace smart_agents::cli
