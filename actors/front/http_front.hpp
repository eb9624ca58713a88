#pragma once

#include "actors/front/admission.hpp"
#include "actors/front/coordinator_link.hpp"
#include "actors/front/gateway_rules.hpp"
#include "actors/front/pace.hpp"
#include "actors/front/token_counter.hpp"
#include "adapters/client_codec.hpp"
#include "adapters/http_server.hpp"
#include "messages/actors.hpp"
#include "messages/task.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace smart_agents {

/// A request as the listener took it.
struct http_incoming {
  std::shared_ptr<const server_request> request;
  http_responder_ptr answer;
};

/// The socket took a piece, or its client is gone.
struct http_written {
  std::string task_id;
  bool ok = true;
};

/// The front's reminder to itself to keep silent streams open.
struct http_tick {};

/// The HTTP FRONT: one request, one task.
using http_front_actor = protocol<
  // From the listener.
  void(http_incoming),
  // INTERNAL: the socket is ready for the next piece, or closed.
  void(http_written),
  // INTERNAL: looks for silent streams.
  void(http_tick),
  // From the dispatch.
  void(answer_started), void(answer_delta), void(answer_finished),
  void(answer_failed)>;

struct http_front_options {
  supervisor_actor supervisor;
  /// Model names beside `auto` and its variants that `/v1/models` lists.
  std::vector<std::string> models;
  /// Who may come in, and what names mean; null for everybody, and nothing.
  std::shared_ptr<const gateway_rules> rules;
  /// Counts the requests of all fronts; null takes any number.
  std::shared_ptr<admission> door;
  /// How long a request may take.
  caf::timespan timeout = std::chrono::minutes{10};
  /// A stream that was silent for this long gets a ping, so that nobody on the
  /// way takes it for dead; zero for never.
  caf::timespan ping_every = std::chrono::seconds{15};
  /// How long a stream waits for its answer before its head goes without it,
  /// and pings follow: less than the minute after which proxies give up. Until
  /// then a failure still has a status, and the answer's story is in headers.
  caf::timespan head_after = std::chrono::seconds{45};
  std::function<wall_time()> wall_clock = std::chrono::system_clock::now;
  std::function<std::string()> make_id;
};

/// Answers a request that no front took, because it ended first: with 503 in
/// its client's format.
void answer_for_nobody(const server_request& request, http_responder& answer,
                       std::string id);

class http_front_state {
public:
  static constexpr const char* name = "http-front";

  explicit http_front_state(http_front_actor::pointer self) : self_{self} {}
  http_front_state(const http_front_state&) = delete;
  http_front_state& operator=(const http_front_state&) = delete;
  ~http_front_state();

  http_front_actor::behavior_type make_behavior(http_front_options options);

private:
  /// One request under way.
  struct exchange {
    http_responder_ptr answer;
    dispatch_actor dispatch;
    client_codec_ptr codec;
    answer_head head;
    /// Fields of the request that no provider is told; for a header.
    std::vector<std::string> losses;
    std::unique_ptr<stream_writer> writer;
    /// Whose it is; null for nobody's.
    const client_key* key = nullptr;
    bool stream = false;
    bool started = false;
    /// Set when the head went before the answer was there.
    bool head_sent = false;
    /// When the client got its last bytes, or asked.
    instant touched{};
    bool writing = false;
    bool gone = false;
    /// Set when the last byte is in `outbox`.
    bool ended = false;
    /// Bytes and stream events that wait for the socket; bounded by credit.
    std::string outbox;
    uint32_t events = 0;
    /// Those that are being written; credit follows when they are.
    uint32_t events_in_flight = 0;
  };

  using exchange_table = std::unordered_map<std::string, exchange>;

  void forget(exchange_table::iterator i);
  void quit_when_done();
  void receive(const http_incoming& in);
  std::optional<visitor> let_in(const http_incoming& in,
                                std::string_view path) const;
  std::shared_ptr<task> task_of(const http_incoming& in,
                                const client_codec& codec,
                                caf::expected<client_request>& parsed,
                                const visitor& who) const;
  void chat(const http_incoming& in, const client_codec_ptr& codec,
            const visitor& who);
  void count(const http_incoming& in, const client_codec_ptr& codec,
             const visitor& who);
  void list_models(const http_incoming& in) const;
  void start(const answer_started& x);
  void begin(exchange& to, const answer& head);
  void keep_open();
  void schedule_tick();
  void deliver(const answer_delta& delta);
  void finish(const answer_finished& x);
  void fail(const answer_failed& x);
  void written(const http_written& x);
  void pump(const std::string& id, exchange& x);
  void abandon(const std::string& id, exchange& x);

  http_front_actor::pointer self_;
  http_front_options options_;
  std::unique_ptr<coordinator_link<http_front_actor::base>> link_;
  std::unique_ptr<token_counter<http_front_actor::base>> counter_;
  exchange_table exchanges_;
  /// Set when it shall end as soon as nothing is under way.
  std::optional<caf::error> leaving_;
  bool ticking_ = false;
  /// How fast requests end, for those who are turned away.
  pace pace_;
};

http_front_actor::behavior_type
http_front(self_of<http_front_actor, http_front_state> self,
           http_front_options options);

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::http_incoming)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::http_written)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::http_tick)
