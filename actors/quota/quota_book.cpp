#include "actors/quota/quota_book.hpp"

#include <algorithm>
#include <utility>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

/// Settled ids of earlier books that are remembered.
constexpr size_t most_foreign = 4096;

constexpr caf::timespan longest_rest = std::chrono::hours{24 * 366};

/// Scopes whose meters are remembered; keys and models are named by clients.
constexpr size_t most_known = 4096;

/// Leases are looked at this often while there are any.
constexpr caf::timespan lease_look = 5s;

quota_amounts bound_of(const reserve& x) {
  return {1, x.input_tokens, x.output_tokens, x.cost_usd};
}

} // namespace

quota_book::quota_book(std::vector<provider_quota> providers,
                       const std::vector<quota_used>& used, quota_now now,
                       uint64_t first_id, quota_authority authority)
  : authority_{authority}, first_id_{std::max<uint64_t>(first_id, 1)},
    next_id_{first_id_} {
  for (auto& x : providers) {
    // One provider may have several entries, and one of them what it is.
    if (!x.provider.empty()) {
      auto& account = at(x.provider);
      if (!x.credentials.empty())
        account.credentials = std::move(x.credentials);
      if (!x.vendor.empty()) {
        account.vendor = std::move(x.vendor);
        account.zone = x.zone;
      }
    }
    for (const auto& limit : x.limits)
      add_meter(x.provider, limit, x.zone,
                authority == quota_authority::leased);
  }
  advance(now);
  for (const auto& x : used)
    for (auto& y : meters_)
      if (y.what()->scope == quota_scope{x.provider, {}, {}, {}}
          && y.limit().window == x.window)
        y.preset(x.amounts[y.limit().kind]);
  forget_notices();
}

quota_book::meter_index quota_book::add_meter(const std::string& provider,
                                              const quota_limit& limit,
                                              const calendar& zone,
                                              bool leased) {
  auto index = static_cast<meter_index>(meters_.size());
  const auto& x = meters_.emplace_back(provider, limit, zone, leased);
  is_changed_.push_back(false);
  known_.clear();
  for (auto& account : accounts_)
    account.surroundings.clear();
  const auto& scope = x.what()->scope;
  auto names = names_of(scope);
  auto mask = mask_of(names);
  if (std::find(masks_.begin(), masks_.end(), mask) == masks_.end())
    masks_.push_back(mask);
  std::string key;
  key_of(names, mask, key);
  nodes_[key].push_back(index);
  by_id_.emplace(x.what()->id, index);
  return index;
}

quota_book::account& quota_book::at(const std::string& provider) {
  auto found =
    std::find_if(accounts_.begin(), accounts_.end(),
                 [&provider](const account& x) { return x.name == provider; });
  if (found != accounts_.end())
    return *found;
  auto& fresh = accounts_.emplace_back();
  fresh.name = provider;
  return fresh;
}

quota_book::meters_ptr quota_book::meters_of(const scope_names& scope,
                                             quota_now now) {
  if (known_.size() >= most_known)
    known_.clear();
  key_of(scope, mask_of(scope), known_key_);
  auto& result = known_[known_key_];
  if (!result)
    result = std::make_shared<const meter_indexes>(find_meters(scope));
  for (auto i : *result)
    meters_[i].turn(now);
  return result;
}

quota_book::meter_indexes
quota_book::find_meters(const scope_names& scope) const {
  meter_indexes result;
  std::string key;
  auto had = mask_of(scope);
  for (auto mask : masks_) {
    if ((mask & had) != mask)
      continue;
    key_of(scope, mask, key);
    add_node(key, result);
    // A key counts for every group that its name is in.
    if ((mask & scope_key) == 0)
      continue;
    auto group = scope;
    for (auto at = group.key.rfind('/'); at != std::string::npos && at != 0;
         at = group.key.rfind('/')) {
      group.key = group.key.substr(0, at);
      key_of(group, mask, key);
      add_node(key, result);
    }
  }
  return result;
}

void quota_book::add_node(const std::string& key, meter_indexes& to) const {
  if (auto found = nodes_.find(key); found != nodes_.end())
    to.insert(to.end(), found->second.begin(), found->second.end());
}

// -- reserving ----------------------------------------------------------------

bool quota_book::binds(const quota_limit& limit, const reserve& request) {
  switch (limit.action) {
  case limit_action::warn: return false;
  case limit_action::downgrade:
    if (request.cost_usd <= request.cheapest_usd)
      return false;
    break;
  case limit_action::block: break;
  }
  return limit.source != limit_source::preset || request.limits_bind;
}

uint64_t quota_book::wanted(const quota_meter& of, const quota_amounts& bound) {
  return of.expected(bound[of.limit().kind]);
}

quota_meter* quota_book::refusing(const meter_indexes& meters,
                                  const quota_amounts& bound,
                                  const reserve& request) {
  quota_meter* result = nullptr;
  // Of several the one that has room last: before that, nothing helps.
  for (auto i : meters) {
    auto& x = meters_[i];
    if (!binds(x.limit(), request) || wanted(x, bound) <= x.room())
      continue;
    if (result == nullptr
        || result->free_at(wanted(*result, bound))
             < x.free_at(wanted(x, bound)))
      result = &x;
  }
  return result;
}

bool quota_book::lower_output(reserve& request, const quota_meter& to_fit) {
  if (request.least_output == 0)
    return false;
  auto room = to_fit.room();
  switch (to_fit.limit().kind) {
  case quota_kind::output_tokens: break;
  case quota_kind::total_tokens:
    room -= std::min(room, request.input_tokens);
    break;
  default: return false;
  }
  if (room < request.least_output || room >= request.output_tokens)
    return false;
  request.output_tokens = room;
  return true;
}

quota_book::trial quota_book::try_credential(account& of, reserve request,
                                             quota_now now) {
  trial result;
  if (const auto* rest = resting(of, request.credential, request.model, now)) {
    result.what = trial::kind::refused;
    result.refused = refusal_of(of, *rest, now);
    return result;
  }
  result.meters = meters_of(
    {request.provider, request.credential, request.model, request.key}, now);
  result.bound = bound_of(request);
  // Each lowering makes one more limit fit.
  while (auto* refuser = refusing(*result.meters, result.bound, request)) {
    auto asks = asks_.size();
    auto waits = false;
    for (auto i : *result.meters) {
      auto& x = meters_[i];
      auto wanted = result.bound[x.limit().kind];
      if (!x.leased() || !binds(x.limit(), request) || wanted <= x.room())
        continue;
      // One that certainly does not fit ends it; the store is the judge of
      // the rest.
      if (x.denied() || wanted > x.limit().amount) {
        waits = false;
        refuser = &x;
        break;
      }
      waits = true;
      if (auto ask = x.ask_for(wanted))
        asks_.push_back(std::move(*ask));
    }
    if (waits && refuser->leased()) {
      result.what = trial::kind::waits;
      return result;
    }
    // Asked in vain: another one stands in the way.
    while (asks_.size() > asks) {
      meters_[by_id_.at(asks_.back().what->id)].ask_failed();
      asks_.pop_back();
    }
    if (lower_output(request, *refuser)) {
      result.bound = bound_of(request);
      continue;
    }
    auto wanted = quota_book::wanted(*refuser, result.bound);
    if (wanted > refuser->limit().amount)
      if (auto look = refuser->look_again())
        asks_.push_back(std::move(*look));
    auto& why = result.refused.emplace();
    why.what = failure_class::over_quota;
    why.message = refuser->describe(wanted);
    why.code = to_string(refuser->limit().kind) + "_per_"
               + window_name(refuser->limit());
    why.retry_after = std::max<caf::timespan>(
      refuser->free_at(wanted) - now.wall, caf::timespan{0});
    result.what = trial::kind::refused;
    take_note(*result.meters, result.bound);
    return result;
  }
  result.request = std::move(request);
  return result;
}

reserved quota_book::grant(trial& x, quota_now now) {
  reserved result;
  std::vector<uint64_t> held;
  result.id = next_id_++;
  result.credential = x.request.credential;
  result.output_tokens = x.request.output_tokens;
  const auto& meters = *x.meters;
  for (size_t n = 0; n < meters.size(); ++n) {
    auto& meter = meters_[meters[n]];
    auto bound = wanted(meter, x.bound);
    // What it takes of a plan only the provider knows.
    if (meter.limit().kind == quota_kind::plan)
      bound = 0;
    if (bound != x.bound[meter.limit().kind] || !held.empty()) {
      for (auto m = held.size(); m < n; ++m)
        held.push_back(x.bound[meters_[meters[m]].limit().kind]);
      held.push_back(bound);
    }
    meter.hold(bound, binds(meter.limit(), x.request));
    auto amount = meter.limit().amount;
    if (meter.used() + meter.held() >= amount - amount / 5)
      result.warnings.push_back(meter.describe());
    if (auto ask = meter.ask_ahead())
      asks_.push_back(std::move(*ask));
  }
  ++granted_;
  open_.emplace(result.id,
                reservation{std::move(x.request), x.bound, std::move(x.meters),
                            std::move(held), now});
  return result;
}

std::optional<reserved> quota_book::try_hold(const reserve& request,
                                             quota_now now) {
  auto& account = at(request.provider);
  std::optional<failure> refused;
  auto waits = false;
  for (auto& credential : credentials_of(account, request, now)) {
    auto with = request;
    with.credential = std::move(credential);
    auto x = try_credential(account, std::move(with), now);
    if (x.what == trial::kind::fits)
      return grant(x, now);
    waits |= x.what == trial::kind::waits;
    // Of several refusals the one that passes first.
    if (x.refused
        && (!refused || x.refused->retry_after < refused->retry_after))
      refused = std::move(x.refused);
  }
  if (waits)
    return std::nullopt;
  ++refused_;
  reserved result;
  result.refused = std::move(refused);
  result.alternatives = alternatives(request, now);
  return result;
}

reserved quota_book::hold(const reserve& request, quota_now now) {
  auto result = try_hold(request, now);
  return result ? std::move(*result) : reserved{};
}

// -- settling -----------------------------------------------------------------

void quota_book::close(const settle& truth, quota_now now) {
  auto spent =
    quota_amounts{1, truth.tokens.input(), truth.tokens.output, truth.cost_usd};
  auto found = open_.find(truth.id);
  if (found != open_.end()) {
    auto x = std::move(found->second);
    open_.erase(found);
    const auto& meters = *x.meters;
    for (size_t n = 0; n < meters.size(); ++n) {
      auto& meter = meters_[meters[n]];
      auto bound = x.bound[meter.limit().kind];
      auto covered = binds(meter.limit(), x.request);
      // When the clock was set back meanwhile, in the window that had room.
      meter.turn({std::max(now.wall, x.at.wall), now.steady});
      meter.release(n < x.held.size() ? x.held[n] : bound, covered);
      if (truth.served) {
        auto amount = counted(meter, truth, spent);
        may_have_changed(meters[n]);
        meter.spend(amount, covered);
        meter.learn(bound, amount);
      }
      if (now.wall < x.at.wall)
        meter.turn(now);
    }
    if (truth.served)
      note_served(x.request, now);
    if (truth.served
        && (truth.tokens.input() > x.request.input_tokens
            || truth.tokens.output > x.request.output_tokens))
      ++beyond_bound_;
    if (!truth.signals.empty())
      learn(x.request, truth.signals,
            now.steady - x.at.steady < fresh_for ? told_when::now
                                                 : told_when::earlier,
            now);
    if (truth.failed)
      refused_by_provider(x.request, *truth.failed, meters, now);
    if (truth.served)
      take_note(meters, {});
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
  at(truth.provider);
  auto meters = meters_of({truth.provider, {}, {}, {}}, now);
  for (auto i : *meters) {
    may_have_changed(i);
    meters_[i].spend(spent[meters_[i].limit().kind], false);
  }
  take_note(*meters, {});
}

void quota_book::may_have_changed(meter_index i) {
  if (authority_ != quota_authority::leased || is_changed_[i])
    return;
  is_changed_[i] = true;
  changed_.push_back(i);
}

uint64_t quota_book::counted(const quota_meter& of, const settle& truth,
                             const quota_amounts& spent) {
  const auto& limit = of.limit();
  if (limit.kind == quota_kind::plan)
    return 0;
  if (limit.cache_is_free && limit.kind == quota_kind::input_tokens)
    return quota_amounts{
      0, truth.tokens.uncached_input + truth.tokens.cache_write, 0}[limit.kind];
  return spent[limit.kind];
}

const reserve* quota_book::find(uint64_t id) const {
  auto found = open_.find(id);
  return found == open_.end() ? nullptr : &found->second.request;
}

void quota_book::take_note(const meter_indexes& meters,
                           const quota_amounts& refused) {
  for (auto i : meters) {
    auto& x = meters_[i];
    auto wanted = refused[x.limit().kind];
    if (x.passed(wanted) != 0)
      notices_.push_back({x.what()->scope.provider, x.describe(wanted)});
  }
}

std::vector<quota_notice> quota_book::take_notices() {
  return std::exchange(notices_, {});
}

void quota_book::forget_notices() {
  for (auto& x : meters_)
    x.passed(0);
  notices_.clear();
}

// -- leases -------------------------------------------------------------------

std::vector<lease_ask> quota_book::take_asks() {
  return std::exchange(asks_, {});
}

std::vector<lease_ask> quota_book::look(quota_now now) {
  std::vector<lease_ask> result;
  for (auto& x : meters_)
    if (x.leased()) {
      x.turn(now);
      result.push_back(x.look());
    }
  return result;
}

void quota_book::take(const std::vector<lease_grant>& grants, quota_now now) {
  for (const auto& x : grants)
    if (auto found = by_id_.find(x.id); found != by_id_.end()) {
      auto& meter = meters_[found->second];
      meter.turn(now);
      meter.take(x);
      // It may have given back what came too late.
      may_have_changed(found->second);
    }
}

void quota_book::asks_failed(const std::vector<lease_ask>& asks) {
  for (const auto& x : asks)
    if (auto found = by_id_.find(x.what->id);
        x.number != 0 && found != by_id_.end())
      meters_[found->second].ask_failed(true);
}

void quota_book::forget_asks() {
  asks_.clear();
  for (auto& x : meters_)
    x.ask_failed();
}

void quota_book::give_back(bool all, quota_now now) {
  for (meter_index i = 0; i < meters_.size(); ++i)
    if (meters_[i].holds_lease()) {
      meters_[i].turn(now);
      meters_[i].give_back(all);
      may_have_changed(i);
      if (auto ask = meters_[i].ask_again())
        asks_.push_back(std::move(*ask));
    }
}

std::vector<lease_change> quota_book::take_changes() {
  std::vector<lease_change> result;
  for (auto i : std::exchange(changed_, {})) {
    is_changed_[i] = false;
    while (auto change = meters_[i].take_change())
      result.push_back(std::move(*change));
  }
  return result;
}

bool quota_book::holds_leases() const {
  return std::any_of(meters_.begin(), meters_.end(),
                     [](const quota_meter& x) { return x.holds_lease(); });
}

caf::timespan quota_book::next_change(quota_now now) const {
  auto result = longest_rest;
  for (const auto& x : meters_)
    if (x.what()->refill.count() == 0 && x.what()->slot_width.count() == 0)
      result = std::min<caf::timespan>(result, x.resets_at() - now.wall);
  for (const auto& account : accounts_)
    for (const auto& x : account.rests)
      if (now.steady < x.until)
        result = std::min<caf::timespan>(result, x.until - now.steady);
  if (holds_leases())
    result = std::min(result, lease_look);
  return std::max(result, caf::timespan{0});
}

} // namespace smart_agents
