#include "actors/provider/call_queue.hpp"

#include <algorithm>

namespace smart_agents {

bool call_queue::push(start_call call, instant now) {
  if (waiting_.size() >= limit_)
    return false;
  auto& among = lanes_[-call.priority];
  auto [mine, first] = among.last.try_emplace(call.key, among.round);
  if (!first)
    ++mine->second;
  auto at = place{-call.priority, mine->second, arrivals_++};
  waiting_.emplace(at, waiter{std::move(call), now});
  return true;
}

std::optional<call_queue::waiter> call_queue::pop() {
  if (waiting_.empty())
    return std::nullopt;
  auto next = waiting_.extract(waiting_.begin());
  if (waiting_.empty()) {
    lanes_.clear();
    return std::move(next.mapped());
  }
  auto [priority, round, arrival] = next.key();
  if (auto& among = lanes_[priority]; among.round < round) {
    among.round = round;
    // A key that has none left in this round or later is like a new one.
    std::erase_if(among.last,
                  [round = round](const auto& x) { return x.second < round; });
  }
  return std::move(next.mapped());
}

std::optional<start_call> call_queue::remove(call_id id) {
  auto i = std::find_if(waiting_.begin(), waiting_.end(),
                        [id](auto& x) { return x.second.call.id == id; });
  if (i == waiting_.end())
    return std::nullopt;
  auto found = std::move(i->second.call);
  waiting_.erase(i);
  if (waiting_.empty())
    lanes_.clear();
  return found;
}

std::vector<start_call> call_queue::expire(instant now) {
  std::vector<start_call> result;
  for (auto i = waiting_.begin(); i != waiting_.end();) {
    if (now < i->second.call.deadline) {
      ++i;
      continue;
    }
    result.push_back(std::move(i->second.call));
    i = waiting_.erase(i);
  }
  if (waiting_.empty())
    lanes_.clear();
  return result;
}

std::vector<start_call> call_queue::clear() {
  std::vector<start_call> result;
  for (auto& [place, x] : waiting_)
    result.push_back(std::move(x.call));
  waiting_.clear();
  lanes_.clear();
  return result;
}

} // namespace smart_agents
