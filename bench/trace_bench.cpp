// How often does a provider refuse what we sent it, with the quota layer and
// without? A day of 50,000 requests in bursts, in virtual time, against
// providers that keep limits as real ones do: nothing is configured, all is
// learned from their answers. `trace_bench [--seed N] [--requests N]`.

#include "actors/quota/quota_book.hpp"
#include "adapters/catalogue.hpp"
#include "adapters/simulator/limiter.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <numbers>
#include <queue>
#include <random>
#include <string>
#include <vector>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

// 2026-11-23 00:00 UTC: `date -u -d 2026-11-23 +%s`.
constexpr wall_time midnight{1795392000s};

constexpr caf::timespan longest_wait = 30s;

/// One provider: whose habits, which model, what it allows.
struct site {
  std::string name;
  sim::vendor whose;
  /// As in the catalogue.
  std::string vendor;
  std::string model;
  sim::limits allowed;
};

/// Limits of entry tiers and of a free Gemini (docs/PROVIDERS.md, section 6);
/// Ollama has none.
std::vector<site> sites() {
  site claude{
    "claude", sim::vendor::anthropic, "anthropic", "claude-opus-5-5", {}};
  claude.allowed.requests_per_minute = 50;
  claude.allowed.input_tokens_per_minute = 200'000;
  claude.allowed.output_tokens_per_minute = 20'000;
  site chatgpt{"chatgpt", sim::vendor::openai, "openai", "gpt-6.1-terra", {}};
  chatgpt.allowed.requests_per_minute = 60;
  chatgpt.allowed.tokens_per_minute = 200'000;
  site grok{"grok", sim::vendor::xai, "xai", "grok-4.3", {}};
  grok.allowed.requests_per_minute = 60;
  grok.allowed.tokens_per_minute = 300'000;
  site gemini{"gemini", sim::vendor::gemini, "gemini", "gemini-3.8-flash", {}};
  gemini.allowed.requests_per_minute = 10;
  gemini.allowed.requests_per_day = 250;
  return {claude,
          chatgpt,
          grok,
          gemini,
          {"ollama", sim::vendor::ollama, "ollama", "qwen3:8b", {}}};
}

struct request {
  caf::timespan at{0};
  /// Sites in the order in which the router would ask them.
  std::vector<size_t> order;
  uint64_t estimated = 0;
  uint64_t input = 0;
  uint64_t cached = 0;
  uint64_t output = 0;
};

/// Arrivals by the time of day, half of them in bursts of 20 to 200 within some
/// seconds, as when agents start many at once; sizes are log-normal.
std::vector<request> make_trace(uint32_t seed, size_t count) {
  std::mt19937 random{seed};
  auto uniform = [&](double a, double b) {
    return std::uniform_real_distribution<double>{a, b}(random);
  };
  auto size = [&](double median, double spread, double most) {
    auto x =
      std::lognormal_distribution<double>{std::log(median), spread}(random);
    return static_cast<uint64_t>(std::clamp(x, 1.0, most));
  };
  auto moment = [&] {
    // Twice as many at three in the afternoon as on average.
    for (;;) {
      auto t = uniform(0, 24);
      auto load = 1 + std::cos((t - 15) / 24 * 2 * std::numbers::pi);
      if (uniform(0, 2) < load)
        return t * 3600;
    }
  };
  std::vector<request> result;
  while (result.size() < count) {
    auto burst = uniform(0, 1) < 0.01;
    auto begin = moment();
    auto n = burst ? static_cast<size_t>(uniform(20, 200)) : size_t{1};
    for (size_t i = 0; i < n && result.size() < count; ++i) {
      request x;
      x.at = std::chrono::duration_cast<caf::timespan>(
        std::chrono::duration<double>(begin + (burst ? uniform(0, 8) : 0)));
      // By the default rules: a third hard, a third middling, the rest easy.
      auto kind = uniform(0, 1);
      if (kind < 0.25)
        x.order = {0, 1, 2, 4};
      else if (kind < 0.5)
        x.order = {1, 2, 0, 4};
      else if (kind < 0.7)
        x.order = {2, 1, 0, 4};
      else if (kind < 0.8)
        x.order = {3, 1, 4};
      else
        x.order = {4, 2, 1};
      x.input = size(1500, 1.2, 100'000);
      x.cached = uniform(0, 1) < 0.5 ? x.input * 8 / 10 : 0;
      x.output = size(350, 0.9, 4096);
      x.estimated =
        static_cast<uint64_t>(static_cast<double>(x.input) * uniform(1.0, 1.3));
      result.push_back(std::move(x));
    }
  }
  std::stable_sort(result.begin(), result.end(),
                   [](auto& a, auto& b) { return a.at < b.at; });
  return result;
}

/// What an answer of a site tells about its limits.
limit_signals signals_of(const site& of, const sim::limit_states& now,
                         const sim::limit_refusal* refused) {
  limit_signals out;
  auto at = [&](sim::limit_kind x) { return now[static_cast<size_t>(x)]; };
  auto add = [&](const std::string& name, const sim::limit_state& x) {
    if (x.limit == 0)
      return;
    if (of.whose == sim::vendor::anthropic) {
      auto prefix = "anthropic-ratelimit-" + name;
      out.emplace_back(prefix + "-limit", std::to_string(x.limit));
      out.emplace_back(prefix + "-remaining", std::to_string(x.remaining));
    } else {
      out.emplace_back("x-ratelimit-limit-" + name, std::to_string(x.limit));
      out.emplace_back("x-ratelimit-remaining-" + name,
                       std::to_string(x.remaining));
    }
  };
  switch (of.whose) {
  case sim::vendor::anthropic:
    add("requests", at(sim::limit_kind::requests_minute));
    add("input-tokens", at(sim::limit_kind::input_minute));
    add("output-tokens", at(sim::limit_kind::output_minute));
    break;
  case sim::vendor::openai:
  case sim::vendor::xai:
    add("requests", at(sim::limit_kind::requests_minute));
    add("tokens", at(sim::limit_kind::tokens_minute));
    break;
  case sim::vendor::gemini:
    // Only a refusal tells anything.
    if (refused != nullptr)
      out.emplace_back(refused->which == sim::limit_kind::requests_day
                         ? "body-quota GenerateRequestsPerDayPerProjectPerModel"
                         : "body-quota "
                           "GenerateRequestsPerMinutePerProjectPerModel",
                       std::to_string(refused->limit));
    break;
  default: break;
  }
  return out;
}

struct outcome {
  uint64_t refusals = 0;
  uint64_t attempts = 0;
  uint64_t answered = 0;
  uint64_t unanswered = 0;
  uint64_t waited = 0;
  double dollars = 0;
  std::map<std::string, uint64_t> by_site;
  std::map<std::string, uint64_t> refused_by;
};

double cost_of(const site& where, const request& x) {
  usage tokens;
  tokens.uncached_input = x.input - x.cached;
  tokens.cache_read = x.cached;
  tokens.output = x.output;
  return cost_usd(catalogue::built_in().find(where.vendor, where.model),
                  tokens);
}

/// Sends the trace in virtual time.
class replay {
public:
  replay(const std::vector<request>& trace, bool twin)
    : trace_{trace}, twin_{twin}, sites_{sites()}, rests_(sites_.size()),
      limiters_(sites_.size()) {
    std::vector<provider_quota> quotas;
    for (const auto& x : sites_) {
      provider_quota one;
      one.provider = x.name;
      one.vendor = x.vendor;
      one.zone = *calendar::in(
        x.whose == sim::vendor::gemini ? "America/Los_Angeles" : "UTC");
      quotas.push_back(std::move(one));
    }
    book_ = std::make_unique<quota_book>(std::move(quotas),
                                         std::vector<quota_used>{}, now());
    for (size_t i = 0; i < sites_.size(); ++i)
      limiters_[i].configure(sites_[i].allowed, sites_[i].whose, now().wall);
  }

  outcome run() {
    for (size_t i = 0; i < trace_.size(); ++i)
      events_.push({trace_[i].at, next_++, i, {}});
    while (!events_.empty()) {
      auto x = events_.top();
      events_.pop();
      clock_ = std::max(clock_, x.at);
      if (x.end)
        finish(*x.end);
      else
        attempt(x.which);
    }
    return result_;
  }

private:
  struct answer_end {
    uint64_t id = 0;
    size_t where = 0;
    size_t which = 0;
    limit_signals told;
  };

  struct happening {
    caf::timespan at{0};
    uint64_t number = 0;
    size_t which = 0;
    std::optional<answer_end> end;
    bool operator<(const happening& other) const {
      return std::tie(at, number) > std::tie(other.at, other.number);
    }
  };

  quota_now now() const {
    return {midnight + std::chrono::duration_cast<wall_time::duration>(clock_),
            instant{100h} + clock_};
  }

  reserve ask_for(size_t where, const request& x) const {
    reserve result;
    result.provider = sites_[where].name;
    result.model = sites_[where].model;
    result.input_tokens = x.estimated;
    result.output_tokens = 4096;
    return result;
  }

  void attempt(size_t which) {
    const auto& x = trace_[which];
    for (auto where : x.order) {
      const auto& to = sites_[where];
      // A provider that said when to come again is left alone until then, in
      // both cases: the circuit breaker does that.
      if (clock_ < rests_[where])
        continue;
      reserved granted;
      if (twin_) {
        granted = book_->hold(ask_for(where, x), now());
        if (granted.refused)
          continue;
      }
      ++result_.attempts;
      // What its cache had is free at Anthropic.
      auto counted =
        to.whose == sim::vendor::anthropic ? x.input - x.cached : x.input;
      auto refused = limiters_[where].admit(counted, x.output, now().wall);
      auto told = signals_of(to, limiters_[where].look(now().wall),
                             refused ? &*refused : nullptr);
      if (!refused) {
        auto seconds = 0.5 + static_cast<double>(x.output) / 80;
        auto at = clock_
                  + std::chrono::duration_cast<caf::timespan>(
                    std::chrono::duration<double>(seconds));
        events_.push({at, next_++, which,
                      answer_end{granted.id, where, which, std::move(told)}});
        ++result_.by_site[to.name];
        return;
      }
      ++result_.refusals;
      ++result_.refused_by[to.name];
      rests_[where] = clock_ + refused->retry_after;
      if (!twin_)
        continue;
      settle bad;
      bad.id = granted.id;
      bad.provider = to.name;
      bad.served = false;
      bad.failed = failure{
        failure_class::rate_limited, "429", 429, {}, refused->retry_after};
      bad.signals = std::move(told);
      book_->close(bad, now());
      book_->take_misses();
    }
    if (clock_ - x.at >= longest_wait) {
      ++result_.unanswered;
      return;
    }
    ++result_.waited;
    events_.push({clock_ + 1s, next_++, which, {}});
  }

  void finish(const answer_end& x) {
    const auto& what = trace_[x.which];
    ++result_.answered;
    result_.dollars += cost_of(sites_[x.where], what);
    if (!twin_)
      return;
    settle good;
    good.id = x.id;
    good.provider = sites_[x.where].name;
    good.tokens.uncached_input = what.input - what.cached;
    good.tokens.cache_read = what.cached;
    good.tokens.output = what.output;
    good.signals = x.told;
    book_->close(good, now());
    book_->take_notices();
  }

  const std::vector<request>& trace_;
  bool twin_;
  std::vector<site> sites_;
  std::vector<caf::timespan> rests_;
  std::vector<sim::limiter> limiters_;
  std::unique_ptr<quota_book> book_;
  std::priority_queue<happening> events_;
  uint64_t next_ = 0;
  caf::timespan clock_{0};
  outcome result_;
};

void print(const char* name, const outcome& x, size_t requests) {
  std::printf("%-12s %7llu refused by providers (%.3f %% of requests), %llu "
              "answered, %llu not within 30 s, $%.2f\n",
              name, static_cast<unsigned long long>(x.refusals),
              100.0 * static_cast<double>(x.refusals)
                / static_cast<double>(requests),
              static_cast<unsigned long long>(x.answered),
              static_cast<unsigned long long>(x.unanswered), x.dollars);
  std::printf("%-12s answered by:", "");
  for (const auto& [site, n] : x.by_site)
    std::printf(" %s %llu", site.c_str(), static_cast<unsigned long long>(n));
  std::printf("; refused by:");
  for (const auto& [site, n] : x.refused_by)
    std::printf(" %s %llu", site.c_str(), static_cast<unsigned long long>(n));
  std::printf("\n");
}

} // namespace

} // namespace smart_agents

int main(int argc, char** argv) {
  using namespace smart_agents;
  uint32_t seed = 1;
  size_t requests = 50'000;
  for (int i = 1; i + 1 < argc; i += 2) {
    auto value = std::strtoul(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--seed") == 0)
      seed = static_cast<uint32_t>(value);
    else if (std::strcmp(argv[i], "--requests") == 0)
      requests = std::max<size_t>(value, 1);
    else {
      std::fprintf(stderr, "usage: trace_bench [--seed N] [--requests N]\n");
      return 2;
    }
  }
  auto trace = make_trace(seed, requests);
  auto off = replay{trace, false}.run();
  auto on = replay{trace, true}.run();
  double strongest = 0;
  for (const auto& x : trace)
    strongest += cost_of(sites().front(), x);
  std::printf("%zu requests in a day, seed %u\n", trace.size(), seed);
  print("without", off, trace.size());
  print("with", on, trace.size());
  std::printf("all of them by %s: $%.2f\n", sites().front().model.c_str(),
              strongest);
  auto few = static_cast<double>(on.refusals)
             <= 0.005 * static_cast<double>(trace.size());
  auto fewer = on.refusals * 10 <= off.refusals;
  std::printf("at most 0.5 %% of requests: %s; at most a tenth: %s\n",
              few ? "yes" : "NO", fewer ? "yes" : "NO");
  return few && fewer ? 0 : 1;
}
