#include "messages/error.hpp"
#include "runtime/service_impl.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace smart_agents {

namespace {

/// What is on its way to an old front when a new one takes its place arrives
/// within this.
constexpr auto last_letters = std::chrono::seconds{1};

/// What a running program cannot change, as it is.
void keep(const settings& from, settings& to, const log_ptr& log) {
  auto same = from.listen_host == to.listen_host
              && from.listen_port == to.listen_port && from.tls == to.tls
              && from.control_host == to.control_host
              && from.control_port == to.control_port
              && from.threads == to.threads && from.database == to.database;
  if (!same)
    log->warn("reload: server.host, port, tls, control_host, control_port, "
              "threads and database stay as they are until the next start");
  to.listen_host = from.listen_host;
  to.listen_port = from.listen_port;
  to.tls = from.tls;
  to.control_host = from.control_host;
  to.control_port = from.control_port;
  to.threads = from.threads;
  to.database = from.database;
}

} // namespace

std::shared_ptr<wiring> service::impl::parts() {
  std::lock_guard guard{mutex_};
  return now_;
}

caf::error service::impl::reload(settings config) {
  auto old = parts();
  const auto& log = old->log();
  keep(old->configuration(), config, log);
  auto fresh = wiring::next(std::move(config), *first_);
  if (!fresh)
    return fresh.error();
  {
    std::lock_guard guard{mutex_};
    if (ending_)
      return make_error(ec::shutting_down, "The service is stopping.");
    now_ = std::move(*fresh);
  }
  retire(std::move(old));
  return {};
}

void service::impl::retire(std::shared_ptr<wiring> old) {
  // Those before it that are done.
  std::lock_guard guard{mutex_};
  for (auto i = retiring_.begin(); i != retiring_.end();) {
    if (!i->first)
      i->second.join();
    i = i->first ? std::next(i) : retiring_.erase(i);
  }
  auto finish = [this, old]() mutable {
    {
      std::unique_lock lock{mutex_};
      woken_.wait_for(lock, last_letters, [this] { return ending_; });
    }
    old->stop(old->configuration().request_timeout);
    {
      std::lock_guard done{mutex_};
      for (auto& x : retiring_)
        if (x.first == old)
          x.first = nullptr;
    }
    woken_.notify_all();
    // Its files and memory go with it.
    old = nullptr;
  };
  retiring_.emplace_back(old, std::thread{std::move(finish)});
}

bool service::impl::stop(caf::timespan grace) {
  auto deadline = std::chrono::steady_clock::now() + grace;
  {
    std::lock_guard guard{mutex_};
    ending_ = true;
  }
  woken_.notify_all();
  auto clean = parts()->stop(grace);
  decltype(retiring_) rest;
  {
    // Requests of those before it have as long as its own.
    std::unique_lock lock{mutex_};
    woken_.wait_until(lock, deadline, [this] {
      return std::all_of(retiring_.begin(), retiring_.end(),
                         [](const auto& x) { return x.first == nullptr; });
    });
    rest = std::exchange(retiring_, {});
  }
  for (auto& [old, waiter] : rest) {
    if (old)
      old->hurry();
    waiter.join();
  }
  return clean;
}

service::impl::~impl() {
  stop(std::chrono::seconds{0});
  // Those that use its system go before the first one.
  now_ = nullptr;
}

} // namespace smart_agents
