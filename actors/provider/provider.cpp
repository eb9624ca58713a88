#include "actors/provider/provider.hpp"

#include "actors/provider/count_call.hpp"
#include "actors/provider/exchange.hpp"
#include "adapters/limit_signals.hpp"
#include "adapters/log.hpp"
#include "messages/error.hpp"
#include "messages/event.hpp"

#include <algorithm>

namespace smart_agents {

namespace {

/// How exactly deadlines in the queue are kept.
constexpr auto tick = std::chrono::milliseconds{100};

/// A count that takes longer is worth no more than our estimate.
constexpr auto count_timeout = std::chrono::seconds{4};

/// Clients count in bursts; beyond this they get estimates.
constexpr size_t most_counts = 32;

/// Weight of the newest first-byte time in the average.
constexpr double newest = 0.2;

} // namespace

provider_state::~provider_state() {
  // Not `cancelled`: the tasks are to go on elsewhere.
  for (auto& [id, call] : running_)
    call->stop({failure_class::internal, "its actor ended", 0, "", {}});
  for (const auto& call : waiting_.clear())
    refuse(call, failure_class::internal, "its actor ended");
}

provider_actor::behavior_type
provider_state::make_behavior(provider_options options) {
  options_ = std::move(options);
  fits_windows_ = options_.to.window == 0;
  circuit_ = circuit{options_.breaker};
  waiting_ = call_queue{options_.max_queue};
  return {
    [this](const start_call& call) { take(call); },
    [this](const cancel_call& x) { withdraw(x.id); },
    [this](get_provider_status) { return status(); },
    [this](const services_changed& x) {
      services_ = x.now;
      tell_health();
    },
    [this](const count_input& x) { return count(x); },
    [this](const call_over& x) { over(x); },
    [this](const count_over& x) { counted(x); },
    [this](provider_tick) {
      ticking_ = false;
      expire();
      fill(now_of(self_));
      schedule_tick();
    },
  };
}

void provider_state::take(const start_call& call) {
  auto now = now_of(self_);
  wake(now);
  if (options_.pass_logins && options_.to.api_key.empty() && !call.login)
    return refuse(call, failure_class::auth,
                  "has no key of its own, and only clients with their own "
                  "log-in may ask it; set its key");
  if (circuit_.state() == circuit_state::open)
    return refuse_resting(call);
  // Most find a slot free, and need no place in the queue.
  if (waiting_.size() == 0 && has_slot(now))
    return begin(call, caf::timespan{0});
  if (!waiting_.push(call, now))
    return refuse(call, failure_class::queue_full,
                  std::to_string(waiting_.size())
                    + " calls are waiting already; try again later");
  fill(now);
  schedule_tick();
}

/// Starts waiting calls as far as slots and circuit allow.
void provider_state::fill(instant now) {
  wake(now);
  while (waiting_.size() > 0 && has_slot(now)) {
    auto next = *waiting_.pop();
    begin(next.call, now - next.since);
  }
}

/// True when a call may start now. Asked once a call: the circuit counts.
bool provider_state::has_slot(instant now) {
  return running_.size() < options_.max_concurrent && circuit_.allow(now);
}

/// Starts a call that has waited so long.
void provider_state::begin(const start_call& call, caf::timespan waited) {
  if (options_.counters)
    options_.counters->waited(options_.name, waited);
  start(call);
}

void provider_state::wake(instant now) {
  if (circuit_.wake(now))
    circuit_changed();
}

/// Another window makes a server load its model anew, so one that was needed
/// once is asked for from then on.
void provider_state::fit_window(const chat_request& request) {
  constexpr size_t most_models = 64;
  if (!fits_windows_)
    return;
  auto& window = options_.to.window;
  window = 0;
  window = options_.codec->window(request, options_.to);
  if (auto i = windows_.find(request.model); i != windows_.end())
    window = i->second = std::max(i->second, window);
  else if (window > 0 && windows_.size() < most_models)
    windows_.emplace(request.model, window);
}

void provider_state::start(const start_call& call) {
  fit_window(*call.request);
  const auto* login = options_.pass_logins ? call.login.get() : nullptr;
  // Copied for those alone who bring their own.
  std::optional<endpoint> room;
  const auto* to = endpoint_for(call, login, room);
  if (to == nullptr) {
    circuit_.unknown();
    return refuse(call, failure_class::internal,
                  "has no credential named " + call.credential);
  }
  auto request = options_.codec->encode(*call.request, *to);
  if (!request) {
    circuit_.unknown();
    auto unsupported = request.error() == ec::unsupported;
    return refuse(call,
                  unsupported ? failure_class::model_not_found
                              : failure_class::bad_request,
                  render(request.error()));
  }
  request->limits = options_.limits;
  request->limits.deadline = call.deadline;
  // A body of the client's own has its headers with it.
  if (login != nullptr && !request->verbatim && !login->betas.empty())
    request->headers.emplace_back("anthropic-beta", login->betas);
  exchange::context about{options_.name,
                          to->base_url,
                          to->api_key,
                          options_.local,
                          options_.codec,
                          call,
                          caf::actor_cast<provider_actor>(self_),
                          options_.told};
  auto upstream = std::make_shared<exchange>(std::move(about));
  running_.emplace(call.id, upstream);
  call_started started{call.id, upstream};
  started.verbatim = request->verbatim;
  if (!started.verbatim)
    started.losses = options_.codec->losses(*call.request);
  self_->send(call.to, std::move(started));
  upstream->start(*options_.client, std::move(*request));
}

const endpoint*
provider_state::endpoint_for(const start_call& call, const client_login* login,
                             std::optional<endpoint>& room) const {
  if (login != nullptr) {
    room = options_.to;
    room->api_key = login->token;
    return &*room;
  }
  if (call.credential.empty() || options_.keys.empty())
    return &options_.to;
  auto key = options_.keys.find(call.credential);
  if (key == options_.keys.end())
    return nullptr;
  room = options_.to;
  room->api_key = key->second;
  return &*room;
}

bool provider_state::concerns_credential(const failure& why,
                                         bool by_login) const {
  using enum failure_class;
  // One client's log-in says nothing of ours, or of another's.
  return (options_.keys.size() > 1 || by_login)
         && (why.what == auth || why.what == billing || why.what == forbidden
             || why.what == rate_limited || why.what == quota_exhausted);
}

caf::result<counted_input> provider_state::count(const count_input& x) {
  if (circuit_.state() == circuit_state::open)
    return make_error(ec::overloaded, options_.name + " rests");
  if (counts_.size() >= most_counts)
    return make_error(ec::overloaded, options_.name + " counts for others");
  auto request = options_.codec->encode_count(*x.request, options_.to);
  if (!request)
    return request.error();
  request->limits = options_.limits;
  request->limits.deadline = now_of(self_) + count_timeout;
  request->limits.max_body = 64u << 10;
  auto id = ++last_count_;
  auto promise = self_->make_response_promise<counted_input>();
  counts_.emplace(id, promise);
  options_.client->send(
    std::move(*request),
    std::make_shared<count_call>(id, options_.codec,
                                 caf::actor_cast<provider_actor>(self_)));
  return promise;
}

void provider_state::counted(const count_over& x) {
  auto found = counts_.extract(x.id);
  if (!found)
    return;
  if (x.tokens)
    found.mapped().deliver(counted_input{*x.tokens});
  else
    found.mapped().deliver(
      make_error(ec::overloaded, options_.name + ": " + redact(x.why)));
}

void provider_state::withdraw(call_id id) {
  if (auto i = running_.find(id); i != running_.end())
    i->second->cancel();
  else if (auto call = waiting_.remove(id))
    refuse(*call, failure_class::cancelled, "withdrawn while it waited");
}

void provider_state::over(const call_over& x) {
  auto call = running_.extract(x.id);
  if (!call)
    return;
  auto now = now_of(self_);
  auto changed = false;
  if (x.failed) {
    ++failed_;
    // Nor does one family of models say anything of the others.
    if (is_of_family(*x.failed)
        || concerns_credential(*x.failed, call.mapped()->by_login()))
      circuit_.unknown();
    else
      changed = circuit_.failed(*x.failed, now);
  } else {
    ++answered_;
    changed = circuit_.succeeded();
    auto seconds = std::chrono::duration<double>(x.first_byte).count();
    first_byte_seconds_ =
      answered_ == 1
        ? seconds
        : first_byte_seconds_ + newest * (seconds - first_byte_seconds_);
  }
  if (changed)
    circuit_changed();
  // Those that wait for a provider that rests had better go elsewhere.
  if (circuit_.state() == circuit_state::open)
    for (const auto& call : waiting_.clear())
      refuse_resting(call);
  fill(now);
}

void provider_state::expire() {
  for (const auto& call : waiting_.expire(now_of(self_)))
    refuse(call, failure_class::timeout, "the deadline passed in the queue");
}

void provider_state::refuse(const start_call& call, failure_class what,
                            std::string message) {
  call_failed result;
  result.id = call.id;
  result.why.what = what;
  result.why.message = options_.name + ": " + std::move(message);
  caf::anon_send(call.to, std::move(result));
}

void provider_state::refuse_resting(const start_call& call) {
  auto left = circuit_.until() - now_of(self_);
  call_failed result;
  result.id = call.id;
  result.why.what = failure_class::resting;
  result.why.retry_after = left;
  result.why.message =
    options_.name + ": rests for "
    + std::to_string(std::chrono::ceil<std::chrono::seconds>(left).count())
    + " s after: " + circuit_.reason();
  self_->send(call.to, std::move(result));
}

void provider_state::tell_health() {
  if (!services_ || !services_->router)
    return;
  provider_health health;
  health.provider = options_.name;
  health.available = circuit_.state() != circuit_state::open;
  health.reason = circuit_.reason();
  health.until = circuit_.until();
  self_->send(services_->router, std::move(health));
}

void provider_state::circuit_changed() {
  tell_health();
  schedule_tick();
  if (!services_ || !services_->events)
    return;
  event what;
  what.what = event::kind::circuit;
  what.at = std::chrono::system_clock::now();
  what.provider = options_.name;
  what.text = options_.name + ": circuit " + to_string(circuit_.state());
  if (!circuit_.reason().empty())
    what.text += " (" + circuit_.reason() + ")";
  self_->send(services_->events, std::move(what));
}

/// One timer, and only while something waits.
void provider_state::schedule_tick() {
  if (ticking_)
    return;
  if (waiting_.size() > 0) {
    ticking_ = true;
    remind(self_, tick, provider_tick{});
  } else if (circuit_.state() == circuit_state::open) {
    // The router hears that the rest is over even if nobody calls.
    ticking_ = true;
    auto left = circuit_.until() - now_of(self_);
    remind(self_, std::max<caf::timespan>(left, tick), provider_tick{});
  }
}

provider_status provider_state::status() const {
  provider_status result;
  result.name = options_.name;
  result.format = options_.codec->format();
  result.circuit = circuit_.state();
  result.reason = circuit_.reason();
  result.until = circuit_.until();
  result.running = static_cast<uint32_t>(running_.size());
  result.waiting = static_cast<uint32_t>(waiting_.size());
  result.answered = answered_;
  result.failed = failed_;
  result.first_byte_seconds = first_byte_seconds_;
  return result;
}

provider_actor::behavior_type
provider(self_of<provider_actor, provider_state> self,
         provider_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
