#pragma once

#include "actors/coordinator/skill_shelf.hpp"
#include "actors/front/mcp_protocol.hpp"
#include "adapters/input_files.hpp"
#include "messages/dialect.hpp"
#include "messages/task.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

/// The tools of the MCP server: few, and described for a model that has to
/// choose among hundreds. Pure.

namespace smart_agents {

/// All tools, in the order in which clients list them.
std::vector<mcp_tool> mcp_tools(const std::vector<skill_ptr>& skills);

/// What the server says of itself to the model.
std::string mcp_instructions();

/// What a call of `usage` asks for.
struct mcp_usage {
  /// A column that `usage_sums` knows.
  std::string by = "provider";
  /// As the client wrote it; empty for today.
  std::string since;
};

/// Reads it. Fails with `ec::bad_input`.
caf::expected<mcp_usage> mcp_usage_of(const mcp_call& call);

/// Fails with `ec::bad_input` when a call has an argument that its tool does
/// not know: a misspelt one would be ignored in silence.
caf::expected<void> check_mcp_arguments(const mcp_call& call);

/// The task that a call of `ask`, `route` or `orchestrate` describes, without
/// id and deadline. Fails with `ec::bad_input`, naming the argument.
caf::expected<task> mcp_task_of(const mcp_call& call);

/// Images, sounds, films and documents that a call of `ask` brings, by path or
/// URL. Fails with `ec::bad_input`.
caf::expected<std::vector<std::string>> mcp_media(const mcp_call& call);

/// Files and a diff that a call of `ask` or `orchestrate` brings. Fails with
/// `ec::bad_input`.
caf::expected<input_wish> mcp_input(const mcp_call& call);

/// How a call of `ask` or `orchestrate` is to be done.
struct mcp_job_wish {
  /// A conversation that is kept; empty for none.
  std::string thread;
  bool background = false;
  int priority = 5;
};
caf::expected<mcp_job_wish> mcp_job(const mcp_call& call);

/// What a call of `feedback` says.
struct mcp_verdict {
  std::string id;
  bool good = false;
};

/// Fails with `ec::bad_input`.
caf::expected<mcp_verdict> mcp_verdict_of(const mcp_call& call);

/// The folders that a client's answer to `roots/list` names.
std::vector<std::string> folders_of_roots(const boost::json::value& answer);

/// The skill that a call of `orchestrate` names; empty when it names none.
std::string mcp_skill(const mcp_call& call);

} // namespace smart_agents
