#include "adapters/simulator/book.hpp"

#include <algorithm>
#include <array>

namespace smart_agents::sim {

namespace {

using enum failure_class;

/// The faults that are error answers.
std::optional<failure_class> refusing(fault x) {
  switch (x) {
  case fault::rate_limited: return rate_limited;
  case fault::quota_exhausted: return quota_exhausted;
  case fault::billing: return billing;
  case fault::auth: return auth;
  case fault::server_error: return server_error;
  case fault::overloaded: return overloaded;
  case fault::model_not_found: return model_not_found;
  case fault::context_too_long: return context_too_long;
  default: return std::nullopt;
  }
}

failure_class class_of(int status) {
  switch (status) {
  case 400: return bad_request;
  case 401: return auth;
  case 402: return billing;
  case 403: return forbidden;
  case 404: return model_not_found;
  case 413: return too_large;
  case 429: return rate_limited;
  case 503:
  case 529: return overloaded;
  default: return status < 500 ? bad_request : server_error;
  }
}

/// Ollama's window when nobody says: that of a small card.
constexpr uint64_t ollama_window = 4096;

std::string hex(uint64_t x) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string result(16, '0');
  for (auto i = result.rbegin(); i != result.rend(); ++i, x >>= 4)
    *i = digits[x & 15];
  return result;
}

std::string_view bearer(const http_headers& headers) {
  auto x = find_header(headers, "authorization");
  return x.substr(0, 7) == "Bearer " ? x.substr(7) : std::string_view{};
}

std::string_view key_in(vendor whose, const http_headers& headers,
                        std::string_view target) {
  if (whose == vendor::anthropic)
    if (auto key = find_header(headers, "x-api-key"); !key.empty())
      return key;
  if (whose != vendor::gemini)
    return bearer(headers);
  if (auto key = find_header(headers, "x-goog-api-key"); !key.empty())
    return key;
  auto at = target.find("?key=");
  if (at == target.npos)
    at = target.find("&key=");
  if (at == target.npos)
    return {};
  auto key = target.substr(at + 5);
  return key.substr(0, key.find('&'));
}

} // namespace

book::book(std::string name, vendor whose, behaviour how, uint64_t seed,
           clock now)
  : name_{std::move(name)}, whose_{whose}, seed_{mix(seed ^ hash_of(name_))},
    first_{std::move(how)}, now_{std::move(now)}, plan_{seed_} {
  set(first_);
}

behaviour book::how() const {
  std::lock_guard guard{mutex_};
  auto result = *how_;
  result.script = plan_.left();
  return result;
}

void book::set(behaviour how) {
  std::lock_guard guard{mutex_};
  plan_.configure(how);
  limiter_.configure(how.limits, whose_, now_());
  how_ = std::make_shared<const behaviour>(std::move(how));
}

void book::reset() {
  std::lock_guard guard{mutex_};
  how_ = std::make_shared<const behaviour>(first_);
  plan_ = fault_plan{seed_};
  plan_.configure(first_);
  limiter_ = limiter{};
  limiter_.configure(first_.limits, whose_, now_());
  failed_once_.clear();
  auto again = [](counts& x) {
    auto running = x.running;
    x = {};
    x.received = x.running = x.max_concurrent = running;
  };
  again(stats_.total);
  for (auto i = stats_.models.begin(); i != stats_.models.end();) {
    again(i->second);
    i = i->second.running == 0 ? stats_.models.erase(i) : std::next(i);
  }
  stats_.other_requests = 0;
}

stats book::stats() const {
  std::lock_guard guard{mutex_};
  return stats_;
}

bool book::down() const {
  std::lock_guard guard{mutex_};
  return how_->down;
}

std::optional<refusal> book::check_key(const http_headers& headers,
                                       std::string_view target) const {
  auto key = key_in(whose_, headers, target);
  std::lock_guard guard{mutex_};
  if (!how_->key.empty() && key != how_->key)
    return refusal_of(auth, whose_, {});
  // Servers of one's own ask for none.
  auto open = whose_ == vendor::ollama || whose_ == vendor::compatible;
  if (!key.empty() || open)
    return std::nullopt;
  auto result = refusal_of(auth, whose_, {});
  if (whose_ == vendor::anthropic)
    result.message = "x-api-key header is required";
  if (whose_ == vendor::openai)
    result.message = "You didn't provide an API key. You need to provide your "
                     "API key in an Authorization header using Bearer auth.";
  return result;
}

counts& book::of(const std::string& model) {
  auto i = stats_.models.find(model);
  if (i != stats_.models.end())
    return i->second;
  auto full = stats_.models.size() + 1 >= stats::max_models;
  return stats_.models[full ? "(other)" : model];
}

template <class F>
void book::count(const std::string& model, F change) {
  change(stats_.total);
  change(of(model));
}

std::string book::next_id() {
  return hex(mix(seed_ ^ mix(++ids_)));
}

refusal_facts book::facts_of(const ask& what) {
  refusal_facts facts;
  facts.model = what.model;
  facts.id = next_id();
  facts.tokens = what.input_tokens;
  facts.format = what.format;
  facts.now = now_();
  facts.limits = limiter_.look(facts.now);
  facts.retry_after = std::chrono::milliseconds{how_->retry_after_ms};
  return facts;
}

reply book::refused(const refusal& why, refusal_facts& facts, const ask& what,
                    bool was_running) {
  count(what.model, [&](counts& x) {
    if (was_running)
      --x.running;
    else
      ++x.received;
    ++x.refused[why.what];
  });
  return refuse(whose_, why, facts);
}

reply book::refuse_unread(const refusal& why, wire format, std::string model) {
  ask what;
  what.format = format;
  what.model = model.empty() ? "(none)" : std::move(model);
  std::lock_guard guard{mutex_};
  auto facts = facts_of(what);
  return refused(why, facts, what, false);
}

reply book::end_refused(const ask& what, failure_class why) {
  std::lock_guard guard{mutex_};
  auto facts = facts_of(what);
  return refused(refusal_of(why, whose_, facts), facts, what, true);
}

http_headers book::other() {
  std::lock_guard guard{mutex_};
  ++stats_.other_requests;
  return common_headers(whose_, next_id(), {}, now_());
}

reply book::refuse_other(const refusal& why, wire format) {
  ask what;
  what.format = format;
  std::lock_guard guard{mutex_};
  ++stats_.other_requests;
  auto facts = facts_of(what);
  return refuse(whose_, why, facts);
}

std::optional<model> book::find_model(std::string_view name) const {
  std::lock_guard guard{mutex_};
  auto same = [&](const model& x) {
    if (x.name == name)
      return true;
    // Ollama's tags: a name without one means `:latest`.
    return whose_ == vendor::ollama
           && (x.name == std::string{name} + ":latest"
               || x.name + ":latest" == name);
  };
  auto i = std::find_if(how_->models.begin(), how_->models.end(), same);
  model result;
  if (i != how_->models.end())
    result = *i;
  else if (how_->models.empty())
    result.name = name;
  else
    return std::nullopt;
  if (how_->context_length != 0)
    result.context = how_->context_length;
  return result;
}

std::optional<failure_class> book::order_to_fail(const ask& what) {
  if (what.prompt.find("FAIL") == std::string::npos)
    return std::nullopt;
  auto orders = read_directives(what.prompt);
  if (orders.fail == 0)
    return std::nullopt;
  if (orders.fail_once && !failed_once_.insert(hash_of(what.prompt)).second)
    return std::nullopt;
  if (failed_once_.size() > 10'000)
    failed_once_.clear();
  return class_of(orders.fail);
}

std::variant<admission, reply> book::admit(const ask& asked) {
  auto found = find_model(asked.model);
  std::shared_ptr<const behaviour> how;
  {
    std::lock_guard guard{mutex_};
    how = how_;
  }
  const auto* what = &asked;
  // Ollama forgets the oldest turns of a prompt that is too long.
  std::optional<ask> shorter;
  auto context = found ? found->context : 0;
  if (found && whose_ == vendor::ollama && what->format != wire::chat
      && how->context_length == 0)
    context = std::min(context, what->num_ctx ? what->num_ctx : ollama_window);
  auto too_long = found && what->input_tokens > context;
  if (too_long && whose_ == vendor::ollama && what->truncate) {
    shorter = asked;
    shorter->input_tokens = context;
    what = &*shorter;
    too_long = false;
  }
  admission result;
  result.how = how;
  result.answer =
    make_turn(*what, {seed_, how->output_tokens, how->cached_share});
  std::lock_guard guard{mutex_};
  auto facts = facts_of(*what);
  facts.context = context;
  auto refuse_as = [&](failure_class why) {
    return refused(refusal_of(why, whose_, facts), facts, *what, false);
  };
  if (!found)
    return refuse_as(model_not_found);
  if (auto why = order_to_fail(*what)) {
    auto words = refusal_of(*why, whose_, facts);
    if (*why == bad_request)
      words.message = "the prompt asked for this failure";
    return refused(words, facts, *what, false);
  }
  if (too_long)
    return refuse_as(context_too_long);
  result.what = plan_.next();
  if (auto why = refusing(result.what)) {
    if (*why == context_too_long)
      facts.tokens = std::max(facts.tokens, context + 1);
    return refuse_as(*why);
  }
  if (how->credit_exhausted)
    return refuse_as(billing);
  if (how->max_concurrent != 0 && stats_.total.running >= how->max_concurrent)
    return refuse_as(overloaded);
  const auto& answer = result.answer;
  if (auto limit =
        limiter_.admit(answer.input_tokens, answer.output_tokens, facts.now)) {
    facts.limit = limit;
    facts.retry_after = limit->retry_after;
    return refuse_as(limit->which >= limit_kind::requests_day ? quota_exhausted
                                                              : rate_limited);
  }
  count(what->model, [](counts& x) {
    ++x.received;
    ++x.running;
    x.max_concurrent = std::max(x.max_concurrent, x.running);
  });
  result.answer.id = facts.id;
  result.answer.created = std::chrono::duration_cast<std::chrono::seconds>(
                            facts.now.time_since_epoch())
                            .count();
  result.headers =
    common_headers(whose_, facts.id, limiter_.look(facts.now), facts.now);
  return result;
}

void book::end(const std::string& model, outcome how, reported told) {
  std::lock_guard guard{mutex_};
  count(model, [&](counts& x) {
    --x.running;
    if (how == outcome::answered) {
      ++x.answered;
      x.input_tokens += told.input;
      x.output_tokens += told.output;
      return;
    }
    ++(how == outcome::cut_off ? x.cut_off : x.cancelled);
    x.broken_input_tokens += told.input;
    x.broken_output_tokens += told.output;
  });
}

} // namespace smart_agents::sim
