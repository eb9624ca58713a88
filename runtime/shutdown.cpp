#include "runtime/shutdown.hpp"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <thread>

namespace smart_agents {

namespace {

/// Wakes a watch that is no longer needed.
constexpr int wake = SIGUSR2;

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, wake);
  return set;
}

} // namespace

void block_signals() {
  auto set = watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  // A file that may not grow is an error like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
}

struct signal_watch::impl {
  std::function<void(int)> on_first;
  std::function<void()> on_hangup;
  std::thread thread;

  void run() const {
    auto set = watched();
    bool first = true;
    for (;;) {
      int signal = 0;
      if (sigwait(&set, &signal) != 0)
        continue;
      if (signal == wake)
        return;
      if (signal == SIGHUP && on_hangup) {
        on_hangup();
        continue;
      }
      if (!first)
        _exit(128 + signal);
      first = false;
      on_first(signal);
    }
  }
};

signal_watch::signal_watch(std::function<void(int)> on_first,
                           std::function<void()> on_hangup)
  : impl_{std::make_unique<impl>()} {
  block_signals();
  impl_->on_first = std::move(on_first);
  impl_->on_hangup = std::move(on_hangup);
  impl_->thread = std::thread{[x = impl_.get()] { x->run(); }};
}

signal_watch::~signal_watch() {
  pthread_kill(impl_->thread.native_handle(), wake);
  impl_->thread.join();
}

struct until_signal::impl {
  std::promise<int> came;
  std::future<int> number = came.get_future();
  signal_watch watch;

  explicit impl(std::function<void()> on_hangup)
    : watch{[this](int signal) { came.set_value(signal); },
            std::move(on_hangup)} {}
};

until_signal::until_signal(std::function<void()> on_hangup)
  : impl_{std::make_unique<impl>(std::move(on_hangup))} {}

until_signal::~until_signal() = default;

int until_signal::wait() {
  return impl_->number.get();
}

} // namespace smart_agents
