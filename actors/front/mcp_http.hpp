#pragma once

#include "actors/front/gate.hpp"
#include "actors/front/mcp_server.hpp"
#include "actors/front/mcp_stream.hpp"
#include "adapters/http_server.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace smart_agents {

struct mcp_http_options {
  /// Names beside this machine's own under which we are reached; `*` for any.
  std::vector<std::string> hosts;
  /// Where clients get tokens; empty where keys are handed out otherwise.
  std::vector<std::string> authorization_servers;
  /// Who sends a request, or why they may not; null lets everybody in.
  std::function<std::variant<std::string, turned_away>(const server_request&)>
    admit;
  /// Runs on an I/O thread when the client of an exchange is gone: `gone` is to
  /// be called then, on our own thread.
  std::function<void(uint64_t exchange)> on_gone;
  size_t max_sessions = 1024;
  /// A session that nobody used for this long is over.
  caf::timespan session_idle = std::chrono::hours{1};
  /// A stream that was silent for this long gets a comment.
  caf::timespan ping_every = std::chrono::seconds{15};
};

/// MCP's Streamable HTTP, both eras, without actors: requests in, and to an
/// `mcp_server`, which must outlive it. One thread at a time.
class mcp_http {
public:
  mcp_http(mcp_server& server, mcp_http_options options);

  /// True for the paths that are ours.
  static bool serves(std::string_view target);

  void receive(const server_request& request, const http_responder_ptr& answer,
               instant now);

  /// The client of an exchange closed its connection. In the modern era that
  /// takes its request back.
  void gone(uint64_t exchange);

  /// Keeps streams open and ends sessions that nobody uses; call it every few
  /// seconds.
  void tick(instant now);

  /// Sessions there are.
  size_t sessions() const {
    return sessions_.size();
  }

private:
  struct legacy_session {
    mcp_session_ptr state;
    /// By number; 0 is the standing one.
    std::map<uint64_t, std::shared_ptr<resumable_link>> streams;
    instant used{};
  };

  struct exchange {
    /// Of a modern one; who waits is in it.
    std::weak_ptr<post_link> modern;
    /// Of a legacy one.
    std::string session;
    uint64_t stream = 0;
    std::weak_ptr<event_writer> reader;
    instant touched{};
  };

  struct incoming {
    const server_request& request;
    const http_responder_ptr& answer;
    std::string principal;
    instant now{};
  };

  void post(const incoming& in);
  void post_modern(const incoming& in, mcp_message message);
  void post_legacy(const incoming& in, mcp_message message);
  void open_session(const incoming& in, mcp_message message);
  void resume(const incoming& in);
  void close(const incoming& in);
  void describe(const incoming& in) const;
  void watch(const http_responder_ptr& answer, exchange x);
  legacy_session* find(const incoming& in);
  /// Null when there is none any more.
  resumable_link* stream_of(const exchange& x);
  void end(const std::string& name);
  bool make_room();
  void attach(legacy_session& session, const std::string& name, uint64_t stream,
              const incoming& in, uint64_t after, bool again);

  mcp_server& server_;
  mcp_http_options options_;
  std::map<std::string, legacy_session, std::less<>> sessions_;
  std::unordered_map<uint64_t, exchange> exchanges_;
  uint64_t last_exchange_ = 0;
  uint64_t last_stream_ = 0;
};

} // namespace smart_agents
