#pragma once

#include "actors/front/event_feed.hpp"
#include "adapters/http_server.hpp"
#include "adapters/websocket.hpp"
#include "messages/actors.hpp"
#include "messages/job.hpp"
#include "messages/services.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace smart_agents {

/// A client came in by WebSocket.
struct listener_came {
  uint64_t id = 0;
  websocket_ptr client;
  std::string query;
  /// The key that was shown, by name: it hears of its own alone.
  std::string key = {};
};

/// It said something.
struct listener_said {
  uint64_t id = 0;
  std::string text;
};

struct listener_left {
  uint64_t id = 0;
};

/// A request for server-sent events, of all or of one job until its end.
struct stream_asked {
  std::shared_ptr<const server_request> request;
  http_responder_ptr answer;
  /// Empty for all.
  std::string job;
  /// As in `listener_came`.
  std::string key = {};
};

/// The socket of a stream took a piece.
struct stream_written {
  uint64_t id = 0;
  bool ok = true;
};

/// The front's reminder to itself: silent streams get a comment.
struct streams_tick {};

/// The EVENTS FRONT: the feed of events for clients, by WebSocket and by
/// server-sent events.
using events_front_actor = protocol<void(listener_came), void(listener_said),
                                    void(listener_left), void(stream_asked),
                                    // INTERNAL.
                                    void(stream_written), void(streams_tick),
                                    // From the event bus.
                                    void(event)>;

/// What survives a front: those who listen, and what they may have missed.
struct feed_memory {
  struct listener {
    websocket_ptr client;
    event_filter wants;
  };
  struct stream {
    http_responder_ptr answer;
    event_filter wants;
    /// Ends with this job; empty for never.
    std::string job;
    std::string waiting;
    uint64_t lost = 0;
    bool writing = false;
    bool ended = false;
  };
  event_ring passed;
  std::map<uint64_t, listener> listeners;
  std::map<uint64_t, stream> streams;
  uint64_t last_stream = 0;
};

struct events_front_options {
  supervisor_actor supervisor;
  std::shared_ptr<feed_memory> memory;
  /// Bytes that may wait for one stream.
  size_t most_waiting = 1u << 20;
  size_t most_streams = 1024;
  caf::timespan comment_every = std::chrono::seconds{15};
};

class events_front_state {
public:
  static constexpr const char* name = "events-front";

  explicit events_front_state(events_front_actor::pointer self) : self_{self} {}

  events_front_actor::behavior_type make_behavior(events_front_options options);

private:
  void enter(const listener_came& x);
  void obey(const listener_said& x);
  void publish(event passed);
  void open(const stream_asked& x);
  void written(const stream_written& x);
  void pump(uint64_t id, feed_memory::stream& x);
  void put(feed_memory::stream& into, const std::string& text);
  void end_of_job(uint64_t id, const std::string& job, const std::string& key);
  void comment();
  void replay(uint64_t since, const event_filter& wants,
              const std::function<void(const event_ring::entry&)>& give,
              const std::function<void(const std::string&)>& missed) const;
  void leave(const caf::exit_msg& why);
  void subscribe_to_events();

  events_front_actor::pointer self_;
  events_front_options options_;
  event_actor events_;
  jobs_actor jobs_;
};

events_front_actor::behavior_type
events_front(self_of<events_front_actor, events_front_state> self,
             events_front_options options);

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::listener_came)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::listener_said)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::listener_left)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::stream_asked)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::stream_written)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::streams_tick)
