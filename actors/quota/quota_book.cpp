#include "actors/quota/quota_book.hpp"

#include <algorithm>
#include <utility>

namespace smart_agents {

namespace {

/// More than any provider grants; keeps sums of many far from overflow.
constexpr uint64_t most = uint64_t{1} << 48;

constexpr std::array windows_of_the_year{quota_window::day,
                                         quota_window::month};

/// Windows remembered for a clock that is set back.
constexpr size_t remembered = 8;

/// Settled ids of earlier books that are remembered.
constexpr size_t most_foreign = 4096;

constexpr caf::timespan longest_rest = std::chrono::hours{24 * 366};

/// A share of a limit from which people are warned: 80 %.
uint64_t warning_at(uint64_t amount) {
  return amount - amount / 5;
}

/// `1234567` as `1,234,567`.
std::string grouped(uint64_t n) {
  auto text = std::to_string(n);
  for (auto i = static_cast<int>(text.size()) - 3; i > 0; i -= 3)
    text.insert(static_cast<size_t>(i), ",");
  return text;
}

std::string noun(quota_kind kind) {
  switch (kind) {
  case quota_kind::requests: return "requests";
  case quota_kind::input_tokens: return "input tokens";
  case quota_kind::output_tokens: return "output tokens";
  case quota_kind::total_tokens: return "tokens";
  }
  return "units";
}

constexpr size_t index_of(quota_window x) {
  return static_cast<size_t>(x);
}

} // namespace

std::string to_string(quota_kind x) {
  switch (x) {
  case quota_kind::requests: return "requests";
  case quota_kind::input_tokens: return "input_tokens";
  case quota_kind::output_tokens: return "output_tokens";
  case quota_kind::total_tokens: return "total_tokens";
  }
  return "unknown";
}

std::string to_string(quota_window x) {
  return x == quota_window::day ? "day" : "month";
}

quota_amounts::quota_amounts(uint64_t requests, uint64_t input, uint64_t output)
  : values_{std::min(requests, most), std::min(input, most),
            std::min(output, most),
            std::min(input, most) + std::min(output, most)} {}

quota_amounts& quota_amounts::operator+=(const quota_amounts& x) {
  for (size_t i = 0; i < values_.size(); ++i)
    values_[i] += x.values_[i];
  return *this;
}

quota_amounts& quota_amounts::operator-=(const quota_amounts& x) {
  for (size_t i = 0; i < values_.size(); ++i)
    values_[i] -= std::min(values_[i], x.values_[i]);
  return *this;
}

quota_book::quota_book(std::vector<provider_quota> providers,
                       const std::vector<quota_used>& used, quota_now now,
                       uint64_t first_id)
  : first_id_{std::max<uint64_t>(first_id, 1)}, next_id_{first_id_} {
  for (auto& options : providers) {
    auto& account = accounts_.emplace_back();
    account.options = std::move(options);
    for (auto which : windows_of_the_year)
      turn(account, which, now);
  }
  for (const auto& x : used)
    at(x.provider, now).windows[index_of(x.window)].used += x.amounts;
  // What had been passed before was told before.
  for (auto& account : accounts_)
    take_note(account, {}, now);
  notices_.clear();
}

reserved quota_book::hold(const reserve& request, quota_now now) {
  auto bound = quota_amounts{1, request.input_tokens, request.output_tokens};
  auto& account = at(request.provider, now);
  reserved result;
  if (now.steady < account.rests_until) {
    auto& why = result.refused.emplace();
    why.what = failure_class::resting;
    why.message = describe_rest(account, now);
    why.retry_after = account.rests_until - now.steady;
  } else if (const auto* limit = refusing(account, bound);
             limit != nullptr && request.limits_bind) {
    auto& why = result.refused.emplace();
    why.what = failure_class::over_quota;
    why.message = describe(account, *limit, now, bound[limit->kind]);
    why.code = to_string(limit->kind) + "_per_" + to_string(limit->window);
    why.retry_after =
      account.windows[index_of(limit->window)].span.end - now.wall;
    take_note(account, bound, now);
  }
  if (result.refused) {
    // Last, since it may move the accounts.
    result.alternatives = alternatives(request, bound, now);
    return result;
  }
  result.id = next_id_++;
  account.reserved += bound;
  open_.emplace(result.id, reservation{request, bound});
  for (const auto& limit : account.options.limits)
    if (taken(account, limit) >= warning_at(limit.amount))
      result.warnings.push_back(describe(account, limit, now));
  return result;
}

void quota_book::close(const settle& truth, quota_now now) {
  auto spent = quota_amounts{1, truth.tokens.input(), truth.tokens.output};
  auto found = open_.find(truth.id);
  if (found != open_.end()) {
    auto& account = at(found->second.request.provider, now);
    account.reserved -= found->second.bound;
    open_.erase(found);
    if (truth.served) {
      for (auto& window : account.windows)
        window.used += spent;
      take_note(account, {}, now);
    }
    return;
  }
  auto ours = truth.id >= first_id_ && truth.id < next_id_;
  if (ours || truth.id == 0 || !truth.served
      || std::find(foreign_.begin(), foreign_.end(), truth.id)
           != foreign_.end())
    return;
  foreign_.push_back(truth.id);
  if (foreign_.size() > most_foreign)
    foreign_.pop_front();
  auto& account = at(truth.provider, now);
  for (auto& window : account.windows)
    window.used += spent;
  take_note(account, {}, now);
}

const reserve* quota_book::find(uint64_t id) const {
  auto found = open_.find(id);
  return found == open_.end() ? nullptr : &found->second.request;
}

void quota_book::rest(const mark_unavailable& request, quota_now now) {
  auto& account = at(request.provider, now);
  if (request.rest.count() <= 0) {
    account.rests_until = {};
    account.rest_reason.clear();
    return;
  }
  auto until = now.steady + std::min(request.rest, longest_rest);
  if (until <= account.rests_until)
    return;
  account.rests_until = until;
  account.rest_reason = request.reason;
}

void quota_book::advance(quota_now now) {
  for (auto& account : accounts_)
    for (auto which : windows_of_the_year)
      turn(account, which, now);
}

quota_report quota_book::report(quota_now now) {
  advance(now);
  quota_report result;
  for (const auto& account : accounts_) {
    const auto& name = account.options.provider;
    for (const auto& limit : account.options.limits) {
      auto& status = result.limits.emplace_back();
      status.provider = name;
      status.kind = to_string(limit.kind);
      status.window = to_string(limit.window);
      status.limit = limit.amount;
      status.used = used(account, limit);
      status.reserved = account.reserved[limit.kind];
      status.resets_at = account.windows[index_of(limit.window)].span.end;
    }
    if (now.steady < account.rests_until)
      result.resting.push_back(
        {name, account.rest_reason,
         now.wall
           + std::chrono::duration_cast<wall_time::duration>(account.rests_until
                                                             - now.steady)});
  }
  return result;
}

provider_headroom quota_book::headroom(const std::string& provider,
                                       quota_now now) {
  const auto& account = at(provider, now);
  provider_headroom result;
  result.provider = provider;
  if (now.steady < account.rests_until) {
    result.left = 0;
    result.exhausted = describe_rest(account, now);
    return result;
  }
  result.left = left(account);
  if (result.left == 0)
    if (const auto* limit = refusing(account, quota_amounts{1, 1, 1}))
      result.exhausted = describe(account, *limit, now);
  return result;
}

std::vector<std::string> quota_book::providers() const {
  std::vector<std::string> names;
  names.reserve(accounts_.size());
  for (const auto& account : accounts_)
    names.push_back(account.options.provider);
  return names;
}

caf::timespan quota_book::next_change(quota_now now) const {
  auto result = longest_rest;
  for (const auto& account : accounts_) {
    for (const auto& window : account.windows)
      result = std::min<caf::timespan>(result, window.span.end - now.wall);
    if (now.steady < account.rests_until)
      result =
        std::min<caf::timespan>(result, account.rests_until - now.steady);
  }
  return std::max(result, caf::timespan{0});
}

std::vector<quota_notice> quota_book::take_notices() {
  return std::exchange(notices_, {});
}

quota_book::account& quota_book::at(const std::string& provider,
                                    quota_now now) {
  auto found = std::find_if(
    accounts_.begin(), accounts_.end(),
    [&provider](const account& x) { return x.options.provider == provider; });
  if (found == accounts_.end()) {
    found = accounts_.insert(accounts_.end(), account{});
    found->options.provider = provider;
  }
  for (auto which : windows_of_the_year)
    turn(*found, which, now);
  return *found;
}

void quota_book::turn(account& of, quota_window which, quota_now now) {
  auto& present = of.windows[index_of(which)];
  if (present.span.contains(now.wall))
    return;
  const auto& zone = of.options.zone;
  auto span =
    which == quota_window::day ? zone.day(now.wall) : zone.month(now.wall);
  window next{span, {}, std::vector<uint8_t>(of.options.limits.size())};
  auto& past = of.past[index_of(which)];
  auto known = std::find_if(past.begin(), past.end(),
                            [&](const window& x) { return x.span == span; });
  if (known != past.end()) {
    next = std::move(*known);
    past.erase(known);
  } else if (now.wall < present.span.begin) {
    // Set back to a window that was never seen: it has been going on while we
    // counted, so what we counted may belong to it.
    next.used = present.used;
    next.told = present.told;
  }
  if (present.span != time_span{})
    past.push_back(std::move(present));
  if (past.size() > remembered)
    past.erase(past.begin());
  present = std::move(next);
}

uint64_t quota_book::used(const account& of, const quota_limit& limit) {
  return of.windows[index_of(limit.window)].used[limit.kind];
}

uint64_t quota_book::taken(const account& of, const quota_limit& limit) {
  return used(of, limit) + of.reserved[limit.kind];
}

double quota_book::left(const account& of) {
  double result = 1;
  for (const auto& limit : of.options.limits) {
    auto gone = taken(of, limit);
    if (gone >= limit.amount)
      return 0;
    result = std::min(result, static_cast<double>(limit.amount - gone)
                                / static_cast<double>(limit.amount));
  }
  return result;
}

const quota_limit* quota_book::refusing(const account& of,
                                        const quota_amounts& bound) {
  const quota_limit* result = nullptr;
  auto resets = [&of](const quota_limit& x) {
    return of.windows[index_of(x.window)].span.end;
  };
  // Of several the one that resets last: before that, nothing helps.
  for (const auto& limit : of.options.limits)
    if (taken(of, limit) + bound[limit.kind] > limit.amount
        && (result == nullptr || resets(*result) < resets(limit)))
      result = &limit;
  return result;
}

std::string quota_book::describe(const account& of, const quota_limit& limit,
                                 quota_now now, uint64_t wanted) {
  const auto& window = of.windows[index_of(limit.window)];
  auto under_way = of.reserved[limit.kind];
  auto text = of.options.provider + " has used " + grouped(used(of, limit))
              + " of " + grouped(limit.amount) + " " + noun(limit.kind)
              + (limit.window == quota_window::day ? " today" : " this month");
  if (under_way != 0)
    text += " and has " + grouped(under_way) + " under way";
  if (wanted > 1 && taken(of, limit) < limit.amount)
    text += ", and this one may need " + grouped(wanted);
  return text + "; resets " + of.options.zone.show(window.span.end) + " (in "
         + show(window.span.end - now.wall) + ")";
}

std::string quota_book::describe_rest(const account& of, quota_now now) {
  auto text = of.options.provider + " rests for another "
              + show(of.rests_until - now.steady);
  return of.rest_reason.empty() ? text : text + ": " + of.rest_reason;
}

void quota_book::take_note(account& of, const quota_amounts& refused,
                           quota_now now) {
  for (size_t i = 0; i < of.options.limits.size(); ++i) {
    const auto& limit = of.options.limits[i];
    auto& told = of.windows[index_of(limit.window)].told[i];
    auto count = used(of, limit);
    uint8_t level = 0;
    if (count >= warning_at(limit.amount))
      level = 1;
    // A refusal counts only if it was not because of what is under way, which
    // may come back.
    if (count >= limit.amount || count + refused[limit.kind] > limit.amount)
      level = 2;
    if (level <= told)
      continue;
    told = level;
    notices_.push_back(
      {of.options.provider, describe(of, limit, now, refused[limit.kind])});
  }
}

std::vector<std::string> quota_book::alternatives(const reserve& request,
                                                  const quota_amounts& bound,
                                                  quota_now now) {
  advance(now);
  std::vector<std::pair<double, std::string>> found;
  for (const auto& account : accounts_)
    if (account.options.provider != request.provider
        && now.steady >= account.rests_until
        && (!request.limits_bind || refusing(account, bound) == nullptr))
      found.emplace_back(left(account), account.options.provider);
  std::stable_sort(
    found.begin(), found.end(),
    [](const auto& x, const auto& y) { return x.first > y.first; });
  std::vector<std::string> names;
  names.reserve(found.size());
  for (auto& x : found)
    names.push_back(std::move(x.second));
  return names;
}

} // namespace smart_agents
