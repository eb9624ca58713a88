#include "actors/provider/circuit.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace smart_agents {

namespace {

/// The rest that one failure alone calls for, or none.
std::optional<caf::timespan> rest_after(const failure& why,
                                        const circuit_options& options) {
  using enum failure_class;
  switch (why.what) {
  case auth:
  case forbidden:
  case billing: return why.retry_after.value_or(options.long_rest);
  case quota_exhausted: return why.retry_after.value_or(options.quota_rest);
  case rate_limited: return why.retry_after.value_or(options.rest);
  case overloaded: return why.retry_after;
  default: return std::nullopt;
  }
}

} // namespace

bool circuit::wake(instant now) {
  if (state_ != circuit_state::open || now < until_)
    return false;
  state_ = circuit_state::half_open;
  probing_ = false;
  return true;
}

bool circuit::allow(instant now) {
  wake(now);
  switch (state_) {
  case circuit_state::closed: return true;
  case circuit_state::half_open: return !std::exchange(probing_, true);
  case circuit_state::open: return false;
  }
  return false;
}

bool circuit::succeeded() {
  in_a_row_ = 0;
  // A call that began before the circuit opened tells nothing new.
  if (state_ != circuit_state::half_open)
    return false;
  state_ = circuit_state::closed;
  probing_ = false;
  reason_.clear();
  return true;
}

bool circuit::failed(const failure& why, instant now) {
  if (!counts_against_provider(why.what)) {
    unknown();
    return false;
  }
  ++in_a_row_;
  auto asked = rest_after(why, options_);
  auto tripped = state_ == circuit_state::half_open
                 || in_a_row_ >= options_.failures_to_open;
  if (!asked && !tripped)
    return false;
  auto was = state_;
  open(asked.value_or(why.retry_after.value_or(options_.rest)), why, now);
  return was != circuit_state::open;
}

void circuit::unknown() {
  probing_ = false;
}

void circuit::open(caf::timespan rest, const failure& why, instant now) {
  auto end = now + std::min(rest, options_.max_rest);
  // Calls under way may fail later with a shorter rest.
  if (state_ == circuit_state::open && end <= until_)
    return;
  state_ = circuit_state::open;
  probing_ = false;
  until_ = end;
  reason_ = why.message;
}

} // namespace smart_agents
