#include "actors/coordinator/coordinator.hpp"

#include "actors/coordinator/skill_run.hpp"

#include <spdlog/logger.h>

#include <algorithm>

namespace smart_agents {

coordinator_actor::behavior_type
coordinator_state::make_behavior(coordinator_options options) {
  options_ = std::move(options);
  if (!options_.peers)
    options_.peers = std::make_shared<services>();
  if (!options_.skills)
    options_.skills = std::make_shared<skill_shelf>();
  if (!options_.table)
    options_.table = std::make_shared<task_table>();
  if (!options_.dispatch)
    options_.dispatch = std::make_shared<dispatch_settings>();
  self_->set_down_handler(
    [this](caf::down_msg& down) { actor_down(down.source); });
  self_->set_exit_handler([this](caf::exit_msg& why) { stop(why); });
  watch_peers();
  // The work of a previous incarnation goes on by itself: only deadlines,
  // deaths and news have nobody until now. What died meanwhile says so at once.
  for (auto& [id, entry] : options_.table->running) {
    self_->monitor(entry.dispatch);
    watch_reader(entry.sink);
  }
  tell_all(services_changed{options_.peers});
  keep_sweeping();
  return {
    [this](const run_task& request) { return run(request); },
    [this](const run_skill& request) { return run(request); },
    [this](const cancel_task& request) { cancel(request); },
    [this](get_load) {
      load_report report;
      report.running = static_cast<uint32_t>(options_.table->running.size());
      report.draining = draining_;
      return report;
    },
    [this](drain) { return begin_drain(); },
    [this](const services_changed& x) { take_services(x.now); },
    [this](sweep) { look_for_deadlines(); },
  };
}

// -- new work -----------------------------------------------------------------

caf::error coordinator_state::refusal(const task_ptr& what,
                                      const sink_actor& sink) {
  const auto& table = *options_.table;
  if (!what || what->id.empty() || !sink)
    return make_error(ec::bad_input, "A task needs an id and a sink.");
  auto sender = caf::actor_cast<caf::actor_addr>(self_->current_sender());
  auto i = table.owner.find(sender);
  // What runs may finish: the steps of a skill that was let in are let in too.
  auto step = i != table.owner.end();
  if (stopping_ || (draining_ && !step))
    return make_error(ec::shutting_down,
                      "The service is stopping and takes no new tasks; ask "
                      "again when it has been restarted.");
  if (table.running.size() >= options_.max_tasks)
    return make_error(ec::overloaded,
                      std::to_string(table.running.size())
                        + " tasks are running, which is the most that this "
                          "service takes at once; ask again in a moment.");
  if (table.running.count(what->id) != 0)
    return make_error(ec::bad_input,
                      "A task with the id " + what->id
                        + " is running already; give every task its own.");
  return {};
}

running_task coordinator_state::entry_of(const task_ptr& what,
                                         const sink_actor& sink) const {
  running_task entry;
  entry.what = what;
  entry.sink = sink;
  entry.deadline =
    std::min(what->deadline, now_of(self_) + options_.request_timeout);
  entry.progress = std::make_shared<task_progress>();
  return entry;
}

caf::result<task_accepted> coordinator_state::run(const run_task& request) {
  if (auto why = refusal(request.what, request.sink))
    return why;
  return enter(entry_of(request.what, request.sink));
}

caf::result<task_accepted> coordinator_state::run(const run_skill& request) {
  if (auto why = refusal(request.what, request.sink))
    return why;
  if (auto unknown = options_.skills->check(request.name))
    return unknown;
  auto entry = entry_of(request.what, request.sink);
  entry.skill = std::make_shared<const run_skill>(request);
  // A job has the time that it was given.
  if (request.journal)
    entry.deadline = request.what->deadline;
  return enter(std::move(entry));
}

task_accepted coordinator_state::enter(running_task entry) {
  auto id = entry.what->id;
  auto& place =
    options_.table->running.emplace(id, std::move(entry)).first->second;
  watch_reader(place.sink);
  spawn_for(place);
  show_running();
  keep_sweeping();
  return {id, place.dispatch};
}

void coordinator_state::spawn_for(running_task& entry) {
  if (!entry.skill) {
    dispatch_options x;
    x.what = entry.what;
    x.sink = entry.sink;
    x.peers = options_.peers;
    x.settings = options_.dispatch;
    x.progress = entry.progress;
    x.deadline = entry.deadline;
    entry.dispatch = self_->spawn(dispatch, std::move(x));
  } else {
    skill_options x;
    x.what = *options_.skills->find(entry.skill->name);
    x.input = entry.what;
    x.sink = entry.sink;
    x.peers = options_.peers;
    x.coordinator = self_;
    x.progress = entry.progress;
    x.max_prompt = options_.dispatch->max_prompt;
    x.deadline = entry.deadline;
    x.budget = entry.what->budget;
    x.routing = options_.dispatch->routing;
    x.journal = entry.skill->journal;
    x.saved = entry.skill->saved;
    x.quiet = entry.skill->quiet;
    x.experience = options_.dispatch->experience;
    entry.dispatch = self_->spawn(skill_run, std::move(x));
  }
  options_.table->owner[entry.dispatch.address()] = entry.what->id;
  self_->monitor(entry.dispatch);
}

// -- the end of work ----------------------------------------------------------

void coordinator_state::cancel(const cancel_task& request) {
  auto i = options_.table->running.find(request.task_id);
  if (i != options_.table->running.end())
    self_->send(i->second.dispatch, request);
}

void coordinator_state::watch_reader(const sink_actor& who) {
  if (++readers_[who.address()] == 1)
    self_->monitor(who);
}

void coordinator_state::forget_reader(const caf::actor_addr& who) {
  auto i = readers_.find(who);
  if (i == readers_.end() || --i->second > 0)
    return;
  readers_.erase(i);
  self_->demonitor(who);
}

void coordinator_state::reader_gone(const caf::actor_addr& who) {
  if (readers_.count(who) == 0)
    return;
  for (const auto& [id, entry] : options_.table->running)
    if (entry.sink.address() == who)
      self_->send(entry.dispatch,
                  cancel_task{id, "The reader of the answer went away."});
}

void coordinator_state::actor_down(const caf::actor_addr& who) {
  reader_gone(who);
  auto& table = *options_.table;
  if (auto i = table.owner.find(who); i != table.owner.end()) {
    auto id = std::move(i->second);
    table.owner.erase(i);
    task_down(id);
    return;
  }
  auto i = std::find(watched_.begin(), watched_.end(), who);
  if (i == watched_.end())
    return;
  watched_.erase(i);
  tell_all(peer_lost{who});
}

void coordinator_state::task_down(const std::string& id) {
  auto& table = *options_.table;
  auto i = table.running.find(id);
  if (i == table.running.end())
    return;
  auto& entry = i->second;
  if (!entry.progress->ended) {
    // A bug or a kill. What the reader has not seen anything of can be begun
    // again; once, because the task itself may be what breaks it.
    if (options_.dispatch->log)
      options_.dispatch->log->error("the dispatch of task {} died", id);
    if (!entry.progress->sent && !entry.respawned && !stopping_
        && !entry.skill) {
      entry.respawned = true;
      spawn_for(entry);
      return;
    }
    answer_failed end;
    end.task_id = id;
    end.why.what = failure_class::internal;
    end.why.message = "The task broke off because of a fault in the service; "
                      "the log has more, and asking again may help.";
    entry.progress->ended = true;
    self_->send(entry.sink, std::move(end));
  }
  forget_reader(entry.sink.address());
  table.running.erase(i);
  show_running();
  check_drained();
}

void coordinator_state::show_running() const {
  if (options_.counters)
    options_.counters->running_tasks(
      static_cast<uint32_t>(options_.table->running.size()));
}

caf::result<drained> coordinator_state::begin_drain() {
  draining_ = true;
  auto promise = self_->make_response_promise<drained>();
  waiting_for_drain_.push_back(promise);
  check_drained();
  return promise;
}

void coordinator_state::check_drained() {
  if (!options_.table->running.empty())
    return;
  for (auto& promise : std::exchange(waiting_for_drain_, {}))
    promise.deliver(drained{});
  if (stopping_)
    self_->quit(caf::exit_reason::user_shutdown);
}

void coordinator_state::stop(caf::exit_msg&) {
  // Every task still gets its end and its bill; a second word changes nothing,
  // and whoever is in a hurry kills.
  stopping_ = true;
  draining_ = true;
  for (const auto& [id, entry] : options_.table->running)
    self_->send(entry.dispatch,
                cancel_task{id, "The service was stopped before the answer "
                                "was complete."});
  check_drained();
}

void coordinator_state::look_for_deadlines() {
  sweeping_ = false;
  auto now = now_of(self_);
  for (const auto& [id, entry] : options_.table->running)
    if (entry.deadline <= now)
      self_->send(entry.dispatch, deadline_passed{});
  keep_sweeping();
}

void coordinator_state::keep_sweeping() {
  // No timer without work: an idle service does not wake up.
  if (sweeping_ || options_.table->running.empty())
    return;
  sweeping_ = true;
  remind(self_, options_.sweep_every, sweep{});
}

// -- peers --------------------------------------------------------------------

void coordinator_state::take_services(const services_ptr& now) {
  if (!now)
    return;
  options_.peers = now;
  // First the monitors, then the handles: no dispatch waits for an actor whose
  // death would go unnoticed.
  watch_peers();
  tell_all(services_changed{now});
}

void coordinator_state::watch_peers() {
  const auto& peers = *options_.peers;
  std::vector<caf::actor_addr> all;
  auto add = [&all](const auto& handle) {
    if (handle)
      all.push_back(handle.address());
  };
  add(peers.router);
  add(peers.quota);
  for (const auto& [provider, handle] : peers.providers)
    add(handle);
  // Dead ones are known already, or become known again: once more is harmless.
  for (const auto& who : watched_)
    if (std::find(all.begin(), all.end(), who) == all.end())
      self_->demonitor(who);
  for (const auto& who : all)
    if (std::find(watched_.begin(), watched_.end(), who) == watched_.end())
      self_->monitor(who);
  watched_ = std::move(all);
}

template <class Message>
void coordinator_state::tell_all(const Message& what) {
  for (const auto& [id, entry] : options_.table->running)
    self_->send(entry.dispatch, what);
}

coordinator_actor::behavior_type
coordinator(self_of<coordinator_actor, coordinator_state> self,
            coordinator_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
