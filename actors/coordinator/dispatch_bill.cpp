#include "actors/coordinator/dispatch.hpp"
#include "actors/coordinator/faults.hpp"
#include "adapters/token_estimate.hpp"

#include <spdlog/logger.h>

namespace smart_agents {

namespace {

/// How often a settlement is sent before it is only written down.
constexpr int most_posts = 5;

} // namespace

// -- the bill -----------------------------------------------------------------

void dispatch_state::send_bill(settle what, std::optional<ledger_row> row) {
  auto number = ++last_bill_;
  bill x;
  x.what = std::move(what);
  x.row = std::move(row);
  bills_.emplace(number, std::move(x));
  post(number);
}

void dispatch_state::post(uint64_t number) {
  auto& x = bills_.at(number);
  x.at = peers_->quota ? peers_->quota.address() : caf::actor_addr{};
  if (!x.at)
    return;
  ++x.tries;
  self_->request(peers_->quota, caf::infinite, x.what)
    .then([this, number] { billed(number); },
          [this, number](const caf::error& why) { bill_refused(number, why); });
}

void dispatch_state::bill_refused(uint64_t number, const caf::error& why) {
  auto i = bills_.find(number);
  if (i == bills_.end())
    return;
  auto& x = i->second;
  if (!is_dead_receiver(why) || x.tries >= most_posts) {
    log_warning("task " + options_.what->id
                + ": settlement refused: " + render(why));
    billed(number);
    return;
  }
  auto dead = std::exchange(x.at, nullptr);
  if (peers_->quota && peers_->quota.address() != dead)
    post(number);
}

void dispatch_state::billed(uint64_t number) {
  auto i = bills_.find(number);
  if (i == bills_.end())
    return;
  // The row follows the settlement: a quota manager that starts anew counts
  // the rows, and must not find one whose settlement is still to come.
  if (i->second.row)
    write(std::move(*i->second.row));
  bills_.erase(i);
  quit_when_done();
}

void dispatch_state::write(ledger_row row) {
  const auto& desk = options_.settings->desk;
  if (!desk)
    rows_.add(std::move(row));
  else if (desk->put(std::move(row)) && peers_->storage)
    self_->send(peers_->storage, commit_group{});
}

// -- the story ----------------------------------------------------------------

answer dispatch_state::story() const {
  const auto& who = current();
  answer result;
  result.task_id = options_.what->id;
  result.provider = who.provider;
  result.model = who.model;
  result.reason = reason_of(*decision_, who, attempts_);
  result.type = decision_->type;
  result.complexity = decision_->complexity;
  result.attempts = attempts_;
  for (const auto& x : attempts_)
    result.cost_usd += x.cost_usd;
  result.elapsed = now() - begun_;
  result.simulated = facts_of(who).simulated;
  result.losses = losses_;
  result.verbatim = verbatim_;
  if (joint_)
    result.continued = broke_off_ + "; " + who.provider + " went on";
  return result;
}

ledger_row dispatch_state::row_of(const attempt& x, bool served) const {
  ledger_row row;
  row.at = attempt_at_;
  row.task_id = options_.what->id;
  row.attempt = static_cast<int>(attempts_.size());
  row.origin = options_.what->origin;
  row.key = options_.what->key;
  row.traceparent = options_.what->traceparent;
  if (const auto* login = login_for(current()))
    row.credential = login->id;
  else
    row.credential = credential_;
  row.provider = x.provider;
  row.model = x.model;
  row.type = to_string(decision_->type);
  row.complexity = decision_->complexity;
  row.outcome = x.failed ? to_string(x.failed->what) : "answered";
  row.served = served;
  row.tokens = x.tokens;
  row.cost_usd = x.cost_usd;
  row.elapsed = x.elapsed;
  if (first_content_ != instant{})
    row.first_byte = first_content_ - attempt_begun_;
  return row;
}

void dispatch_state::learn(const ledger_row& row) const {
  if (options_.settings->experience)
    options_.settings->experience->learn(row, options_.what->conversation,
                                         now());
}

usage dispatch_state::estimate() const {
  const auto& seen = builder_.peek();
  if (seen.tokens.total() > 0)
    return seen.tokens;
  usage result;
  result.uncached_input = input_estimate();
  for (const auto& x : seen.parts) {
    if (const auto* text = std::get_if<text_part>(&x))
      result.output += estimate_tokens(text->text);
    else if (const auto* thinking = std::get_if<thinking_part>(&x))
      result.output += estimate_tokens(thinking->text);
    else if (const auto* call = std::get_if<tool_call_part>(&x))
      result.output += estimate_tokens(call->arguments);
  }
  result.estimated = true;
  return result;
}

usage dispatch_state::used_by_all() const {
  usage result;
  for (const auto& x : attempts_) {
    result.uncached_input += x.tokens.uncached_input;
    result.cache_read += x.tokens.cache_read;
    result.cache_write += x.tokens.cache_write;
    result.cache_write_hour += x.tokens.cache_write_hour;
    result.output += x.tokens.output;
    result.reasoning += x.tokens.reasoning;
    result.estimated |= x.tokens.estimated;
  }
  return result;
}

uint64_t dispatch_state::input_estimate() const {
  auto own = current().input_tokens;
  return own > 0 ? own : decision_->input_tokens;
}

const candidate& dispatch_state::current() const {
  return decision_->ranked.at(index_);
}

const provider_facts& dispatch_state::facts_of(const candidate& who) const {
  static const provider_facts unknown;
  auto i = options_.settings->providers.find(who.provider);
  return i == options_.settings->providers.end() ? unknown : i->second;
}

const client_login* dispatch_state::login_for(const candidate& who) const {
  return facts_of(who).passes_logins ? options_.what->login.get() : nullptr;
}

model_info dispatch_state::model_of(const candidate& who) const {
  const auto& models = options_.settings->models ? *options_.settings->models
                                                 : catalogue::built_in();
  return models.find(facts_of(who).vendor, who.model);
}

double dispatch_state::baseline(const usage& tokens) const {
  return (static_cast<double>(tokens.input())
            * decision_->baseline_usd_per_input_mtok
          + static_cast<double>(tokens.output)
              * decision_->baseline_usd_per_output_mtok)
         / 1e6;
}

bool dispatch_state::is_heard() const {
  const auto* all = options_.settings->listeners.get();
  return peers_->events && (all == nullptr || all->any);
}

void dispatch_state::tell(event::kind what, const candidate* who,
                          std::string text) {
  if (!is_heard())
    return;
  event x;
  x.what = what;
  x.at = std::chrono::system_clock::now();
  x.task_id = options_.what->id;
  x.client = options_.what->key;
  if (who != nullptr) {
    x.provider = who->provider;
    x.model = who->model;
  }
  x.text = std::move(text);
  self_->send(peers_->events, std::move(x));
}

instant dispatch_state::now() const {
  return now_of(self_);
}

void dispatch_state::log_losses() const {
  if (losses_.empty() || !options_.settings->log)
    return;
  std::string names;
  for (const auto& x : losses_)
    names.append(names.empty() ? "" : ", ").append(x);
  options_.settings->log->info("task {}: {} is not told: {}", options_.what->id,
                               current().provider, names);
}

void dispatch_state::log_warning(const std::string& text) const {
  if (options_.settings->log)
    options_.settings->log->warn(text);
}

} // namespace smart_agents
