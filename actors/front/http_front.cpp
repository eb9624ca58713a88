#include "actors/front/http_front.hpp"

#include "actors/front/answer_headers.hpp"
#include "actors/front/conversation_id.hpp"
#include "actors/front/model_list.hpp"
#include "adapters/token_estimate.hpp"
#include "adapters/verbatim.hpp"
#include "messages/trace_parent.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <array>

namespace smart_agents {

namespace {

const http_headers json_type{{"Content-Type", "application/json"}};
const http_headers stream_type{{"Content-Type", "text/event-stream"},
                               {"Cache-Control", "no-cache"}};

/// True when asking again soon is of no use, whatever the status says; the
/// vendors' own clients heed it.
bool is_final(failure_class what) {
  using enum failure_class;
  return what == quota_exhausted || what == over_quota || what == billing
         || what == auth || what == forbidden;
}

constexpr const char* stopping =
  "the service is stopping or starting anew; ask again when it is back";

/// The status is the format's own unless another is given.
void refuse(http_responder& answer, const client_codec& codec,
            const answer_failed& x, int status = 0) {
  const auto& why = x.why;
  auto headers = story_headers(x, json_type);
  if (why.retry_after)
    headers.emplace_back(
      "Retry-After",
      std::to_string(
        std::chrono::ceil<std::chrono::seconds>(*why.retry_after).count()));
  if (is_final(why.what))
    headers.emplace_back("x-should-retry", "false");
  answer.send(status != 0 ? status : codec.status_of(why.what),
              std::move(headers), codec.render_error(why, x.task_id));
}

void refuse(http_responder& answer, const client_codec& codec, std::string id,
            failure_class what, std::string message) {
  answer_failed x;
  x.task_id = std::move(id);
  x.why.what = what;
  x.why.message = std::move(message);
  refuse(answer, codec, x);
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

/// The format in which a request's errors are told.
client_codec_ptr codec_of(const server_request& request,
                          std::string_view path) {
  for (const auto& x : endpoints)
    if (path == x.path)
      return make_client_codec(x.format);
  auto anthropic = !find_header(request.headers, "anthropic-version").empty();
  return make_client_codec(anthropic ? "anthropic" : "openai-chat");
}

/// Whether a stream that breaks may be gone on with by others: text alone, and
/// only where nobody asked for one provider.
bool may_continue(const gateway_rules& rules, const server_request& request,
                  const task& what) {
  auto asked = find_header(request.headers, "x-smart-agents-continue");
  if (!what.request.stream || asked == "false")
    return false;
  return asked == "true" || (rules.continues && what.model.starts_with("auto"));
}

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

void answer_for_nobody(const server_request& request, http_responder& answer,
                       std::string id) {
  const auto& target = request.target;
  auto codec =
    codec_of(request, std::string_view{target}.substr(0, target.find('?')));
  answer_failed x;
  x.task_id = std::move(id);
  x.why.what = failure_class::overloaded;
  x.why.message = stopping;
  refuse(answer, *codec, x, 503);
}

http_front_state::~http_front_state() {
  // Killed: others count on.
  if (options_.door)
    for (const auto& [id, x] : exchanges_)
      options_.door->leave(x.key);
}

http_front_actor::behavior_type
http_front_state::make_behavior(http_front_options options) {
  options_ = std::move(options);
  if (!options_.rules)
    options_.rules = std::make_shared<const gateway_rules>();
  link_ = std::make_unique<coordinator_link<http_front_actor::base>>(
    self_, options_.supervisor);
  counter_ = std::make_unique<token_counter<http_front_actor::base>>(
    self_, options_.supervisor);
  // What is under way ends first; whoever cannot wait for that kills.
  self_->set_exit_handler([this](caf::exit_msg& why) {
    leaving_ = std::move(why.reason);
    quit_when_done();
  });
  return {
    // The most frequent first: they are tried in this order.
    [this](const http_incoming& in) { receive(in); },
    [this](const answer_finished& x) { finish(x); },
    [this](const answer_delta& x) { deliver(x); },
    [this](const http_written& x) { written(x); },
    [this](const answer_started& x) { start(x); },
    [this](const answer_failed& x) { fail(x); },
    [this](http_tick) { keep_open(); },
  };
}

void http_front_state::receive(const http_incoming& in) {
  const auto& target = in.request->target;
  auto path = std::string_view{target}.substr(0, target.find('?'));
  auto who = let_in(in, path);
  if (!who)
    return;
  if (leaving_)
    return answer_for_nobody(*in.request, *in.answer, options_.make_id());
  for (const auto& x : endpoints)
    if (path == x.path && in.request->method == "POST")
      return x.counts ? count(in, make_client_codec(x.format), *who)
                      : chat(in, make_client_codec(x.format), *who);
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

/// Host, origin and key. Whoever is turned away has been told so.
std::optional<visitor> http_front_state::let_in(const http_incoming& in,
                                                std::string_view path) const {
  const auto& rules = options_.rules->gate;
  // Claude Code looks whether somebody is there, without its key.
  auto knocks = in.request->method == "HEAD";
  auto who =
    knocks ? admit_anyone(rules, *in.request) : admit(rules, *in.request);
  if (auto* in_person = std::get_if<visitor>(&who))
    return std::move(*in_person);
  const auto& why = std::get<turned_away>(who);
  auto codec = codec_of(*in.request, path);
  auto id = options_.make_id();
  if (why.status != 401) {
    refuse(*in.answer, *codec, id, failure_class::forbidden, why.message);
    return std::nullopt;
  }
  auto headers = json_type;
  headers.emplace_back("WWW-Authenticate", "Bearer");
  headers.emplace_back("x-should-retry", "false");
  headers.emplace_back("x-smart-agents-request-id", id);
  in.answer->send(401, std::move(headers),
                  codec->render_unauthorized(why.message, id));
  return std::nullopt;
}

/// The task of a request, or null when it was refused: the client has been told
/// so.
std::shared_ptr<task>
http_front_state::task_of(const http_incoming& in, const client_codec& codec,
                          caf::expected<client_request>& parsed,
                          const visitor& who) const {
  auto work = std::make_shared<task>();
  work->id = options_.make_id();
  if (!parsed) {
    refuse(*in.answer, codec, work->id, failure_class::bad_request,
           render(parsed.error()));
    return nullptr;
  }
  work->origin = "gateway";
  work->limits_bind = false;
  work->request = std::move(parsed->chat);
  // Nothing but the format that it belongs to can pass it on.
  if (codec.format() == "anthropic")
    work->login = who.login;
  work->conversation = conversation_of(in.request->headers, work->request);
  work->traceparent =
    checked_traceparent(find_header(in.request->headers, "traceparent"));
  keep_client_body(in, codec, work->request);
  work->model =
    choose_model(options_.rules->names, in.request->headers, work->request);
  if (who.key != nullptr) {
    work->key = who.key->name;
    if (!allows(*who.key, work->model)) {
      refuse(*in.answer, codec, work->id, failure_class::forbidden,
             "the key " + who.key->name + " may not ask for "
               + one_line(work->model));
      return nullptr;
    }
    work->stand_ins = stand_ins_of(*who.key);
  }
  work->continues = may_continue(*options_.rules, *in.request, *work);
  return work;
}

void http_front_state::count(const http_incoming& in,
                             const client_codec_ptr& codec,
                             const visitor& who) {
  auto parsed = codec->parse_count(in.request->body);
  auto work = task_of(in, *codec, parsed, who);
  if (!work)
    return;
  counter_->count(work, [answer = in.answer, codec](uint64_t x) {
    answer->send(200, json_type, codec->render_count(x));
  });
}

void http_front_state::chat(const http_incoming& in,
                            const client_codec_ptr& codec, const visitor& who) {
  // First of all: whoever is too many must cost little.
  if (options_.door)
    if (auto why = options_.door->enter(who.key); !why.empty()) {
      answer_failed full;
      full.task_id = options_.make_id();
      full.why.what = failure_class::queue_full;
      full.why.message = std::move(why);
      full.why.retry_after = pace_.next_turn(now_of(self_));
      return refuse(*in.answer, *codec, full);
    }
  auto parsed = codec->parse(in.request->body);
  auto work = task_of(in, *codec, parsed, who);
  if (!work) {
    if (options_.door)
      options_.door->leave(who.key);
    return;
  }
  work->deadline = now_of(self_) + options_.timeout;
  auto id = work->id;
  auto& x = exchanges_[id];
  x.answer = in.answer;
  x.key = who.key;
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
    auto told = story_headers(head, {});
    add_losses(to.losses, head, told);
    append_comment(told, to.outbox);
  } else {
    auto headers = story_headers(head, stream_type);
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
    auto headers = story_headers(*x.what, json_type);
    add_losses(to.losses, *x.what, headers);
    to.answer->send(200, std::move(headers),
                    to.codec->render(to.head, x.what->response));
    forget(i);
    return;
  }
  const auto& response = x.what->response;
  if (!x.what->continued.empty())
    to.writer->note("continued", one_line(x.what->continued), to.outbox);
  to.writer->finish(response.finish, response.tokens, to.outbox);
  to.ended = true;
  pump(i->first, to);
}

void http_front_state::fail(const answer_failed& x) {
  auto i = exchanges_.find(x.task_id);
  if (i == exchanges_.end())
    return;
  auto& to = i->second;
  auto told = x;
  auto& why = told.why;
  if (why.what != failure_class::queue_full)
    pace_.left(now_of(self_));
  else if (!why.retry_after)
    why.retry_after = pace_.next_turn(now_of(self_));
  if (!to.started && !to.head_sent) {
    refuse(*to.answer, *to.codec, told);
    forget(i);
    return;
  }
  // The stream has begun: an honest error event, never a fake stop.
  if (!to.writer)
    to.writer = to.codec->stream(to.head);
  to.writer->fail(why, to.outbox);
  to.ended = true;
  pump(i->first, to);
}

void http_front_state::forget(exchange_table::iterator i) {
  if (options_.door)
    options_.door->leave(i->second.key);
  exchanges_.erase(i);
  quit_when_done();
}

void http_front_state::quit_when_done() {
  if (leaving_ && exchanges_.empty())
    self_->quit(*leaving_);
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
      forget(exchanges_.find(id));
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
  forget(exchanges_.find(id));
}

http_front_actor::behavior_type
http_front(self_of<http_front_actor, http_front_state> self,
           http_front_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
