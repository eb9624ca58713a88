#include "actors/front/mcp_front.hpp"

#include "actors/front/mcp_tools.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace smart_agents {

namespace {

/// Bytes of lines that may wait for the front.
constexpr size_t max_waiting = 256u << 20;

/// Stream events between two notes of progress.
constexpr uint64_t pieces_a_note = 50;

std::string key_of(const mcp_call& call) {
  return boost::json::serialize(call.id);
}

} // namespace

bool mcp_memory::push(std::string line) {
  std::lock_guard guard{mutex_};
  if (bytes_ + line.size() > max_waiting)
    return false;
  bytes_ += line.size();
  lines_.push_back(std::move(line));
  return true;
}

std::optional<std::string> mcp_memory::pop() {
  std::lock_guard guard{mutex_};
  if (lines_.empty())
    return std::nullopt;
  auto line = std::move(lines_.front());
  lines_.pop_front();
  bytes_ -= line.size();
  return line;
}

mcp_front_actor::behavior_type
mcp_front_state::make_behavior(mcp_front_options options) {
  options_ = std::move(options);
  link_ = std::make_unique<coordinator_link<mcp_front_actor::base>>(
    self_, options_.supervisor);
  protocol_ = std::make_unique<mcp_protocol>(
    mcp_server_info{"smart-agents", options_.version, mcp_instructions()},
    mcp_tools());
  subscribe_to_events();
  // What a predecessor left: requests first, then lines that came meanwhile.
  for (const auto& [id, call] : options_.memory->unanswered)
    begin(call);
  self_->send(self_, mcp_lines{});
  return {
    [this](mcp_lines) { take_lines(); },
    [this](mcp_end) {
      take_lines();
      cancel_all();
      options_.on_end();
    },
    [this](const event& x) {
      auto i = running_.find(x.task_id);
      if (i != running_.end()
          && (x.what == event::kind::decided
              || x.what == event::kind::failed_over))
        report(i->second, x.text);
    },
    [this](const answer_started& x) {
      if (auto i = running_.find(x.task_id); i != running_.end())
        report(i->second,
               x.head->provider + "/" + x.head->model + " is answering");
    },
    [this](const answer_delta& x) {
      auto i = running_.find(x.task_id);
      if (i == running_.end())
        return;
      auto& mine = i->second;
      auto before = mine.pieces / pieces_a_note;
      mine.pieces += x.events.size();
      if (mine.pieces / pieces_a_note != before)
        report(mine, std::to_string(mine.pieces) + " pieces so far");
      if (mine.dispatch)
        self_->send(mine.dispatch,
                    grant_credit{static_cast<uint32_t>(x.events.size())});
    },
    [this](const answer_finished& x) {
      if (auto done = running_.extract(x.task_id))
        reply(done.mapped().call, options_.answer_text(*x.what), false);
    },
    [this](const answer_failed& x) {
      if (auto done = running_.extract(x.task_id))
        reply(done.mapped().call, options_.failure_text(x), true);
    },
  };
}

void mcp_front_state::take_lines() {
  while (auto line = options_.memory->pop())
    perform(protocol_->handle(*line));
}

void mcp_front_state::perform(const mcp_step& step) {
  if (const auto* line = std::get_if<std::string>(&step))
    options_.channel->write(*line);
  else if (const auto* call = std::get_if<mcp_call>(&step))
    begin(*call);
  else if (const auto* taken_back = std::get_if<mcp_cancel>(&step))
    cancel(taken_back->id);
}

void mcp_front_state::begin(const mcp_call& call) {
  auto& unanswered = options_.memory->unanswered;
  if (unanswered.size() >= max_requests && !unanswered.contains(key_of(call)))
    return options_.channel->write(protocol_->result(
      call, "Too many calls at once; wait for some to end.", true));
  unanswered.insert_or_assign(key_of(call), call);
  if (call.tool == "usage")
    return gather_usage(call);
  auto what = mcp_task(call);
  if (!what)
    return reply(call, render(what.error()), true);
  what->id = options_.make_id();
  what->deadline = now_of(self_) + options_.timeout;
  if (call.tool == "route")
    return route(call, std::move(*what));
  // Pieces are only wanted where somebody watches them.
  what->request.stream = call.tool == "ask" && call.progress_token.has_value();
  run(call, std::move(*what));
}

void mcp_front_state::run(const mcp_call& call, task what) {
  auto id = what.id;
  running_[id] = {call, dispatch_actor{}, false, 0, 0};
  auto accepted = [this](const task_accepted& x) {
    auto i = running_.find(x.task_id);
    if (i == running_.end())
      return;
    i->second.dispatch = x.dispatch;
    if (i->second.cancelled)
      self_->send(x.dispatch,
                  cancel_task{x.task_id, "cancelled by the client"});
  };
  auto refused = [this, id](const failure& why) {
    if (auto done = running_.extract(id))
      reply(done.mapped().call, why.message, true);
  };
  auto sink = caf::actor_cast<sink_actor>(self_);
  auto work = std::make_shared<const task>(std::move(what));
  if (call.tool == "orchestrate")
    link_->submit(run_skill{mcp_skill(call), std::move(work), sink}, accepted,
                  refused);
  else
    link_->submit(run_task{std::move(work), sink}, accepted, refused);
}

/// Runs `use` with the current handles, or answers the call with the reason
/// that there are none.
template <class Use>
void mcp_front_state::with_services(Use use, const mcp_call& call) {
  self_->request(options_.supervisor, std::chrono::seconds{30}, get_services{})
    .then([use](const services_changed& x) { use(*x.now); },
          [this, call](const caf::error& why) {
            reply(call, "The service is not ready: " + render(why), true);
          });
}

void mcp_front_state::route(const mcp_call& call, task what) {
  auto work = std::make_shared<const task>(std::move(what));
  with_services(
    [this, call, work](const services& now) {
      self_->request(now.router, std::chrono::seconds{10}, route_task{work})
        .then(
          [this, call](const routed& x) {
            reply(call, options_.decision_text(*x.what), false);
          },
          [this, call](const caf::error& why) {
            reply(call, render(why), true);
          });
    },
    call);
}

void mcp_front_state::gather_usage(const mcp_call& call) {
  auto parts = std::make_shared<gathering>();
  // A part that fails leaves its place empty; the others are worth showing.
  auto came = [this, call, parts] {
    if (--parts->missing > 0)
      return;
    std::sort(parts->providers.begin(), parts->providers.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    reply(call,
          options_.usage_text(parts->quota, parts->providers, parts->spent),
          false);
  };
  auto failed = [came](const caf::error&) { came(); };
  with_services(
    [this, parts, came, failed](const services& now) {
      constexpr auto patience = std::chrono::seconds{10};
      parts->missing = 2 + now.providers.size();
      self_->request(now.quota, patience, get_quota{})
        .then(
          [parts, came](const quota_report& x) {
            parts->quota = x;
            came();
          },
          failed);
      auto midnight =
        std::chrono::floor<std::chrono::days>(options_.wall_clock());
      self_->request(now.storage, patience, get_usage{midnight, "provider"})
        .then(
          [parts, came](const usage_report& x) {
            parts->spent = x;
            came();
          },
          failed);
      for (const auto& [name, who] : now.providers)
        self_->request(who, patience, get_provider_status{})
          .then(
            [parts, came](const provider_status& x) {
              parts->providers.push_back(x);
              came();
            },
            failed);
    },
    call);
}

/// A request that was taken back gets no reply.
void mcp_front_state::cancel(const boost::json::value& id) {
  auto key = boost::json::serialize(id);
  options_.memory->unanswered.erase(key);
  for (auto i = running_.begin(); i != running_.end(); ++i) {
    if (key_of(i->second.call) != key)
      continue;
    i->second.cancelled = true;
    if (i->second.dispatch)
      self_->send(i->second.dispatch,
                  cancel_task{i->first, "cancelled by the client"});
    return;
  }
}

void mcp_front_state::cancel_all() {
  options_.memory->unanswered.clear();
  for (auto& [id, x] : running_) {
    x.cancelled = true;
    if (x.dispatch)
      self_->send(x.dispatch, cancel_task{id, "the client is gone"});
  }
}

void mcp_front_state::report(running& x, const std::string& what) {
  if (x.cancelled || !x.call.progress_token)
    return;
  options_.channel->write(mcp_protocol::progress(
    *x.call.progress_token, static_cast<double>(++x.steps), what));
}

void mcp_front_state::reply(const mcp_call& call, const std::string& text,
                            bool is_error) {
  if (options_.memory->unanswered.erase(key_of(call)) > 0)
    options_.channel->write(protocol_->result(call, text, is_error));
}

void mcp_front_state::subscribe_to_events() {
  self_->request(options_.supervisor, std::chrono::seconds{30}, get_services{})
    .then(
      [this](const services_changed& x) {
        if (x.now->events)
          self_->send(x.now->events,
                      subscribe{caf::actor_cast<listener_actor>(self_)});
      },
      [](const caf::error&) {}); // then there is no progress, only answers
}

mcp_front_actor::behavior_type
mcp_front(self_of<mcp_front_actor, mcp_front_state> self,
          mcp_front_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
