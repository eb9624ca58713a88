#include "adapters/beast/io_threads.hpp"

#include <algorithm>

namespace smart_agents {

namespace {

/// Which pool the calling thread belongs to, and its place there.
thread_local const io_threads* current_pool = nullptr;
thread_local size_t current_index = 0;

} // namespace

io_threads::io_threads(size_t count, const std::function<void(size_t)>& begin,
                       const std::function<void(size_t)>& end) {
  count = std::max<size_t>(count, 1);
  for (size_t i = 0; i < count; ++i) {
    // One thread runs a context, so it may skip its internal locks.
    contexts_.push_back(std::make_unique<boost::asio::io_context>(1));
    work_.emplace_back(contexts_.back()->get_executor());
  }
  for (size_t i = 0; i < count; ++i)
    threads_.emplace_back([this, i, begin, end] {
      current_pool = this;
      current_index = i;
      if (begin)
        begin(i);
      contexts_[i]->run();
      if (end)
        end(i);
    });
}

io_threads::~io_threads() {
  stop();
}

size_t io_threads::here() {
  if (inside())
    return current_index;
  return next_.fetch_add(1, std::memory_order_relaxed) % size();
}

bool io_threads::inside() const {
  return current_pool == this;
}

void io_threads::stop() {
  for (auto& x : contexts_)
    x->stop();
  for (auto& x : threads_)
    if (x.joinable())
      x.join();
}

} // namespace smart_agents
