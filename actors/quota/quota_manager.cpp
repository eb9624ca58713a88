#include "actors/quota/quota_manager.hpp"

#include <caf/actor_cast.hpp>

#include <algorithm>
#include <utility>

namespace smart_agents {

namespace {

/// How often those that wait for the store are looked after.
constexpr caf::timespan retry_every = std::chrono::milliseconds{100};

/// Steps of 5 % in which the router hears of a provider's room.
int step_of(double left) {
  return static_cast<int>(left * 20);
}

} // namespace

quota_actor::behavior_type
quota_manager_state::make_behavior(quota_options options) {
  options_ = std::move(options);
  self_->set_down_handler(
    [this](caf::down_msg& news) { owner_gone(news.source); });
  self_->set_exit_handler([this](caf::exit_msg& how) { stop(how); });
  options_.memory->book.forget_asks();
  // A copy: an owner that is gone already leaves the map at once.
  auto owners = options_.memory->owners;
  for (const auto& [owner, ids] : owners)
    watch(owner);
  for (auto id : options_.memory->orphans)
    settle_orphan(id);
  arm();
  return {
    [this](const reserve& request) { return hold(request); },
    [this](const settle& truth) { close(truth); },
    [this](const mark_unavailable& request) { rest(request); },
    [this](get_quota) { return report(); },
    [this](const services_changed& news) {
      router_ = news.now->router;
      events_ = news.now->events;
      rows_.use(news.now->storage);
      use_storage(news.now->storage);
      for (const auto& provider : options_.memory->book.providers())
        tell(provider, now(), true);
      publish();
    },
    [this](next_window) { turn(); },
  };
}

caf::result<reserved> quota_manager_state::hold(const reserve& request) {
  auto owner = caf::actor_cast<caf::actor_addr>(self_->current_sender());
  if (!owner) {
    reserved result;
    result.refused.emplace().message = "a reservation needs an owner";
    return result;
  }
  listen();
  auto at = now();
  // Those that came before come first.
  auto result = waiting_.size() < options_.most_waiting
                  ? options_.memory->book.try_hold(request, at)
                  : reserved{};
  send_asks(options_.memory->book.take_asks());
  if (result) {
    if (result->id != 0)
      own(*result, owner);
    else if (!result->refused)
      result->refused = failure{failure_class::over_quota,
                                "too many requests wait for the ledger",
                                0,
                                {},
                                options_.lease_patience};
    tell(request.provider, at);
    publish();
    return std::move(*result);
  }
  auto promise = self_->make_response_promise<reserved>();
  waiting_.push_back(
    {request, owner,
     at.steady + (ailing_ ? options_.ailing_patience : options_.lease_patience),
     promise});
  arm();
  return promise;
}

void quota_manager_state::own(const reserved& granted,
                              const caf::actor_addr& owner) {
  auto& memory = *options_.memory;
  auto [entry, first] = memory.owners.try_emplace(owner);
  entry->second.push_back(granted.id);
  memory.owner_of.emplace(granted.id, owner);
  if (first)
    watch(owner);
}

void quota_manager_state::disown(const caf::actor_addr& owner, uint64_t id) {
  auto& owners = options_.memory->owners;
  auto found = owners.find(owner);
  if (found == owners.end())
    return;
  auto& ids = found->second;
  ids.erase(std::remove(ids.begin(), ids.end(), id), ids.end());
  if (!ids.empty())
    return;
  // Whoever holds nothing may end unseen.
  self_->demonitor(owner);
  owners.erase(found);
}

void quota_manager_state::close(const settle& truth) {
  auto& memory = *options_.memory;
  if (self_->current_sender() == self_->ctrl())
    if (const auto* lost = memory.book.find(truth.id))
      record_lost(*lost);
  auto at = now();
  memory.book.close(truth, at);
  memory.orphans.erase(truth.id);
  if (auto found = memory.owner_of.extract(truth.id))
    disown(found.mapped(), truth.id);
  // Before the reply: the row that follows it must not overtake this.
  send_changes();
  tell(truth.provider, at);
  publish();
}

void quota_manager_state::rest(const mark_unavailable& request) {
  auto at = now();
  options_.memory->book.rest(request, at);
  tell(request.provider, at);
  arm();
}

void quota_manager_state::watch(const caf::actor_addr& owner) {
  if (auto alive = caf::actor_cast<caf::strong_actor_ptr>(owner))
    self_->monitor(alive);
  else
    owner_gone(owner);
}

void quota_manager_state::owner_gone(const caf::actor_addr& owner) {
  auto& memory = *options_.memory;
  auto found = memory.owners.extract(owner);
  if (!found)
    return;
  memory.orphans.insert(found.mapped().begin(), found.mapped().end());
  for (auto id : found.mapped())
    settle_orphan(id);
}

void quota_manager_state::settle_orphan(uint64_t id) {
  const auto* request = options_.memory->book.find(id);
  if (request == nullptr)
    return;
  settle worst;
  worst.id = id;
  worst.provider = request->provider;
  worst.tokens.uncached_input = request->input_tokens;
  worst.tokens.output = request->output_tokens;
  worst.tokens.estimated = true;
  worst.cost_usd = request->cost_usd;
  // The owner's end may have overtaken its last settlement in our mailbox; a
  // message to ourselves has not.
  self_->send(self_, std::move(worst));
}

void quota_manager_state::record_lost(const reserve& what) {
  ledger_row row;
  row.at = options_.wall();
  row.task_id = what.task_id;
  row.attempt = 0;
  row.origin = "quota";
  row.provider = what.provider;
  row.model = what.model;
  row.credential = what.credential;
  row.key = what.key;
  row.outcome = to_string(failure_class::internal);
  row.tokens.uncached_input = what.input_tokens;
  row.tokens.output = what.output_tokens;
  row.tokens.estimated = true;
  row.cost_usd = what.cost_usd;
  rows_.add(std::move(row));
}

void quota_manager_state::turn() {
  if (armed_ && now_of(self_) >= *armed_)
    armed_.reset();
  auto& book = options_.memory->book;
  book.advance(now());
  listen();
  if (book.holds_leases()) {
    book.give_back(false, now());
    send_asks(book.take_asks());
    send_changes();
    beat();
  }
  expire();
  for (const auto& provider : book.providers())
    tell(provider, now());
  arm();
}

void quota_manager_state::listen() {
  if (!options_.told || !options_.told->any())
    return;
  std::set<std::string> about;
  for (auto& x : options_.told->take()) {
    options_.memory->book.learn(x, now());
    about.insert(x.provider);
  }
  for (const auto& provider : about)
    tell(provider, now());
  publish();
}

void quota_manager_state::tell(const std::string& provider, quota_now at,
                               bool always) {
  auto& book = options_.memory->book;
  auto room = book.room(provider, at);
  auto [last, first] = told_.try_emplace(provider, room);
  auto same =
    step_of(last->second) == step_of(room) && (last->second > 0) == (room > 0);
  if (same && !first && !always)
    return;
  last->second = room;
  if (router_)
    self_->send(router_, book.headroom(provider, at));
}

void quota_manager_state::publish() {
  auto& book = options_.memory->book;
  auto notices = book.take_notices();
  for (auto& missed : book.take_misses())
    notices.push_back(std::move(missed));
  for (auto& notice : notices) {
    if (options_.log)
      options_.log->warn("quota: {}", notice.text);
    if (!events_)
      continue;
    event news;
    news.what = event::kind::quota;
    news.at = options_.wall();
    news.provider = std::move(notice.provider);
    news.text = std::move(notice.text);
    self_->send(events_, std::move(news));
  }
}

void quota_manager_state::arm() {
  auto delay = std::clamp<caf::timespan>(
    options_.memory->book.next_change(now()), std::chrono::milliseconds{1},
    options_.look_every);
  if (!waiting_.empty() || !reports_.empty())
    delay = std::min(delay, retry_every);
  auto at = now_of(self_) + delay;
  // An earlier timer of ours looks again when it fires.
  if (armed_ && *armed_ <= at)
    return;
  armed_ = at;
  remind(self_, delay, next_window{});
}

quota_now quota_manager_state::now() const {
  return {options_.wall(), now_of(self_)};
}

quota_actor::behavior_type
quota_manager(self_of<quota_actor, quota_manager_state> self,
              quota_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
