#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The Model Context Protocol, server side, without I/O and without actors: in
/// both eras that clients speak, 2026-07-28 (stateless, `server/discover`) and
/// 2025-11-25 (`initialize`). The era is chosen message by message.

namespace smart_agents {

/// A tool as clients see it.
struct mcp_tool {
  std::string name;
  std::string title;
  std::string description;
  /// JSON Schema of the arguments.
  boost::json::object schema;
  boost::json::object annotations;
  /// `_meta` of the tool.
  boost::json::object meta;
};

/// Somebody calls a tool; arguments are an object, but not validated.
struct mcp_call {
  /// A string or an integer, as the client wrote it.
  boost::json::value id;
  std::string tool;
  boost::json::object arguments;
  /// Set when the client wants progress.
  std::optional<boost::json::value> progress_token;
  bool modern = false;
};

/// Somebody takes a request back.
struct mcp_cancel {
  boost::json::value id;
};

/// What one line calls for: nothing, a reply, several messages, or work.
using mcp_step =
  std::variant<std::monostate, std::string, mcp_call, mcp_cancel>;

/// JSON-RPC's and MCP's error codes.
namespace mcp_error {
inline constexpr int parse = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int no_method = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int no_version = -32022;
} // namespace mcp_error

/// What the server says of itself.
struct mcp_server_info {
  std::string name;
  std::string version;
  std::string instructions;
};

/// Turns the client's lines into steps and our results into lines. Texts that
/// are no UTF-8 leave it with U+FFFD in place of each bad byte.
class mcp_protocol {
public:
  mcp_protocol(mcp_server_info info, std::vector<mcp_tool> tools);

  /// Takes one line of the client's.
  mcp_step handle(std::string_view line) const;

  /// The reply to a call: text for the model.
  std::string result(const mcp_call& call, std::string_view text,
                     bool is_error) const;

  /// A progress notification; `progress` must grow from one to the next.
  static std::string progress(const boost::json::value& token, double progress,
                              std::string_view message);

  /// An error reply; a null id where the client's is not known.
  static std::string error(const boost::json::value& id, int code,
                           std::string_view message,
                           const boost::json::object& data = {});

private:
  struct request {
    boost::json::value id;
    std::string method;
    boost::json::object params;
    bool modern = false;
  };

  mcp_step answer(request& x) const;
  mcp_step call(request& x) const;
  std::string discover(const request& x) const;
  std::string initialize(const request& x) const;
  std::string list_tools(const request& x) const;
  std::string reply(const request& x, boost::json::object result,
                    bool cacheable = false) const;
  boost::json::object capabilities() const;
  boost::json::object server_info() const;

  mcp_server_info info_;
  std::vector<mcp_tool> tools_;
  boost::json::array tool_list_;
};

} // namespace smart_agents
