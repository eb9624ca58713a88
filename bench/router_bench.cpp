#include "actors/router/analysis.hpp"
#include "actors/router/selection.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

// How long does one routing decision take: analysis of the prompt, estimate of
// its tokens, ranking of 12 candidates? p50, p99 and p99.9 of single decisions,
// in microseconds, and how often each takes memory; the goal is a p99 below 50
// at 4 KiB. `analysis_time` is the part of the trained model,
// `learned_decision_time` a decision with all that was learned of the models.

namespace {

std::atomic<uint64_t> allocations{0};

} // namespace

void* operator new(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (auto* memory = std::malloc(size))
    return memory;
  throw std::bad_alloc{};
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace smart_agents {
namespace {

router_options twelve_candidates() {
  router_options result;
  result.providers = {
    {"ollama", "ollama", "qwen3:8b", "qwen3:30b", {}, true},
    {"gemini", "gemini", "gemini-3.8-flash", "gemini-4-argon", {}, false},
    {"grok", "xai", "grok-4.3", "grok-4.7", {}, false},
    {"chatgpt", "openai", "gpt-6.1-terra", "gpt-6.1-sol", {}, false},
    {"claude", "anthropic", "claude-sonnet-5-5", "claude-opus-5-5", {}, false},
    {"spare", "openai", "gpt-6-luna", "gpt-6-astra", {}, false},
  };
  return result;
}

std::string prompt_of(size_t bytes) {
  static const std::string text =
    "Please review this function and explain, step by step, how it computes "
    "the sum of 17 and 25. It must handle errors:\n- empty input\n- overflow\n"
    "int add(const std::vector<int>& xs) { return xs[0] + xs[1]; }\n";
  std::string result;
  while (result.size() < bytes)
    result += text;
  result.resize(bytes);
  return result;
}

template <class Work>
void measure(benchmark::State& state, const Work& work) {
  std::vector<double> times;
  times.reserve(1u << 20);
  work();
  uint64_t taken = 0;
  for ([[maybe_unused]] auto _ : state) {
    auto before = allocations.load(std::memory_order_relaxed);
    auto begin = std::chrono::steady_clock::now();
    auto result = work();
    std::chrono::duration<double, std::micro> took =
      std::chrono::steady_clock::now() - begin;
    benchmark::DoNotOptimize(result);
    taken += allocations.load(std::memory_order_relaxed) - before;
    times.push_back(took.count());
  }
  std::sort(times.begin(), times.end());
  auto at = [&times](double share) {
    return times[static_cast<size_t>(share
                                     * static_cast<double>(times.size() - 1))];
  };
  state.counters["p50_us"] = at(0.5);
  state.counters["p99_us"] = at(0.99);
  state.counters["p99.9_us"] = at(0.999);
  state.counters["allocations"] =
    static_cast<double>(taken) / static_cast<double>(times.size());
}

void decision_time(benchmark::State& state) {
  roster who{twelve_candidates()};
  provider_outlooks outlooks;
  outlooks["grok"].room = {"grok", 0.4, ""};
  outlooks["gemini"].room = {"gemini", 0, "10000 of 10000 requests are used"};
  task what;
  what.request.messages.push_back(
    text_message(role::user, prompt_of(static_cast<size_t>(state.range(0)))));
  auto now = std::chrono::steady_clock::now();
  measure(state, [&] { return decide(who, what, outlooks, now); });
}

void learned_decision_time(benchmark::State& state) {
  auto options = twelve_candidates();
  auto known = std::make_shared<model_experience>();
  auto ratios = std::make_shared<token_ratios>();
  for (const auto& x : options.providers)
    for (const auto& model : {x.model, x.strong_model}) {
      ratios->learn(x.name, model, 1000, 1100);
      for (const char* type : {"text", "code", "reasoning"})
        known->rate(x.name, model, type, true);
    }
  options.experience = known;
  options.ratios = ratios;
  roster who{options};
  task what;
  what.conversation = "conversation";
  what.request.messages.push_back(
    text_message(role::user, prompt_of(static_cast<size_t>(state.range(0)))));
  auto now = std::chrono::steady_clock::now();
  measure(state, [&] { return decide(who, what, {}, now); });
}

void analysis_time(benchmark::State& state) {
  chat_request request;
  request.messages.push_back(
    text_message(role::user, prompt_of(static_cast<size_t>(state.range(0)))));
  measure(state, [&] { return analyse(request); });
}

BENCHMARK(analysis_time)->Arg(100)->Arg(4 << 10)->Arg(100 << 10);
BENCHMARK(decision_time)->Arg(100)->Arg(4 << 10)->Arg(100 << 10);
BENCHMARK(learned_decision_time)->Arg(4 << 10);

} // namespace
} // namespace smart_agents

BENCHMARK_MAIN();
