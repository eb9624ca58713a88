#include "adapters/simulator/fault_plan.hpp"

namespace smart_agents::sim {

uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

uint64_t hash_of(std::string_view text) {
  uint64_t result = 0xcbf29ce484222325u;
  for (auto c : text)
    result = (result ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return result;
}

void fault_plan::configure(const behaviour& x) {
  script_ = x.script;
  at_ = 0;
  faults_ = x.faults;
}

std::vector<script_step> fault_plan::left() const {
  auto result = script_;
  result.erase(result.begin(), result.begin() + static_cast<ptrdiff_t>(at_));
  if (!result.empty() && result.front().times == 0)
    result.erase(result.begin());
  return result;
}

fault fault_plan::next() {
  while (at_ < script_.size()) {
    auto& step = script_[at_];
    if (step.times > 0) {
      --step.times;
      return step.what;
    }
    ++at_;
  }
  if (faults_.empty())
    return fault::ok;
  // 53 bits make a double in [0, 1).
  auto roll =
    static_cast<double>(mix(seed_ ^ mix(++arrivals_)) >> 11) * 0x1p-53;
  for (const auto& [what, share] : faults_) {
    if (roll < share)
      return what;
    roll -= share;
  }
  return fault::ok;
}

} // namespace smart_agents::sim
