#include "actors/jobs/job_queue.hpp"

#include "adapters/job_rules.hpp"

#include <spdlog/logger.h>

#include <algorithm>

namespace smart_agents {

namespace {

/// A store that has not answered by then is in trouble.
constexpr auto patience = std::chrono::seconds{30};

/// Changes in one transaction.
constexpr size_t group_size = 256;

/// Requests that wait for the store; more are refused.
constexpr size_t most_waiting = 10'000;

constexpr auto retry_after = std::chrono::seconds{1};
constexpr auto tidy_every = std::chrono::minutes{10};
constexpr auto load_every = std::chrono::seconds{1};

/// A job's id is a task's with a name of its own.
std::string job_id(const std::string& task_id) {
  auto bar = task_id.find('_');
  return "job_"
         + (bar == std::string::npos ? task_id : task_id.substr(bar + 1));
}

} // namespace

jobs_actor::behavior_type
job_queue_state::make_behavior(job_queue_options options) {
  options_ = std::move(options);
  if (!options_.peers)
    options_.peers = std::make_shared<services>();
  events_ = options_.peers->events;
  if (!options_.luck)
    options_.luck = [] { return 1.0; };
  link_ = std::make_unique<coordinator_link<jobs_actor::base>>(
    self_, options_.supervisor);
  self_->set_down_handler([this](const caf::down_msg& x) {
    if (worker_ && x.source == worker_.address())
      worker_gone();
  });
  self_->set_exit_handler([this](const caf::exit_msg& x) { stop(x); });
  tidied_ = now_of(self_);
  start_worker();
  self_->send(self_, jobs_tick{});
  return {
    [](const answer_started&) {},
    [this](const answer_delta& x) {
      if (auto i = running_.find(x.task_id);
          i != running_.end() && i->second.dispatch)
        self_->send(i->second.dispatch,
                    grant_credit{static_cast<uint32_t>(x.events.size())});
    },
    [this](const answer_finished& x) { finished(x); },
    [this](const answer_failed& x) { failed(x); },
    [this](const step_news& x) { step(x); },
    [this](const submit_job& x) { return submit(x); },
    [this](const get_job& x) { return self_->delegate(worker_, x); },
    [this](const list_jobs& x) { return self_->delegate(worker_, x); },
    [this](const cancel_job& x) { return cancel(x); },
    [this](const get_thread& x) { return self_->delegate(worker_, x); },
    [this](const keep_turns& x) { return self_->delegate(worker_, x); },
    [this](get_queue) { return report(); },
    [this](const pause_jobs& x) {
      paused_ = x.paused;
      if (!paused_)
        look();
      return report();
    },
    [this](drain) { return begin_drain(); },
    [this](const services_changed& x) {
      options_.peers = x.now;
      events_ = x.now->events;
    },
    [this](jobs_tick) {
      ticking_ = false;
      tick();
    },
  };
}

// -- what clients ask ---------------------------------------------------------

caf::result<job_report> job_queue_state::submit(const submit_job& request) {
  if (stopping_)
    return make_error(ec::shutting_down, "The service is stopping and takes no "
                                         "new jobs; ask again in a moment.");
  if (auto wrong = check_job(request.what))
    return wrong;
  if (!request.what.skill.empty() && options_.check_skill)
    if (auto unknown = options_.check_skill(request.what.skill))
      return unknown;
  if (waiting_.size() >= most_waiting)
    return make_error(ec::overloaded, "Too many jobs are being handed in at "
                                      "once; ask again in a moment.");
  add_job x;
  x.what.id = job_id(options_.make_id());
  x.what.created = options_.wall();
  x.what.what = request.what;
  if (options_.estimate)
    x.what.expected = options_.estimate(request.what);
  auto promise = self_->make_response_promise<job_report>();
  change(std::move(x), [promise](const job_changed& done) mutable {
    if (done.failed)
      promise.deliver(done.failed);
    else
      promise.deliver(job_report{done.now});
  });
  return promise;
}

caf::result<job_report> job_queue_state::cancel(const cancel_job& request) {
  auto promise = self_->make_response_promise<job_report>();
  change(stop_job{request.id, request.client},
         [promise](const job_changed& done) mutable {
           if (done.failed)
             promise.deliver(done.failed);
           else
             promise.deliver(job_report{done.now});
         });
  return promise;
}

queue_report job_queue_state::report() const {
  return {paused_, draining_, held_, static_cast<uint32_t>(running_.size()),
          trouble_};
}

caf::result<drained> job_queue_state::begin_drain() {
  draining_ = true;
  auto promise = self_->make_response_promise<drained>();
  drains_.push_back(promise);
  check_over();
  return promise;
}

// -- the store ----------------------------------------------------------------

void job_queue_state::start_worker() {
  worker_ = options_.worker();
  self_->monitor(worker_);
  ready_ = false;
  self_->request(worker_, patience, release_jobs{options_.wall()})
    .then(
      [this](const jobs_seen& x) {
        // A worker that died in between ran nothing: what this queue runs it
        // has to begin again, with new claims.
        ready_ = true;
        rev_ = x.rev;
        write_group();
        look();
      },
      [this](const caf::error& why) { trouble(render(why)); });
}

void job_queue_state::worker_gone() {
  if (options_.log)
    options_.log->error("jobs: the worker died; another takes over");
  writing_ = false;
  looking_ = false;
  abandon_runs();
  if (!stopping_)
    start_worker();
}

void job_queue_state::change(job_change what, changed then) {
  waiting_.emplace_back(std::move(what), std::move(then));
  write_group();
}

void job_queue_state::write_group() {
  if (writing_ || waiting_.empty() || !ready_ || now_of(self_) < retry_at_)
    return;
  writing_ = true;
  apply_jobs group;
  group.now = options_.wall();
  auto size = std::min(group_size, waiting_.size());
  auto thens = std::make_shared<std::vector<changed>>();
  for (size_t i = 0; i < size; ++i) {
    group.changes.push_back(waiting_[i].first);
    thens->push_back(waiting_[i].second);
  }
  self_->request(worker_, patience, std::move(group))
    .then(
      [this, size, thens](const jobs_applied& x) {
        writing_ = false;
        trouble("");
        waiting_.erase(waiting_.begin(),
                       waiting_.begin() + static_cast<std::ptrdiff_t>(size));
        for (size_t i = 0; i < size; ++i)
          if ((*thens)[i])
            (*thens)[i](x.what[i]);
        write_group();
        look();
        check_over();
      },
      [this, size](const caf::error& why) {
        // Nothing of it was written. Whoever waits for an answer gets it; the
        // rest must not be lost.
        writing_ = false;
        trouble(render(why));
        std::deque<std::pair<job_change, changed>> keep;
        for (size_t i = 0; i < waiting_.size(); ++i) {
          if (i < size && waiting_[i].second)
            waiting_[i].second({why, nullptr});
          else
            keep.push_back(std::move(waiting_[i]));
        }
        waiting_ = std::move(keep);
        retry_at_ = now_of(self_) + retry_after;
      });
}

void job_queue_state::look() {
  if (!ready_)
    return;
  if (looking_) {
    again_ = true;
    return;
  }
  check_held();
  look_at_jobs x;
  x.rev = rev_;
  x.now = options_.wall();
  x.limits = options_.limits;
  auto here = static_cast<uint32_t>(running_.size());
  if (options_.runs && !paused_ && !draining_ && !stopping_ && held_.empty()
      && here < options_.limits.running)
    x.most = options_.limits.running - here;
  looking_ = true;
  again_ = false;
  self_->request(worker_, patience, std::move(x))
    .then(
      [this](const jobs_seen& got) {
        looking_ = false;
        seen(got);
      },
      [this](const caf::error& why) {
        looking_ = false;
        trouble(render(why));
      });
}

void job_queue_state::seen(const jobs_seen& x) {
  rev_ = std::max(rev_, x.rev);
  for (const auto& job : x.claimed)
    begin(job);
  for (const auto& job : x.news) {
    if (auto i = by_job_.find(job->id); i != by_job_.end())
      if (auto& run = running_.at(i->second);
          job->cancelling && job->claim == run.what->claim)
        stop_run(run, "the job was cancelled");
    tell(job);
  }
  // There may be more: news beyond the first thousand, or jobs that became
  // ready meanwhile.
  if (again_ || x.news.size() >= 1000)
    look();
}

void job_queue_state::tick() {
  auto now = now_of(self_);
  if (now >= retry_at_)
    write_group();
  for (auto& [id, x] : running_)
    if (now - x.noted >= std::chrono::seconds{2})
      note(x, std::nullopt);
  if (now - tidied_ >= tidy_every) {
    tidied_ = now;
    auto keep = std::chrono::duration_cast<wall_time::duration>(options_.keep);
    self_->send(worker_, forget_jobs{options_.wall() - keep});
  }
  look();
  if (std::exchange(ticking_, true))
    return;
  remind(self_, running_.empty() ? options_.look_idle : options_.look_busy,
         jobs_tick{});
}

void job_queue_state::trouble(const std::string& why) {
  if (options_.log && why.empty() != trouble_.empty()) {
    if (why.empty())
      options_.log->info("jobs: the store answers again");
    else
      options_.log->error("jobs: {}", why);
  }
  trouble_ = why;
}

void job_queue_state::check_held() {
  auto now = now_of(self_);
  if (!options_.load
      || (now - load_read_ < load_every && load_read_ != instant{}))
    return;
  load_read_ = now;
  auto why = options_.load();
  if (options_.log && why.empty() != held_.empty())
    options_.log->info("jobs: {}", why.empty() ? "new ones start again" : why);
  held_ = std::move(why);
}

void job_queue_state::check_over() {
  if (!running_.empty() || (stopping_ && (writing_ || !waiting_.empty())))
    return;
  for (auto& promise : std::exchange(drains_, {}))
    promise.deliver(drained{});
  if (stopping_)
    self_->quit(stopping_);
}

void job_queue_state::stop(const caf::exit_msg& how) {
  if (stopping_ || !how.reason)
    return;
  stopping_ = how.reason;
  for (auto& [id, x] : running_)
    stop_run(x, "the service is stopping; the job goes on in another process");
  check_over();
}

jobs_actor::behavior_type job_queue(self_of<jobs_actor, job_queue_state> self,
                                    job_queue_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
