#include "actors/provider/exchange.hpp"

#include "adapters/limit_signals.hpp"
#include "adapters/log.hpp"
#include "messages/task.hpp"

#include <caf/send.hpp>

#include <boost/algorithm/string/replace.hpp>

#include <exception>
#include <utility>

namespace smart_agents {

namespace {

/// An error body longer than this is no message for anybody.
constexpr size_t max_error_body = 256u << 10;

failure_class class_of(http_failure::kind x) {
  switch (x) {
  case http_failure::kind::timeout: return failure_class::timeout;
  case http_failure::kind::cancelled: return failure_class::cancelled;
  case http_failure::kind::overloaded: return failure_class::queue_full;
  case http_failure::kind::protocol:
  case http_failure::kind::too_large: return failure_class::broken_answer;
  case http_failure::kind::name:
  case http_failure::kind::connect:
  case http_failure::kind::tls:
  case http_failure::kind::reset: return failure_class::network;
  }
  return failure_class::internal;
}

} // namespace

exchange::exchange(context about)
  : about_{std::move(about)}, started_{std::chrono::steady_clock::now()},
    credit_{initial_credit} {}

exchange::~exchange() {
  if (!done_)
    fail(
      {failure_class::network, "the HTTP client gave up the call", 0, "", {}},
      true);
}

void exchange::start(http_client& client, http_request request) {
  verbatim_ = request.verbatim;
  if (!verbatim_)
    names_ = {about_.codec->format(), *about_.call.request};
  auto http = client.send(std::move(request), shared_from_this());
  // On its own thread the answer may have begun by now.
  auto stop = false;
  auto resume = false;
  {
    std::lock_guard guard{mutex_};
    http_ = http;
    stop = stopped_.has_value();
    resume = std::exchange(resume_owed_, false);
  }
  if (stop)
    http->cancel();
  else if (resume)
    http->resume();
}

// The client may call back from inside `resume` and `cancel`, so neither is
// called with the mutex held.

void exchange::grant(uint32_t events) {
  std::shared_ptr<http_exchange> paused;
  {
    std::lock_guard guard{mutex_};
    credit_ += events;
    if (credit_ > 0 && std::exchange(paused_, false)) {
      paused = http_;
      resume_owed_ = !http_;
    }
  }
  if (paused)
    paused->resume();
}

void exchange::cancel() {
  stop({failure_class::cancelled, "cancelled", 0, "", {}});
}

void exchange::stop(failure why) {
  std::shared_ptr<http_exchange> running;
  {
    std::lock_guard guard{mutex_};
    if (!stopped_)
      stopped_ = std::move(why);
    running = http_;
  }
  if (running)
    running->cancel();
}

void exchange::on_head(http_head head) {
  first_byte_ = std::chrono::steady_clock::now() - started_;
  head_ = std::move(head);
  signals_ = collect_signals(head_.headers);
  // Others must not wait for the end of a long answer. A refusal has more to
  // tell, and ends at once.
  if (about_.told && good() && !signals_.empty()) {
    const auto& call = about_.call;
    about_.told->tell(
      {about_.provider, call.login ? call.login->id : call.credential,
       call.request->model, signals_, std::chrono::system_clock::now()});
  }
  try {
    if (good() && about_.call.request->stream) {
      decoder_ = about_.codec->stream();
      if (verbatim_)
        decoder_->keep_wire(about_.codec->format());
    }
  } catch (const std::exception& e) {
    broke(e.what());
  }
}

bool exchange::on_body(std::string_view bytes) {
  if (done_)
    return true;
  try {
    return take(bytes);
  } catch (const std::exception& e) {
    broke(e.what());
    return true;
  }
}

bool exchange::take(std::string_view bytes) {
  if (!decoder_) {
    // The client bounds good bodies; an error's needs no more than its start.
    if (good() || body_.size() < max_error_body)
      body_ += bytes;
    return true;
  }
  std::vector<stream_event> events;
  auto broken = decoder_->feed(bytes, events);
  auto count = static_cast<int64_t>(events.size());
  progress(std::move(events));
  if (broken) {
    // An error instead of an answer is no work.
    auto billed = content_ || decoder_->so_far().total() > 0
                  || broken->what == failure_class::broken_answer;
    fail(std::move(*broken), billed);
    cancel(); // more may come, for nobody
    return true;
  }
  std::lock_guard guard{mutex_};
  credit_ -= count;
  // What follows the terminal event is no content: let it come and end.
  paused_ = credit_ <= 0 && !complete_;
  return !paused_;
}

void exchange::on_end() {
  if (done_)
    return;
  try {
    conclude();
  } catch (const std::exception& e) {
    broke(e.what());
  }
}

void exchange::conclude() {
  if (!good()) {
    signals_ = collect_signals(head_.headers, body_);
    auto why = about_.codec->classify(head_, body_);
    if (why.status == 0)
      why.status = head_.status;
    return fail(std::move(why), false);
  }
  if (!decoder_) {
    chat_response response;
    if (auto broken = about_.codec->decode(body_, response)) {
      auto billed = broken->what == failure_class::broken_answer;
      return fail(std::move(*broken), billed);
    }
    names_.restore(response);
    if (verbatim_)
      response.verbatim = std::make_shared<wire_answer>(
        wire_answer{std::string{about_.codec->format()}, std::move(body_)});
    return finish(std::move(response));
  }
  std::vector<stream_event> events;
  auto broken = decoder_->finish(events);
  progress(std::move(events));
  if (broken)
    return fail(std::move(*broken), true);
  if (!complete_)
    return fail({failure_class::broken_answer,
                 "the answer ended in the middle; ask again",
                 head_.status,
                 "",
                 {}},
                true);
  finish(std::move(response_));
}

void exchange::on_failure(http_failure why) {
  if (done_)
    return;
  using enum http_failure::kind;
  // All that matters of the answer had come.
  if (complete_ && why.what != cancelled)
    return finish(std::move(response_));
  // The verdict on a bad answer does not need its last byte.
  if (head_.status != 0 && !good()
      && (why.what == reset || why.what == too_large))
    return on_end();
  std::optional<failure> stopped;
  {
    std::lock_guard guard{mutex_};
    stopped = stopped_;
  }
  // Once a good head came, or if the request left us, the work may be billed,
  // whatever becomes of the rest.
  auto billed = why.sent && (good() || head_.status == 0);
  fail(stopped && why.what == cancelled ? std::move(*stopped) : explain(why),
       billed);
}

void exchange::broke(const char* what) {
  fail({failure_class::internal,
        std::string{"the answer could not be read: "} + what,
        head_.status,
        "",
        {}},
       true);
  cancel();
}

void exchange::progress(std::vector<stream_event> events) {
  for (auto& x : events) {
    names_.restore(x);
    if (const auto* start = std::get_if<stream_start>(&x)) {
      response_.id = start->id;
      response_.model = start->model;
    } else if (const auto* end = std::get_if<stream_end>(&x)) {
      response_.finish = end->finish;
      response_.tokens = end->tokens;
      complete_ = true;
    } else if (!std::holds_alternative<wire_event>(x)) {
      content_ = true;
    }
  }
  if (!events.empty())
    caf::anon_send(about_.call.to,
                   call_progress{about_.call.id, std::move(events)});
}

void exchange::finish(chat_response response) {
  if (done_)
    return;
  caf::anon_send(
    about_.call.to,
    call_finished{about_.call.id,
                  std::make_shared<const chat_response>(std::move(response)),
                  std::move(signals_)});
  over(std::nullopt);
}

void exchange::fail(failure why, bool maybe_billed) {
  if (done_)
    return;
  advise(why);
  call_failed message;
  message.id = about_.call.id;
  message.why = why;
  message.maybe_billed = maybe_billed;
  message.signals = std::move(signals_);
  if (decoder_)
    message.tokens = decoder_->so_far();
  caf::anon_send(about_.call.to, std::move(message));
  over(std::move(why));
}

void exchange::over(std::optional<failure> why) {
  done_ = true;
  caf::anon_send(about_.owner,
                 call_over{about_.call.id, std::move(why), first_byte_});
  // No actor is kept alive by a call that is over.
  about_.call.to = nullptr;
  about_.owner = nullptr;
}

failure exchange::explain(const http_failure& why) const {
  failure result;
  result.what = class_of(why.what);
  result.message = why.message;
  switch (why.what) {
  case http_failure::kind::connect:
    if (about_.local) {
      result.message += "; is Ollama running? Start it with `ollama serve`";
      break;
    }
    [[fallthrough]];
  case http_failure::kind::name:
    result.message += "; check its base_url, the network and the proxy";
    break;
  case http_failure::kind::tls:
    result.message += "; check its base_url, certificates and the clock";
    break;
  case http_failure::kind::reset:
    // What had begun well is a broken answer, no missing network.
    if (good())
      result.what = failure_class::broken_answer;
    break;
  default: break;
  }
  return result;
}

/// Names the provider, and the remedies that only this layer knows.
void exchange::advise(failure& why) const {
  // Some providers repeat the key that they refuse.
  if (about_.secret.size() >= 4)
    boost::algorithm::replace_all(why.message, about_.secret, "***");
  why.message = about_.provider + ": " + redact(why.message);
  if (about_.local && why.what == failure_class::model_not_found)
    why.message +=
      "; pull it with `ollama pull " + about_.call.request->model + "`";
}

} // namespace smart_agents
