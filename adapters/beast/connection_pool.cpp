#include "adapters/beast/connection_pool.hpp"

#include <algorithm>

namespace smart_agents::beast_detail {

std::unique_ptr<connection> connection_pool::take(const std::string& peer) {
  auto i = idle_.find(peer);
  if (i == idle_.end())
    return nullptr;
  while (!i->second.empty()) {
    auto result = std::move(i->second.back());
    i->second.pop_back();
    if (result->quiet())
      return result;
  }
  return nullptr;
}

void connection_pool::put(std::unique_ptr<connection> x) {
  auto& kept = idle_[x->peer];
  if (kept.size() >= max_idle_per_peer_)
    return;
  x->idle_since = std::chrono::steady_clock::now();
  kept.push_back(std::move(x));
}

void connection_pool::expire(std::chrono::steady_clock::time_point limit) {
  for (auto i = idle_.begin(); i != idle_.end();) {
    // Oldest first, since `take` and `put` work at the end.
    auto& kept = i->second;
    auto young = std::find_if(kept.begin(), kept.end(), [limit](auto& x) {
      return x->idle_since >= limit;
    });
    kept.erase(kept.begin(), young);
    i = kept.empty() ? idle_.erase(i) : std::next(i);
  }
}

} // namespace smart_agents::beast_detail
