#include "runtime/reloader.hpp"

#include "adapters/key_store.hpp"
#include "messages/error.hpp"
#include "runtime/client_keys.hpp"
#include "runtime/service_impl.hpp"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>

namespace smart_agents {

namespace {

namespace fs = std::filesystem;

/// How soon a key that was made or revoked counts.
constexpr auto look_every = std::chrono::seconds{1};

} // namespace

struct reloader::impl {
  impl(service& of, std::function<caf::expected<settings>()> read, log_ptr log)
    : of{of}, read{std::move(read)}, log{std::move(log)},
      keys{key_store_path(of.configuration().database)} {}

  service& of;
  std::function<caf::expected<settings>()> read;
  log_ptr log;
  /// The file of the keys that `smart-agents keys` made.
  std::string keys;
  std::mutex busy;
  bool stopped = false;
  std::mutex mutex;
  std::condition_variable woken;
  bool asked = false;
  bool ending = false;
  std::thread thread;

  /// Changes whenever the keys do.
  fs::file_time_type stand() const {
    std::error_code none;
    return fs::last_write_time(keys, none);
  }

  std::string reload() {
    std::lock_guard guard{busy};
    if (stopped)
      return "the service is stopping";
    auto fresh = read();
    auto why = fresh ? check_client_keys_of(*fresh) : fresh.error();
    if (!why)
      why = of.details().reload(std::move(*fresh));
    if (!why) {
      log->info("the configuration was loaded again and is in force");
      return {};
    }
    auto text = render(why);
    log->error("the configuration stays as it was: {}", text);
    return text;
  }

  /// With the keys beside the ledger, which the settings do not hold yet.
  caf::error check_client_keys_of(settings config) const {
    config.database = of.configuration().database;
    if (auto bad = add_client_keys(config))
      return bad;
    config.listen_host = of.configuration().listen_host;
    return check_client_keys(config);
  }

  void run() {
    auto seen = stand();
    std::unique_lock lock{mutex};
    for (;;) {
      woken.wait_for(lock, look_every, [this] { return asked || ending; });
      if (ending)
        return;
      auto now = stand();
      if (!std::exchange(asked, false) && now == seen)
        continue;
      seen = now;
      lock.unlock();
      reload();
      lock.lock();
    }
  }
};

reloader::reloader(service& of, std::function<caf::expected<settings>()> read,
                   log_ptr log)
  : impl_{std::make_unique<impl>(of, std::move(read), std::move(log))} {
  impl_->thread = std::thread{[x = impl_.get()] { x->run(); }};
}

reloader::~reloader() {
  {
    std::lock_guard guard{impl_->mutex};
    impl_->ending = true;
  }
  impl_->woken.notify_all();
  impl_->thread.join();
}

void reloader::ask() {
  {
    std::lock_guard guard{impl_->mutex};
    impl_->asked = true;
  }
  impl_->woken.notify_all();
}

std::string reloader::reload() {
  return impl_->reload();
}

void reloader::stop() {
  std::lock_guard guard{impl_->busy};
  impl_->stopped = true;
}

} // namespace smart_agents
