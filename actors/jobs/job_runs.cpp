#include "actors/coordinator/budget.hpp"
#include "actors/jobs/job_forecast.hpp"
#include "actors/jobs/job_queue.hpp"
#include "adapters/job_rules.hpp"

#include <spdlog/logger.h>

#include <algorithm>

namespace smart_agents {

namespace {

/// Not more often is it written how far a job is.
constexpr auto note_every = std::chrono::milliseconds{500};

std::string sentence(const job& x) {
  switch (x.state) {
  case job_state::pending: return x.step.empty() ? "The job waits." : x.step;
  case job_state::running: return x.step.empty() ? "The job runs." : x.step;
  case job_state::completed:
    return "The job is done, by " + x.outcome.provider + ".";
  default: return x.outcome.error;
  }
}

/// True when a run ended because all that it might have asked rest, or have
/// no room.
bool found_nobody(const answer_failed& x) {
  auto here = [](const attempt& each) {
    return each.failed && nobody_asked(each.failed->what);
  };
  return nobody_asked(x.why.what)
         && std::all_of(x.attempts.begin(), x.attempts.end(), here);
}

job_outcome outcome_of(const answer& x) {
  job_outcome result;
  result.text = text_of(x.response.parts);
  result.provider = x.provider;
  result.model = x.model;
  result.reason = x.reason;
  result.cost_usd = x.cost_usd;
  result.saved_usd = x.saved_usd;
  result.simulated = x.simulated;
  for (const auto& each : x.attempts) {
    result.output_tokens += each.tokens.output;
    result.input_tokens += each.tokens.total() - each.tokens.output;
  }
  return result;
}

} // namespace

void job_queue_state::begin(const job_ptr& what) {
  const auto& from = what->what;
  auto work = std::make_shared<task>(task_of(from));
  // Each run has its own: what an earlier one left behind cannot be taken for
  // this one's.
  work->id = what->id;
  if (what->claim > 1)
    work->id += "~" + std::to_string(what->claim);
  auto& messages = work->request.messages.edit();
  for (const auto& turn : what->history)
    messages.insert(
      messages.end() - 1,
      text_message(turn.answer ? role::assistant : role::user, turn.text));
  work->deadline = now_of(self_) + from.patience;
  auto id = work->id;
  auto& x = running_[id];
  x.what = what;
  x.task_id = id;
  x.begun = now_of(self_);
  x.noted = x.begun;
  x.done = x.shown.progress = what->progress;
  x.cancelled = what->cancelling;
  by_job_[what->id] = id;
  self_
    ->request(worker_, std::chrono::seconds{30}, get_durations{kind_of(from)})
    .then(
      [this, id](const job_durations& took) {
        if (auto i = running_.find(id); i != running_.end())
          i->second.before = took.took;
      },
      [](const caf::error&) {}); // then there is no estimate
  auto refused = [this, id](const failure& why) { failed({id, why, {}}); };
  auto taken = [this](const task_accepted& ok) { accepted(ok); };
  auto sink = caf::actor_cast<sink_actor>(self_);
  if (from.skill.empty()) {
    link_->submit(run_task{std::move(work), sink}, taken, refused);
    return;
  }
  run_skill skill{from.skill, std::move(work), sink};
  skill.journal = caf::actor_cast<journal_actor>(self_);
  skill.saved = std::make_shared<const std::vector<job_step>>(what->steps);
  skill.quiet = from.notify != job_notify::verbose;
  link_->submit(std::move(skill), taken, refused);
}

void job_queue_state::accepted(const task_accepted& x) {
  auto i = running_.find(x.task_id);
  if (i == running_.end())
    return;
  i->second.dispatch = x.dispatch;
  if (i->second.cancelled || stopping_)
    self_->send(x.dispatch, cancel_task{x.task_id, "the job was stopped"});
}

void job_queue_state::step(const step_news& x) {
  auto i = running_.find(x.task_id);
  if (i == running_.end())
    return;
  auto& run = i->second;
  run.done = std::max(run.done, x.progress);
  run.step = x.what.title + ": " + to_string(x.what.at)
             + (x.what.provider.empty() ? "" : " (" + x.what.provider + ")");
  // What is only begun need not be kept; that it is shown is enough.
  note(run, x.what);
}

void job_queue_state::note(run& x, std::optional<job_step> what) {
  auto now = now_of(self_);
  auto next = estimate_job(now - x.begun, x.done, x.before);
  x.shown.progress = std::max(x.shown.progress, next.progress);
  x.shown.seconds_left = next.seconds_left;
  if (!what && (now - x.noted < note_every || x.before.empty()))
    return;
  x.noted = now;
  change(save_step{x.what->id, x.what->claim, std::move(what), x.shown.progress,
                   x.step, x.shown.seconds_left});
}

void job_queue_state::finished(const answer_finished& x) {
  auto i = running_.find(x.task_id);
  if (i == running_.end())
    return;
  auto& run = i->second;
  end(run, end_job{run.what->id, run.what->claim, job_state::completed,
                   outcome_of(*x.what)});
}

void job_queue_state::failed(const answer_failed& x) {
  auto i = running_.find(x.task_id);
  if (i == running_.end())
    return;
  auto& run = i->second;
  const auto& job = *run.what;
  job_outcome outcome;
  outcome.error = x.why.message;
  outcome.failed = to_string(x.why.what);
  for (const auto& each : x.attempts)
    outcome.cost_usd += each.cost_usd;
  if (run.cancelled) {
    outcome.error = "It was cancelled.";
    return end(run, end_job{job.id, job.claim, job_state::cancelled, outcome});
  }
  // Nobody wanted that: the service stops, or one of its actors died.
  if (x.why.what == failure_class::cancelled || stopping_)
    return end(run, return_job{job.id, job.claim, options_.wall(), false,
                               "It was interrupted: " + x.why.message});
  auto now = options_.wall();
  // Tries are for asking: what nobody could be asked waits until somebody can.
  auto waits = found_nobody(x) && x.why.retry_after.value_or(soon) <= soon
               && now - std::max(job.created, job.what.at) < patience_for_room;
  if (may_pass(x.why.what) && x.why.code != over_budget
      && (waits || job.failures + 1 < job.what.tries)) {
    auto wait = back_off(job.failures + job.waits + 1, options_.luck(),
                         x.why.retry_after);
    return_job again{
      job.id,
      job.claim,
      now + std::chrono::duration_cast<wall_time::duration>(wait),
      !waits,
      (waits ? "It waits for room: " : "It failed and is tried again: ")
        + x.why.message,
      waits};
    return end(run, std::move(again));
  }
  end(run, end_job{job.id, job.claim, job_state::failed, outcome});
}

void job_queue_state::end(run& x, job_change how) {
  auto id = x.task_id;
  by_job_.erase(x.what->id);
  running_.erase(id);
  // Nobody waits for it, so it is made until the store takes it.
  change(std::move(how));
}

/// The store has given them back: they begin again, with new claims.
void job_queue_state::abandon_runs() {
  for (auto& [id, x] : running_)
    if (x.dispatch)
      self_->send(x.dispatch, cancel_task{id, "the queue was started again"});
  running_.clear();
  by_job_.clear();
}

void job_queue_state::stop_run(run& x, const std::string& why) {
  if (!stopping_)
    x.cancelled = true;
  if (x.dispatch)
    self_->send(x.dispatch, cancel_task{x.task_id, why});
}

void job_queue_state::tell(const job_ptr& what) {
  if (!events_ || !notices_.worth_telling(*what, now_of(self_)))
    return;
  event x;
  x.what = event::kind::job;
  x.at = options_.wall();
  x.task_id = what->id;
  x.client = what->what.client;
  x.provider = what->outcome.provider;
  x.model = what->outcome.model;
  x.text = sentence(*what);
  x.work = what;
  self_->send(events_, std::move(x));
}

} // namespace smart_agents
