#include "actors/coordinator/attempt_plan.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <set>
#include <string_view>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;
using enum failure_class;

/// How long to leave a provider that broke without saying for how long.
constexpr caf::timespan short_rest = 1s;

/// After so long it is worth asking a provider again that broke, however long
/// the others rest.
constexpr caf::timespan well_again = 2min;

/// Failures of the account or the connection: all models of a provider share
/// them.
bool concerns_whole_provider(failure_class x) {
  return x == auth || x == billing || x == resting || x == queue_full
         || x == too_large;
}

std::optional<caf::timespan> worth_waiting(const failure& why) {
  if (why.retry_after && may_fail_over(why.what))
    return why.retry_after;
  // A timeout has waited long enough already.
  if (may_retry(why.what) && why.what != timeout)
    return short_rest;
  return std::nullopt;
}

constexpr size_t most_of_a_clause = 120;

/// One line of bounded length, without a full stop.
void append_tidy(std::string& to, std::string_view text, size_t limit = 300) {
  auto part = text.substr(0, limit);
  if (text.size() > limit) {
    // Never cut within a character.
    while (!part.empty() && (text[part.size()] & 0xC0) == 0x80)
      part.remove_suffix(1);
  } else {
    while (
      !part.empty()
      && (part.back() == '.' || static_cast<unsigned char>(part.back()) <= ' '))
      part.remove_suffix(1);
  }
  auto begin = static_cast<std::ptrdiff_t>(to.size());
  to += part;
  std::replace_if(
    to.begin() + begin, to.end(),
    [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  if (text.size() > limit)
    to += "...";
}

std::string tidy(std::string_view text, size_t limit = 300) {
  std::string result;
  append_tidy(result, text, limit);
  return result;
}

bool mentions(std::string_view text, std::string_view name) {
  return !name.empty() && text.find(name) != std::string_view::npos;
}

/// The message up to its first pause: the cause without the remedy, and
/// without the provider's name before it.
std::string_view first_clause(std::string_view text,
                              std::string_view provider) {
  if (text.starts_with(provider)
      && text.substr(provider.size()).starts_with(": "))
    text.remove_prefix(provider.size() + 2);
  for (std::string_view end : {"; ", ". ", ": ", " ("})
    text = text.substr(0, text.find(end));
  return text;
}

/// What happened to a provider, as the first half of a sentence.
std::string cause(const std::string& provider, const failure& why) {
  if (auto text = tidy(first_clause(why.message, provider), most_of_a_clause);
      mentions(text, provider))
    return text;
  switch (why.what) {
  case over_quota:
  case quota_exhausted: return provider + "'s limit is used up";
  case resting: return provider + " is resting after failures";
  case queue_full:
  case overloaded: return provider + " is overloaded";
  case rate_limited: return provider + " asks us to slow down";
  case billing: return provider + " has no credit left";
  case auth: return provider + " does not accept its key";
  case forbidden: return provider + " does not allow this";
  case model_not_found: return provider + " does not have the model";
  case context_too_long:
  case too_large: return "the prompt is too long for " + provider;
  case timeout: return provider + " took too long";
  case network: return provider + " cannot be reached";
  default: return provider + " failed";
  }
}

std::string join(const std::vector<std::string>& xs, std::string_view glue) {
  std::string result;
  for (const auto& x : xs) {
    if (!result.empty())
      result += glue;
    result += x;
  }
  return result;
}

} // namespace

attempt_plan::attempt_plan(decision_ptr what, caf::timespan longest_wait,
                           std::function<uint64_t(const candidate&)> context_of)
  : what_{std::move(what)}, longest_wait_{longest_wait}, context_of_{std::move(
                                                           context_of)},
    entries_(what_->ranked.size()) {}

attempt_plan::step attempt_plan::next(instant now, instant deadline) {
  using kind = step::kind;
  for (size_t i = 0; i < entries_.size(); ++i)
    if (!entries_[i].tried && !entries_[i].ruled_out)
      return {kind::attempt, i, {}};
  if (round_ > 1)
    return {};
  std::optional<instant> soonest;
  for (const auto& x : entries_)
    if (x.again_at && (!soonest || *x.again_at < *soonest))
      soonest = x.again_at;
  if (!soonest || *soonest >= deadline || *soonest - now > longest_wait_)
    return {};
  round_ = 2;
  for (auto& x : entries_) {
    // Those that ask for longer stay out, those that never will do too.
    x.tried = !x.again_at || *x.again_at > *soonest + short_rest;
    x.ruled_out = false;
  }
  auto delay = std::max(caf::timespan{0}, caf::timespan{*soonest - now});
  return {kind::wait, 0, delay};
}

void attempt_plan::failed(size_t index, const failure& why, instant now) {
  auto& x = entries_.at(index);
  x.tried = true;
  x.why = why;
  x.again_at.reset();
  // Beyond the longest wait it does not matter when, and sums could overflow.
  if (auto rest = worth_waiting(why); rest && *rest <= longest_wait_)
    x.again_at = now + *rest;
  rule_out(index, why.what);
}

void attempt_plan::rule_out(size_t index, failure_class what) {
  const auto& loser = what_->ranked[index];
  auto window = what == context_too_long ? context_of_(loser) : 0;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].tried)
      continue;
    const auto& other = what_->ranked[i];
    if (concerns_whole_provider(what) && other.provider == loser.provider)
      entries_[i].ruled_out = true;
    if (window == 0)
      continue;
    if (auto its = context_of_(other); its != 0 && its <= window)
      entries_[i].ruled_out = true;
  }
}

failure no_answer(const decision& what, const std::vector<attempt>& attempts) {
  failure result;
  std::vector<std::string> causes;
  std::vector<std::string> remedies;
  std::set<std::pair<std::string, std::string>> told;
  const failure* decisive = nullptr;
  std::optional<caf::timespan> soonest;
  std::string soonest_provider;
  auto free_in = [&](caf::timespan wait, const std::string& who) {
    if (soonest && wait > *soonest)
      return;
    soonest = wait;
    soonest_provider = who;
  };
  bool broke = false;
  // Backwards: of two failures of one model the later one counts.
  for (auto i = attempts.rbegin(); i != attempts.rend(); ++i) {
    if (!i->failed || !told.emplace(i->provider, i->model).second)
      continue;
    auto text = tidy(i->failed->message);
    if (text.empty())
      text = to_string(i->failed->what);
    auto name =
      i->model.empty() ? i->provider : i->provider + " (" + i->model + ")";
    causes.insert(causes.begin(), name + ": " + text);
    if (auto x = remedy_of(i->failed->what, i->provider);
        std::find(remedies.begin(), remedies.end(), x) == remedies.end())
      remedies.insert(remedies.begin(), x);
    bool sooner = i->failed->retry_after
                  && (!decisive || !decisive->retry_after
                      || *i->failed->retry_after <= *decisive->retry_after);
    if (sooner || !decisive || !decisive->retry_after)
      decisive = &*i->failed;
    if (i->failed->retry_after)
      free_in(*i->failed->retry_after, i->provider);
    else if (may_retry(i->failed->what))
      broke = true;
  }
  for (const auto& x : what.passed_over) {
    if (x.free_in)
      free_in(*x.free_in, x.provider);
    if (causes.size() >= 12)
      break;
    auto same = [&x](const auto& t) { return t.first == x.provider; };
    if (std::any_of(told.begin(), told.end(), same)
        || !told.emplace(x.provider, "").second)
      continue;
    auto text = tidy(x.passed_over);
    causes.push_back(mentions(text, x.provider) ? text
                                                : x.provider + ": " + text);
  }
  if (decisive) {
    result = *decisive;
    result.retry_after = soonest;
    if (broke && soonest && *soonest > well_again)
      result.retry_after = well_again;
    if (soonest)
      remedies.insert(remedies.begin(), "ask again in " + for_people(*soonest)
                                          + " when " + soonest_provider
                                          + " may be free");
  } else if (causes.empty()) {
    result.what = model_not_found;
    result.message = "No provider is configured for this task; set up one "
                     "(for example OLLAMA_BASE_URL or ANTHROPIC_API_KEY).";
    return result;
  } else {
    result.what = resting;
    result.retry_after = soonest;
    remedies.emplace_back("wait until a limit resets, or add a provider");
  }
  if (remedies.size() > 3)
    remedies.resize(3);
  result.message = "No provider could answer: " + join(causes, "; ")
                   + "; to go on, " + join(remedies, ", or ") + ".";
  return result;
}

std::string reason_of(const decision& what, const candidate& winner,
                      const std::vector<attempt>& before) {
  boost::container::small_vector<std::string_view, 8> told{winner.provider};
  auto is_first = [&told](std::string_view who) {
    if (std::find(told.begin(), told.end(), who) != told.end())
      return false;
    told.push_back(who);
    return true;
  };
  auto comma = [](std::string& list) {
    if (!list.empty())
      list += ", ";
  };
  std::string failures;
  for (const auto& x : before)
    if (x.failed) {
      // The winner may have failed in the first round, or with another model.
      auto own = x.provider == winner.provider;
      if (own && x.model == winner.model)
        continue;
      if (own || is_first(x.provider)) {
        comma(failures);
        failures += cause(x.provider, *x.failed);
      }
    }
  std::string result;
  for (const auto& x : what.passed_over)
    if (x.tier == 1 && is_first(x.provider)
        && !mentions(winner.reason, x.provider)) {
      comma(result);
      auto text = first_clause(x.passed_over, x.provider);
      if (!mentions(text.substr(0, most_of_a_clause), x.provider))
        result.append(x.provider).append(": ");
      append_tidy(result, text, most_of_a_clause);
    }
  if (!failures.empty()) {
    comma(result);
    result += failures;
  }
  if (result.empty())
    return tidy(winner.reason);
  result.append(", so ").append(winner.provider);
  if (!winner.reason.empty()) {
    result += ": ";
    append_tidy(result, winner.reason);
  }
  return result;
}

std::string remedy_of(failure_class what, const std::string& provider) {
  switch (what) {
  case bad_request: return "correct the request";
  case auth: return "check the key of " + provider;
  case forbidden: return "check what the key of " + provider + " may do";
  case model_not_found:
    return "choose a model that " + provider + " has, or pull it";
  case too_large:
  case context_too_long:
    return "shorten the prompt or add a provider with a larger context";
  case billing: return "add credit at " + provider;
  case quota_exhausted:
  case over_quota:
    return "raise the limit of " + provider + " or wait until it resets";
  case rate_limited:
  case overloaded:
  case resting:
  case queue_full: return "ask again in a minute";
  case timeout: return "allow more time";
  case network: return "check that " + provider + " runs and can be reached";
  case server_error:
  case broken_answer: return "ask again";
  case cancelled: return "start it again";
  case internal: return "ask again (the log has more)";
  }
  return "ask again";
}

std::string for_people(caf::timespan x) {
  using namespace std::chrono;
  if (x < 1s)
    return std::to_string(duration_cast<milliseconds>(x).count()) + " ms";
  if (x < 2min)
    return std::to_string(ceil<seconds>(x).count()) + " s";
  if (x < 2h)
    return std::to_string(ceil<minutes>(x).count()) + " min";
  return std::to_string(ceil<hours>(x).count()) + " h";
}

} // namespace smart_agents
