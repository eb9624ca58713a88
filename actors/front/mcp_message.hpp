#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What clients of the Model Context Protocol say, and what is said to them, as
/// values.

namespace smart_agents {

/// How grave a log message is (RFC 5424).
enum class mcp_level : uint8_t {
  debug,
  info,
  notice,
  warning,
  error,
  critical,
  alert,
  emergency,
};

/// JSON-RPC's and MCP's error codes.
namespace mcp_error {
inline constexpr int parse = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int no_method = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int internal = -32603;
inline constexpr int header_mismatch = -32020;
inline constexpr int no_capability = -32021;
inline constexpr int no_version = -32022;
/// In the legacy era; the modern one has `invalid_params` for it.
inline constexpr int no_resource = -32002;
} // namespace mcp_error

/// One message, taken apart.
struct mcp_message {
  enum class kind : uint8_t { request, notification, response };
  kind what = kind::request;
  boost::json::value id;
  std::string method;
  boost::json::object params;
  /// Of a response: its result, or its error.
  boost::json::value outcome;
  bool failed = false;
  /// True when it says that it is of the modern era.
  bool modern = false;
};

/// What answers a request: one line of JSON, and the status that HTTP gives it.
struct mcp_reply {
  std::string text;
  int status = 200;
};

/// Somebody calls a tool, reads a resource or wants a prompt that we have;
/// arguments are an object, but not validated. Exactly one of `tool`, `uri` and
/// `prompt` is set.
struct mcp_call {
  /// A string or an integer, as the client wrote it.
  boost::json::value id;
  std::string tool;
  std::string uri;
  std::string prompt;
  boost::json::object arguments;
  /// Set when the client wants progress.
  std::optional<boost::json::value> progress_token;
  /// Set when a modern client wants log messages from this level on.
  std::optional<mcp_level> log_level;
  bool modern = false;
  /// What the client can; a legacy one said it before.
  boost::json::object capabilities;
  /// What the client answers to what it was asked, by question.
  boost::json::object answers;
  /// What the client keeps for us, sealed; unset when it has nothing.
  std::optional<std::string> sealed;
  /// The same, opened.
  boost::json::value state;
  /// The client's place in a trace (`_meta.traceparent`), checked.
  std::string traceparent;
};

/// A legacy client introduces itself.
struct mcp_hello {
  std::string version;
  boost::json::object capabilities;
  mcp_reply reply;
};

/// A legacy client sets the level of its log messages.
struct mcp_set_level {
  mcp_level level = mcp_level::info;
  mcp_reply reply;
};

/// A legacy client wants to hear of a resource, or no longer.
struct mcp_watch {
  std::string uri;
  bool begin = true;
  mcp_reply reply;
};

/// A modern client wants to hear of changes.
struct mcp_listen {
  boost::json::value id;
  bool tools = false;
  bool prompts = false;
  bool resources = false;
  std::vector<std::string> uris;
  std::vector<std::string> tasks;
};

/// Somebody takes a request back.
struct mcp_cancel {
  boost::json::value id;
};

/// Somebody answers what we asked.
struct mcp_response {
  boost::json::value id;
  boost::json::value outcome;
  bool failed = false;
};

/// A modern client speaks of a task.
struct mcp_task_request {
  enum class kind : uint8_t { get, update, cancel };
  kind what = kind::get;
  boost::json::value id;
  std::string task;
  boost::json::object answers;
};

/// What one message calls for.
using mcp_step = std::variant<std::monostate, mcp_reply, mcp_call, mcp_cancel,
                              mcp_hello, mcp_set_level, mcp_watch, mcp_listen,
                              mcp_response, mcp_task_request>;

} // namespace smart_agents
