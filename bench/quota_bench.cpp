// How many reservations a second does the quota layer grant and settle: by the
// book alone, with few scopes and with many, and through the actor with its
// mailbox?

#include "actors/quota/quota_manager.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <limits>

namespace smart_agents {

namespace {

constexpr uint64_t plenty = std::numeric_limits<uint64_t>::max();

/// Five providers with four limits each, as a full configuration has them.
quota_book open_book(quota_now now) {
  std::vector<provider_quota> providers;
  for (const auto* name : {"ollama", "gemini", "grok", "chatgpt", "claude"})
    providers.push_back(
      {name,
       {{quota_kind::requests, quota_window::day, plenty},
        {quota_kind::requests, quota_window::month, plenty},
        {quota_kind::input_tokens, quota_window::day, plenty},
        {quota_kind::total_tokens, quota_window::month, plenty}},
       *calendar::in("America/Los_Angeles")});
  return quota_book{std::move(providers), {}, now};
}

reserve make_request() {
  reserve request;
  request.task_id = "req_01JDZ8Y9W3T0V4X5B6C7D8E9FA";
  request.provider = "claude";
  request.model = "claude-opus-4-8";
  request.input_tokens = 900;
  request.output_tokens = 400;
  return request;
}

settle truth_of(uint64_t id) {
  settle truth;
  truth.id = id;
  truth.provider = "claude";
  truth.tokens = {700, 100, 0, 250, 0, false};
  return truth;
}

void book_reserves_and_settles(benchmark::State& state) {
  auto now = quota_now{std::chrono::system_clock::now(),
                       std::chrono::steady_clock::now()};
  auto book = open_book(now);
  auto request = make_request();
  for ([[maybe_unused]] auto _ : state) {
    auto granted = book.hold(request, now);
    book.close(truth_of(granted.id), now);
  }
  state.SetItemsProcessed(state.iterations());
}

/// Limits on so many client keys, of whom requests come in turn; the time of
/// the slowest hundredth beside the mean.
void book_with_scopes(benchmark::State& state) {
  auto now = quota_now{std::chrono::system_clock::now(),
                       std::chrono::steady_clock::now()};
  auto count = static_cast<size_t>(state.range(0));
  provider_quota all;
  std::vector<reserve> requests;
  for (size_t i = 0; i < count; ++i) {
    quota_limit limit{quota_kind::total_tokens, quota_window::day, plenty};
    limit.key = "key-" + std::to_string(i);
    limit.source = limit_source::user;
    all.limits.push_back(limit);
    requests.push_back(make_request());
    requests.back().key = limit.key;
  }
  quota_book book{{all}, {}, now};
  std::vector<int64_t> each;
  each.reserve(1 << 20);
  size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    auto begin = std::chrono::steady_clock::now();
    auto granted = book.hold(requests[next], now);
    book.close(truth_of(granted.id), now);
    if (each.size() < each.capacity())
      each.push_back((std::chrono::steady_clock::now() - begin).count());
    next = (next + 1) % count;
  }
  state.SetItemsProcessed(state.iterations());
  auto p99 = each.begin() + static_cast<std::ptrdiff_t>(each.size() * 99 / 100);
  std::nth_element(each.begin(), p99, each.end());
  state.counters["p99_ns"] = static_cast<double>(*p99);
}

/// Keeps `in_flight` reservations open until `left` were settled.
class driver_state {
public:
  static constexpr const char* name = "driver";

  explicit driver_state(caf::event_based_actor* self) : self_{self} {}

  caf::behavior start(const quota_actor& quota, int64_t left, int in_flight) {
    quota_ = quota;
    left_ = left;
    for (int i = 0; i < in_flight; ++i)
      ask();
    return {[](next_window) {}};
  }

private:
  void ask() {
    if (left_-- <= 0) {
      self_->quit();
      return;
    }
    self_->request(quota_, std::chrono::minutes{1}, request_)
      .then([this](reserved& granted) {
        self_->send(quota_, truth_of(granted.id));
        ask();
      });
  }

  caf::event_based_actor* self_;
  quota_actor quota_;
  int64_t left_ = 0;
  reserve request_ = make_request();
};

void actor_reserves_and_settles(benchmark::State& state) {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", size_t{2});
  caf::actor_system system{config};
  quota_options options;
  options.memory = std::make_shared<quota_memory>(open_book(
    {std::chrono::system_clock::now(), std::chrono::steady_clock::now()}));
  auto quota = system.spawn(quota_manager, options);
  constexpr int64_t pairs = 2000;
  for ([[maybe_unused]] auto _ : state) {
    caf::scoped_actor self{system};
    // With an argument: CAF takes the address of a tuple that is not there
    // where a function has none.
    self->spawn<caf::monitored>(
      [&](caf::stateful_actor<driver_state>* driver, int in_flight) {
        return driver->state.start(quota, pairs, in_flight);
      },
      16);
    self->receive([](caf::down_msg&) {});
  }
  state.SetItemsProcessed(state.iterations() * pairs);
  caf::anon_send_exit(quota, caf::exit_reason::user_shutdown);
}

} // namespace

BENCHMARK(book_reserves_and_settles)->Repetitions(9)->ReportAggregatesOnly();
BENCHMARK(book_with_scopes)->Arg(1)->Arg(100)->Arg(10000);
BENCHMARK(actor_reserves_and_settles)
  ->UseRealTime()
  ->MeasureProcessCPUTime()
  ->Repetitions(9)
  ->ReportAggregatesOnly();

} // namespace smart_agents

BENCHMARK_MAIN();
