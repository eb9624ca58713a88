#include "actors/front/mcp_front.hpp"

#include "actors/front/mcp_resources.hpp"
#include "actors/front/mcp_tools.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace smart_agents {

namespace {

/// Stream events between two notes of progress.
constexpr uint64_t pieces_a_note = 50;

std::string key_of(const mcp_call& call) {
  return boost::json::serialize(call.id);
}

} // namespace

bool mcp_memory::push(std::string line) {
  std::unique_lock lock{mutex_};
  room_.wait(lock, [&] {
    return closed_ || lines_.empty() || bytes_ + line.size() <= bound_;
  });
  if (closed_)
    return false;
  bytes_ += line.size();
  lines_.push_back(std::move(line));
  return true;
}

std::optional<std::string> mcp_memory::pop() {
  std::string line;
  {
    std::lock_guard guard{mutex_};
    if (lines_.empty())
      return std::nullopt;
    line = std::move(lines_.front());
    lines_.pop_front();
    bytes_ -= line.size();
  }
  room_.notify_one();
  return line;
}

size_t mcp_memory::waiting() {
  std::lock_guard guard{mutex_};
  return bytes_;
}

void mcp_memory::close() {
  {
    std::lock_guard guard{mutex_};
    closed_ = true;
  }
  room_.notify_all();
}

bool mcp_memory::drained() {
  std::lock_guard guard{mutex_};
  return closed_ && lines_.empty();
}

mcp_front_actor::behavior_type
mcp_front_state::make_behavior(mcp_front_options options) {
  options_ = std::move(options);
  link_ = std::make_unique<coordinator_link<mcp_front_actor::base>>(
    self_, options_.supervisor);
  protocol_ = std::make_unique<mcp_protocol>(
    mcp_server_info{"smart-agents", options_.version, mcp_instructions()},
    mcp_offer{mcp_tools(), mcp_resources(), mcp_templates(), mcp_prompts()});
  self_->set_down_handler([this](const caf::down_msg&) {
    // There is a new event bus soon.
    subscribe_to_events();
  });
  subscribe_to_events();
  // What a predecessor left: calls first, then lines that came meanwhile. A
  // copy, since calls that can be answered at once leave the table.
  for (const auto& [id, pending] : std::map{options_.memory->unanswered})
    begin(pending);
  self_->send(self_, mcp_lines{});
  return {
    [this](mcp_lines) { take_lines(); },
    [this](mcp_end x) { end(x); },
    [this](const event& x) {
      auto i = running_.find(x.task_id);
      if (i == running_.end())
        return;
      auto failed = x.what == event::kind::failed_over;
      if (!failed && x.what != event::kind::decided)
        return;
      report(i->second, x.text);
      log(i->second, failed ? mcp_level::warning : mcp_level::info, x.text);
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
        reply(done.mapped().pending, options_.answer_text(*x.what), false);
    },
    [this](const answer_failed& x) {
      if (auto done = running_.extract(x.task_id))
        reply(done.mapped().pending, options_.failure_text(x), true);
    },
  };
}

void mcp_front_state::take_lines() {
  while (auto line = options_.memory->pop())
    perform(protocol_->handle(*line));
  tell_end();
}

void mcp_front_state::perform(mcp_step step) {
  if (const auto* line = std::get_if<std::string>(&step))
    options_.channel->write(*line);
  else if (auto* call = std::get_if<mcp_call>(&step))
    take(std::move(*call));
  else if (const auto* taken_back = std::get_if<mcp_cancel>(&step))
    cancel(taken_back->id);
  else if (const auto* wish = std::get_if<mcp_set_level>(&step)) {
    options_.memory->log_level = wish->level;
    options_.channel->write(wish->reply);
  }
}

void mcp_front_state::take(mcp_call call) {
  auto& unanswered = options_.memory->unanswered;
  auto key = key_of(call);
  if (unanswered.contains(key))
    return options_.channel->write(
      mcp_protocol::error(call.id, mcp_error::invalid_request,
                          "a call with id " + key + " is still running"));
  if (unanswered.size() >= max_requests)
    return options_.channel->write(protocol_->result(
      call, "Too many calls at once; wait for some to end.", true));
  auto pending = std::make_shared<mcp_pending>();
  pending->call = std::move(call);
  unanswered.emplace(std::move(key), pending);
  begin(pending);
}

void mcp_front_state::begin(const mcp_pending_ptr& pending) {
  const auto& call = pending->call;
  if (++pending->fronts > max_fronts)
    return reply(pending,
                 "Internal error: the MCP front failed with this call in hand, "
                 "again and again; the log says why.",
                 true);
  if (!call.uri.empty())
    return gather(pending);
  auto good = check_mcp_arguments(call);
  if (!good)
    return reply(pending, render(good.error()), true);
  if (call.tool == "usage")
    return gather(pending);
  auto what = mcp_task(call);
  if (!what)
    return reply(pending, render(what.error()), true);
  what->id = options_.make_id();
  what->deadline = now_of(self_) + options_.timeout;
  if (call.tool == "route")
    return route(pending, std::move(*what));
  // Pieces are only wanted where somebody watches them.
  what->request.stream = call.tool == "ask" && call.progress_token.has_value();
  run(pending, std::move(*what));
}

void mcp_front_state::run(const mcp_pending_ptr& pending, task what) {
  const auto& call = pending->call;
  auto id = what.id;
  running_[id] = {pending, dispatch_actor{}, false, 0};
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
      reply(done.mapped().pending, why.message, true);
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
void mcp_front_state::with_services(Use use, const mcp_pending_ptr& pending) {
  self_->request(options_.supervisor, std::chrono::seconds{30}, get_services{})
    .then([use](const services_changed& x) { use(*x.now); },
          [this, pending](const caf::error& why) {
            reply(pending, "The service is not ready: " + render(why), true);
          });
}

void mcp_front_state::route(const mcp_pending_ptr& pending, task what) {
  auto work = std::make_shared<const task>(std::move(what));
  with_services(
    [this, pending, work](const services& now) {
      self_->request(now.router, std::chrono::seconds{10}, route_task{work})
        .then(
          [this, pending](const routed& x) {
            reply(pending, options_.decision_text(*x.what), false);
          },
          [this, pending](const caf::error& why) {
            reply(pending, render(why), true);
          });
    },
    pending);
}

void mcp_front_state::gather(const mcp_pending_ptr& pending) {
  auto parts = std::make_shared<gathering>();
  auto came = [this, pending, parts] {
    if (--parts->missing > 0)
      return;
    gathered(pending, *parts);
  };
  auto failed = [parts, came](const caf::error& why) {
    parts->failed = render(why);
    came();
  };
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
    pending);
}

void mcp_front_state::gathered(const mcp_pending_ptr& pending,
                               gathering& parts) {
  std::sort(parts.providers.begin(), parts.providers.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  const auto& call = pending->call;
  // In a report for people the other parts are worth showing; a document must
  // not say that there is nothing.
  if (!call.uri.empty() && !parts.failed.empty())
    return reply(pending, "Not to be read now: " + parts.failed, true);
  if (call.uri.empty())
    return reply(pending,
                 options_.usage_text(parts.quota, parts.providers, parts.spent),
                 false);
  auto text = model_resource(call.uri);
  if (text.empty())
    text = options_.resource_text(call.uri, parts.quota, parts.providers,
                                  parts.spent);
  answer(pending, text.empty() ? mcp_protocol::no_contents(call)
                               : protocol_->contents(call, text));
}

/// A request that was taken back gets no reply.
void mcp_front_state::cancel(const boost::json::value& id) {
  auto key = boost::json::serialize(id);
  options_.memory->unanswered.erase(key);
  for (auto i = running_.begin(); i != running_.end(); ++i) {
    if (i->second.cancelled || key_of(i->second.pending->call) != key)
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

void mcp_front_state::end(mcp_end how) {
  take_lines();
  if (how.finish)
    return;
  cancel_all();
  tell_end();
}

void mcp_front_state::tell_end() {
  if (options_.memory->drained() && options_.memory->unanswered.empty())
    options_.on_end();
}

void mcp_front_state::report(running& x, const std::string& what) {
  auto& pending = *x.pending;
  if (x.cancelled || !pending.call.progress_token)
    return;
  options_.channel->write(mcp_protocol::progress(
    *pending.call.progress_token, static_cast<double>(++pending.notes), what));
}

/// Tells the client what it asked to be logged.
void mcp_front_state::log(const running& x, mcp_level level,
                          const std::string& what) {
  const auto& call = x.pending->call;
  auto wanted = call.modern ? call.log_level : options_.memory->log_level;
  if (!x.cancelled && wanted && level >= *wanted)
    options_.channel->write(mcp_protocol::log(level, what));
}

void mcp_front_state::reply(const mcp_pending_ptr& pending,
                            const std::string& text, bool is_error) {
  answer(pending, protocol_->result(pending->call, text, is_error));
}

/// Answers a call, unless it was taken back.
void mcp_front_state::answer(const mcp_pending_ptr& pending, std::string line) {
  auto& unanswered = options_.memory->unanswered;
  auto i = unanswered.find(key_of(pending->call));
  // A client may use the id of a call that it took back again.
  if (i == unanswered.end() || i->second != pending)
    return;
  unanswered.erase(i);
  options_.channel->write(std::move(line));
  tell_end();
}

void mcp_front_state::subscribe_to_events() {
  self_->request(options_.supervisor, std::chrono::seconds{30}, get_services{})
    .then(
      [this](const services_changed& x) {
        // The same again would be a bus whose end is not yet known.
        if (!x.now->events || x.now->events == events_)
          return;
        events_ = x.now->events;
        self_->monitor(events_);
        self_->send(events_, subscribe{caf::actor_cast<listener_actor>(self_)});
      },
      [](const caf::error&) {}); // then there is no progress, only answers
}

mcp_front_actor::behavior_type
mcp_front(self_of<mcp_front_actor, mcp_front_state> self,
          mcp_front_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
