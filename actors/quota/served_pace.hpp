#pragma once

#include "messages/dialect.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace smart_agents {

/// How many requests were served within the last minute, to within a part of
/// it. Pure.
class served_pace {
public:
  static constexpr caf::timespan window = std::chrono::minutes{1};

  void add(instant now) {
    turn(now);
    ++now_;
  }

  uint64_t lately(instant now) {
    turn(now);
    auto share = 1 - seconds(now - begin_) / seconds(window);
    return now_ + static_cast<uint64_t>(static_cast<double>(before_) * share);
  }

  /// What a whole minute comes to at this pace. Of a pace that is young what it
  /// was so far, over a second at least.
  uint64_t a_minute(instant now) {
    auto count = lately(now);
    auto age =
      std::clamp<caf::timespan>(now - first_, std::chrono::seconds{1}, window);
    return static_cast<uint64_t>(static_cast<double>(count) * seconds(window)
                                 / seconds(age));
  }

  /// When something was added last, or its minute began.
  instant begin() const {
    return begin_;
  }

private:
  static double seconds(caf::timespan x) {
    return std::chrono::duration<double>(x).count();
  }

  void turn(instant now) {
    auto passed = now - begin_;
    if (passed < window && begin_ != instant{})
      return;
    auto next = passed < 2 * window && begin_ != instant{};
    // After a pause it is a new pace.
    if (!next)
      first_ = now;
    before_ = next ? now_ : 0;
    begin_ = next ? begin_ + window : now;
    now_ = 0;
  }

  instant first_{};
  instant begin_{};
  uint64_t before_ = 0;
  uint64_t now_ = 0;
};

} // namespace smart_agents
