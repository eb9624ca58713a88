#pragma once

#include "actors/front/mcp_message.hpp"
#include "actors/front/mcp_offer.hpp"

#include <string>
#include <string_view>
#include <variant>

/// The Model Context Protocol, server side, without I/O and without actors: in
/// both eras that clients speak, 2026-07-28 (stateless, `server/discover`) and
/// 2025-11-25 (`initialize`). The era is chosen message by message.

namespace smart_agents {

/// What the server says of itself.
struct mcp_server_info {
  std::string name;
  std::string version;
  std::string instructions;
};

/// The revision of the modern era.
inline constexpr const char* mcp_modern_version = "2026-07-28";

/// True for the revisions of the legacy era.
bool is_legacy_version(std::string_view version);

/// The extension for tasks.
inline constexpr const char* mcp_tasks_extension =
  "io.modelcontextprotocol/tasks";

/// True when a client with these capabilities can be answered with tasks.
bool has_tasks(const boost::json::object& capabilities);

/// What an error says of a capability that the client lacks: one of its own, or
/// an extension.
boost::json::object missing_capability(std::string_view name);

/// Turns the client's lines into steps and our results into lines. Texts that
/// are no UTF-8 leave it with U+FFFD in place of each bad byte.
class mcp_protocol {
public:
  mcp_protocol(mcp_server_info info, mcp_offer offer);

  /// A message, or how to answer what is none; nothing for blank lines and for
  /// broken notifications.
  using parsed = std::variant<std::monostate, mcp_message, mcp_reply>;

  static parsed parse(std::string_view line);

  /// What a message calls for.
  mcp_step handle(mcp_message x) const;

  /// Both.
  mcp_step handle(std::string_view line) const;

  const mcp_offer& offer() const {
    return offer_;
  }

  /// From the next message on.
  void offer(mcp_offer now) {
    offer_ = std::move(now);
  }

  /// The reply to a call: text for the model, or why there is none.
  std::string result(const mcp_call& call, std::string_view text,
                     bool is_error) const;

  /// The reply to a call, made of the fields of its result.
  std::string complete(const mcp_call& call, boost::json::object result) const;

  /// The same to any request; `kind` is `complete`, or another `resultType`.
  std::string complete(const boost::json::value& id, bool modern,
                       boost::json::object result,
                       const char* kind = "complete") const;

  /// The reply to the reading of what does not exist after all.
  static std::string no_contents(const mcp_call& call);

  /// A log message; `data` is any JSON.
  static std::string log(mcp_level level, const boost::json::value& data,
                         std::string_view logger = "smart-agents");

  /// A progress notification; `progress` must grow from one to the next. A
  /// `total` of 0 is unknown.
  static std::string progress(const boost::json::value& token, double progress,
                              std::string_view message, double total = 0);

  static std::string notification(std::string_view method,
                                  boost::json::object params);

  /// A request of ours.
  static std::string request(std::string_view id, std::string_view method,
                             boost::json::object params);

  /// An error reply; a null id where the client's is not known.
  static std::string error(const boost::json::value& id, int code,
                           std::string_view message,
                           const boost::json::object& data = {});

  /// The same, with the status that the modern era gives the code.
  static mcp_reply refuse(const boost::json::value& id, bool modern, int code,
                          std::string_view message,
                          const boost::json::object& data = {});

private:
  /// What a modern client may keep of a result.
  enum class caching : uint8_t { none, list, live };

  mcp_step answer(mcp_message& x) const;
  mcp_step answer_modern(mcp_message& x) const;
  mcp_step answer_legacy(mcp_message& x) const;
  mcp_step call(mcp_message& x) const;
  mcp_step read(mcp_message& x) const;
  mcp_step prompt(mcp_message& x) const;
  mcp_step set_level(const mcp_message& x) const;
  mcp_step watch(const mcp_message& x) const;
  mcp_step initialize(mcp_message& x) const;
  mcp_step listen(mcp_message& x) const;
  mcp_step task(mcp_message& x) const;
  mcp_reply discover(const mcp_message& x) const;
  mcp_reply list(const mcp_message& x, boost::json::object result) const;
  mcp_reply outcome(const mcp_message& x, mcp_outcome what) const;
  std::string reply(const boost::json::value& id, bool modern,
                    boost::json::object result, caching how = caching::none,
                    const char* kind = "complete") const;
  boost::json::object server_info() const;
  boost::json::object capabilities(bool modern) const;

  mcp_server_info info_;
  mcp_offer offer_;
};

/// The text as JSON can carry it: U+FFFD stands for each bad byte.
std::string clean_text(std::string_view text);

/// A piece of content that is text.
boost::json::object mcp_text(std::string_view text);

/// Fields of the reading of a resource that is a JSON document.
boost::json::object json_contents(std::string_view uri, std::string_view text);

} // namespace smart_agents
