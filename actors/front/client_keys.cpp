#include "actors/front/client_keys.hpp"

#include "adapters/secrets.hpp"

#include <algorithm>

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

bool allows(const client_key& key, std::string_view model) {
  return key.models.empty()
         || std::any_of(key.models.begin(), key.models.end(),
                        [model](const auto& x) { return matches(x, model); });
}

void key_ring::add(std::string digest, client_key key) {
  if (!key.load)
    key.load = std::make_shared<client_load>();
  keys_.insert_or_assign(std::move(digest), std::move(key));
}

const client_key* key_ring::find(std::string_view presented) const {
  if (presented.empty() || keys_.empty())
    return nullptr;
  // By the hash: how long the look-up takes tells nothing of a key.
  auto i = keys_.find(sha256_hex(presented));
  return i == keys_.end() ? nullptr : &i->second;
}

} // namespace smart_agents
