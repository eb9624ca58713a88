#include "messages/lease.hpp"

#include <algorithm>
#include <cmath>

namespace smart_agents {

std::string to_string(quota_kind x) {
  switch (x) {
  case quota_kind::requests: return "requests";
  case quota_kind::input_tokens: return "input_tokens";
  case quota_kind::output_tokens: return "output_tokens";
  case quota_kind::total_tokens: return "total_tokens";
  case quota_kind::dollars: return "usd";
  case quota_kind::plan: return "plan";
  }
  return "unknown";
}

uint64_t dollar_units(double dollars) {
  // More than all the money there is overflows nothing.
  constexpr double most = 1e8;
  if (!(dollars > 0))
    return 0;
  // A hair below a whole number is that number: prices are decimal fractions.
  return static_cast<uint64_t>(
    std::ceil(std::min(dollars, most) * units_per_dollar - 1e-3));
}

} // namespace smart_agents
