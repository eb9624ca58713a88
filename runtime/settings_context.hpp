#pragma once

#include "runtime/settings.hpp"
#include "runtime/settings_table.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <optional>
#include <string>

namespace smart_agents {

/// Where settings come from, for those who read them: what the environment
/// says, and how errors (`ec::bad_config`) name a place.
struct settings_context {
  /// Names the file.
  const std::string& origin;
  const environment& env;
  /// Takes warnings.
  settings_source& source;
  /// False for a file that was found in the current folder and that nobody
  /// named: it may have come with a cloned repository.
  bool trusted;

  caf::error bad(const std::string& place, const std::string& what) const;

  /// An error at a key of the file.
  caf::error at(const option_table::complaint& x) const;

  /// Unset for empty ones too, which is how shells unset a variable for a
  /// single command.
  std::optional<std::string> variable(const std::string& name) const;

  /// `~` is the home folder; other relative paths start at the file's folder.
  std::string expand(const std::string& path) const;

  /// The key in a file that is named at `place`.
  caf::expected<std::string> key_in_file(const std::string& place,
                                         const std::string& name) const;

  /// The key that a variable holds.
  caf::expected<std::string> key_in(const std::string& variable,
                                    const std::string& value) const;
};

/// True for an IANA time zone that this system has.
bool zone_exists(const std::string& name);

} // namespace smart_agents
