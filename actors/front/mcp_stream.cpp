#include "actors/front/mcp_stream.hpp"

#include <utility>

namespace smart_agents {

namespace {

http_headers stream_headers(const http_headers& more) {
  http_headers result{{"Content-Type", "text/event-stream"},
                      {"Cache-Control", "no-cache"},
                      {"X-Accel-Buffering", "no"}};
  result.insert(result.end(), more.begin(), more.end());
  return result;
}

/// How soon a client that lost its stream comes back, in milliseconds.
constexpr const char* retry = "retry: 1000\n";

constexpr const char* comment = ": still here\n\n";

} // namespace

event_writer::event_writer(http_responder_ptr to, const http_headers& more)
  : to_{std::move(to)} {
  to_->start(200, stream_headers(more));
}

void event_writer::write(const std::string& bytes) {
  std::unique_lock lock{mutex_};
  if (!to_ || ending_)
    return;
  if (waiting_.size() + bytes.size() > max_waiting) {
    // Who does not read for so long is gone.
    auto to = std::move(to_);
    lock.unlock();
    to->abort();
    return;
  }
  waiting_ += bytes;
  pump(lock);
}

void event_writer::end() {
  std::unique_lock lock{mutex_};
  if (!to_ || std::exchange(ending_, true))
    return;
  pump(lock);
}

/// Outside the lock, since the socket may be ready at once.
void event_writer::pump(std::unique_lock<std::mutex>& lock) {
  if (writing_)
    return;
  if (!waiting_.empty()) {
    writing_ = true;
    auto to = to_;
    auto bytes = std::exchange(waiting_, {});
    lock.unlock();
    to->write(std::move(bytes),
              [self = shared_from_this()](bool good) { self->written(good); });
    return;
  }
  if (ending_) {
    auto to = std::move(to_);
    lock.unlock();
    if (to)
      to->end();
  }
}

void event_writer::written(bool good) {
  std::unique_lock lock{mutex_};
  writing_ = false;
  if (!good) {
    to_ = nullptr;
    return;
  }
  if (to_)
    pump(lock);
}

std::string sse_event(std::string_view id, std::string_view message) {
  std::string result = "event: message\n";
  if (!id.empty())
    result.append("id: ").append(id).append("\n");
  return result.append("data: ").append(message).append("\n\n");
}

// -- POST ---------------------------------------------------------------------

post_link::post_link(http_responder_ptr to, http_headers more, bool streams)
  : to_{std::move(to)}, more_{std::move(more)}, streams_{streams} {}

void post_link::start() {
  if (!writer_ && to_)
    writer_ =
      std::make_shared<event_writer>(std::exchange(to_, nullptr), more_);
}

void post_link::tell(std::string message) {
  if (!streams_)
    return;
  start();
  if (writer_)
    writer_->write(sse_event({}, message));
}

void post_link::answer(mcp_reply reply) {
  if (auto writer = std::exchange(writer_, nullptr)) {
    writer->write(sse_event({}, reply.text));
    writer->end();
  } else if (auto to = std::exchange(to_, nullptr)) {
    auto headers = std::move(more_);
    headers.emplace_back("Content-Type", "application/json");
    to->send(reply.status, std::move(headers), std::move(reply.text));
  }
}

void post_link::ping() {
  if (!streams_)
    return;
  start();
  if (writer_)
    writer_->write(comment);
}

// -- resumable ----------------------------------------------------------------

std::string resumable_link::id_of(uint64_t event) const {
  return std::to_string(number_) + "_" + std::to_string(event);
}

void resumable_link::tell(std::string message) {
  if (done_)
    return;
  bytes_ += message.size();
  events_.push_back({++last_, std::move(message)});
  while (events_.size() > max_events
         || (bytes_ > max_bytes && events_.size() > 1)) {
    bytes_ -= events_.front().message.size();
    events_.pop_front();
  }
  if (writer_)
    writer_->write(sse_event(id_of(last_), events_.back().message));
}

void resumable_link::answer(mcp_reply reply) {
  tell(std::move(reply.text));
  done_ = true;
  hang_up();
}

void resumable_link::hang_up() {
  if (auto writer = std::exchange(writer_, nullptr))
    writer->end();
}

void resumable_link::detach(const event_writer_ptr& from) {
  if (is_read_by(from))
    writer_ = nullptr;
}

void resumable_link::attach(event_writer_ptr to, uint64_t after, bool again) {
  hang_up();
  writer_ = std::move(to);
  // An event without data tells the client where to go on from.
  writer_->write(primes_ && !again
                   ? "id: " + id_of(last_) + "\n" + retry + "data: \n\n"
                   : comment);
  for (const auto& x : events_)
    if (x.number > after)
      writer_->write(sse_event(id_of(x.number), x.message));
  if (done_)
    hang_up();
}

void resumable_link::ping() {
  if (writer_)
    writer_->write(comment);
}

} // namespace smart_agents
