#include "runtime/supervisor.hpp"

#include "messages/dispatch.hpp"
#include "messages/error.hpp"

#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>

#include <spdlog/logger.h>

#include <algorithm>
#include <array>
#include <exception>

namespace smart_agents {

namespace {

/// Roles in the order in which they stop: nobody loses an actor it still
/// needs. Dispatches settle with quota to the end, and everything writes rows.
constexpr std::array stop_order{
  child_role::front,  child_role::jobs,    child_role::coordinator,
  child_role::router, child_role::quota,   child_role::provider,
  child_role::events, child_role::storage,
};

caf::actor_addr address_of(const child_handle& x) {
  return std::visit([](const auto& handle) { return handle.address(); }, x);
}

void exit_to(const child_handle& x, caf::exit_reason why) {
  std::visit(
    [why](const auto& handle) {
      if (handle)
        caf::anon_send_exit(handle, why);
    },
    x);
}

} // namespace

// NOLINTNEXTLINE(bugprone-exception-escape)
supervisor_state::~supervisor_state() {
  // Killed while it stopped: a promise that is dropped tells nobody.
  for (auto& promise : waiting_)
    if (promise.pending())
      promise.deliver(
        make_error(ec::shutting_down, "It was ended before its work was."));
  for (const auto& x : children_)
    if (x.running)
      exit_to(x.handle, caf::exit_reason::kill);
}

root_actor::behavior_type
supervisor_state::make_behavior(supervisor_options options) {
  options_ = std::move(options);
  for (auto& spec : options_.children)
    children_.push_back({std::move(spec),
                         restart_policy{options_.restarts},
                         {},
                         false,
                         false,
                         {}});
  options_.children.clear();
  std::stable_sort(
    children_.begin(), children_.end(),
    [](const child& a, const child& b) { return a.spec.role < b.spec.role; });
  self_->set_down_handler([this](caf::down_msg& x) { child_down(x); });
  now_ = std::make_shared<services>();
  for (auto& x : children_)
    start(x);
  publish();
  return {
    [this](get_services) { return tell_services(); },
    [this](get_children) { return report(); },
    [this](const stop_all& request) { return stop(request); },
    [this](const start_child& x) { start_by_name(x.name); },
    [this](stop_stage x) { stage_late(x.stage); },
  };
}

// -- start and restart --------------------------------------------------------

void supervisor_state::start(child& who) {
  try {
    who.handle = who.spec.start(now_);
  } catch (const std::exception& e) {
    died(who, std::string{"it cannot be started: "} + e.what());
    return;
  }
  if (!address_of(who.handle)) {
    died(who, "it cannot be started");
    return;
  }
  who.running = true;
  self_->monitor(address_of(who.handle));
  take_snapshot();
}

void supervisor_state::start_by_name(const std::string& name) {
  if (stopping_)
    return;
  for (auto& x : children_)
    if (x.spec.name == name && !x.running) {
      start(x);
      if (x.running) {
        publish();
        announce_restart(x);
      }
      return;
    }
}

void supervisor_state::child_down(const caf::down_msg& down) {
  auto is_it = [&down](const child& x) {
    return x.running && address_of(x.handle) == down.source;
  };
  auto i = std::find_if(children_.begin(), children_.end(), is_it);
  if (i == children_.end())
    return;
  i->running = false;
  if (stopping_) {
    check_stage();
    return;
  }
  auto done = i->spec.role == child_role::front
              && (!down.reason || down.reason == caf::exit_reason::normal
                  || down.reason == caf::exit_reason::user_shutdown);
  if (!done)
    died(*i, "it ended with " + render(down.reason));
}

void supervisor_state::died(child& who, std::string why) {
  who.running = false;
  who.last_error = std::move(why);
  auto delay = who.policy.died(now_of(self_));
  if (!delay) {
    give_up(who.spec.name + " died more than "
            + std::to_string(options_.restarts.intensity) + " times within "
            + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                               options_.restarts.period)
                               .count())
            + " s, the last time because " + who.last_error
            + "; restarting it does not help, so the service ends.");
    return;
  }
  if (options_.log)
    options_.log->error(
      "{} died: {}; it is restarted in {} ms", who.spec.name, who.last_error,
      std::chrono::duration_cast<std::chrono::milliseconds>(*delay).count());
  // Always by message, so that a factory that fails cannot recurse.
  if (*delay == caf::timespan{0})
    self_->send(self_, start_child{who.spec.name});
  else
    remind(self_, *delay, start_child{who.spec.name});
}

void supervisor_state::give_up(const std::string& why) {
  if (options_.log)
    options_.log->critical(why);
  stopping_ = true;
  for (auto& promise : std::exchange(asking_, {}))
    promise.deliver(make_error(ec::shutting_down, why));
  // The destructor kills what is left.
  for (auto& promise : std::exchange(waiting_, {}))
    promise.deliver(all_stopped{});
  if (options_.on_give_up)
    options_.on_give_up(why);
  self_->quit(caf::make_error(caf::sec::runtime_error, why));
}

// -- snapshots ----------------------------------------------------------------

void supervisor_state::take_snapshot() {
  auto next = std::make_shared<services>();
  for (const auto& x : children_) {
    const auto& h = x.handle;
    // A child that is down keeps its last handle: requests to it bounce.
    if (const auto* storage = std::get_if<storage_actor>(&h); storage)
      next->storage = *storage;
    else if (const auto* events = std::get_if<event_actor>(&h))
      next->events = *events;
    else if (const auto* router = std::get_if<router_actor>(&h))
      next->router = *router;
    else if (const auto* quota = std::get_if<quota_actor>(&h))
      next->quota = *quota;
    else if (const auto* coordinator = std::get_if<coordinator_actor>(&h))
      next->coordinator = *coordinator;
    else if (const auto* jobs = std::get_if<jobs_actor>(&h))
      next->jobs = *jobs;
    else if (const auto* provider = std::get_if<provider_actor>(&h))
      next->providers.emplace(x.spec.name, *provider);
  }
  now_ = std::move(next);
}

void supervisor_state::publish() {
  services_changed news{now_};
  for (const auto& x : children_) {
    if (!x.running)
      continue;
    if (const auto* storage = std::get_if<storage_actor>(&x.handle))
      self_->send(*storage, news);
    else if (const auto* quota = std::get_if<quota_actor>(&x.handle))
      self_->send(*quota, news);
    else if (const auto* provider = std::get_if<provider_actor>(&x.handle))
      self_->send(*provider, news);
    else if (const auto* coordinator =
               std::get_if<coordinator_actor>(&x.handle))
      self_->send(*coordinator, news);
    else if (const auto* jobs = std::get_if<jobs_actor>(&x.handle))
      self_->send(*jobs, news);
  }
  if (complete())
    for (auto& promise : std::exchange(asking_, {}))
      promise.deliver(news);
  if (options_.on_services)
    options_.on_services(now_);
}

bool supervisor_state::complete() const {
  return std::all_of(children_.begin(), children_.end(), [](const child& x) {
    return x.running || x.spec.role == child_role::front
           || x.spec.role == child_role::provider;
  });
}

caf::result<services_changed> supervisor_state::tell_services() {
  // Whoever asks has usually met a dead actor: the answer waits for its
  // successor, so that asking again at once makes sense.
  if (stopping_)
    return services_changed{now_};
  auto promise = self_->make_response_promise<services_changed>();
  if (!complete() || !now_->coordinator) {
    asking_.push_back(promise);
    return promise;
  }
  // An actor that ends returns the requests it holds before it tells those who
  // monitor it, so a caller can be here ahead of the news. A question to the
  // coordinator, which comes back from a dead one, makes sure.
  auto asked = now_->coordinator;
  self_->request(asked, caf::infinite, get_load{})
    .then(
      [this, promise](const load_report&) mutable {
        promise.deliver(services_changed{now_});
      },
      [this, promise, asked](const caf::error&) mutable {
        if (stopping_ || (complete() && now_->coordinator != asked))
          promise.deliver(services_changed{now_});
        else
          asking_.push_back(promise);
      });
  return promise;
}

void supervisor_state::announce_restart(const child& who) {
  if (options_.log)
    options_.log->warn("{} runs again", who.spec.name);
  if (!now_->events)
    return;
  event x;
  x.what = event::kind::restarted;
  x.at = std::chrono::system_clock::now();
  if (who.spec.role == child_role::provider)
    x.provider = who.spec.name;
  x.text = who.spec.name + " was restarted (" + who.last_error + ").";
  self_->send(now_->events, std::move(x));
}

children_report supervisor_state::report() const {
  children_report all;
  for (const auto& x : children_)
    all.children.push_back(
      {x.spec.name, x.running, x.policy.restarts(), x.last_error});
  return all;
}

// -- shutdown -----------------------------------------------------------------

caf::result<all_stopped> supervisor_state::stop(const stop_all& request) {
  auto promise = self_->make_response_promise<all_stopped>();
  waiting_.push_back(promise);
  if (!stopping_) {
    stopping_ = true;
    stage_ = 0;
    for (auto& promise : std::exchange(asking_, {}))
      promise.deliver(
        make_error(ec::shutting_down, "The service is stopping."));
    drain_grace_ = request.grace;
    begin_stage();
  }
  return promise;
}

bool supervisor_state::in_stage(const child& who) const {
  return stage_ < stop_order.size() && who.running
         && who.spec.role == stop_order[stage_];
}

void supervisor_state::begin_stage() {
  // Stages without children are over before they begin.
  while (stage_ < stop_order.size()
         && std::none_of(children_.begin(), children_.end(),
                         [this](const child& x) { return in_stage(x); }))
    ++stage_;
  if (stage_ == stop_order.size()) {
    for (auto& promise : std::exchange(waiting_, {}))
      promise.deliver(all_stopped{killed_});
    self_->quit(caf::exit_reason::user_shutdown);
    return;
  }
  auto stage = stage_;
  auto go_on = [this, stage] {
    if (stage == stage_)
      end_children_of_stage();
  };
  for (const auto& x : children_) {
    if (!in_stage(x))
      continue;
    if (const auto* jobs = std::get_if<jobs_actor>(&x.handle)) {
      self_->request(*jobs, drain_grace_, drain{})
        .then([go_on](const drained&) { go_on(); },
              [go_on](const caf::error&) { go_on(); });
      return;
    }
    if (const auto* coordinator = std::get_if<coordinator_actor>(&x.handle)) {
      self_->request(*coordinator, drain_grace_, drain{})
        .then([go_on](const drained&) { go_on(); },
              [go_on](const caf::error&) { go_on(); });
      return;
    }
    if (const auto* storage = std::get_if<storage_actor>(&x.handle)) {
      self_->request(*storage, options_.stage_grace, flush{})
        .then([go_on](const flushed&) { go_on(); },
              [go_on](const caf::error&) { go_on(); });
      return;
    }
  }
  end_children_of_stage();
}

void supervisor_state::end_children_of_stage() {
  for (const auto& x : children_)
    if (in_stage(x))
      exit_to(x.handle, caf::exit_reason::user_shutdown);
  // Fronts end when their clients have their answers.
  auto fronts = stop_order[stage_] == child_role::front;
  remind(self_,
         fronts ? std::max(options_.stage_grace, drain_grace_)
                : options_.stage_grace,
         stop_stage{stage_});
}

void supervisor_state::stage_late(uint32_t stage) {
  if (!stopping_ || stage != stage_)
    return;
  bool waits = false;
  for (auto& x : children_) {
    if (!in_stage(x))
      continue;
    if (x.killed) {
      // Stuck in a blocking call: nothing more can be done from here.
      if (options_.log)
        options_.log->error("{} does not end even when killed", x.spec.name);
      x.running = false;
      continue;
    }
    if (options_.log)
      options_.log->warn("{} did not end in time and is killed", x.spec.name);
    x.killed = true;
    waits = true;
    killed_.push_back(x.spec.name);
    exit_to(x.handle, caf::exit_reason::kill);
  }
  if (waits)
    remind(self_, options_.stage_grace, stop_stage{stage_});
  check_stage();
}

void supervisor_state::check_stage() {
  if (stage_ < stop_order.size()
      && std::any_of(children_.begin(), children_.end(),
                     [this](const child& x) { return in_stage(x); }))
    return;
  begin_stage();
}

root_actor::behavior_type supervisor(self_of<root_actor, supervisor_state> self,
                                     supervisor_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
