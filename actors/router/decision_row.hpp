#pragma once

#include "actors/router/route_case.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace smart_agents {

/// A decision as programs see it.
boost::json::object to_json(const decision& x);

/// Stands before a row in the log.
constexpr std::string_view decision_mark = "decision ";

/// A decision with all that it rests on, on one line: what the router concluded
/// from the prompt, but not the prompt; every candidate with its strength,
/// price, speed, health and limits.
std::string decision_row(const std::string& task_id, const route_case& from,
                         const decision& what);

/// Decides the case of a row anew and writes its row, which is the same, byte
/// for byte, when the rules are. Fails with `ec::bad_input` for what is no row.
caf::expected<std::string> replay(std::string_view row);

} // namespace smart_agents
