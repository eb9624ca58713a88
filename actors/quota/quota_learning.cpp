// What the quota book learns from what providers say.

#include "actors/quota/quota_book.hpp"

#include <algorithm>
#include <utility>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

/// How long a credential rests that a provider refused without saying for how
/// long: its speed, its plan, or the key itself.
constexpr caf::timespan speed_rest = 1min;
constexpr caf::timespan plan_rest = 1h;
constexpr caf::timespan key_rest = 10min;

/// Limits that providers told; models are named by clients.
constexpr size_t most_told = 512;

/// Models of a provider whose pace is known.
constexpr size_t most_paces = 64;

} // namespace

void quota_book::learn(const reserve& from, const limit_signals& signals,
                       told_when when, quota_now now) {
  learn(quota_scope{from.provider, from.credential, from.model, {}}, signals,
        when, now.wall, now);
}

void quota_book::learn(const told_answer& heard, quota_now now) {
  learn(quota_scope{heard.provider, heard.credential, heard.model, {}},
        heard.signals,
        heard.elsewhere ? told_when::earlier : told_when::under_way, heard.at,
        now);
}

void quota_book::learn(const quota_scope& about, const limit_signals& signals,
                       told_when when, wall_time said_at, quota_now now) {
  auto& account = at(about.provider);
  auto zone = account.zone;
  for (const auto& told : read_signals(account.vendor, signals, said_at)) {
    // Of what was told long ago only a window that still goes on counts.
    auto goes_on = told.window.count() == 0
                     ? zone.day(said_at).contains(now.wall)
                     : !told.refills && told.resets_at > now.wall;
    if (now.wall - said_at > fresh_for && !goes_on)
      continue;
    quota_limit limit;
    limit.kind = told.kind;
    limit.window =
      told.window.count() == 0 ? quota_window::day : quota_window::told;
    limit.amount = told.limit;
    limit.length = told.window;
    limit.model = told.of_model ? about.model : "";
    limit.credential = about.credential;
    limit.source = limit_source::provider;
    limit.refills = told.refills;
    limit.counts_cap = told.counts_cap;
    limit.cache_is_free = told.cache_is_free;
    auto id = make_meter(about.provider, limit, zone)->id;
    auto found = by_id_.find(id);
    if (found == by_id_.end()) {
      if (told_ >= most_told)
        return;
      ++told_;
      add_meter(about.provider, limit, zone, false);
      found = by_id_.find(id);
    }
    auto& meter = meters_[found->second];
    // One that the user set to the same window is his to change.
    if (meter.limit().source != limit_source::provider)
      continue;
    meter.turn(now);
    auto amount = believed(meter, told, account, about, now);
    meter.correct(amount, amount - std::min(amount, told.remaining),
                  told.resets_at, when);
    take_note({found->second}, {});
  }
}

uint64_t quota_book::believed(quota_meter& of, const told_limit& said,
                              account& whose, const quota_scope& about,
                              quota_now now) {
  // Windows that end bring the truth by themselves.
  if (!said.said || !said.refills || said.window > served_pace::window) {
    of.trust();
    return said.limit;
  }
  uint64_t served = 0;
  uint64_t pace = 0;
  if (said.kind == quota_kind::requests && said.window == served_pace::window)
    for (auto& x : whose.paces)
      if (x.credential == about.credential
          && (!said.of_model || x.model == about.model)) {
        served += x.pace.lately(now.steady);
        pace += x.pace.a_minute(now.steady);
      }
  return of.believe(said.limit, served, pace);
}

void quota_book::note_served(const reserve& request, quota_now now) {
  auto& paces = at(request.provider).paces;
  auto mine = std::find_if(paces.begin(), paces.end(), [&](const auto& x) {
    return x.model == request.model && x.credential == request.credential;
  });
  if (mine == paces.end() && paces.size() < most_paces)
    mine = paces.insert(mine, {request.credential, request.model, {}});
  else if (mine == paces.end())
    *(mine = std::min_element(paces.begin(), paces.end(),
                              [](const auto& x, const auto& y) {
                                return x.pace.begin() < y.pace.begin();
                              })) = {request.credential, request.model, {}};
  mine->pace.add(now.steady);
}

void quota_book::refused_by_provider(const reserve& request, const failure& why,
                                     const meter_indexes& meters,
                                     quota_now now) {
  using enum failure_class;
  auto speed = why.what == rate_limited;
  auto plan = why.what == quota_exhausted;
  auto key = why.what == auth || why.what == billing || why.what == forbidden;
  if (speed || plan) {
    ++misses_;
    auto text =
      subject_of({request.provider, request.credential, request.model, {}})
      + " refused a request that its limits, as far as they are "
        "known, had let pass ("
      + to_string(why.what) + ": " + why.message + "). Known: ";
    auto none = text.size();
    for (size_t n = 0; n < meters.size() && n < 8; ++n)
      text += (text.size() == none ? "" : "; ") + meters_[meters[n]].describe();
    missed_.push_back(
      {request.provider, text.size() == none ? text + "no limit" : text});
  }
  auto family = is_of_family(why);
  // A provider's only key rests with the provider (actors/provider).
  if ((request.credential.empty() && !family) || (!speed && !plan && !key))
    return;
  mark_unavailable x;
  x.provider = request.provider;
  x.credential = request.credential;
  x.model = family ? family_of(request.model) : speed ? request.model : "";
  x.rest = why.retry_after.value_or(speed  ? speed_rest
                                    : plan ? plan_rest
                                           : key_rest);
  x.reason = why.message;
  rest(x, now);
}

std::vector<quota_notice> quota_book::take_misses() {
  return std::exchange(missed_, {});
}

} // namespace smart_agents
