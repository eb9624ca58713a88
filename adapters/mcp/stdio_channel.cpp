#include "adapters/mcp/stdio_channel.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace smart_agents {

namespace {

/// Bytes that may wait for a peer that does not read.
constexpr size_t max_queued = 256u << 20;

class fd_channel final : public line_channel {
public:
  fd_channel(int in, int out, line_handler handler)
    : in_{in}, out_{out}, stop_{eventfd(0, EFD_CLOEXEC)}, handler_{std::move(
                                                            handler)},
      writer_{[this] { write_all(); }}, reader_{[this] { read_all(); }} {}

  ~fd_channel() override {
    {
      std::lock_guard guard{mutex_};
      closing_ = true;
    }
    changed_.notify_all();
    writer_.join();
    uint64_t one = 1;
    [[maybe_unused]] auto n = ::write(stop_, &one, sizeof one);
    reader_.join();
    ::close(stop_);
  }

  void write(std::string line) override {
    line += '\n';
    {
      std::lock_guard guard{mutex_};
      if (gone_ || queued_ + line.size() > max_queued) {
        gone_ = true;
        return;
      }
      queued_ += line.size();
      queue_.push_back(std::move(line));
    }
    changed_.notify_all();
  }

private:
  void write_all() {
    std::unique_lock lock{mutex_};
    for (;;) {
      changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
      if (queue_.empty() || gone_)
        return;
      auto line = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      auto good = write_line(line);
      lock.lock();
      queued_ -= line.size();
      if (!good) {
        gone_ = true;
        return;
      }
    }
  }

  bool write_line(const std::string& line) const {
    for (size_t at = 0; at < line.size();) {
      auto n = ::write(out_, line.data() + at, line.size() - at);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return false;
      at += static_cast<size_t>(n);
    }
    return true;
  }

  void read_all() {
    std::string partial;
    auto skipping = false;
    std::string buffer(65536, '\0');
    for (;;) {
      pollfd ready[2]{{in_, POLLIN, 0}, {stop_, POLLIN, 0}};
      if (::poll(ready, 2, -1) < 0 && errno != EINTR)
        break;
      if (ready[1].revents != 0)
        return; // our side closes; there is nobody left to tell
      if (ready[0].revents == 0)
        continue;
      auto n = ::read(in_, buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      split({buffer.data(), static_cast<size_t>(n)}, partial, skipping);
    }
    if (!partial.empty())
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
  int stop_;
  line_handler handler_;
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
  auto kept = ::dup(STDOUT_FILENO);
  if (kept >= 0)
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
  return kept;
}

std::unique_ptr<line_channel> open_line_channel(int in, int out,
                                                line_handler handler) {
  return std::make_unique<fd_channel>(in, out, std::move(handler));
}

} // namespace smart_agents
