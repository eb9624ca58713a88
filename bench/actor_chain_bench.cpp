// What does a request that passes three actors cost on our Asio scheduler, and
// what on CAF's own schedulers? Each answer is a median over runs that take
// turns, beside the ratio to ours.
//
//   actor_chain_bench [RUNS [SECONDS]]
//
// - among actors: a driver asks a front, which asks a middle, which asks an
//   end, and the answers come back; 6 messages a request.
// - from the network: a handler on an Asio thread sends to the front and gets
//   the answer there, as a connection does; 5 messages a request. The stock
//   schedulers run beside as many Asio threads as ours runs on.
// - nearly idle: the same, 33 times a second.

#include "adapters/beast/asio_coordinator.hpp"
#include "messages/dialect.hpp"
#include "messages/fwd.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace smart_agents::chain_bench {

struct connection;

/// One hop towards the end of the chain.
struct hop {
  uint64_t number = 0;
};

/// One hop back.
struct hopped {
  uint64_t number = 0;
};

/// A request comes from the network.
struct came {
  connection* from = nullptr;
};

} // namespace smart_agents::chain_bench

CAF_BEGIN_TYPE_ID_BLOCK(chain_bench, caf::id_block::smart_agents::end)

  CAF_ADD_TYPE_ID(chain_bench, (smart_agents::chain_bench::hop))
  CAF_ADD_TYPE_ID(chain_bench, (smart_agents::chain_bench::hopped))
  CAF_ADD_TYPE_ID(chain_bench, (smart_agents::chain_bench::came))

CAF_END_TYPE_ID_BLOCK(chain_bench)

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::chain_bench::hop)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::chain_bench::hopped)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::chain_bench::came)

namespace smart_agents::chain_bench {

namespace {

using clock = std::chrono::steady_clock;
using hop_actor = protocol<hopped(hop)>;
using front_actor = protocol<hopped(hop), void(came)>;

/// Requests under way at once, each on a chain of its own.
constexpr size_t connections = 64;

constexpr auto warm_up = std::chrono::milliseconds{200};
constexpr auto idle_pause = std::chrono::milliseconds{30};

// -- the chain ----------------------------------------------------------------

} // namespace

/// A peer whose handlers run on one I/O thread.
struct alignas(64) connection {
  boost::asio::io_context* home = nullptr;
  front_actor front;
  std::optional<boost::asio::steady_timer> timer;
  /// Zero keeps the connection busy.
  std::chrono::milliseconds pause{0};
  std::atomic<uint64_t> answers = 0;
  std::atomic<bool>* stop = nullptr;
  std::promise<void> stopped;

  void send() {
    caf::anon_send(front, came{this});
  }

  /// On its own thread.
  void answered() {
    answers.store(answers.load(std::memory_order_relaxed) + 1,
                  std::memory_order_relaxed);
    if (*stop)
      return stopped.set_value();
    if (pause.count() == 0)
      return send();
    timer->expires_after(pause);
    timer->async_wait([this](boost::system::error_code) { send(); });
  }
};

namespace {

/// `step` is there because CAF 0.17 dereferences null for an actor function
/// without arguments, which the checks of the release preset do not forgive.
hop_actor::behavior_type end_of_chain(hop_actor::pointer, uint64_t step) {
  return {[step](const hop& x) { return hopped{x.number + step}; }};
}

/// Asks `next` and passes the answer back.
template <class Self>
caf::result<hopped> ask_next(Self* self, const hop_actor& next, const hop& x) {
  auto promise = self->template make_response_promise<hopped>();
  self->request(next, caf::infinite, x)
    .then([promise](const hopped& back) mutable { promise.deliver(back); },
          [promise](caf::error& why) mutable { promise.deliver(why); });
  return promise;
}

hop_actor::behavior_type middle(hop_actor::pointer self,
                                const hop_actor& next) {
  return {[self, next](const hop& x) { return ask_next(self, next, x); }};
}

front_actor::behavior_type front(front_actor::pointer self,
                                 const hop_actor& next) {
  return {
    [self, next](const hop& x) { return ask_next(self, next, x); },
    [self, next](came x) {
      auto* from = x.from;
      auto tell = [from] {
        boost::asio::post(*from->home, [from] { from->answered(); });
      };
      self->request(next, caf::infinite, hop{1})
        .then([tell](const hopped&) { tell(); },
              [tell](const caf::error&) { tell(); });
    },
  };
}

front_actor make_chain(caf::actor_system& system) {
  auto last = system.spawn(end_of_chain, uint64_t{1});
  return system.spawn(front, system.spawn(middle, last));
}

/// Asks a front again and again.
caf::behavior driver(caf::event_based_actor* self, connection* of) {
  auto ask = [self, of](auto again) -> void {
    self->request(of->front, caf::infinite, hop{1})
      .then([self, of, again](const hopped&) {
        of->answers.store(of->answers.load(std::memory_order_relaxed) + 1,
                          std::memory_order_relaxed);
        if (!*of->stop)
          return again(again);
        self->quit();
        of->stopped.set_value();
      });
  };
  ask(ask);
  return {[](const hopped&) {}};
}

// -- measuring ----------------------------------------------------------------

enum class load { actors, network, idle };

struct sample {
  double per_second = 0;
  double cpu_us = 0;
  /// Share of one core, in percent.
  double core = 0;
};

double cpu_seconds() {
  rusage now{};
  getrusage(RUSAGE_SELF, &now);
  auto seconds = [](const timeval& x) {
    return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
  };
  return seconds(now.ru_utime) + seconds(now.ru_stime);
}

sample measure(const std::string& scheduler, load what,
               std::chrono::milliseconds window) {
  auto threads = std::max<size_t>(1, std::thread::hardware_concurrency());
  caf::actor_system_config config;
  config.set("scheduler.max-threads", threads);
  if (scheduler == "asio")
    use_asio_scheduler(config, threads);
  else
    config.set("scheduler.policy", scheduler == "sharing"
                                     ? caf::atom("sharing")
                                     : caf::atom("stealing"));
  caf::actor_system system{config};
  std::unique_ptr<io_threads> beside;
  auto* io = io_threads_of(system);
  if (io == nullptr) {
    beside = std::make_unique<io_threads>(threads);
    io = beside.get();
  }
  std::atomic<bool> stop = false;
  std::vector<connection> all(what == load::idle ? 1 : connections);
  for (size_t i = 0; i < all.size(); ++i) {
    auto& x = all[i];
    x.home = &io->context(i % io->size());
    x.timer.emplace(*x.home);
    x.stop = &stop;
    if (what == load::idle)
      x.pause = idle_pause;
    boost::asio::post(*x.home, [&system, &x, what] {
      x.front = make_chain(system);
      if (what == load::actors)
        system.spawn(driver, &x);
      else
        x.send();
    });
  }
  auto count = [&all] {
    uint64_t sum = 0;
    for (const auto& x : all)
      sum += x.answers.load(std::memory_order_relaxed);
    return sum;
  };
  std::this_thread::sleep_for(warm_up);
  auto from = clock::now();
  auto cpu = cpu_seconds();
  auto before = count();
  std::this_thread::sleep_for(window);
  auto requests = static_cast<double>(count() - before);
  cpu = cpu_seconds() - cpu;
  auto seconds = std::chrono::duration<double>(clock::now() - from).count();
  stop = true;
  for (auto& x : all)
    x.stopped.get_future().wait();
  return {requests / seconds, cpu * 1e6 / requests, cpu * 100 / seconds};
}

double median(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  auto half = x.size() / 2;
  return x.size() % 2 == 1 ? x[half] : (x[half - 1] + x[half]) / 2;
}

/// Median and, in brackets, the least and the most.
std::string shown(const std::vector<double>& x, int digits) {
  std::array<char, 80> text{};
  auto [least, most] = std::minmax_element(x.begin(), x.end());
  std::snprintf(text.data(), text.size(), "%.*f (%.*f-%.*f)", digits, median(x),
                digits, *least, digits, *most);
  return text.data();
}

void compare(const char* title, load what, int runs,
             std::chrono::milliseconds window, int messages) {
  const std::array<std::string, 3> schedulers{"asio", "sharing", "stealing"};
  std::map<std::string, std::array<std::vector<double>, 2>> results;
  for (int i = 0; i < runs; ++i)
    for (const auto& name : schedulers) {
      auto got = measure(name, what, window);
      auto idle = what == load::idle;
      results[name][0].push_back(idle ? got.core : got.per_second * messages);
      results[name][1].push_back(got.cpu_us);
    }
  auto idle = what == load::idle;
  std::printf("\n%s\n%-9s  %-32s  %-28s  %s\n", title, "scheduler",
              idle ? "% of a core" : "messages/s", "CPU us/request",
              "CPU, ours = 1");
  auto ours = median(results["asio"][1]);
  for (const auto& name : schedulers) {
    const auto& x = results[name];
    std::printf("%-9s  %-32s  %-28s  %.2f\n", name.c_str(),
                shown(x[0], idle ? 2 : 0).c_str(), shown(x[1], 2).c_str(),
                median(x[1]) / ours);
  }
}

int run(int runs, double seconds) {
  auto window = std::chrono::milliseconds{static_cast<int64_t>(seconds * 1000)};
  std::array<double, 1> busy{};
  getloadavg(busy.data(), 1);
  std::printf("median (least-most) of %d runs of %.1f s; %u cores, load before "
              "%.2f\n",
              runs, seconds, std::thread::hardware_concurrency(), busy[0]);
  compare("among actors: 64 chains, 6 messages a request", load::actors, runs,
          window, 6);
  compare("from the network: 64 connections, 5 messages a request",
          load::network, runs, window, 5);
  compare("nearly idle: one connection, 33 requests/s", load::idle, runs,
          2 * window, 5);
  return 0;
}

} // namespace

} // namespace smart_agents::chain_bench

int main(int argc, char** argv) {
  auto runs = argc > 1 ? std::atoi(argv[1]) : 5;
  auto seconds = argc > 2 ? std::atof(argv[2]) : 1.5;
  if (runs < 1 || seconds <= 0) {
    std::fprintf(stderr, "usage: actor_chain_bench [RUNS [SECONDS]]\n");
    return 2;
  }
  try {
    return smart_agents::chain_bench::run(runs, seconds);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "actor_chain_bench: %s\n", e.what());
    return 1;
  }
}
