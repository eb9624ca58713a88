#include "adapters/websocket_outbox.hpp"

#include <utility>

namespace smart_agents {

bool websocket_outbox::put(websocket_text message) {
  std::lock_guard lock{guard_};
  if (ended_ || last_.close)
    return false;
  bytes_ += message->size();
  waiting_.push_back(std::move(message));
  if (waiting_.size() > bounds_.messages || bytes_ > bounds_.bytes) {
    lost_ += waiting_.size();
    waiting_.clear();
    bytes_ = 0;
  }
  return !std::exchange(awake_, true);
}

bool websocket_outbox::close(uint16_t code, std::string why) {
  std::lock_guard lock{guard_};
  if (ended_ || last_.close)
    return false;
  last_ = {nullptr, true, code, std::move(why)};
  return !std::exchange(awake_, true);
}

websocket_outbox::item websocket_outbox::take() {
  std::lock_guard lock{guard_};
  if (auto lost = std::exchange(lost_, 0); lost > 0)
    return {std::make_shared<const std::string>(
              bounds_.lost ? bounds_.lost(lost) : std::string{}),
            false,
            0,
            {}};
  if (!waiting_.empty()) {
    item next;
    next.text = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_ -= next.text->size();
    return next;
  }
  if (last_.close && !ended_) {
    ended_ = true;
    return last_;
  }
  awake_ = false;
  return {};
}

void websocket_outbox::end() {
  std::lock_guard lock{guard_};
  ended_ = true;
  lost_ = 0;
  bytes_ = 0;
  waiting_.clear();
}

} // namespace smart_agents
