#pragma once

#include <caf/expected.hpp>

#include <string>
#include <string_view>

/// Keys of providers and clients, from where the configuration says they are.

namespace smart_agents {

/// A key without the blanks around it. Fails with `ec::bad_config`, naming
/// `from` and never the key, when there is none or it would not be safe in a
/// header.
caf::expected<std::string> clean_key(const std::string& from,
                                     std::string_view value);

/// The key in a file that only its owner may read (mode 0600). Fails with
/// `ec::bad_config`; `place` is where the configuration names the file.
caf::expected<std::string> read_key_file(const std::string& place,
                                         const std::string& path);

} // namespace smart_agents
