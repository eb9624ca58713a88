#include "actors/coordinator/skill_run.hpp"

#include "actors/coordinator/budget.hpp"
#include "actors/coordinator/faults.hpp"
#include "actors/coordinator/run_estimate.hpp"
#include "actors/coordinator/validate.hpp"
#include "actors/router/selection.hpp"

#include <algorithm>

namespace smart_agents {

namespace {

/// How often a step is handed to a coordinator that dies over it.
constexpr int most_tries = 3;

} // namespace

skill_actor::behavior_type
skill_run_state::make_behavior(skill_options options) {
  options_ = std::move(options);
  if (!options_.progress)
    options_.progress = std::make_shared<task_progress>();
  begun_ = now_of(self_);
  // The whole conversation is the material; what a system message asks for
  // stays an instruction of the steps.
  std::string input;
  for (const auto& m : options_.input->request.messages) {
    if (m.from == role::system)
      continue;
    input += (input.empty() ? "" : "\n\n") + text_of(m.parts);
    for (const auto& x : m.parts)
      if (std::holds_alternative<media_part>(x))
        media_.push_back(x);
  }
  plan_ = std::make_unique<skill_plan>(options_.what, std::move(input),
                                       options_.budget);
  self_->set_down_handler([this](caf::down_msg&) {
    stop_for(failed_because(failure_class::cancelled,
                            "The reader of the answer went away."));
  });
  self_->set_exit_handler([this](caf::exit_msg&) {
    stop_for(failed_because(failure_class::cancelled,
                            "The skill was stopped with the service."));
  });
  self_->monitor(options_.sink);
  self_->send(self_, retry_due{});
  return {
    // A skill calls no provider itself.
    [](const call_started&) {},
    [](const call_progress&) {},
    [](const call_finished&) {},
    [](const call_failed&) {},
    [this](const grant_credit& x) {
      for (auto& [id, one] : steps_)
        if (one.what.is_answer && one.dispatch)
          self_->send(one.dispatch, x);
    },
    [this](const cancel_task& x) {
      stop_for(failed_because(failure_class::cancelled,
                              x.reason.empty() ? "The skill was cancelled."
                                               : x.reason));
    },
    [this](deadline_passed) { deadline_over(); },
    [this](const services_changed& x) { take_services(x.now); },
    [this](const peer_lost& x) {
      for (auto& [id, one] : steps_)
        if (one.at == step::phase::asked && one.asked_of == x.who)
          one.asked_of = nullptr;
    },
    [this](retry_due) { first_steps(); },
    [this](answer_started& x) {
      auto* one = find(x.task_id);
      if (one == nullptr || !one->what.is_answer || ended_)
        return;
      streaming_ = true;
      options_.progress->sent = true;
      auto head = story();
      head.provider = x.head->provider;
      head.model = x.head->model;
      self_->send(options_.sink,
                  answer_started{options_.input->id,
                                 std::make_shared<answer>(std::move(head))});
    },
    [this](answer_delta& x) {
      auto* one = find(x.task_id);
      if (one != nullptr && one->what.is_answer && !ended_)
        self_->send(options_.sink,
                    answer_delta{options_.input->id, std::move(x.events)});
    },
    [this](const answer_finished& x) {
      if (auto* one = find(x.task_id))
        step_answered(*one, x.what);
    },
    [this](const answer_failed& x) {
      if (auto* one = find(x.task_id))
        step_failed(*one, x);
    },
  };
}

// -- steps --------------------------------------------------------------------

void skill_run_state::first_steps() {
  if (auto fault = check_task(*options_.input, options_.max_prompt))
    fail(std::move(*fault));
  else if (expect())
    go_on();
}

bool skill_run_state::expect() {
  auto view = options_.routing ? options_.routing->look() : nullptr;
  if (!view || (options_.saved && !options_.saved->empty()))
    return true;
  auto now = now_of(self_);
  auto x = estimate_run(options_.what, plan_->input(), *options_.input,
                        [&](const task& one) {
                          return decide(*view->who, one, view->outlooks, now);
                        });
  expected_ = estimate_text(x, [&view](const std::string& provider) {
    auto i = view->outlooks.find(provider);
    return i == view->outlooks.end() ? 1.0 : i->second.room.left;
  });
  tell(expected_);
  const auto& budget = options_.budget;
  auto tokens = budget.tokens > 0 && x.tokens > budget.tokens;
  if (!tokens && (budget.usd <= 0 || x.usd <= budget.usd))
    return true;
  auto why = failed_because(
    failure_class::bad_request,
    options_.what.name + " was not begun: "
      + (tokens ? "the budget is " + show_tokens(budget.tokens)
                : "the budget is " + show_usd(budget.usd))
      + ". " + expected_
      + " Raise the budget, send less, or take a skill with fewer parts.");
  why.code = over_budget;
  fail(std::move(why));
  return false;
}

void skill_run_state::go_on() {
  if (ended_)
    return;
  if (auto why = plan_->fatal(); !why.empty()) {
    cancel_steps(why);
    failure x = first_failure_.value_or(failure{});
    x.message = std::move(why);
    fail(std::move(x));
    return;
  }
  bool recalled = false;
  for (auto& part : plan_->take_ready()) {
    if (recall(part)) {
      recalled = true;
      continue;
    }
    start(std::move(part));
    if (ended_)
      return;
  }
  if (recalled)
    return go_on();
  if (plan_->over()) {
    // What could not even begin may have made a failure of the whole.
    if (!plan_->fatal().empty())
      go_on();
    else
      finish();
  }
}

bool skill_run_state::recall(const skill_part& part) {
  if (!options_.saved)
    return false;
  for (const auto& x : *options_.saved) {
    if (x.id != part.id || x.at != job_step::phase::answered)
      continue;
    auto got = std::make_shared<answer>();
    got->response.parts.emplace_back(text_part{x.text});
    got->provider = x.provider;
    got->model = x.model;
    got->reason = "answered in an earlier run";
    attempt made;
    made.provider = x.provider;
    made.model = x.model;
    made.tokens.uncached_input = x.input_tokens;
    made.tokens.output = x.output_tokens;
    made.cost_usd = x.cost_usd;
    made.elapsed = x.elapsed;
    got->attempts.push_back(made);
    attempts_.push_back(std::move(made));
    records_.push_back(x);
    records_.back().text.clear();
    saved_usd_ += x.saved_usd;
    simulated_ = simulated_ || x.simulated;
    ++begun_parts_[part.id];
    answers_[part.id] = std::move(got);
    plan_->answered(part.id, x.text, x.input_tokens + x.output_tokens,
                    x.cost_usd);
    return true;
  }
  return false;
}

void skill_run_state::write(const step& x, job_step what) {
  what.id = x.what.id;
  what.title = x.what.title;
  what.elapsed = now_of(self_) - x.begun;
  what.allowed = x.allowed;
  if (what.at != job_step::phase::running) {
    records_.push_back(what);
    records_.back().text.clear();
  }
  if (!options_.journal)
    return;
  self_->send(options_.journal, step_news{options_.input->id, std::move(what),
                                          plan_->progress()});
}

void skill_run_state::start(skill_part part) {
  const auto& from = *options_.input;
  const auto& template_of = *part.step;
  auto work = std::make_shared<task>();
  auto& messages = work->request.messages.edit();
  if (!template_of.instructions.empty())
    messages.push_back(text_message(role::system, template_of.instructions));
  for (const auto& m : from.request.messages)
    if (m.from == role::system)
      messages.push_back(text_message(role::system, text_of(m.parts)));
  messages.push_back(text_message(role::user, part.prompt));
  auto& sent = messages.back().parts;
  sent.insert(sent.end(), media_.begin(), media_.end());
  auto tries = ++begun_parts_[part.id];
  work->id = from.id + "/" + part.id;
  if (tries > 1)
    work->id += "#" + std::to_string(tries);
  work->request.stream = from.request.stream && part.is_answer;
  work->request.max_output = from.request.max_output;
  if (template_of.max_output > 0)
    work->request.max_output = template_of.max_output;
  work->model = part.model;
  work->type = part.type;
  work->complexity = part.complexity;
  work->origin = "skill:" + options_.what.name;
  work->key = from.key;
  work->stand_ins = from.stand_ins;
  work->traceparent = from.traceparent;
  work->budget = part.budget;
  work->priority = from.priority;
  work->limits_bind = from.limits_bind;
  work->deadline = options_.deadline;
  // A part that hangs must leave time for those that use its result.
  auto now = now_of(self_);
  if (!part.is_answer && options_.deadline != instant::max())
    work->deadline = now + (options_.deadline - now) * 7 / 10;
  tell("Started " + part.title + (tries > 1 ? " again." : "."));
  auto& x = steps_[work->id];
  if (work->deadline != instant::max())
    x.allowed = work->deadline - now;
  x.what = std::move(part);
  x.task_id = work->id;
  x.work = std::move(work);
  x.begun = now;
  write(x, {});
  ask(x);
}

void skill_run_state::ask(step& x) {
  x.at = step::phase::asked;
  x.asked_of = options_.coordinator.address();
  auto attempt = ++x.tries;
  self_->request(options_.coordinator, caf::infinite, run_task{x.work, self_})
    .then(
      [this, &x](const task_accepted& ok) {
        x.dispatch = ok.dispatch;
        x.work = nullptr;
        if (ended_)
          self_->send(ok.dispatch, cancel_task{x.task_id, {}});
        else if (x.at == step::phase::asked)
          x.at = step::phase::running;
      },
      [this, &x, attempt](const caf::error& why) { refused(x, attempt, why); });
}

void skill_run_state::refused(step& x, int attempt, const caf::error& why) {
  if (ended_ || x.at != step::phase::asked || attempt != x.tries)
    return;
  x.dead = std::exchange(x.asked_of, nullptr);
  // Ours have a sentence; anything else means that the coordinator is gone.
  auto ours =
    why == ec::overloaded || why == ec::shutting_down || why == ec::bad_input;
  if (!ours && x.tries < most_tries) {
    if (options_.coordinator.address() != x.dead)
      ask(x);
    return;
  }
  answer_failed end;
  end.task_id = x.task_id;
  end.why.what =
    why == ec::overloaded ? failure_class::overloaded : failure_class::internal;
  end.why.message = render(why);
  step_failed(x, end);
}

void skill_run_state::take_services(const services_ptr& now) {
  options_.peers = now;
  if (!now->coordinator)
    return;
  options_.coordinator = now->coordinator;
  for (auto& [id, x] : steps_)
    if (x.at == step::phase::asked && !ended_
        && x.asked_of != now->coordinator.address()
        && x.dead != now->coordinator.address())
      ask(x);
}

skill_run_state::step* skill_run_state::find(const std::string& task_id) {
  auto i = steps_.find(task_id);
  return i != steps_.end() && i->second.at != step::phase::done ? &i->second
                                                                : nullptr;
}

void skill_run_state::step_answered(step& x, const answer_ptr& what) {
  x.at = step::phase::done;
  x.dispatch = nullptr;
  attempts_.insert(attempts_.end(), what->attempts.begin(),
                   what->attempts.end());
  saved_usd_ += what->saved_usd;
  simulated_ = simulated_ || what->simulated;
  uint64_t tokens = 0;
  for (const auto& each : what->attempts)
    tokens += each.tokens.total();
  auto good = plan_->answered(x.what.id, text_of(what->response.parts), tokens,
                              what->cost_usd);
  answers_[x.what.id] = what;
  job_step record;
  record.at = good ? job_step::phase::answered : job_step::phase::failed;
  record.text = text_of(what->response.parts);
  record.provider = what->provider;
  record.model = what->model;
  record.cost_usd = what->cost_usd;
  record.saved_usd = what->saved_usd;
  record.simulated = what->simulated;
  for (const auto& each : what->attempts) {
    record.output_tokens += each.tokens.output;
    record.input_tokens += each.tokens.total() - each.tokens.output;
  }
  write(x, std::move(record));
  tell((good ? "Finished " : "Not usable: ") + x.what.title + " with "
       + what->provider + ".");
  go_on();
}

void skill_run_state::step_failed(step& x, const answer_failed& end) {
  if (ended_)
    return;
  x.at = step::phase::done;
  x.dispatch = nullptr;
  auto why = end.why.message;
  while (!why.empty() && why.back() == '.')
    why.pop_back();
  if (!first_failure_)
    first_failure_ = end.why;
  attempts_.insert(attempts_.end(), end.attempts.begin(), end.attempts.end());
  tell("Failed: " + x.what.title + " (" + why + ").");
  if (x.what.is_answer && streaming_) {
    // A part of the answer is out: only its end can still be told.
    fail(end.why);
    return;
  }
  uint64_t tokens = 0;
  double usd = 0;
  for (const auto& each : end.attempts) {
    tokens += each.tokens.total();
    usd += each.cost_usd;
  }
  // A request that is wrong stays wrong.
  auto again =
    end.why.what != failure_class::bad_request && end.why.code != unknown_model;
  job_step record;
  record.at = job_step::phase::failed;
  record.why = why;
  record.cost_usd = usd;
  if (!end.attempts.empty()) {
    record.provider = end.attempts.back().provider;
    record.model = end.attempts.back().model;
  }
  plan_->failed(x.what.id, std::move(why), tokens, usd, again);
  write(x, std::move(record));
  go_on();
}

// -- the end ------------------------------------------------------------------

answer skill_run_state::story() const {
  answer result;
  const auto& all = plan_->what();
  const auto* last = &all.steps.back();
  for (const auto& name : all.answer) {
    auto i = answers_.find(name);
    auto named = [&name](const skill_step& x) { return x.name == name; };
    last = &*std::find_if(all.steps.begin(), all.steps.end(), named);
    if (i != answers_.end()) {
      result = *i->second;
      break;
    }
  }
  result.task_id = options_.input->id;
  result.type = last->type;
  result.complexity = last->complexity;
  result.attempts = attempts_;
  result.cost_usd = 0;
  for (const auto& x : attempts_)
    result.cost_usd += x.cost_usd;
  result.saved_usd = saved_usd_;
  result.elapsed = now_of(self_) - begun_;
  result.simulated = simulated_;
  result.steps = records_;
  result.expected = expected_;
  return result;
}

void skill_run_state::learn_of_checks() const {
  if (!options_.experience)
    return;
  for (const auto& [part, good] : plan_->checked())
    if (auto i = answers_.find(part); i != answers_.end())
      options_.experience->rate(i->second->provider, i->second->model,
                                to_string(i->second->type), good,
                                model_experience::rater::check);
}

void skill_run_state::finish() {
  learn_of_checks();
  auto whole = std::make_shared<answer>(story());
  std::string extra;
  auto text = plan_->answer();
  if (!text) {
    // The parts are good work even when nobody could join them.
    extra = side_by_side(plan_->results());
    auto good = std::find_if(attempts_.rbegin(), attempts_.rend(),
                             [](const attempt& x) { return !x.failed; });
    if (good != attempts_.rend()) {
      whole->provider = good->provider;
      whole->model = good->model;
      whole->response.model = good->model;
    }
  } else if (text_of(whole->response.parts) != *text) {
    // The answer is that of a fan-out.
    whole->response.parts.clear();
    whole->response.verbatim = nullptr;
    extra = *text;
  }
  auto missing = plan_->missing();
  if (!missing.empty())
    extra +=
      (extra.empty() && whole->response.parts.empty() ? "" : "\n\n") + missing;
  usage sum;
  size_t answered = 0;
  for (const auto& x : attempts_) {
    answered += x.failed ? 0 : 1;
    sum.uncached_input += x.tokens.uncached_input;
    sum.cache_read += x.tokens.cache_read;
    sum.cache_write += x.tokens.cache_write;
    sum.output += x.tokens.output;
    sum.reasoning += x.tokens.reasoning;
    sum.estimated = sum.estimated || x.tokens.estimated;
  }
  whole->response.tokens = sum;
  whole->reason =
    options_.what.name + ": " + std::to_string(answered) + " of "
    + std::to_string(begun_parts_.size()) + " steps answered"
    + (whole->reason.empty() ? "" : "; the last: " + whole->reason);
  if (!extra.empty()) {
    auto index = static_cast<uint32_t>(whole->response.parts.size());
    whole->response.parts.emplace_back(text_part{extra});
    if (options_.input->request.stream) {
      if (!streaming_)
        self_->send(options_.sink,
                    answer_started{options_.input->id,
                                   std::make_shared<answer>(story())});
      self_->send(options_.sink,
                  answer_delta{options_.input->id, {text_delta{index, extra}}});
    }
  }
  options_.progress->sent = true;
  options_.progress->ended = true;
  ended_ = true;
  self_->send(options_.sink,
              answer_finished{options_.input->id, std::move(whole)});
  quit();
}

void skill_run_state::fail(failure why) {
  if (ended_)
    return;
  ended_ = true;
  options_.progress->sent = true;
  options_.progress->ended = true;
  self_->send(options_.sink,
              answer_failed{options_.input->id, std::move(why), attempts_});
  quit();
}

void skill_run_state::cancel_steps(const std::string& why) {
  for (auto& [id, x] : steps_) {
    if (x.at == step::phase::running && x.dispatch)
      self_->send(x.dispatch, cancel_task{x.task_id, why});
    else if (x.at == step::phase::asked)
      self_->send(options_.coordinator, cancel_task{x.task_id, why});
  }
}

void skill_run_state::deadline_over() {
  if (ended_)
    return;
  auto why = "The deadline passed while " + options_.what.name
             + " was running; allow more time or send less.";
  auto parts = plan_->results();
  auto good = std::any_of(parts.begin(), parts.end(),
                          [](const auto& x) { return x.text.has_value(); });
  // A job tries again, and keeps its parts; an answer that has begun is not
  // followed by others.
  if (options_.journal || streaming_ || !good)
    return stop_for(failed_because(failure_class::timeout, why));
  cancel_steps(why);
  for (auto& [id, x] : steps_) {
    if (x.at == step::phase::done)
      continue;
    x.at = step::phase::done;
    job_step record;
    record.at = job_step::phase::failed;
    record.why = "the deadline passed";
    write(x, record);
    plan_->failed(x.what.id, record.why, 0, 0, false);
  }
  // Nothing new begins; what it would have needed is missing.
  plan_->give_up("the deadline passed");
  if (plan_->fatal().empty())
    finish();
  else
    fail(failed_because(failure_class::timeout, why));
}

void skill_run_state::stop_for(failure why) {
  if (ended_)
    return;
  cancel_steps(why.message);
  fail(std::move(why));
}

void skill_run_state::quit() {
  self_->demonitor(options_.sink.address());
  self_->quit();
}

void skill_run_state::tell(std::string text) {
  if (options_.quiet || !options_.peers || !options_.peers->events)
    return;
  event x;
  x.what = event::kind::step;
  x.at = std::chrono::system_clock::now();
  x.task_id = options_.input->id;
  x.client = options_.input->key;
  x.text = std::move(text);
  self_->send(options_.peers->events, std::move(x));
}

skill_actor::behavior_type skill_run(self_of<skill_actor, skill_run_state> self,
                                     skill_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
