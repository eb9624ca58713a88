#pragma once

#include <functional>
#include <memory>

namespace smart_agents {

/// Blocks SIGINT, SIGTERM and SIGHUP in the calling thread and in all that it
/// starts from now on, and ignores SIGPIPE: a reader that went away is an
/// error of the write. Call it before any thread starts.
void block_signals();

/// Waits for the blocked signals on a thread of its own. The first calls
/// `on_first` there, with the signal's number; the second ends the process at
/// once with 128 + its number.
class signal_watch {
public:
  /// With `on_hangup`, a SIGHUP ends nothing: every one calls it instead, on
  /// the same thread.
  explicit signal_watch(std::function<void(int)> on_first,
                        std::function<void()> on_hangup = {});

  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;

  /// Stops watching. Not from `on_first`.
  ~signal_watch();

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// A `signal_watch` to wait for: what long-running commands block on.
class until_signal {
public:
  /// `on_hangup` is a `signal_watch`'s.
  explicit until_signal(std::function<void()> on_hangup = {});
  ~until_signal();

  /// Returns the first signal's number once it came.
  int wait();

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace smart_agents
