#include "adapters/job_store.hpp"
#include "bench/simulated_service.hpp"
#include "messages/job.hpp"

#include <benchmark/benchmark.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

// What the queue of background jobs costs: jobs a second from handing in to
// the result, beside the same questions asked at once without it, and beside
// the store alone. Providers answer as fast as they can.

namespace {

using namespace smart_agents;

constexpr int burst = 1000;

std::unique_ptr<bench::simulated_service> make() {
  return std::make_unique<bench::simulated_service>([](settings& x) {
    x.runs_jobs = true;
    x.jobs.running = 64;
    x.jobs.max_cpu = 0;
    x.jobs.max_memory = 0;
    for (auto& each : x.providers) {
      each.max_concurrent = 64;
      each.max_queue = 1000;
    }
  });
}

job_request question_for_a_job() {
  job_request x;
  x.input = "Say hello.";
  x.type = task_type::text;
  x.complexity = 1;
  x.origin = "bench";
  x.notify = job_notify::completion;
  return x;
}

/// Handed in by `state.range(0)` clients at once, each of which waits until its
/// job is on the disk before it hands in the next.
void jobs_from_submit_to_result(benchmark::State& state) {
  auto parts = make();
  auto& agents = parts->agents();
  auto left = std::make_shared<std::atomic<int>>(0);
  auto done = std::make_shared<std::promise<void>>();
  auto listening = agents.subscribe([left, done](const event& x) {
    if (x.what == event::kind::job && x.work && is_final(x.work->state)
        && --*left == 0)
      done->set_value();
  });
  for ([[maybe_unused]] auto _ : state) {
    *done = std::promise<void>{};
    *left = burst;
    std::atomic<int> next = 0;
    std::atomic<bool> refused = false;
    std::vector<std::thread> clients;
    clients.reserve(static_cast<size_t>(state.range(0)));
    for (int64_t i = 0; i < state.range(0); ++i)
      clients.emplace_back([&] {
        while (next++ < burst && !refused)
          if (!agents.submit_job(question_for_a_job()))
            refused = true;
      });
    for (auto& x : clients)
      x.join();
    if (refused)
      return state.SkipWithError("a job was refused");
    done->get_future().wait();
  }
  listening = nullptr;
  state.SetItemsProcessed(state.iterations() * burst);
}

/// The reference: the same questions without a queue.
void questions_at_once(benchmark::State& state) {
  auto parts = make();
  auto& agents = parts->agents();
  for ([[maybe_unused]] auto _ : state) {
    auto left = std::make_shared<std::atomic<int>>(burst);
    auto done = std::make_shared<std::promise<void>>();
    for (int i = 0; i < burst; ++i) {
      stream_reader reader;
      auto end = [left, done] {
        if (--*left == 0)
          done->set_value();
      };
      reader.finished = [end](const answer_ptr&) { end(); };
      reader.failed = [end](const answer_failed&) { end(); };
      agents.submit(bench::question("Say hello.", task_type::text, 1),
                    std::move(reader));
    }
    done->get_future().wait();
  }
  state.SetItemsProcessed(state.iterations() * burst);
}

/// The store alone, in groups of `state.range(0)`.
void store_alone(benchmark::State& state) {
  auto folder = std::filesystem::temp_directory_path()
                / ("smart-agents-jobs-" + make_task_id());
  std::filesystem::create_directories(folder);
  {
    auto store = bench::must(open_sqlite_jobs((folder / "jobs.db").string()));
    auto group = static_cast<uint32_t>(state.range(0));
    auto now = std::chrono::system_clock::now();
    for ([[maybe_unused]] auto _ : state) {
      std::vector<job_change> adds;
      for (uint32_t i = 0; i < group; ++i) {
        add_job x;
        x.what.id = "job_" + make_task_id();
        x.what.created = now;
        x.what.what = question_for_a_job();
        adds.emplace_back(std::move(x));
      }
      bench::must(store->apply(adds, now));
      job_limits limits;
      limits.running = group;
      auto taken = bench::must(store->claim("bench", group, limits, now));
      std::vector<job_change> ends;
      ends.reserve(taken.size());
      for (const auto& x : taken)
        ends.emplace_back(end_job{x->id, x->claim, job_state::completed, {}});
      bench::must(store->apply(ends, now));
    }
    state.SetItemsProcessed(state.iterations() * group);
  }
  std::filesystem::remove_all(folder);
}

BENCHMARK(jobs_from_submit_to_result)
  ->Arg(1)
  ->Arg(32)
  ->Unit(benchmark::kMillisecond)
  ->UseRealTime();
BENCHMARK(questions_at_once)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(store_alone)
  ->Arg(1)
  ->Arg(64)
  ->Unit(benchmark::kMillisecond)
  ->UseRealTime();

} // namespace

BENCHMARK_MAIN();
