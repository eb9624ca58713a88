#include "actors/router/selection.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

// How long does one routing decision take: analysis of the prompt, estimate of
// its tokens, ranking of 12 candidates? p50 and p99 of single decisions, in
// microseconds; the goal is a p99 below 50.

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

void decision_time(benchmark::State& state) {
  roster who{twelve_candidates()};
  provider_outlooks outlooks;
  outlooks["grok"].room = {"grok", 0.4, ""};
  outlooks["gemini"].room = {"gemini", 0, "10000 of 10000 requests are used"};
  task what;
  what.request.messages.push_back(
    text_message(role::user, prompt_of(static_cast<size_t>(state.range(0)))));
  auto now = std::chrono::steady_clock::now();
  std::vector<double> times;
  for (auto _ : state) {
    auto begin = std::chrono::steady_clock::now();
    auto result = decide(who, what, outlooks, now);
    std::chrono::duration<double, std::micro> took =
      std::chrono::steady_clock::now() - begin;
    benchmark::DoNotOptimize(result);
    times.push_back(took.count());
  }
  std::sort(times.begin(), times.end());
  auto at = [&times](double share) {
    return times[static_cast<size_t>(share
                                     * static_cast<double>(times.size() - 1))];
  };
  state.counters["p50_us"] = at(0.5);
  state.counters["p99_us"] = at(0.99);
}

BENCHMARK(decision_time)->Arg(100)->Arg(4 << 10)->Arg(100 << 10);

} // namespace
} // namespace smart_agents

BENCHMARK_MAIN();
