#include "actors/front/http_front.hpp"

#include "actors/front/model_list.hpp"
#include "adapters/token_estimate.hpp"
#include "adapters/verbatim.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace smart_agents {

namespace {

const http_headers json_type{{"Content-Type", "application/json"}};
const http_headers stream_type{{"Content-Type", "text/event-stream"},
                               {"Cache-Control", "no-cache"}};

std::string dollars(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", x);
  return text;
}

/// A header value must stay on its line, whatever a reason says.
std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ')
      c = ' ';
  return text;
}

/// DESIGN's transparency headers.
http_headers story(const answer& x, http_headers headers) {
  headers.emplace_back("x-smart-agents-provider", x.provider);
  headers.emplace_back("x-smart-agents-model", x.model);
  headers.emplace_back("x-smart-agents-reason", one_line(x.reason));
  headers.emplace_back("x-smart-agents-complexity",
                       std::to_string(x.complexity));
  headers.emplace_back("x-smart-agents-task-type", to_string(x.type));
  headers.emplace_back("x-smart-agents-attempts",
                       std::to_string(x.attempts.size()));
  headers.emplace_back("x-smart-agents-cost-usd", dollars(x.cost_usd));
  headers.emplace_back("x-smart-agents-saved-usd", dollars(x.saved_usd));
  headers.emplace_back("x-smart-agents-request-id", x.task_id);
  if (x.simulated)
    headers.emplace_back("x-smart-agents-simulated", "true");
  return headers;
}

/// Headers that come too late, as a comment of server-sent events.
void append_comment(const http_headers& headers, std::string& out) {
  for (const auto& [name, value] : headers)
    out.append(": ").append(name).append(": ").append(value).append("\n");
  out.append("\n");
}

std::string joined(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& name : names)
    result.append(result.empty() ? "" : ", ").append(name);
  return result;
}

/// What of the request nobody was told: what its format's reader passed over,
/// and what the provider's format has no place for. A client's own body is told
/// whole.
void add_losses(std::vector<std::string> losses, const answer& x,
                http_headers& headers) {
  if (x.verbatim)
    return;
  for (const auto& name : x.losses)
    if (std::find(losses.begin(), losses.end(), name) == losses.end())
      losses.push_back(name);
  if (!losses.empty())
    headers.emplace_back("x-smart-agents-losses", one_line(joined(losses)));
}

/// True when asking again soon is of no use, whatever the status says; the
/// vendors' own clients heed it.
bool is_final(failure_class what) {
  using enum failure_class;
  return what == quota_exhausted || what == over_quota || what == billing
         || what == auth || what == forbidden;
}

void refuse(const http_responder_ptr& answer, const client_codec& codec,
            const failure& why, std::string_view id) {
  auto headers = json_type;
  if (why.retry_after)
    headers.emplace_back(
      "Retry-After",
      std::to_string(
        std::chrono::ceil<std::chrono::seconds>(*why.retry_after).count()));
  if (is_final(why.what))
    headers.emplace_back("x-should-retry", "false");
  if (!id.empty())
    headers.emplace_back("x-smart-agents-request-id", id);
  answer->send(codec.status_of(why.what), std::move(headers),
               codec.render_error(why, id));
}

void refuse(const http_responder_ptr& answer, const client_codec& codec,
            const caf::error& error) {
  failure why;
  why.what = failure_class::bad_request;
  why.message = render(error);
  refuse(answer, codec, why, {});
}

/// A served endpoint.
struct endpoint_entry {
  const char* path;
  const char* format;
  bool counts = false;
};

constexpr std::array endpoints{
  endpoint_entry{"/v1/chat/completions", "openai-chat"},
  endpoint_entry{"/v1/responses", "openai-responses"},
  endpoint_entry{"/v1/responses/input_tokens", "openai-responses", true},
  endpoint_entry{"/v1/messages", "anthropic"},
  endpoint_entry{"/v1/messages/count_tokens", "anthropic", true},
};

/// Keeps the client's own body for a provider that speaks its format.
void keep_client_body(const http_incoming& in, const client_codec& codec,
                      chat_request& request) {
  http_headers belongings;
  for (const char* name : {"anthropic-beta", "OpenAI-Beta"})
    if (auto value = find_header(in.request->headers, name); !value.empty())
      belongings.emplace_back(name, value);
  request.verbatim =
    keep_body(codec.format(),
              std::shared_ptr<const std::string>{in.request, &in.request->body},
              std::move(belongings), request);
}

} // namespace

http_front_actor::behavior_type
http_front_state::make_behavior(http_front_options options) {
  options_ = std::move(options);
  link_ = std::make_unique<coordinator_link<http_front_actor::base>>(
    self_, options_.supervisor);
  counter_ = std::make_unique<token_counter<http_front_actor::base>>(
    self_, options_.supervisor);
  return {
    [this](const http_incoming& in) { receive(in); },
    [this](const http_written& x) { written(x); },
    [this](http_tick) { keep_open(); },
    [this](const answer_started& x) { start(x); },
    [this](const answer_delta& x) { deliver(x); },
    [this](const answer_finished& x) { finish(x); },
    [this](const answer_failed& x) { fail(x); },
  };
}

void http_front_state::receive(const http_incoming& in) {
  const auto& target = in.request->target;
  auto path = std::string_view{target}.substr(0, target.find('?'));
  for (const auto& x : endpoints)
    if (path == x.path && in.request->method == "POST")
      return x.counts ? count(in, make_client_codec(x.format))
                      : chat(in, make_client_codec(x.format));
  if (path == "/v1/models" && in.request->method == "GET")
    return list_models(in);
  // Claude Code looks whether somebody is there.
  if (in.request->method == "HEAD" && (path == "/" || path == "/api/hello"))
    return in.answer->send(200, json_type, {});
  boost::json::object error{
    {"message", "no such endpoint: " + in.request->method + " "
                  + std::string{path}
                  + "; try POST /v1/chat/completions, /v1/responses or "
                    "/v1/messages, or GET /v1/models"},
    {"type", "not_found"}};
  in.answer->send(
    404, json_type,
    boost::json::serialize(boost::json::object{{"error", std::move(error)}}));
}

void http_front_state::count(const http_incoming& in,
                             const client_codec_ptr& codec) {
  auto parsed = codec->parse_count(in.request->body);
  if (!parsed)
    return refuse(in.answer, *codec, parsed.error());
  auto work = std::make_shared<task>();
  work->id = options_.make_id();
  work->model = behind_alias(parsed->chat.model);
  work->origin = "gateway";
  work->limits_bind = false;
  work->request = std::move(parsed->chat);
  keep_client_body(in, *codec, work->request);
  counter_->count(work, [answer = in.answer, codec](uint64_t x) {
    answer->send(200, json_type, codec->render_count(x));
  });
}

void http_front_state::chat(const http_incoming& in,
                            const client_codec_ptr& codec) {
  auto parsed = codec->parse(in.request->body);
  if (!parsed)
    return refuse(in.answer, *codec, parsed.error());
  auto work = std::make_shared<task>();
  work->id = options_.make_id();
  work->model = behind_alias(parsed->chat.model);
  work->origin = "gateway";
  work->limits_bind = false;
  work->deadline = now_of(self_) + options_.timeout;
  work->request = std::move(parsed->chat);
  keep_client_body(in, *codec, work->request);
  auto id = work->id;
  auto& x = exchanges_[id];
  x.answer = in.answer;
  x.stream = work->request.stream;
  x.touched = now_of(self_);
  x.codec = codec;
  x.head = std::move(parsed->head);
  x.head.id = id;
  x.head.created = std::chrono::system_clock::to_time_t(options_.wall_clock());
  x.losses = std::move(parsed->losses);
  if (x.stream && codec->format() == "anthropic")
    x.head.input_tokens = estimate_input(work->request, {});
  if (x.stream)
    schedule_tick();
  x.answer->on_gone([self = caf::actor_cast<http_front_actor>(self_), id] {
    caf::anon_send(self, http_written{id, false});
  });
  link_->submit(
    run_task{std::move(work), caf::actor_cast<sink_actor>(self_)},
    [this](const task_accepted& accepted) {
      auto i = exchanges_.find(accepted.task_id);
      if (i == exchanges_.end())
        return;
      i->second.dispatch = accepted.dispatch;
      if (i->second.gone)
        abandon(i->first, i->second);
    },
    [this, id](const failure& why) {
      fail({id, why, {}});
    });
}

void http_front_state::list_models(const http_incoming& in) const {
  auto anthropic =
    !find_header(in.request->headers, "anthropic-version").empty();
  in.answer->send(200, json_type,
                  anthropic ? anthropic_model_list(options_.models)
                            : openai_model_list(options_.models));
}

void http_front_state::start(const answer_started& x) {
  auto i = exchanges_.find(x.task_id);
  if (i == exchanges_.end() || !i->second.stream)
    return;
  begin(i->second, *x.head);
  pump(i->first, i->second);
}

void http_front_state::begin(exchange& to, const answer& head) {
  to.started = true;
  to.head.model = head.provider + "/" + head.model;
  to.head.signer = head.model;
  to.head.verbatim = head.verbatim;
  to.writer = to.codec->stream(to.head);
  if (to.head_sent) {
    auto told = story(head, {});
    add_losses(to.losses, head, told);
    append_comment(told, to.outbox);
  } else {
    auto headers = story(head, stream_type);
    add_losses(to.losses, head, headers);
    to.answer->start(200, std::move(headers));
  }
  to.writer->start(to.outbox);
}

/// Waiting for an answer, a stream says so by comments, which every reader of
/// server-sent events passes over; later it has its format's own pings.
void http_front_state::keep_open() {
  ticking_ = false;
  schedule_tick();
  auto now = now_of(self_);
  for (auto& [id, x] : exchanges_) {
    auto patience =
      x.started || x.head_sent ? options_.ping_every : options_.head_after;
    if (!x.stream || x.gone || x.ended || x.writing
        || now - x.touched < patience)
      continue;
    if (x.started) {
      x.writer->ping(x.outbox);
    } else {
      if (!std::exchange(x.head_sent, true)) {
        auto headers = stream_type;
        headers.emplace_back("x-smart-agents-request-id", id);
        x.answer->start(200, std::move(headers));
      }
      x.outbox += ": waiting for an answer\n\n";
    }
    pump(id, x);
  }
}

/// No timer of its own per request, and none without streams.
void http_front_state::schedule_tick() {
  if (ticking_ || options_.ping_every.count() == 0 || exchanges_.empty())
    return;
  ticking_ = true;
  remind(self_, options_.ping_every / 3, http_tick{});
}

void http_front_state::deliver(const answer_delta& delta) {
  auto i = exchanges_.find(delta.task_id);
  if (i == exchanges_.end() || i->second.gone || !i->second.writer)
    return;
  auto& to = i->second;
  for (const auto& event : delta.events)
    to.writer->write(event, to.outbox);
  to.events += static_cast<uint32_t>(delta.events.size());
  pump(i->first, to);
}

void http_front_state::finish(const answer_finished& x) {
  auto i = exchanges_.find(x.task_id);
  if (i == exchanges_.end())
    return;
  pace_.left(now_of(self_));
  auto& to = i->second;
  if (!to.started && to.head_sent) {
    // There was nothing to stream.
    begin(to, *x.what);
    to.writer->write(text_delta{0, text_of(x.what->response.parts)}, to.outbox);
  }
  if (!to.started) {
    to.head.model = x.what->provider + "/" + x.what->model;
    to.head.signer = x.what->model;
    auto headers = story(*x.what, json_type);
    add_losses(to.losses, *x.what, headers);
    to.answer->send(200, std::move(headers),
                    to.codec->render(to.head, x.what->response));
    exchanges_.erase(i);
    return;
  }
  const auto& response = x.what->response;
  to.writer->finish(response.finish, response.tokens, to.outbox);
  to.ended = true;
  pump(i->first, to);
}

void http_front_state::fail(const answer_failed& x) {
  auto i = exchanges_.find(x.task_id);
  if (i == exchanges_.end())
    return;
  auto& to = i->second;
  auto why = x.why;
  if (why.what != failure_class::queue_full)
    pace_.left(now_of(self_));
  else if (!why.retry_after)
    why.retry_after = pace_.next_turn(now_of(self_));
  if (!to.started && !to.head_sent) {
    refuse(to.answer, *to.codec, why, x.task_id);
    exchanges_.erase(i);
    return;
  }
  // The stream has begun: an honest error event, never a fake stop.
  if (!to.writer)
    to.writer = to.codec->stream(to.head);
  to.writer->fail(why, to.outbox);
  to.ended = true;
  pump(i->first, to);
}

void http_front_state::written(const http_written& x) {
  auto i = exchanges_.find(x.task_id);
  if (i == exchanges_.end())
    return;
  auto& to = i->second;
  if (!x.ok)
    return abandon(i->first, to);
  to.writing = false;
  if (auto taken = std::exchange(to.events_in_flight, 0);
      taken > 0 && to.dispatch)
    self_->send(to.dispatch, grant_credit{taken});
  pump(i->first, to);
}

void http_front_state::pump(const std::string& id, exchange& x) {
  if (x.writing || x.gone)
    return;
  if (x.outbox.empty()) {
    if (x.ended) {
      x.answer->end();
      exchanges_.erase(std::string{id});
    }
    return;
  }
  x.writing = true;
  x.touched = now_of(self_);
  x.events_in_flight = std::exchange(x.events, 0);
  x.answer->write(
    std::exchange(x.outbox, {}),
    [self = caf::actor_cast<http_front_actor>(self_), id](bool ok) {
      caf::anon_send(self, http_written{id, ok});
    });
}

/// The client is gone: its task is cancelled, which settles what was used. A
/// dispatch that is not known yet is cancelled as soon as it is.
void http_front_state::abandon(const std::string& id, exchange& x) {
  x.gone = true;
  if (!x.dispatch)
    return;
  self_->send(x.dispatch, cancel_task{id, "the client went away"});
  exchanges_.erase(std::string{id});
}

http_front_actor::behavior_type
http_front(self_of<http_front_actor, http_front_state> self,
           http_front_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
