#pragma once

#include "actors/front/mcp_offer.hpp"
#include "actors/front/mcp_protocol.hpp"
#include "messages/error.hpp"
#include "messages/job.hpp"

#include <string>

/// Background jobs for clients that know no tasks. Pure.

namespace smart_agents {

mcp_tool jobs_tool();

/// What a call of `jobs` asks for: `list`, `status`, `result` or `cancel`, with
/// the id where one is needed. Fails with `ec::bad_input`.
struct jobs_call {
  std::string action;
  std::string id;
};
caf::expected<jobs_call> read_jobs_call(const mcp_call& call);

/// How jobs read for a model.
std::string accepted_text(const job& x);
std::string status_text(const job& x);
std::string result_text(const job& x);
std::string list_text(const job_list& x);

} // namespace smart_agents
