#include "actors/jobs/job_worker.hpp"

#include "adapters/job_rules.hpp"
#include "messages/error.hpp"

#include <caf/actor_system.hpp>

#include <utility>

namespace smart_agents {

namespace {

/// How many earlier runs an estimate looks at.
constexpr uint32_t history = 9;

} // namespace

job_worker_actor::behavior_type
job_worker_state::make_behavior(std::shared_ptr<job_store> store,
                                std::string owner,
                                std::function<void()> on_look) {
  on_look_ = std::move(on_look);
  store_ = std::move(store);
  owner_ = std::move(owner);
  return {
    [this](const apply_jobs& x) -> caf::result<jobs_applied> {
      auto done = store_->apply(x.changes, x.now);
      if (!done)
        return std::move(done.error());
      return jobs_applied{std::move(*done)};
    },
    [this](const look_at_jobs& x) { return look(x); },
    [this](const release_jobs& x) -> caf::result<jobs_seen> {
      if (auto failed = store_->release(owner_, x.now))
        return failed;
      auto rev = store_->rev();
      if (!rev)
        return std::move(rev.error());
      return jobs_seen{*rev, {}, {}};
    },
    [this](const get_durations& x) -> caf::result<job_durations> {
      auto took = store_->durations(x.kind, history);
      if (!took)
        return std::move(took.error());
      return job_durations{std::move(*took)};
    },
    [this](const forget_jobs& x) {
      // Tried again with the next.
      std::ignore = store_->forget(x.before);
    },
    [this](const get_thread& x) -> caf::result<thread_report> {
      auto turns = store_->turns(thread_of(x.client, x.id));
      if (!turns)
        return std::move(turns.error());
      return thread_report{std::move(*turns)};
    },
    [this](const keep_turns& x) -> caf::result<void> {
      if (auto failed = store_->add_turns(thread_of(x.client, x.id), x.turns,
                                          std::chrono::system_clock::now()))
        return failed;
      return caf::unit;
    },
    [this](const get_job& x) -> caf::result<job_report> {
      auto found = store_->get(x.id, x.client);
      if (!found)
        return std::move(found.error());
      return job_report{std::move(*found)};
    },
    [this](const list_jobs& x) -> caf::result<job_list> {
      auto found = store_->list(x.which);
      if (!found)
        return std::move(found.error());
      return std::move(*found);
    },
  };
}

caf::result<jobs_seen> job_worker_state::look(const look_at_jobs& x) {
  if (on_look_)
    on_look_();
  jobs_seen seen;
  if (x.most > 0) {
    auto claimed = store_->claim(owner_, x.most, x.limits, x.now);
    if (!claimed)
      return std::move(claimed.error());
    seen.claimed = std::move(*claimed);
  }
  auto rev = store_->rev();
  if (!rev)
    return std::move(rev.error());
  seen.rev = x.rev;
  if (*rev > x.rev) {
    auto news = store_->since(x.rev);
    if (!news)
      return std::move(news.error());
    seen.news = std::move(*news);
    // A change that nobody sees any more: the job changed again, or is gone.
    seen.rev = seen.news.empty() ? *rev : seen.news.back()->rev;
  }
  return seen;
}

job_worker_actor::behavior_type
job_worker(self_of<job_worker_actor, job_worker_state> self,
           std::shared_ptr<job_store> store, std::string owner,
           std::function<void()> on_look) {
  return state_of(self).make_behavior(std::move(store), std::move(owner),
                                      std::move(on_look));
}

spawn_job_worker detached_job_worker(caf::actor_system& system,
                                     std::shared_ptr<job_store> store,
                                     std::string owner,
                                     std::function<void()> on_look) {
  return [&system, store = std::move(store), owner = std::move(owner),
          on_look = std::move(on_look)] {
    return system.spawn<caf::detached>(job_worker, store, owner, on_look);
  };
}

} // namespace smart_agents
