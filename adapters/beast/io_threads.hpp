#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace smart_agents {

/// Threads that do network I/O, each with an `io_context` of its own, so that
/// what starts on a thread stays on it and needs no locks.
class io_threads {
public:
  /// Starts `count` threads, at least one. The hooks run on each of them,
  /// first and last, with the thread's index.
  explicit io_threads(size_t count,
                      const std::function<void(size_t)>& begin = {},
                      const std::function<void(size_t)>& end = {});

  io_threads(const io_threads&) = delete;
  io_threads& operator=(const io_threads&) = delete;

  /// Stops and joins.
  ~io_threads();

  size_t size() const {
    return contexts_.size();
  }

  boost::asio::io_context& context(size_t index) {
    return *contexts_[index];
  }

  /// Index of the calling thread if it is one of ours, else the next in turn.
  size_t here();

  /// True on one of our threads.
  bool inside() const;

  /// Ends the threads; pending handlers are dropped with the contexts.
  void stop();

private:
  using work =
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

  std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
  std::vector<work> work_;
  std::vector<std::thread> threads_;
  std::atomic<size_t> next_{0};
};

} // namespace smart_agents
