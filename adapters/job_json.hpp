#pragma once

#include "messages/job.hpp"

#include <caf/expected.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

/// Jobs as JSON: what REST, MCP, the command line and the store show and keep.

namespace smart_agents {

/// A time as `2026-11-26T02:30:00.123Z`.
std::string print_time(wall_time x);

/// Reads `2026-11-26T02:30:00Z` (seconds and their parts may be missing), or
/// from now: `90s`, `10m`, `2h`, `1d`.
std::optional<wall_time> parse_time(std::string_view text, wall_time now);

/// A request; fields at their default are left out.
boost::json::object to_json(const job_request& x);

/// Reads a request as REST takes it: `input`, `skill`, `system`, `model`,
/// `type`, `complexity`, `max_output`, `thread`, `priority`, `after`, `at`,
/// `key`, `tries`, `timeout_s` and `notify`. Fails with `ec::bad_input` naming
/// the field.
caf::expected<job_request> parse_job_request(const boost::json::object& from,
                                             wall_time now);

boost::json::object to_json(const job_step& x, bool with_text = true);
std::optional<job_step> parse_job_step(const boost::json::object& from);

boost::json::object to_json(const job_outcome& x, bool with_text = true);
job_outcome parse_job_outcome(const boost::json::object& from);

boost::json::object to_json(const job_expected& x);
job_expected parse_job_expected(const boost::json::object& from);

/// How a job stands, for clients: state, progress, steps, cost; the input and
/// the result's text are left out.
boost::json::object status_json(const job& x);

/// What came of it: `status`, `text` or `error`, who answered, and steps.
boost::json::object result_json(const job& x);

} // namespace smart_agents
