#pragma once

#include "runtime/settings.hpp"

#include <caf/expected.hpp>

#include <boost/json/object.hpp>

#include <string>

namespace smart_agents {

/// Makes settings of a parsed file (null for none) and the environment, checks
/// them as a whole and reads the keys. `origin` names the file in errors, which
/// are `ec::bad_config`. `trusted` is false for a file that was found in the
/// current folder and that nobody named: it may have come with a cloned
/// repository.
caf::expected<settings> read_settings(const boost::json::object* file,
                                      const std::string& origin,
                                      const environment& env,
                                      settings_source& source, bool trusted);

} // namespace smart_agents
