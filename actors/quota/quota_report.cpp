// What the quota book tells: reports, headroom, rests.

#include "actors/quota/quota_book.hpp"

#include <algorithm>
#include <utility>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

constexpr caf::timespan longest_rest = std::chrono::hours{24 * 366};

/// What a provider says of one model counts for its headroom so long after
/// that model was used.
constexpr caf::timespan counts_for = 2min;

bool is_in(const std::string& model, const std::string& family) {
  return family.ends_with('*') ? model.starts_with(
           std::string_view{family}.substr(0, family.size() - 1))
                               : model == family;
}

} // namespace

// -- rests --------------------------------------------------------------------

const quota_book::rest_entry* quota_book::resting(const account& of,
                                                  const std::string& credential,
                                                  const std::string& model,
                                                  quota_now now) {
  const rest_entry* result = nullptr;
  for (const auto& x : of.rests)
    if (now.steady < x.until
        && (x.credential.empty() || x.credential == credential)
        && (x.model.empty() || is_in(model, x.model))
        && (result == nullptr || result->until < x.until))
      result = &x;
  return result;
}

failure quota_book::refusal_of(const account& of, const rest_entry& why,
                               quota_now now) {
  failure result;
  result.what = failure_class::resting;
  result.message = subject_of({of.name, why.credential, why.model, {}})
                   + " rests for another " + show(why.until - now.steady);
  if (!why.reason.empty())
    result.message += ": " + why.reason;
  result.retry_after = why.until - now.steady;
  return result;
}

void quota_book::rest(const mark_unavailable& request, quota_now now) {
  auto& rests = at(request.provider).rests;
  std::erase_if(rests, [&](const rest_entry& x) {
    return x.until <= now.steady
           || (request.rest.count() <= 0
               && (request.credential.empty()
                   || x.credential == request.credential)
               && (request.model.empty() || x.model == request.model));
  });
  if (request.rest.count() <= 0)
    return;
  auto until = now.steady + std::min(request.rest, longest_rest);
  for (auto& x : rests)
    if (x.credential == request.credential && x.model == request.model) {
      if (until <= x.until)
        return;
      x.until = until;
      x.reason = request.reason;
      return;
    }
  rests.push_back({request.credential, request.model, until, request.reason});
}

// -- room ---------------------------------------------------------------------

double quota_book::left(const meter_indexes& meters) const {
  double result = 1;
  for (auto i : meters) {
    const auto& x = meters_[i];
    if (x.limit().action == limit_action::block)
      result = std::min(result, x.share_free());
  }
  return result;
}

double quota_book::left_of(account& of, const std::string& credential,
                           quota_now now) {
  if (resting(of, credential, {}, now) != nullptr)
    return 0;
  double result = 1;
  for (auto i : meters_for_headroom(of, credential)) {
    auto& x = meters_[i];
    if (x.limit().action != limit_action::block || !counts(x, now))
      continue;
    x.turn(now);
    result = std::min(result, x.share_free());
  }
  return result;
}

bool quota_book::counts(const quota_meter& x, quota_now now) {
  return x.what()->scope.model.empty()
         || now.steady - x.last_use() <= counts_for;
}

const quota_book::meter_indexes&
quota_book::meters_for_headroom(account& of, const std::string& credential) {
  auto known =
    std::find_if(of.surroundings.begin(), of.surroundings.end(),
                 [&](const auto& x) { return x.credential == credential; });
  if (known == of.surroundings.end())
    known = of.surroundings.insert(
      known, {credential, meters_around(of.name, credential)});
  return known->meters;
}

quota_book::meter_indexes
quota_book::meters_around(const std::string& provider,
                          const std::string& credential) const {
  auto result = find_meters({provider, credential, {}, {}});
  for (meter_index i = 0; i < meters_.size(); ++i) {
    const auto& x = meters_[i];
    const auto& scope = x.what()->scope;
    if (x.limit().source == limit_source::provider && !scope.model.empty()
        && scope.provider == provider && scope.credential == credential)
      result.push_back(i);
  }
  return result;
}

provider_headroom quota_book::headroom(const std::string& provider,
                                       quota_now now) {
  auto& account = at(provider);
  provider_headroom result;
  result.provider = provider;
  result.left = room(provider, now);
  if (result.left > 0)
    return result;
  // None of its credentials has room, so any of them tells why.
  const auto& first =
    account.credentials.empty() ? std::string{} : account.credentials.front();
  if (const auto* rest = resting(account, first, {}, now))
    result.exhausted = refusal_of(account, *rest, now).message;
  else
    find_exhausted(meters_for_headroom(account, first), result, now);
  return result;
}

double quota_book::room(const std::string& provider, quota_now now) {
  static const std::string none;
  auto& account = at(provider);
  if (account.credentials.empty())
    return left_of(account, none, now);
  // The best of its credentials counts.
  double result = 0;
  for (const auto& name : account.credentials)
    result = std::max(result, left_of(account, name, now));
  return result;
}

void quota_book::find_exhausted(const meter_indexes& meters,
                                provider_headroom& to, quota_now now) {
  const quota_meter* last = nullptr;
  for (auto i : meters)
    if (const auto& x = meters_[i];
        x.limit().action == limit_action::block && counts(x, now)
        && x.free() == 0
        && (last == nullptr || last->free_at(1) < x.free_at(1)))
      last = &x;
  if (last == nullptr)
    return;
  to.exhausted = last->describe();
  to.free_at = now.steady
               + std::chrono::duration_cast<instant::duration>(last->free_at(1)
                                                               - now.wall);
}

std::vector<std::string> quota_book::credentials_of(const account& of,
                                                    const reserve& request,
                                                    quota_now now) {
  if (!request.credential.empty() || of.credentials.empty())
    return {request.credential};
  if (of.credentials.size() == 1)
    return of.credentials;
  std::vector<std::pair<double, std::string>> found;
  for (const auto& name : of.credentials) {
    auto rests = resting(of, name, request.model, now) != nullptr;
    found.emplace_back(
      rests ? -1 : left(*meters_of({of.name, name, request.model, {}}, now)),
      name);
  }
  std::stable_sort(
    found.begin(), found.end(),
    [](const auto& x, const auto& y) { return x.first > y.first; });
  std::vector<std::string> names;
  names.reserve(found.size());
  for (auto& x : found)
    names.push_back(std::move(x.second));
  return names;
}

std::vector<std::string> quota_book::alternatives(const reserve& request,
                                                  quota_now now) {
  auto bound = quota_amounts{1, request.input_tokens, request.output_tokens};
  std::vector<std::pair<double, std::string>> found;
  for (const auto& account : accounts_) {
    if (account.name == request.provider
        || resting(account, {}, {}, now) != nullptr)
      continue;
    auto meters = meters_of({account.name, {}, {}, {}}, now);
    auto fits = [&](meter_index i) {
      const auto& x = meters_[i];
      return bound[x.limit().kind] <= x.free() || !binds(x.limit(), request);
    };
    if (std::all_of(meters->begin(), meters->end(), fits))
      found.emplace_back(left(*meters), account.name);
  }
  std::stable_sort(
    found.begin(), found.end(),
    [](const auto& x, const auto& y) { return x.first > y.first; });
  std::vector<std::string> names;
  names.reserve(found.size());
  for (auto& x : found)
    names.push_back(std::move(x.second));
  return names;
}

// -- reports ------------------------------------------------------------------

void quota_book::advance(quota_now now) {
  for (auto& x : meters_)
    x.turn(now);
}

limit_status quota_book::status_of(const quota_meter& x) const {
  const auto& scope = x.what()->scope;
  limit_status result;
  result.provider = scope.provider;
  result.credential = scope.credential;
  result.model = scope.model;
  result.key = scope.key;
  result.kind = to_string(x.limit().kind);
  result.window = window_name(x.limit());
  result.limit = x.limit().amount;
  result.used = x.used();
  result.reserved = x.held();
  result.resets_at = x.resets_at();
  result.source = to_string(x.limit().source);
  result.action = to_string(x.limit().action);
  result.per_hour = x.per_hour();
  result.runs_out_at = x.runs_out_at();
  return result;
}

quota_report quota_book::report(quota_now now) {
  advance(now);
  quota_report result;
  for (const auto& x : meters_)
    result.limits.push_back(status_of(x));
  for (const auto& account : accounts_)
    for (const auto& x : account.rests)
      if (now.steady < x.until)
        result.resting.push_back(
          {account.name, x.reason,
           now.wall
             + std::chrono::duration_cast<wall_time::duration>(x.until
                                                               - now.steady),
           x.credential, x.model});
  result.granted = granted_;
  result.refused = refused_;
  result.misses = misses_;
  result.beyond_bound = beyond_bound_;
  return result;
}

std::vector<std::string> quota_book::providers() const {
  std::vector<std::string> names;
  names.reserve(accounts_.size());
  for (const auto& account : accounts_)
    names.push_back(account.name);
  return names;
}

} // namespace smart_agents
