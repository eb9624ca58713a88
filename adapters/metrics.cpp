#include "adapters/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <map>
#include <mutex>

namespace smart_agents {

namespace {

using namespace prometheus;

Family<Counter>& counters(Registry& in, const char* name, const char* help) {
  return BuildCounter().Name(name).Help(help).Register(in);
}

Family<Gauge>& gauges(Registry& in, const char* name, const char* help) {
  return BuildGauge().Name(name).Help(help).Register(in);
}

Family<Histogram>& histograms(Registry& in, const char* name,
                              const char* help) {
  return BuildHistogram().Name(name).Help(help).Register(in);
}

/// From a local cache hit to the longest reasoning, in seconds.
const Histogram::BucketBoundaries& durations() {
  static const Histogram::BucketBoundaries result{
    0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300};
  return result;
}

/// From none at all to the longest that a client waits, in seconds.
const Histogram::BucketBoundaries& waits() {
  static const Histogram::BucketBoundaries result{
    0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60};
  return result;
}

double seconds(caf::timespan x) {
  return std::chrono::duration<double>(x).count();
}

} // namespace

struct metrics::impl {
  Registry registry;
  Family<Counter>& attempts = counters(registry, "smart_agents_attempts_total",
                                       "Provider calls by outcome.");
  Family<Counter>& tokens = counters(registry, "smart_agents_tokens_total",
                                     "Tokens as reported or estimated.");
  Family<Counter>& cost = counters(registry, "smart_agents_cost_usd_total",
                                   "US dollars by catalogue prices.");
  Family<Counter>& saved =
    counters(registry, "smart_agents_saved_usd_total",
             "US dollars saved against the strongest model configured.");
  Counter& failovers =
    counters(registry, "smart_agents_failovers_total",
             "Answers that were not their task's first attempt.")
      .Add({});
  Counter& limit_hits =
    counters(registry, "smart_agents_limit_hits_total",
             "Attempts that a limit stopped, ours or the provider's.")
      .Add({});
  Gauge& unforeseen =
    gauges(registry, "smart_agents_unforeseen_refusals",
           "Refusals by providers (429) that no limit had foreseen.")
      .Add({});
  Gauge& beyond = gauges(registry, "smart_agents_beyond_bound",
                         "Attempts that used more than was reserved.")
                    .Add({});
  Family<Histogram>& elapsed = histograms(
    registry, "smart_agents_attempt_duration_seconds", "Whole provider calls.");
  Family<Histogram>& first_byte =
    histograms(registry, "smart_agents_time_to_first_token_seconds",
               "Time to the first content of good answers.");
  Family<Histogram>& queued =
    histograms(registry, "smart_agents_queue_wait_seconds",
               "Time that calls waited in their provider's queue.");
  Family<Counter>& spans = counters(
    registry, "smart_agents_trace_spans_total",
    "Spans by what became of them: sent to the collector, or dropped.");
  Family<Gauge>& available = gauges(registry, "smart_agents_provider_available",
                                    "0 while a provider rests.");
  Family<Gauge>& running =
    gauges(registry, "smart_agents_provider_running", "Calls under way.");
  Family<Gauge>& waiting =
    gauges(registry, "smart_agents_provider_waiting", "Calls in the queue.");
  Family<Gauge>& limit =
    gauges(registry, "smart_agents_limit", "Configured limits.");
  Family<Gauge>& used = gauges(registry, "smart_agents_limit_used",
                               "Used and reserved of a limit.");
  Family<Gauge>& tasks =
    gauges(registry, "smart_agents_running_tasks", "Tasks in hand.");
  Family<Gauge>& restarts = gauges(registry, "smart_agents_actor_restarts",
                                   "Restarts of a supervised actor.");

  /// The counters of one provider and model. Looking one up in a family hashes
  /// its labels each time, which an attempt should not pay ten times.
  struct series {
    std::array<Counter*, 4> tokens{};
    Counter* cost = nullptr;
    Counter* saved = nullptr;
    Histogram* elapsed = nullptr;
    Histogram* first_byte = nullptr;
    std::map<std::string, Counter*, std::less<>> outcomes;
  };

  Counter& spans_sent = spans.Add({{"outcome", "sent"}});
  Counter& spans_dropped = spans.Add({{"outcome", "dropped"}});

  std::mutex mutex;
  /// By provider.
  std::map<std::string, Histogram*, std::less<>> queues;
  std::map<std::pair<std::string, std::string>, series> known;
  Gauge& tasks_now = tasks.Add({});

  /// Clients choose model names, so their number must have a bound.
  series& find(const std::string& provider, const std::string& model) {
    std::pair key{provider, model};
    if (auto i = known.find(key); i != known.end())
      return i->second;
    if (known.size() >= max_series)
      key.second = "other";
    return known[std::move(key)];
  }

  template <class Made, class Make>
  static Made& once(Made*& place, Make make) {
    if (place == nullptr)
      place = &make();
    return *place;
  }
};

metrics::metrics() : impl_{std::make_unique<impl>()} {}

metrics::~metrics() = default;

void metrics::attempt(const ledger_row& row) {
  static constexpr std::array kinds{"uncached_input", "cache_read",
                                    "cache_write", "output"};
  std::lock_guard guard{impl_->mutex};
  auto& x = impl_->find(row.provider, row.model);
  const Labels provider{{"provider", row.provider}};
  auto labels = [&] {
    auto bounded = impl_->known.count({row.provider, row.model}) != 0;
    return Labels{{"provider", row.provider},
                  {"model", bounded ? row.model : "other"}};
  };
  auto outcome = x.outcomes.find(row.outcome);
  if (outcome == x.outcomes.end()) {
    auto with_outcome = labels();
    with_outcome["outcome"] = row.outcome;
    outcome =
      x.outcomes.emplace(row.outcome, &impl_->attempts.Add(with_outcome)).first;
  }
  outcome->second->Increment();
  if (row.outcome == "answered" && row.attempt > 1)
    impl_->failovers.Increment();
  if (is_quota_hit(row.outcome))
    impl_->limit_hits.Increment();
  std::array counts{row.tokens.uncached_input, row.tokens.cache_read,
                    row.tokens.cache_write, row.tokens.output};
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0)
      impl::once(x.tokens[i], [&]() -> Counter& {
        auto with_kind = labels();
        with_kind["kind"] = kinds[i];
        return impl_->tokens.Add(with_kind);
      }).Increment(static_cast<double>(counts[i]));
  // Counters only grow: what cost more than the strongest saved nothing.
  if (row.cost_usd > 0)
    impl::once(x.cost, [&]() -> Counter& {
      return impl_->cost.Add(labels());
    }).Increment(row.cost_usd);
  if (row.saved_usd > 0)
    impl::once(x.saved, [&]() -> Counter& {
      return impl_->saved.Add(labels());
    }).Increment(row.saved_usd);
  impl::once(x.elapsed, [&]() -> Histogram& {
    return impl_->elapsed.Add(provider, durations());
  }).Observe(seconds(row.elapsed));
  if (row.first_byte > caf::timespan{0})
    impl::once(x.first_byte, [&]() -> Histogram& {
      return impl_->first_byte.Add(provider, durations());
    }).Observe(seconds(row.first_byte));
}

void metrics::waited(const std::string& provider, caf::timespan how_long) {
  std::lock_guard guard{impl_->mutex};
  impl::once(impl_->queues[provider], [&]() -> Histogram& {
    return impl_->queued.Add({{"provider", provider}}, waits());
  }).Observe(seconds(how_long));
}

void metrics::traced(uint64_t sent, uint64_t dropped) {
  impl_->spans_sent.Increment(static_cast<double>(sent));
  impl_->spans_dropped.Increment(static_cast<double>(dropped));
}

void metrics::provider(const provider_status& now) {
  Labels labels{{"provider", now.name}};
  impl_->available.Add(labels).Set(now.circuit == circuit_state::open ? 0 : 1);
  impl_->running.Add(labels).Set(now.running);
  impl_->waiting.Add(labels).Set(now.waiting);
}

void metrics::limit(const limit_status& now) {
  Labels labels{
    {"provider", now.provider}, {"kind", now.kind}, {"window", now.window}};
  for (const auto& [name, value] :
       {std::pair{"model", &now.model},
        std::pair{"credential", &now.credential}, std::pair{"key", &now.key}})
    if (!value->empty())
      labels[name] = *value;
  impl_->limit.Add(labels).Set(static_cast<double>(now.limit));
  impl_->used.Add(labels).Set(static_cast<double>(now.used + now.reserved));
}

void metrics::refusals(uint64_t unforeseen, uint64_t beyond_bound) {
  impl_->unforeseen.Set(static_cast<double>(unforeseen));
  impl_->beyond.Set(static_cast<double>(beyond_bound));
}

void metrics::running_tasks(uint32_t count) {
  impl_->tasks_now.Set(count);
}

void metrics::restarts(const std::string& child, uint32_t count) {
  impl_->restarts.Add({{"actor", child}}).Set(count);
}

std::string metrics::text() const {
  return TextSerializer{}.Serialize(impl_->registry.Collect());
}

} // namespace smart_agents
