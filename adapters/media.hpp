#pragma once

#include "messages/chat.hpp"
#include "messages/dialect.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Images, sounds, films and documents that somebody names or sends.

namespace smart_agents {

/// What a file is, by its first bytes; its name does not count.
struct media_type {
  media_part::kind what = media_part::kind::image;
  const char* mime = "";
};

/// Nothing for what no model takes.
std::optional<media_type> sniff_media(std::string_view bytes);

/// Where media may come from.
struct media_rules {
  /// Folders that files may be read from.
  std::vector<std::string> folders;
  /// Largest one, in bytes.
  uint64_t max_bytes = 20u << 20;
  /// True allows URLs of this machine and of private networks; for tests.
  bool private_addresses = false;
};

/// How long a URL may take.
inline constexpr auto media_patience = std::chrono::seconds{30};

/// Loads what is named by a path, a `file:`, `http:` or `https:` URL, or held
/// in a `data:` URL. Fails with `ec::bad_input` (outside the folders, a private
/// address, too large, no known type), `ec::not_found` or `ec::io_failed`; the
/// sentence names the source, cut short. Blocks.
caf::expected<media_part> load_media(const std::string& source,
                                     const media_rules& rules);

/// True when a source is a path or a `file:` URL.
bool is_local_media(std::string_view source);

} // namespace smart_agents
