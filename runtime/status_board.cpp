#include "runtime/status_board.hpp"

#include "messages/error.hpp"
#include "runtime/cli/render.hpp"
#include "runtime/service_impl.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace smart_agents {

namespace {

namespace json = boost::json;
using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto fresh_for = 1s;
constexpr auto patience = 500ms;

/// What the actors said at one moment.
struct view {
  clock::time_point at{};
  std::vector<provider_status> providers;
  std::vector<child_status> children;
  json::object quota;
  json::object storage;
  std::vector<std::string> reasons;
};

template <class T>
json::array list(const std::vector<T>& from) {
  json::array result;
  for (const auto& x : from)
    result.emplace_back(cli::to_json(x));
  return result;
}

} // namespace

struct status_board::impl {
  service& of;
  metrics& counters;
  const clock::time_point started = clock::now();
  std::mutex mutex;
  std::condition_variable wanted;
  std::condition_variable came;
  view last;
  bool asked = false;
  bool ending = false;
  bool stopping = false;
  std::thread thread;

  explicit impl(service& of)
    : of{of}, counters{of.details().parts()->counters()} {
    thread = std::thread{[this] { run(); }};
  }

  ~impl() {
    {
      std::lock_guard guard{mutex};
      ending = true;
    }
    wanted.notify_all();
    thread.join();
  }

  void run() {
    std::unique_lock lock{mutex};
    for (;;) {
      wanted.wait(lock, [this] { return asked || ending; });
      if (ending)
        return;
      asked = false;
      lock.unlock();
      auto now = look();
      lock.lock();
      last = std::move(now);
      came.notify_all();
    }
  }

  view look() {
    view x;
    x.providers = of.providers();
    x.children = of.children();
    for (const auto& p : x.providers)
      counters.provider(p);
    for (const auto& c : x.children) {
      counters.restarts(c.name, c.restarts);
      if (!c.running)
        x.reasons.push_back("the actor " + c.name
                            + " is being restarted: " + c.last_error);
    }
    if (std::none_of(x.providers.begin(), x.providers.end(),
                     [](auto& p) { return p.circuit != circuit_state::open; }))
      x.reasons.emplace_back("no provider is available");
    if (auto quota = of.quota()) {
      x.quota = cli::to_json(*quota);
      for (const auto& limit : quota->limits)
        counters.limit(limit);
      counters.refusals(quota->misses, quota->beyond_bound);
    } else {
      x.reasons.push_back("quota does not answer: " + render(quota.error()));
    }
    if (auto storage = of.storage()) {
      x.storage = cli::to_json(*storage);
      if (!storage->trouble.empty())
        x.reasons.push_back(
          "the ledger is in trouble: " + storage->trouble + " ("
          + std::to_string(storage->pending)
          + " rows wait in memory; calls go on within the leases that are "
            "held, and where there is no limit)");
    } else {
      x.reasons.push_back("storage does not answer: "
                          + render(storage.error()));
    }
    x.at = clock::now();
    return x;
  }

  /// A view that is fresh, or the last one.
  view current() {
    std::unique_lock lock{mutex};
    auto is_fresh = [this] { return clock::now() - last.at < fresh_for; };
    if (!is_fresh()) {
      asked = true;
      wanted.notify_one();
      came.wait_for(lock, patience, is_fresh);
    }
    auto x = last;
    if (x.at == clock::time_point{})
      x.reasons.emplace_back("the service has not answered yet");
    else if (clock::now() - x.at > 5s)
      x.reasons.emplace_back("the service has not answered for some seconds");
    if (stopping)
      x.reasons.insert(x.reasons.begin(), "the service is stopping");
    return x;
  }

  static double seconds(clock::duration x) {
    return std::chrono::duration<double>(x).count();
  }

  std::string status() {
    auto x = current();
    auto now = clock::now();
    json::array providers;
    for (const auto& p : x.providers)
      providers.emplace_back(cli::to_json(p, now));
    json::array reasons;
    for (const auto& r : x.reasons)
      reasons.emplace_back(r);
    auto ready = x.reasons.empty();
    json::object result{{"version", SMART_AGENTS_VERSION},
                        {"uptime_seconds", seconds(now - started)},
                        {"ready", ready},
                        {"reasons", std::move(reasons)},
                        {"simulated", of.configuration().simulate},
                        {"providers", std::move(providers)},
                        {"quota", std::move(x.quota)},
                        {"storage", std::move(x.storage)},
                        {"actors", list(x.children)}};
    if (x.at != clock::time_point{})
      result["age_seconds"] = seconds(now - x.at);
    return json::serialize(result) + "\n";
  }
};

status_board::status_board(service& of) : impl_{std::make_unique<impl>(of)} {}

status_board::~status_board() = default;

status_pages status_board::pages() {
  status_pages result;
  result.ready = [x = impl_.get()] {
    auto now = x->current();
    return readiness{now.reasons.empty(), now.reasons};
  };
  result.status = [x = impl_.get()] { return x->status(); };
  result.metrics = [x = impl_.get()] {
    x->current();
    return x->counters.text();
  };
  return result;
}

void status_board::stopping() {
  std::lock_guard guard{impl_->mutex};
  impl_->stopping = true;
}

} // namespace smart_agents
