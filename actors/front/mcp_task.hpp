#pragma once

#include "messages/dialect.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <memory>
#include <string>

/// Tasks of the extension `io.modelcontextprotocol/tasks`, as values.

namespace smart_agents {

enum class mcp_task_status : uint8_t {
  working,
  input_required,
  completed,
  failed,
  cancelled,
};

/// A call that goes on after its answer.
struct mcp_task {
  std::string id;
  /// Who handed it in (`mcp_session::principal`), and alone may ask for it;
  /// empty for anybody.
  std::string owner;
  mcp_task_status status = mcp_task_status::working;
  /// How far it is, in one sentence; may be empty.
  std::string message;
  wall_time created{};
  wall_time updated{};
  /// How long after its beginning it can be asked for.
  caf::timespan keep = std::chrono::hours{24};
  /// How often it is worth asking.
  caf::timespan poll = std::chrono::seconds{2};
  /// Of a completed task: its call's result.
  boost::json::object result;
  /// Of a failed one: a JSON-RPC error.
  boost::json::object error;
  /// What the client is to answer, by question.
  boost::json::object questions;
  boost::json::object answers;
};

using mcp_task_ptr = std::shared_ptr<mcp_task>;

/// True when nothing can happen to it any more.
bool is_over(mcp_task_status x);

/// The task as its creation is answered.
boost::json::object task_head(const mcp_task& x);

/// The task with its result, error or questions.
boost::json::object task_view(const mcp_task& x);

/// A point in time as JSON has it: `2026-07-28T12:00:00.000Z`.
std::string iso_time(wall_time x);

} // namespace smart_agents
