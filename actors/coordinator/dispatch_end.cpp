#include "actors/coordinator/dispatch.hpp"
#include "actors/coordinator/faults.hpp"
#include "adapters/token_estimate.hpp"

#include <algorithm>

namespace smart_agents {

namespace {

/// Media are estimated by their presence alone, so that what they count says
/// nothing about how a model counts text.
bool is_text(const chat_request& request) {
  auto media = [](const auto& x) {
    return std::holds_alternative<media_part>(x);
  };
  for (const auto& from : request.messages)
    for (const auto& x : from.parts) {
      const auto* result = std::get_if<tool_result_part>(&x);
      if (media(x)
          || (result
              && std::any_of(result->content.begin(), result->content.end(),
                             media)))
        return false;
    }
  return true;
}

/// A task that ends router or quota more often than this may be the reason.
constexpr int most_deaths = 2;
/// Reminders of a passed deadline that a finished dispatch, whose bill quota
/// does not take, waits for (ten seconds of the coordinator's sweeps).
constexpr int most_overdue = 40;

} // namespace

// -- peers that die -----------------------------------------------------------

void dispatch_state::step_refused(const caf::error& why) {
  if (!is_dead_receiver(why)) {
    end_with(to_failure(why));
    return;
  }
  // It never took the request, so this is no sign that the task kills it.
  auto dead = std::exchange(waits_for_, nullptr);
  auto successor = stage_ == stage::deciding ? peers_->router.address()
                                             : peers_->quota.address();
  if (successor != dead)
    repeat_step();
}

void dispatch_state::lost(const caf::actor_addr& who) {
  for (auto& [number, x] : bills_)
    if (x.at == who) {
      x.at = nullptr;
      if (peers_->quota && peers_->quota.address() != who)
        post(number);
    }
  if (!who || waits_for_ != who)
    return;
  if (stage_ == stage::calling) {
    auto served = call_begun_;
    attempt_failed(provider_died(), served ? estimate() : usage{}, served, {});
    return;
  }
  waits_for_ = nullptr;
  pending_reserve_ = 0;
  // Late replies of the dead one, if any, belong to a step that is over.
  ++step_;
  if (stage_ == stage::ended) {
    quit_when_done();
    return;
  }
  auto deciding = stage_ == stage::deciding;
  if (++deaths_ > most_deaths) {
    end_with(
      failed_because(failure_class::internal,
                     std::string{deciding ? "The router" : "The quota manager"}
                       + " died several times over this task; the log "
                         "has more, and a different prompt may pass."));
    return;
  }
  auto successor =
    deciding ? peers_->router.address() : peers_->quota.address();
  if (successor && successor != who)
    repeat_step();
}

void dispatch_state::take_services(const services_ptr& now) {
  peers_ = now;
  rows_.use(peers_->storage);
  for (auto& [number, x] : bills_)
    if (x.at != peers_->quota.address())
      post(number);
  auto expected = caf::actor_addr{};
  switch (stage_) {
  case stage::deciding: expected = peers_->router.address(); break;
  case stage::reserving: expected = peers_->quota.address(); break;
  case stage::calling:
    if (auto i = peers_->providers.find(current().provider);
        i != peers_->providers.end())
      expected = i->second.address();
    break;
  case stage::waiting: return;
  case stage::ended:
    if (pending_reserve_ != 0 && waits_for_ != peers_->quota.address())
      lost(waits_for_);
    return;
  }
  if (!waits_for_)
    repeat_step();
  else if (waits_for_ != expected)
    lost(waits_for_);
}

void dispatch_state::repeat_step() {
  if (stage_ == stage::deciding)
    decide();
  else if (stage_ == stage::reserving)
    reserve_for(index_);
}

// -- the end ------------------------------------------------------------------

void dispatch_state::answer_with(const call_finished& x) {
  const auto& who = current();
  auto response = std::make_shared<chat_response>(*x.response);
  auto seen = builder_.take();
  if (joint_ && !complete_joined(*response)) {
    attempt_failed(
      failed_because(failure_class::broken_answer,
                     who.provider + " only repeated the answer's beginning"),
      response->tokens, true, x.signals);
    return;
  }
  if (response->parts.empty())
    response->parts = seen.parts;
  if (response->id.empty())
    response->id = seen.id;
  if (response->model.empty())
    response->model = seen.model.empty() ? who.model : seen.model;
  if (response->tokens.total() == 0)
    response->tokens = seen.tokens;
  if (response->tokens.total() == 0) {
    response->tokens.uncached_input = input_estimate();
    response->tokens.output = estimate_tokens(text_of(response->parts));
    response->tokens.estimated = true;
  }
  if (options_.settings->ratios && !response->tokens.estimated
      && is_text(options_.what->request))
    options_.settings->ratios->learn(who.provider, who.model, who.input_tokens,
                                     response->tokens.input());
  if (first_content_ == instant{})
    first_content_ = now();
  attempt good;
  good.provider = who.provider;
  good.model = who.model;
  good.tokens = response->tokens;
  good.cost_usd = cost_usd(model_, response->tokens);
  good.elapsed = now() - attempt_begun_;
  auto head_due = options_.what->request.stream && !content_;
  if (head_due) {
    // An empty answer: the reader still learns who gave it, and in order.
    content_ = true;
    self_->send(
      options_.sink,
      answer_started{options_.what->id, std::make_shared<answer>(story())});
    options_.progress->sent = true;
    // What it said without content, where it says so itself.
    if (verbatim_)
      outbox_.insert(outbox_.end(), std::make_move_iterator(held_.begin()),
                     std::make_move_iterator(held_.end()));
    held_.clear();
  }
  attempts_.push_back(good);
  auto whole = std::make_shared<answer>(story());
  whole->response = std::move(*response);
  // The reader got the text of all who wrote it.
  if (joint_)
    whole->response.tokens = used_by_all();
  whole->saved_usd = baseline(good.tokens) - whole->cost_usd;
  auto row = row_of(good, true);
  learn(row);
  row.saved_usd = baseline(good.tokens) - good.cost_usd;
  settle bill;
  bill.id = std::exchange(reservation_, 0);
  bill.provider = who.provider;
  bill.tokens = good.tokens;
  bill.cost_usd = good.cost_usd;
  bill.signals = x.signals;
  stage_ = stage::ended;
  ++step_;
  call_ = 0;
  upstream_ = nullptr;
  waits_for_ = nullptr;
  send_bill(std::move(bill), std::move(row));
  if (is_heard())
    tell(event::kind::answered, &who,
         who.provider + " answered after " + for_people(whole->elapsed));
  end_ = answer_finished{options_.what->id, std::move(whole)};
  flush();
}

void dispatch_state::stop_for(failure why) {
  if (delivered_)
    return;
  if (stage_ == stage::calling) {
    close_upstream();
    auto served = call_begun_;
    close_attempt(why, served ? estimate() : usage{}, served, {});
  }
  // Nobody waits for the rest; what was answered stays billed.
  outbox_.clear();
  end_with(std::move(why));
}

void dispatch_state::end_with(failure why) {
  stage_ = stage::ended;
  ++step_;
  // A reservation under way is waited for: quota is still `waits_for_`.
  if (pending_reserve_ == 0)
    waits_for_ = nullptr;
  tell(event::kind::gave_up, nullptr, why.message);
  answer_failed end;
  end.task_id = options_.what->id;
  end.why = std::move(why);
  end.attempts = attempts_;
  if (decision_) {
    end.type = decision_->type;
    end.complexity = decision_->complexity;
  }
  end_ = std::move(end);
  flush();
}

void dispatch_state::deadline_over() {
  if (delivered_) {
    // Quota does not take the bill: the ledger must have it nevertheless.
    if (++overdue_ < most_overdue)
      return;
    for (auto& [number, x] : bills_)
      if (x.row)
        write(std::move(*x.row));
    log_warning("task " + options_.what->id
                + " ended, but quota did not take its settlement");
    self_->quit();
    return;
  }
  auto text = "The deadline passed after " + for_people(now() - begun_);
  switch (stage_) {
  case stage::calling:
    text += " while " + current().provider + " was answering";
    break;
  case stage::waiting:
    text += " while waiting for a provider to be free";
    break;
  case stage::ended: text += " while the reader took the answer"; break;
  default: text += " before a provider was asked"; break;
  }
  for (const auto& x : attempts_)
    if (x.failed && stage_ != stage::ended)
      text += "; " + x.provider + " had failed before ("
              + to_string(x.failed->what) + ")";
  stop_for(failed_because(failure_class::timeout,
                          text + "; allow more time or ask for less."));
}

void dispatch_state::close_upstream() {
  if (upstream_) {
    upstream_->cancel();
    return;
  }
  if (auto i = peers_->providers.find(current().provider);
      call_ != 0 && i != peers_->providers.end() && i->second)
    self_->send(i->second, cancel_call{call_});
}

void dispatch_state::grant(uint32_t events) {
  // More than the reader could ever be owed is a mistake, not a wish.
  credit_ = std::min<uint32_t>(credit_ + std::min(events, 1u << 20), 1u << 20);
  if (stage_ == stage::calling) {
    if (upstream_)
      upstream_->grant(events);
    else
      owed_grant_ += events;
  }
  flush();
}

void dispatch_state::flush() {
  auto n = std::min<size_t>(credit_, outbox_.size());
  if (n > 0) {
    auto last = outbox_.begin() + static_cast<std::ptrdiff_t>(n);
    answer_delta piece;
    piece.task_id = options_.what->id;
    piece.events.assign(std::make_move_iterator(outbox_.begin()),
                        std::make_move_iterator(last));
    outbox_.erase(outbox_.begin(), last);
    credit_ -= static_cast<uint32_t>(n);
    self_->send(options_.sink, std::move(piece));
  }
  deliver_end();
}

void dispatch_state::deliver_end() {
  if (delivered_ || !outbox_.empty()
      || std::holds_alternative<std::monostate>(end_))
    return;
  delivered_ = true;
  options_.progress->sent = true;
  options_.progress->ended = true;
  if (auto* good = std::get_if<answer_finished>(&end_))
    self_->send(options_.sink, std::move(*good));
  else
    self_->send(options_.sink, std::move(std::get<answer_failed>(end_)));
  quit_when_done();
}

} // namespace smart_agents
