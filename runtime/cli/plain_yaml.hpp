#pragma once

#include "messages/dialect.hpp"

#include <boost/json/value.hpp>

#include <string_view>

namespace smart_agents::cli {

/// Reads the part of YAML that configurations are written in: mappings and
/// sequences by indentation, plain and quoted scalars, `{}`/`[]` on one line as
/// JSON, comments. Scalars become numbers, booleans, null or strings. Anchors,
/// tags, block scalars and several documents are refused: `ec::bad_input` with
/// the line.
caf::expected<boost::json::value> read_plain_yaml(std::string_view text);

} // namespace smart_agents::cli
