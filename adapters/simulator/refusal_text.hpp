#pragma once

#include "adapters/simulator/refusals.hpp"

#include <cmath>

/// What the words and the headers of refusals share.

namespace smart_agents::sim {

inline double seconds_of(caf::timespan x) {
  return std::chrono::duration<double>{x}.count();
}

/// Up to three decimals, without zeros at the end.
inline std::string decimal(double x) {
  auto thousandths = static_cast<uint64_t>(std::ceil(x * 1000));
  auto result = std::to_string(thousandths / 1000);
  if (auto rest = thousandths % 1000; rest != 0) {
    auto digits = std::to_string(1000 + rest).substr(1);
    result += "." + digits.substr(0, digits.find_last_not_of('0') + 1);
  }
  return result;
}

/// The limit in the way is one of the day's.
inline bool per_day(const refusal_facts& x) {
  return x.limit && x.limit->which >= limit_kind::requests_day;
}

} // namespace smart_agents::sim
