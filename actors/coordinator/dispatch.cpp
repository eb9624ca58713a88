#include "actors/coordinator/dispatch.hpp"

#include "actors/coordinator/budget.hpp"
#include "actors/coordinator/faults.hpp"
#include "actors/coordinator/validate.hpp"
#include "adapters/cost_bound.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace smart_agents {

namespace {

bool is_content(const stream_event& x) {
  if (const auto* text = std::get_if<text_delta>(&x))
    return !text->text.empty();
  if (const auto* thinking = std::get_if<thinking_delta>(&x))
    return !thinking->text.empty() || !thinking->signature.empty();
  return std::holds_alternative<tool_call_delta>(x)
         || std::holds_alternative<opaque_delta>(x);
}

/// OpenAI takes no smaller cap than this, and some clients ask for one.
constexpr uint32_t least_cap = 16;

/// True when parts of the prompt are to be cached for an hour, which costs
/// more.
bool asks_for_an_hour(const chat_request& request) {
  auto marked = [](const part& x) {
    return std::visit(
      [](const auto& y) {
        if constexpr (requires { y.cache; })
          return y.cache == cache_mark::one_hour;
        else
          return false;
      },
      x);
  };
  return std::any_of(request.tools.begin(), request.tools.end(),
                     [](const tool_definition& x) {
                       return x.cache == cache_mark::one_hour;
                     })
         || std::any_of(request.messages.begin(), request.messages.end(),
                        [&](const message& x) {
                          return std::any_of(x.parts.begin(), x.parts.end(),
                                             marked);
                        });
}

bool is_cheapest(const std::vector<candidate>& all, const candidate& who) {
  return std::none_of(all.begin(), all.end(), [&who](const candidate& x) {
    return x.cost_usd < who.cost_usd;
  });
}

} // namespace

// -- life ---------------------------------------------------------------------

task_actor::behavior_type
dispatch_state::make_behavior(dispatch_options options) {
  options_ = std::move(options);
  if (!options_.progress)
    options_.progress = std::make_shared<task_progress>();
  peers_ = options_.peers;
  begun_ = now();
  rows_.use(peers_->storage);
  self_->set_exit_handler([this](caf::exit_msg& why) {
    if (delivered_) {
      self_->quit(why.reason);
      return;
    }
    stop_for(failed_because(failure_class::cancelled,
                            "The task was stopped with the service."));
  });
  // On the dispatch's own turn, since an actor begins with its first: checking
  // a large prompt does not hold up the coordinator.
  go_on();
  starting_ = false;
  if (is_done())
    self_->send(self_, retry_due{});
  return {
    [this](const call_started& x) { take_started(x); },
    [this](call_progress& x) { take_progress(x); },
    [this](const call_finished& x) { take_finished(x); },
    [this](const call_failed& x) { take_failed(x); },
    [this](const grant_credit& x) { grant(x.events); },
    [this](const cancel_task& x) {
      stop_for(failed_because(failure_class::cancelled,
                              x.reason.empty() ? "The task was cancelled."
                                               : x.reason));
    },
    [this](deadline_passed) { deadline_over(); },
    [this](const services_changed& x) { take_services(x.now); },
    [this](const peer_lost& x) { lost(x.who); },
    [this](retry_due) {
      go_on();
      quit_when_done();
    },
  };
}

void dispatch_state::go_on() {
  if (stage_ != stage::waiting)
    return;
  if (now() >= options_.deadline)
    deadline_over();
  else if (plan_)
    next();
  else if (auto fault =
             check_task(*options_.what, options_.settings->max_prompt))
    end_with(std::move(*fault));
  else
    decide();
}

dispatch_state::~dispatch_state() {
  // Killed: nobody will read what comes. Quota hears of the death itself.
  if (upstream_)
    upstream_->cancel();
  else if (call_ != 0 && peers_)
    if (auto i = peers_->providers.find(current().provider);
        i != peers_->providers.end() && i->second)
      caf::anon_send(i->second, cancel_call{call_});
}

bool dispatch_state::is_done() const {
  return delivered_ && pending_reserve_ == 0 && bills_.empty() && rows_.empty();
}

void dispatch_state::quit_when_done() {
  if (is_done() && !starting_)
    self_->quit();
}

// -- decision -----------------------------------------------------------------

void dispatch_state::decide() {
  stage_ = stage::deciding;
  auto step = ++step_;
  const auto* board = options_.settings->routing.get();
  if (auto view = board ? board->look() : nullptr) {
    waits_for_ = nullptr;
    auto decided =
      smart_agents::decide(*view->who, *options_.what, view->outlooks, now());
    if (decided)
      take_decision({std::make_shared<const decision>(std::move(*decided))});
    else
      step_refused(decided.error());
    return;
  }
  waits_for_ = peers_->router ? peers_->router.address() : caf::actor_addr{};
  if (!waits_for_)
    return;
  self_->request(peers_->router, caf::infinite, route_task{options_.what})
    .then(
      [this, step](const routed& x) {
        if (step == step_)
          take_decision(x);
      },
      [this, step](const caf::error& why) {
        if (step == step_)
          step_refused(why);
      });
}

void dispatch_state::take_decision(const routed& x) {
  decision_ = x.what;
  const auto& d = *decision_;
  if (is_heard())
    tell(
      event::kind::decided, d.ranked.empty() ? nullptr : &d.ranked.front(),
      to_string(d.type) + " task of complexity " + std::to_string(d.complexity)
        + (d.ranked.empty() ? std::string{": nobody can take it"}
                            : ": " + d.ranked.front().provider
                                + " is asked first: " + d.ranked.front().reason)
        + (d.ranked.empty() || d.ranked.front().cost_usd <= 0
             ? std::string{}
             : ", about " + show_usd(d.ranked.front().cost_usd)));
  plan_.emplace(decision_, options_.settings->longest_wait,
                [this](const candidate& who) { return model_of(who).context; });
  next();
}

void dispatch_state::next() {
  credentials_tried_ = 0;
  auto step = plan_->next(now(), options_.deadline);
  using kind = attempt_plan::step::kind;
  switch (step.what) {
  case kind::attempt: reserve_for(step.index); break;
  case kind::wait:
    stage_ = stage::waiting;
    waits_for_ = nullptr;
    remind(self_, step.delay, retry_due{});
    break;
  case kind::give_up:
    end_with(joint_ ? nobody_goes_on() : no_answer(*decision_, attempts_));
    break;
  }
}

// -- reservation --------------------------------------------------------------

void dispatch_state::reserve_for(size_t index) {
  stage_ = stage::reserving;
  auto step = ++step_;
  index_ = index;
  credential_.clear();
  attempt_begun_ = now();
  attempt_at_ = std::chrono::system_clock::now();
  first_content_ = {};
  const auto& who = current();
  if (!attempts_.empty() && attempts_.back().failed)
    tell(event::kind::failed_over, &who,
         attempts_.back().provider + " failed ("
           + to_string(attempts_.back().failed->what) + "), so " + who.provider
           + " is asked");
  // The bound must be true: the same cap goes into the provider's request.
  model_ = model_of(who);
  const auto& model = model_;
  auto input = input_estimate();
  uint64_t cap = options_.what->request.max_output.value_or(
    options_.settings->default_output);
  if (model.max_output > 0)
    cap = std::min(cap, model.max_output);
  if (model.context > input)
    cap = std::min(cap, model.context - input);
  output_cap_ = static_cast<uint32_t>(std::max<uint64_t>(cap, 1));
  auto at_most =
    options_.settings->ratios
      ? options_.settings->ratios->at_most(who.provider, who.model, input)
      : input;
  auto hour =
    model.vendor == "anthropic" && asks_for_an_hour(options_.what->request);
  if (const auto& budget = options_.what->budget;
      budget.tokens > 0 || budget.usd > 0) {
    run_budget spent;
    for (const auto& x : attempts_) {
      spent.tokens += x.tokens.total();
      spent.usd += x.cost_usd;
    }
    std::string why;
    auto cut = cap_within(budget, spent,
                          {input, output_cap_, who.cost_usd,
                           [&](uint64_t output) {
                             return most_usd(
                               model, at_most,
                               std::max<uint64_t>(output, least_cap), hour);
                           }},
                          why);
    if (!cut) {
      auto over = failed_because(failure_class::over_quota, std::move(why));
      over.code = over_budget;
      attempt_failed(std::move(over), {}, false, {});
      return;
    }
    output_cap_ = static_cast<uint32_t>(*cut);
  }
  waits_for_ = peers_->quota ? peers_->quota.address() : caf::actor_addr{};
  if (!waits_for_)
    return;
  reserve request;
  request.task_id = options_.what->id;
  request.provider = who.provider;
  request.model = who.model;
  request.input_tokens = at_most;
  request.output_tokens = std::max(output_cap_, least_cap);
  request.cost_usd =
    most_usd(model, request.input_tokens, request.output_tokens, hour);
  // The cheapest passes a limit that only sends others to it.
  if (is_cheapest(decision_->ranked, who))
    request.cheapest_usd = request.cost_usd;
  request.limits_bind = options_.what->limits_bind;
  request.key = options_.what->key;
  if (const auto* login = login_for(who))
    request.credential = login->id;
  pending_reserve_ = step;
  self_->request(peers_->quota, caf::infinite, std::move(request))
    .then([this, step](const reserved& x) { take_reservation(x, step); },
          [this, step](const caf::error& why) {
            if (pending_reserve_ == step)
              pending_reserve_ = 0;
            if (step == step_)
              step_refused(why);
            else
              quit_when_done();
          });
}

void dispatch_state::take_reservation(const reserved& x, uint64_t step) {
  if (pending_reserve_ == step)
    pending_reserve_ = 0;
  if (step != step_) {
    // The task ended while quota thought about it: give it back unused.
    if (x.id != 0) {
      settle unused;
      unused.id = x.id;
      unused.provider = current().provider;
      unused.served = false;
      send_bill(std::move(unused), std::nullopt);
    }
    quit_when_done();
    return;
  }
  if (x.refused) {
    attempt_failed(*x.refused, {}, false, {});
    return;
  }
  reservation_ = x.id;
  credential_ = x.credential;
  if (x.output_tokens != 0)
    output_cap_ =
      static_cast<uint32_t>(std::min<uint64_t>(output_cap_, x.output_tokens));
  call();
}

// -- the call -----------------------------------------------------------------

void dispatch_state::call() {
  stage_ = stage::calling;
  ++step_;
  builder_ = {};
  const auto& who = current();
  auto i = peers_->providers.find(who.provider);
  if (i == peers_->providers.end() || !i->second) {
    attempt_failed(
      failed_because(failure_class::internal, who.provider + " does not run"),
      {}, false, {});
    return;
  }
  auto request = joint_
                   ? request_for_rest(options_.what->request, joint_->told())
                   : std::make_shared<chat_request>(options_.what->request);
  request->model = who.model;
  request->max_output = output_cap_;
  // Actor ids are unique in the process and stay far below 2^48.
  call_ = (self_->id() << 16) | ((attempts_.size() + 1) & 0xFFFF);
  waits_for_ = i->second.address();
  start_call start;
  start.id = call_;
  start.request = std::move(request);
  start.credential = credential_;
  start.priority = options_.what->priority;
  start.deadline = options_.deadline;
  start.to = self_;
  if (login_for(who) != nullptr)
    start.login = options_.what->login;
  start.key = options_.what->key;
  self_->send(i->second, std::move(start));
  // Nobody hears of what is sent to the dead. Whoever dies from now on, the
  // coordinator tells.
  if (has_ended(waits_for_))
    attempt_failed(provider_died(), {}, false, {});
}

void dispatch_state::take_started(const call_started& x) {
  if (stage_ != stage::calling || x.id != call_) {
    if (x.upstream)
      x.upstream->cancel();
    return;
  }
  upstream_ = x.upstream;
  call_begun_ = true;
  losses_ = x.losses;
  verbatim_ = x.verbatim;
  log_losses();
  if (auto n = std::exchange(owed_grant_, 0); n > 0 && upstream_)
    upstream_->grant(n);
}

void dispatch_state::take_progress(call_progress& x) {
  if (stage_ != stage::calling || x.id != call_)
    return;
  call_begun_ = true;
  uint32_t kept_here = 0;
  for (const auto& piece : x.events)
    builder_.add(piece);
  if (joint_ && !join(x.events, kept_here)) {
    close_upstream();
    attempt_failed(failed_because(failure_class::broken_answer,
                                  current().provider
                                    + " began the answer anew instead of going "
                                      "on with it"),
                   estimate(), true, {});
    return;
  }
  for (auto& piece : x.events) {
    auto head = std::holds_alternative<stream_start>(piece)
                || std::holds_alternative<wire_event>(piece);
    auto content = is_content(piece);
    if (const auto* text = std::get_if<text_delta>(&piece))
      joint_index_ = text->index;
    if (content && first_content_ == instant{})
      first_content_ = now();
    if (!options_.what->request.stream || (!content && !head)) {
      // The reader never sees it, so its credit comes from here.
      ++kept_here;
      continue;
    }
    if (content && !content_) {
      content_ = true;
      auto story_so_far = std::make_shared<answer>(story());
      self_->send(options_.sink,
                  answer_started{options_.what->id, std::move(story_so_far)});
      options_.progress->sent = true;
      outbox_.insert(outbox_.end(), std::make_move_iterator(held_.begin()),
                     std::make_move_iterator(held_.end()));
      held_.clear();
    }
    if (content_)
      outbox_.push_back(std::move(piece));
    else
      held_.push_back(std::move(piece));
  }
  if (kept_here > 0) {
    if (upstream_)
      upstream_->grant(kept_here);
    else
      owed_grant_ += kept_here;
  }
  flush();
}

void dispatch_state::take_finished(const call_finished& x) {
  if (stage_ == stage::calling && x.id == call_)
    answer_with(x);
}

void dispatch_state::take_failed(const call_failed& x) {
  if (stage_ != stage::calling || x.id != call_)
    return;
  auto served = x.maybe_billed || first_content_ != instant{};
  auto tokens = x.tokens;
  if (tokens.total() == 0 && served)
    tokens = estimate();
  attempt_failed(x.why, tokens, served, x.signals);
}

void dispatch_state::close_attempt(const failure& why, usage tokens,
                                   bool served, limit_signals signals) {
  const auto& who = current();
  attempt x;
  x.provider = who.provider;
  x.model = who.model;
  x.failed = why;
  x.tokens = tokens;
  x.cost_usd = served ? cost_usd(model_, tokens) : 0;
  x.elapsed = now() - attempt_begun_;
  attempts_.push_back(x);
  auto row = row_of(x, served);
  learn(row);
  if (auto id = std::exchange(reservation_, 0); id != 0) {
    settle bill;
    bill.id = id;
    bill.provider = who.provider;
    bill.served = served;
    bill.tokens = tokens;
    bill.cost_usd = x.cost_usd;
    bill.failed = why;
    bill.signals = std::move(signals);
    send_bill(std::move(bill), std::move(row));
  } else {
    write(std::move(row));
  }
  call_ = 0;
  call_begun_ = false;
  upstream_ = nullptr;
  owed_grant_ = 0;
  waits_for_ = nullptr;
}

void dispatch_state::attempt_failed(failure why, usage tokens, bool served,
                                    limit_signals signals) {
  close_attempt(why, tokens, served, std::move(signals));
  if (content_ && !goes_on(why)) {
    auto name = current().provider;
    why.message = name + " failed in the middle of its answer (" + why.message
                  + "); what came so far is all there is, "
                  + remedy_of(why.what, name) + ".";
    end_with(std::move(why));
    return;
  }
  if (!may_fail_over(why.what)) {
    end_with(std::move(why));
    return;
  }
  held_.clear();
  if (another_credential(why.what)) {
    reserve_for(index_);
    return;
  }
  plan_->failed(index_, why, now());
  next();
}

bool dispatch_state::another_credential(failure_class what) {
  using enum failure_class;
  // Quota rests the one that failed, and chooses among the others.
  auto its_own = what == auth || what == billing || what == forbidden
                 || what == rate_limited || what == quota_exhausted;
  if (credential_.empty() || !its_own
      || ++credentials_tried_ >= facts_of(current()).credentials)
    return false;
  return now() < options_.deadline;
}

failure dispatch_state::provider_died() const {
  return failed_because(failure_class::internal,
                        current().provider
                          + " was restarted in the middle of the call");
}

task_actor::behavior_type dispatch(self_of<task_actor, dispatch_state> self,
                                   dispatch_options options) {
  return state_of(self).make_behavior(std::move(options));
}

} // namespace smart_agents
