#include "adapters/mcp/stdio_channel.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace smart_agents {

namespace {

using steady = std::chrono::steady_clock;

/// Lets threads out of poll(2).
class wake_up {
public:
  wake_up() : fd_{eventfd(0, EFD_CLOEXEC)} {}
  wake_up(const wake_up&) = delete;
  wake_up& operator=(const wake_up&) = delete;
  ~wake_up() {
    ::close(fd_);
  }

  /// For good: it is never reset.
  void set() const {
    uint64_t one = 1;
    [[maybe_unused]] auto n = ::write(fd_, &one, sizeof one);
  }

  int fd() const {
    return fd_;
  }

private:
  int fd_;
};

class fd_channel final : public line_channel {
public:
  fd_channel(int in, int out, line_handler handler, line_channel_limits limits)
    : in_{in}, out_{out}, handler_{std::move(handler)}, limits_{limits},
      writer_{[this] { write_all(); }}, reader_{[this] { read_all(); }} {}

  ~fd_channel() override {
    {
      std::lock_guard guard{mutex_};
      closing_ = true;
    }
    changed_.notify_all();
    closed_.set();
    reader_.join();
    writer_.join();
  }

  void write(std::string line) override {
    line += '\n';
    {
      std::lock_guard guard{mutex_};
      if (gone_)
        return;
      if (queued_ + line.size() > limits_.queued) {
        lose_peer();
        return;
      }
      queued_ += line.size();
      queue_.push_back(std::move(line));
    }
    changed_.notify_all();
  }

private:
  /// Under the mutex: nothing can be written any more, which ends the reader
  /// too.
  void lose_peer() {
    gone_ = true;
    queue_.clear();
    changed_.notify_all();
    lost_.set();
  }

  void write_all() {
    std::unique_lock lock{mutex_};
    for (;;) {
      changed_.wait(lock,
                    [this] { return closing_ || gone_ || !queue_.empty(); });
      if (queue_.empty() || gone_)
        return;
      auto line = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      auto good = write_line(line);
      lock.lock();
      queued_ -= line.size();
      if (!good) {
        lose_peer();
        return;
      }
    }
  }

  bool write_line(std::string_view line) {
    while (!line.empty()) {
      auto n = write_some(line);
      if (n > 0)
        line.remove_prefix(static_cast<size_t>(n));
      else if (n == 0 || errno == EAGAIN) {
        if (!wait_for_room())
          return false;
      } else if (errno != EINTR)
        return false;
    }
    return true;
  }

  /// Writes what goes in without blocking, so that a peer that does not read
  /// cannot hold us. The descriptor stays as it is: others may share it, so
  /// that it must not become non-blocking. Clients on Node hand out sockets.
  ssize_t write_some(std::string_view text) const {
    auto n =
      ::send(out_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0 || errno != ENOTSOCK)
      return n;
    // A pipe that polls writable has room for PIPE_BUF bytes (pipe(7)).
    pollfd room{out_, POLLOUT, 0};
    if (::poll(&room, 1, 0) <= 0)
      return 0;
    return ::write(out_, text.data(),
                   std::min(text.size(), static_cast<size_t>(PIPE_BUF)));
  }

  /// False when the peer will not read: it was lost, or we close and it had
  /// its time.
  bool wait_for_room() {
    pollfd ready[3]{
      {out_, POLLOUT, 0}, {lost_.fd(), POLLIN, 0}, {closed_.fd(), POLLIN, 0}};
    auto left = -1;
    if (leave_at_) {
      left =
        static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(
                           *leave_at_ - steady::now())
                           .count());
      if (left <= 0)
        return false;
      ready[2].fd = -1; // known
    }
    if (::poll(ready, 3, left) < 0 && errno != EINTR)
      return false;
    if (ready[2].revents != 0)
      leave_at_ = steady::now() + limits_.farewell;
    return ready[1].revents == 0;
  }

  void read_all() {
    std::string partial;
    auto skipping = false;
    std::string buffer(65536, '\0');
    for (;;) {
      pollfd ready[3]{
        {in_, POLLIN, 0}, {lost_.fd(), POLLIN, 0}, {closed_.fd(), POLLIN, 0}};
      if (::poll(ready, 3, -1) < 0) {
        if (errno == EINTR)
          continue;
        break;
      }
      if (ready[2].revents != 0)
        return; // our side closes; there is nobody left to tell
      if (ready[1].revents != 0)
        break;
      auto n = ::read(in_, buffer.data(), buffer.size());
      if (n < 0 && (errno == EINTR || errno == EAGAIN))
        continue;
      if (n <= 0)
        break;
      split({buffer.data(), static_cast<size_t>(n)}, partial, skipping);
    }
    if (skipping)
      handler_.on_too_long();
    else if (!partial.empty())
      handler_.on_line(std::move(partial));
    handler_.on_end();
  }

  void split(std::string_view bytes, std::string& partial, bool& skipping) {
    while (!bytes.empty()) {
      auto end = bytes.find('\n');
      auto piece = bytes.substr(0, end);
      if (!skipping)
        partial += piece;
      if (partial.size() > max_line) {
        partial.clear();
        partial.shrink_to_fit();
        skipping = true;
      }
      if (end == std::string_view::npos)
        return;
      bytes.remove_prefix(end + 1);
      if (std::exchange(skipping, false)) {
        handler_.on_too_long();
        continue;
      }
      if (!partial.empty() && partial.back() == '\r')
        partial.pop_back();
      handler_.on_line(std::exchange(partial, {}));
    }
  }

  int in_;
  int out_;
  line_handler handler_;
  const line_channel_limits limits_;
  /// Our side closes.
  wake_up closed_;
  /// The peer does not take what we write.
  wake_up lost_;
  /// The writer's own: set once it knows that we close.
  std::optional<steady::time_point> leave_at_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> queue_;
  size_t queued_ = 0;
  bool closing_ = false;
  bool gone_ = false;
  // Last, so that they start when the rest is there.
  std::thread writer_;
  std::thread reader_;
};

} // namespace

int claim_stdout() {
  // Not for the programs that we start: one that outlives us would keep the
  // client's end open.
  auto kept = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (kept >= 0)
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
  return kept;
}

std::unique_ptr<line_channel> open_line_channel(int in, int out,
                                                line_handler handler,
                                                line_channel_limits limits) {
  return std::make_unique<fd_channel>(in, out, std::move(handler), limits);
}

} // namespace smart_agents
