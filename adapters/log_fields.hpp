#pragma once

#include "adapters/log.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace smart_agents {

/// Logs a line of level info that has `fields` beside time, level and message
/// where the log is JSON, and the message alone where it is text. What looks
/// like a key is masked in both.
void log_fields(spdlog::logger& log, const std::string& message,
                const boost::json::object& fields);

} // namespace smart_agents
