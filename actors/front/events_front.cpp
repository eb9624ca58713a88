#include "actors/front/events_front.hpp"

#include <caf/send.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>

namespace smart_agents {

namespace json = boost::json;

namespace {

std::string_view query_of(const std::string& target) {
  auto mark = target.find('?');
  return mark == std::string::npos ? std::string_view{}
                                   : std::string_view{target}.substr(mark + 1);
}

std::optional<uint64_t> number_of(std::string_view text) {
  uint64_t x = 0;
  auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), x);
  return bad == std::errc{} && end == text.data() + text.size() && !text.empty()
           ? std::optional{x}
           : std::nullopt;
}

websocket_text packed(const json::object& x) {
  return std::make_shared<const std::string>(json::serialize(x));
}

websocket_text complaint(const std::string& what) {
  return packed({{"type", "error"}, {"text", what}});
}

} // namespace

events_front_actor::behavior_type
events_front_state::make_behavior(events_front_options options) {
  options_ = std::move(options);
  if (!options_.memory)
    options_.memory = std::make_shared<feed_memory>();
  self_->set_down_handler(
    [this](const caf::down_msg&) { subscribe_to_events(); });
  self_->set_exit_handler([this](const caf::exit_msg& x) { leave(x); });
  // What a predecessor was writing is written, or its client gone.
  for (auto& [id, x] : options_.memory->streams)
    x.writing = false;
  subscribe_to_events();
  remind(self_, options_.comment_every, streams_tick{});
  return {
    // First, as there are many of it: handlers are tried in their order.
    [this](event& x) { publish(std::move(x)); },
    [this](const listener_came& x) { enter(x); },
    [this](const listener_said& x) { obey(x); },
    [this](const listener_left& x) { options_.memory->listeners.erase(x.id); },
    [this](const stream_asked& x) { open(x); },
    [this](const stream_written& x) { written(x); },
    [this](streams_tick) { comment(); },
  };
}

// -- WebSocket ----------------------------------------------------------------

void events_front_state::replay(
  uint64_t since, const event_filter& wants,
  const std::function<void(const event_ring::entry&)>& give,
  const std::function<void(const std::string&)>& missed) const {
  std::optional<std::optional<uint64_t>> gone;
  auto all = options_.memory->passed.after(since, gone);
  if (gone)
    missed(missed_json(*gone, options_.memory->passed.last()));
  for (const auto& x : all)
    if (wants.wants(x.what))
      give(x);
}

void events_front_state::enter(const listener_came& x) {
  std::string wrong;
  auto wants = event_filter::of_query(x.query, wrong);
  if (!wants) {
    x.client->send(complaint(wrong));
    x.client->close(1008, "unknown topic");
    return;
  }
  wants->only_client(x.key);
  x.client->send(
    packed({{"type", "hello"}, {"last", options_.memory->passed.last()}}));
  auto& place = options_.memory->listeners[x.id];
  place = {x.client, std::move(*wants)};
  auto since = query_value(x.query, "since");
  if (!since)
    return;
  auto seq = number_of(*since);
  if (!seq)
    return x.client->send(complaint("since: must be the seq of an event"));
  replay(
    *seq, place.wants, [&](const auto& y) { x.client->send(y.text()); },
    [&](const std::string& text) {
      x.client->send(std::make_shared<const std::string>(text));
    });
}

void events_front_state::obey(const listener_said& x) {
  auto i = options_.memory->listeners.find(x.id);
  if (i == options_.memory->listeners.end())
    return;
  const auto& client = i->second.client;
  auto& wants = i->second.wants;
  json::error_code bad;
  auto said = json::parse(x.text, bad);
  if (bad || !said.is_object())
    return client->send(complaint("a message must be a JSON object"));
  for (const auto& [key, value] : said.get_object()) {
    if (key == "ping") {
      client->send(packed({{"type", "pong"}, {"ping", value}}));
    } else if ((key == "subscribe" || key == "unsubscribe")
               && value.is_object()) {
      auto wrong = wants.change(value.get_object(), key == "subscribe");
      client->send(wrong.empty() ? packed({{"type", "ok"}}) : complaint(wrong));
    } else if (key == "since" && value.is_number()) {
      json::error_code no_number;
      auto seq = value.to_number<uint64_t>(no_number);
      replay(
        seq, wants, [&](const auto& y) { client->send(y.text()); },
        [&](const std::string& text) {
          client->send(std::make_shared<const std::string>(text));
        });
    } else {
      client->send(complaint("'" + std::string{key}
                             + "': known are subscribe, unsubscribe, since "
                               "and ping"));
    }
  }
}

void events_front_state::publish(event passed) {
  const auto& entry = options_.memory->passed.add(std::move(passed));
  const auto& x = entry.what;
  for (auto& [id, to] : options_.memory->listeners)
    if (to.wants.wants(x))
      to.client->send(entry.text());
  std::string sse;
  for (auto i = options_.memory->streams.begin();
       i != options_.memory->streams.end();) {
    auto& [id, to] = *i++; // a stream that ends leaves the table
    if (!to.wants.wants(x))
      continue;
    if (sse.empty())
      sse = event_sse(x, *entry.text());
    put(to, sse);
    if (!to.job.empty() && x.work && x.task_id == to.job
        && is_final(x.work->state))
      to.ended = true;
    pump(id, to);
  }
}

// -- server-sent events -------------------------------------------------------

void events_front_state::open(const stream_asked& x) {
  auto& memory = *options_.memory;
  auto refuse = [&x](int status, const std::string& why) {
    x.answer->send(
      status, {{"Content-Type", "application/json"}},
      json::serialize(json::object{{"error", json::object{{"message", why}}}}));
  };
  if (memory.streams.size() >= options_.most_streams)
    return refuse(503, "Too many streams of events are open; close some.");
  auto query = query_of(x.request->target);
  std::string wrong;
  auto wants = event_filter::of_query(query, wrong);
  if (!wants)
    return refuse(400, wrong);
  if (!x.job.empty())
    wants->only_job(x.job);
  wants->only_client(x.key);
  auto since = query_value(query, "since");
  auto last = find_header(x.request->headers, "last-event-id");
  auto seq = since ? number_of(*since) : number_of(last);
  auto id = ++memory.last_stream;
  auto& place = memory.streams[id];
  place.answer = x.answer;
  place.wants = std::move(*wants);
  place.job = x.job;
  x.answer->on_gone([self = caf::actor_cast<events_front_actor>(self_), id] {
    caf::anon_send(self, stream_written{id, false});
  });
  x.answer->start(200, {{"Content-Type", "text/event-stream"},
                        {"Cache-Control", "no-cache"}});
  put(place, ": events follow\n\n");
  if (seq)
    replay(
      *seq, place.wants,
      [&](const auto& y) { put(place, event_sse(y.what, *y.text())); },
      [&](const std::string& text) {
        put(place, "event: missed\ndata: " + text + "\n\n");
      });
  pump(id, place);
  // A job may have ended before its listener came.
  if (!x.job.empty())
    end_of_job(id, x.job, x.key);
}

void events_front_state::end_of_job(uint64_t id, const std::string& job,
                                    const std::string& key) {
  auto end = [this, id](const std::string& text) {
    auto i = options_.memory->streams.find(id);
    if (i == options_.memory->streams.end() || i->second.ended)
      return;
    put(i->second, text);
    i->second.ended = true;
    pump(id, i->second);
  };
  if (!jobs_)
    return;
  self_->request(jobs_, std::chrono::seconds{30}, get_job{job, key})
    .then(
      [this, id, end](const job_report& x) {
        event now;
        now.what = event::kind::job;
        now.at = std::chrono::system_clock::now();
        now.seq = options_.memory->passed.last();
        now.task_id = x.what->id;
        now.work = x.what;
        auto text = event_sse(now, event_json(now));
        if (is_final(x.what->state))
          return end(text);
        if (auto i = options_.memory->streams.find(id);
            i != options_.memory->streams.end()) {
          put(i->second, text);
          pump(id, i->second);
        }
      },
      [end](const caf::error& why) {
        end("event: error\ndata: "
            + json::serialize(json::object{{"text", render(why)}}) + "\n\n");
      });
}

void events_front_state::put(feed_memory::stream& into,
                             const std::string& text) {
  if (into.ended)
    return;
  if (into.lost > 0
      || into.waiting.size() + text.size() > options_.most_waiting) {
    // Whoever does not read is told so, and costs no more than that.
    into.waiting.clear();
    ++into.lost;
    return;
  }
  into.waiting += text;
}

void events_front_state::pump(uint64_t id, feed_memory::stream& x) {
  if (x.writing)
    return;
  if (auto lost = std::exchange(x.lost, 0); lost > 0)
    x.waiting = "event: missed\ndata: "
                + missed_json(lost, options_.memory->passed.last()) + "\n\n";
  if (x.waiting.empty()) {
    if (x.ended) {
      x.answer->end();
      options_.memory->streams.erase(id);
    }
    return;
  }
  x.writing = true;
  x.answer->write(
    std::exchange(x.waiting, {}),
    [self = caf::actor_cast<events_front_actor>(self_), id](bool ok) {
      caf::anon_send(self, stream_written{id, ok});
    });
}

void events_front_state::written(const stream_written& x) {
  auto i = options_.memory->streams.find(x.id);
  if (i == options_.memory->streams.end())
    return;
  if (!x.ok) {
    options_.memory->streams.erase(i);
    return;
  }
  i->second.writing = false;
  pump(x.id, i->second);
}

void events_front_state::comment() {
  for (auto i = options_.memory->streams.begin();
       i != options_.memory->streams.end();) {
    auto& [id, x] = *i++;
    if (x.writing || x.ended)
      continue;
    put(x, ": still here\n\n");
    pump(id, x);
  }
  remind(self_, options_.comment_every, streams_tick{});
}

/// Those who listen find whoever comes after us when they connect again.
void events_front_state::leave(const caf::exit_msg& why) {
  auto& memory = *options_.memory;
  for (auto& [id, x] : memory.listeners)
    x.client->close(1001, "going away; connect again with since");
  memory.listeners.clear();
  for (auto& [id, x] : memory.streams)
    if (!x.writing)
      x.answer->end();
  memory.streams.clear();
  self_->quit(why.reason);
}

void events_front_state::subscribe_to_events() {
  self_->request(options_.supervisor, std::chrono::seconds{30}, get_services{})
    .then(
      [this](const services_changed& x) {
        jobs_ = x.now->jobs;
        if (!x.now->events || x.now->events == events_)
          return;
        events_ = x.now->events;
        self_->monitor(events_);
        self_->send(events_, subscribe{caf::actor_cast<listener_actor>(self_)});
      },
      [](const caf::error&) {}); // the service is stopping
}

events_front_actor::behavior_type
events_front(self_of<events_front_actor, events_front_state> self,
             events_front_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
