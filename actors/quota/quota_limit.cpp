#include "actors/quota/quota_limit.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

/// More than any provider grants; keeps sums of many far from overflow.
constexpr uint64_t most = uint64_t{1} << 52;

/// Slots of a rolling window: it forgets in steps of a sixtieth.
constexpr int slots = 60;

caf::timespan smoothing_of(const quota_limit& x) {
  switch (x.window) {
  case quota_window::second:
  case quota_window::minute: return 1min;
  case quota_window::rolling:
    return std::max<caf::timespan>(x.length / 10, 1min);
  case quota_window::day: return 1h;
  case quota_window::week: return 6h;
  case quota_window::month: return 24h;
  case quota_window::told:
    return std::clamp<caf::timespan>(x.length / 10, 1min, 6h);
  }
  return 1h;
}

} // namespace

std::string to_string(quota_window x) {
  switch (x) {
  case quota_window::day: return "day";
  case quota_window::month: return "month";
  case quota_window::week: return "week";
  case quota_window::second: return "second";
  case quota_window::minute: return "minute";
  case quota_window::rolling: return "rolling";
  case quota_window::told: return "told";
  }
  return "unknown";
}

std::string to_string(limit_action x) {
  switch (x) {
  case limit_action::block: return "block";
  case limit_action::warn: return "warn";
  case limit_action::downgrade: return "downgrade";
  }
  return "unknown";
}

std::string to_string(limit_source x) {
  switch (x) {
  case limit_source::preset: return "default";
  case limit_source::user: return "user";
  case limit_source::provider: return "provider";
  }
  return "unknown";
}

std::string window_name(const quota_limit& x) {
  if (x.window == quota_window::told) {
    if (x.length == 1s)
      return "second";
    if (x.length == 1min)
      return "minute";
    // A plan's week is spelled as the provider does.
    if (x.length % 24h == 0s)
      return std::to_string(x.length / 24h) + "d";
  } else if (x.window != quota_window::rolling) {
    return to_string(x.window);
  }
  if (x.length % 1h == 0s)
    return std::to_string(x.length / 1h) + "h";
  return std::to_string(x.length / 1min) + "m";
}

quota_amounts::quota_amounts(uint64_t requests, uint64_t input, uint64_t output,
                             double cost_usd)
  : values_{
    std::min(requests, most), std::min(input, most), std::min(output, most),
    std::min(input, most) + std::min(output, most), dollar_units(cost_usd),
    // Only the provider knows; one more thousandth must be left.
    uint64_t{requests != 0}} {}

meter_ptr make_meter(const std::string& provider, const quota_limit& limit,
                     const calendar& zone) {
  auto result = std::make_shared<meter>();
  result->scope = {provider, limit.credential, limit.model, limit.key};
  result->kind = limit.kind;
  result->amount = limit.amount;
  result->smooth = smoothing_of(limit);
  auto calendar_window = false;
  switch (limit.window) {
  case quota_window::second: result->refill = 1s; break;
  case quota_window::minute: result->refill = 1min; break;
  case quota_window::rolling:
    result->slot_width = std::max<caf::timespan>(limit.length / slots, 1s);
    break;
  case quota_window::told:
    if (limit.refills)
      result->refill = limit.length;
    break;
  default: calendar_window = true;
  }
  // Names may hold any byte, so each comes with its length.
  for (const auto* name :
       {&provider, &limit.credential, &limit.model, &limit.key})
    result->id += std::to_string(name->size()) + ":" + *name + " ";
  result->id += to_string(limit.kind) + "/" + window_name(limit);
  // Beside one of the user's own.
  if (limit.window == quota_window::told)
    result->id += "!";
  if (calendar_window)
    result->id += "@" + zone.name();
  return result;
}

std::string subject_of(const quota_scope& x) {
  auto result = x.provider;
  if (!x.credential.empty())
    result += " (" + x.credential + ")";
  if (!x.model.empty())
    result += (result.empty() ? "" : "/") + x.model;
  if (!x.key.empty())
    result += (result.empty() ? "key " : " for key ") + x.key;
  return result.empty() ? "all together" : result;
}

std::string amount_text(quota_kind kind, uint64_t amount) {
  if (kind == quota_kind::dollars) {
    auto dollars = static_cast<double>(amount) / units_per_dollar;
    std::array<char, 32> text{};
    // Below a cent the digits that count.
    std::snprintf(text.data(), text.size(),
                  dollars == 0 || dollars >= 0.01 ? "$%.2f" : "$%.2g", dollars);
    return text.data();
  }
  if (kind == quota_kind::plan)
    return std::to_string(amount / 10) + " %";
  auto text = std::to_string(amount);
  for (auto i = static_cast<int>(text.size()) - 3; i > 0; i -= 3)
    text.insert(static_cast<size_t>(i), ",");
  return text;
}

std::string noun_of(quota_kind kind) {
  switch (kind) {
  case quota_kind::requests: return " requests";
  case quota_kind::input_tokens: return " input tokens";
  case quota_kind::output_tokens: return " output tokens";
  case quota_kind::total_tokens: return " tokens";
  case quota_kind::dollars:
  case quota_kind::plan: return "";
  }
  return " units";
}

} // namespace smart_agents
