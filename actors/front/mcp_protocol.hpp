#pragma once

#include "actors/front/mcp_offer.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// The Model Context Protocol, server side, without I/O and without actors: in
/// both eras that clients speak, 2026-07-28 (stateless, `server/discover`) and
/// 2025-11-25 (`initialize`). The era is chosen message by message.

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

/// Somebody calls a tool, or reads a resource that we have; arguments are an
/// object, but not validated.
struct mcp_call {
  /// A string or an integer, as the client wrote it.
  boost::json::value id;
  /// Empty when a resource is read.
  std::string tool;
  /// Of the resource.
  std::string uri;
  boost::json::object arguments;
  /// Set when the client wants progress.
  std::optional<boost::json::value> progress_token;
  /// Set when a modern client wants log messages from this level on.
  std::optional<mcp_level> log_level;
  bool modern = false;
};

/// A legacy client sets the level of its log messages.
struct mcp_set_level {
  mcp_level level = mcp_level::info;
  /// What to answer.
  std::string reply;
};

/// Somebody takes a request back.
struct mcp_cancel {
  boost::json::value id;
};

/// What one line calls for: nothing, a reply, several messages, or work.
using mcp_step = std::variant<std::monostate, std::string, mcp_call, mcp_cancel,
                              mcp_set_level>;

/// JSON-RPC's and MCP's error codes.
namespace mcp_error {
inline constexpr int parse = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int no_method = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int internal = -32603;
inline constexpr int no_version = -32022;
/// In the legacy era; the modern one has `invalid_params` for it.
inline constexpr int no_resource = -32002;
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
  mcp_protocol(mcp_server_info info, mcp_offer offer);

  /// Takes one line of the client's.
  mcp_step handle(std::string_view line) const;

  /// The reply to a call: text for the model, or why there is none.
  std::string result(const mcp_call& call, std::string_view text,
                     bool is_error) const;

  /// The reply to the reading of a resource: a JSON document.
  std::string contents(const mcp_call& call, std::string_view text) const;

  /// The reply to the reading of what does not exist after all.
  static std::string no_contents(const mcp_call& call);

  /// A log message; `text` is one sentence.
  static std::string log(mcp_level level, std::string_view text);

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

  /// What a modern client may keep of a result.
  enum class caching : uint8_t { none, list, live };

  mcp_step answer(request& x) const;
  mcp_step call(request& x) const;
  mcp_step read(request& x) const;
  mcp_step set_level(const request& x) const;
  std::string discover(const request& x) const;
  std::string initialize(const request& x) const;
  std::string list(const request& x, boost::json::object result) const;
  std::string outcome(const request& x, mcp_outcome what) const;
  std::string reply(const request& x, boost::json::object result,
                    caching how = caching::none) const;
  boost::json::object server_info() const;

  mcp_server_info info_;
  mcp_offer offer_;
};

} // namespace smart_agents
