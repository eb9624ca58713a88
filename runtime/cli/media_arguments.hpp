#pragma once

#include "messages/chat.hpp"
#include "messages/dialect.hpp"
#include "runtime/cli/arguments.hpp"

#include <cstdint>
#include <vector>

namespace smart_agents::cli {

/// Takes out of `files` those that are images, sounds, films or PDFs by their
/// first bytes. Patterns stay.
std::vector<media_argument> take_media(std::vector<std::string>& files);

/// Media as the user names them from the current folder: his own, so anything
/// that he may read. Fails as `load_media` does, and with `ec::bad_input` for
/// what is of another kind than was announced. Blocks.
caf::expected<std::vector<media_part>>
read_media(const std::vector<media_argument>& wanted, uint64_t max_bytes);

} // namespace smart_agents::cli
