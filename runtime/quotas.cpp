#include "runtime/quotas.hpp"

#include "messages/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

limit_action action_of(const std::string& name) {
  return name == "warn"        ? limit_action::warn
         : name == "downgrade" ? limit_action::downgrade
                               : limit_action::block;
}

const provider_settings* find(const settings& in, const std::string& name) {
  for (const auto& x : in.providers)
    if (x.name == name)
      return &x;
  return nullptr;
}

/// The calendar limits of a provider's own entry.
std::vector<quota_limit> own_limits(const provider_settings& from) {
  const auto& x = from.limits;
  using enum quota_kind;
  const std::array all{
    quota_limit{requests, quota_window::day, x.requests_per_day},
    quota_limit{requests, quota_window::month, x.requests_per_month},
    quota_limit{input_tokens, quota_window::day, x.input_tokens_per_day},
    quota_limit{input_tokens, quota_window::month, x.input_tokens_per_month},
    quota_limit{output_tokens, quota_window::day, x.output_tokens_per_day},
    quota_limit{output_tokens, quota_window::month, x.output_tokens_per_month},
    quota_limit{total_tokens, quota_window::day, x.total_tokens_per_day},
    quota_limit{total_tokens, quota_window::month, x.total_tokens_per_month},
  };
  // Limits at their defaults are ours, whoever wrote them down.
  auto ours = default_provider(from.name).limits;
  auto same = ours.requests_per_day == x.requests_per_day
              && ours.requests_per_month == x.requests_per_month;
  std::vector<quota_limit> result;
  for (auto limit : all) {
    // 0 is how settings spell "no limit".
    if (limit.amount == 0)
      continue;
    auto preset =
      x.gateway.empty() ? same && limit.kind == requests : x.gateway == "warn";
    limit.source = preset ? limit_source::preset : limit_source::user;
    result.push_back(limit);
  }
  return result;
}

} // namespace

std::optional<quota_limit> parse_window(const std::string& per) {
  quota_limit result;
  for (auto x : {quota_window::day, quota_window::month, quota_window::week,
                 quota_window::second, quota_window::minute})
    if (to_string(x) == per) {
      result.window = x;
      return result;
    }
  if (per.size() < 2 || per.size() > 6)
    return std::nullopt;
  uint32_t count = 0;
  const auto* end = per.data() + per.size() - 1;
  auto [stop, wrong] = std::from_chars(per.data(), end, count);
  // A month at most: longer ones are calendar windows.
  if (wrong != std::errc{} || stop != end || count == 0)
    return std::nullopt;
  if (per.back() == 'h' && count <= 24 * 31)
    result.length = count * 1h;
  else if (per.back() == 'm' && count >= 2 && count <= 60 * 24 * 31)
    result.length = count * 1min;
  else
    return std::nullopt;
  result.window = quota_window::rolling;
  return result;
}

caf::expected<std::vector<provider_quota>> quotas_of(const settings& x) {
  std::vector<provider_quota> result;
  for (const auto& from : x.providers) {
    auto zone = calendar::in(from.limits.time_zone);
    if (!zone)
      return zone.error();
    auto& quota = result.emplace_back();
    quota.provider = from.name;
    quota.zone = *zone;
    quota.limits = own_limits(from);
    quota.vendor = from.vendor;
    for (const auto& one : from.credentials)
      quota.credentials.push_back(one.name);
  }
  for (const auto& from : x.limits) {
    auto window = parse_window(from.per);
    if (!window)
      return make_error(ec::bad_config,
                        "limits: \"per\": \"" + from.per + "\" is no window");
    auto zone_name = from.time_zone;
    if (zone_name.empty())
      if (const auto* provider = find(x, from.provider))
        zone_name = provider->limits.time_zone;
    auto zone = calendar::in(zone_name);
    if (!zone)
      return zone.error();
    auto& quota = result.emplace_back();
    quota.provider = from.provider;
    quota.zone = *zone;
    window->source = limit_source::user;
    window->action = action_of(from.action);
    window->model = from.model;
    window->credential = from.credential;
    window->key = from.key;
    using enum quota_kind;
    for (auto [kind, amount] : {std::pair{requests, from.requests},
                                std::pair{input_tokens, from.input_tokens},
                                std::pair{output_tokens, from.output_tokens},
                                std::pair{total_tokens, from.total_tokens},
                                std::pair{dollars, dollar_units(from.usd)}})
      if (amount != 0) {
        window->kind = kind;
        window->amount = amount;
        quota.limits.push_back(*window);
      }
  }
  return result;
}

std::string told_file(const settings& x) {
  return x.database + ".told.json";
}

caf::expected<quota_book> open_book(const settings& x, ledger_store& ledger) {
  auto quotas = quotas_of(x);
  if (!quotas)
    return std::move(quotas.error());
  quota_now now{std::chrono::system_clock::now(),
                std::chrono::steady_clock::now()};
  auto nanoseconds = [](auto t) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
             t.time_since_epoch())
      .count();
  };
  auto first_id = static_cast<uint64_t>(nanoseconds(now.wall) / 1000);
  quota_book book{
    std::move(*quotas), {}, now, first_id, quota_authority::leased};
  auto stand = ledger.lease({}, book.look(now),
                            {nanoseconds(now.wall), nanoseconds(now.steady)});
  if (!stand)
    return std::move(stand.error());
  book.take(*stand, now);
  book.forget_notices();
  return book;
}

} // namespace smart_agents
