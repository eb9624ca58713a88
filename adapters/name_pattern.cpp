#include "adapters/name_pattern.hpp"

#include <algorithm>
#include <cstddef>

namespace smart_agents {

bool matches(std::string_view pattern, std::string_view name) {
  // Goes back to the last star when the rest does not fit.
  size_t p = 0;
  size_t n = 0;
  auto star = std::string_view::npos;
  size_t after = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++after;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

bool matches_model(const std::vector<std::string>& patterns,
                   std::string_view provider, std::string_view model) {
  std::string whole;
  whole.reserve(provider.size() + 1 + model.size());
  whole.append(provider).append("/").append(model);
  return std::any_of(patterns.begin(), patterns.end(), [&](const auto& x) {
    return matches(x, whole) || matches(x, model);
  });
}

} // namespace smart_agents
