#pragma once

#include "messages/dialect.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace smart_agents {

/// Parses JSON with comments and trailing commas. Fails with `ec::bad_config`:
/// `ORIGIN:LINE:COLUMN: what`; a key that stands twice in one object is an
/// error too.
caf::expected<boost::json::value> parse_config_json(std::string_view text,
                                                    const std::string& origin);

} // namespace smart_agents
