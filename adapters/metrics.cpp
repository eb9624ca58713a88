#include "adapters/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <set>

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
  Family<Histogram>& elapsed = histograms(
    registry, "smart_agents_attempt_seconds", "Whole provider calls.");
  Family<Histogram>& first_byte =
    histograms(registry, "smart_agents_first_byte_seconds",
               "Time to the first byte of good answers.");
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

  std::mutex mutex;
  std::set<std::pair<std::string, std::string>> series;

  /// Clients choose model names, so their number must have a bound.
  Labels labels(const std::string& provider, const std::string& model) {
    std::lock_guard guard{mutex};
    std::pair key{provider, model};
    if (series.count(key) == 0) {
      if (series.size() >= max_series)
        return {{"provider", provider}, {"model", "other"}};
      series.insert(std::move(key));
    }
    return {{"provider", provider}, {"model", model}};
  }

  void add_tokens(Labels labels, const char* kind, uint64_t count) {
    if (count == 0)
      return;
    labels["kind"] = kind;
    tokens.Add(labels).Increment(static_cast<double>(count));
  }
};

metrics::metrics() : impl_{std::make_unique<impl>()} {}

metrics::~metrics() = default;

void metrics::attempt(const ledger_row& row) {
  auto labels = impl_->labels(row.provider, row.model);
  auto with_outcome = labels;
  with_outcome["outcome"] = row.outcome;
  impl_->attempts.Add(with_outcome).Increment();
  impl_->add_tokens(labels, "uncached_input", row.tokens.uncached_input);
  impl_->add_tokens(labels, "cache_read", row.tokens.cache_read);
  impl_->add_tokens(labels, "cache_write", row.tokens.cache_write);
  impl_->add_tokens(labels, "output", row.tokens.output);
  // Counters only grow: what cost more than the strongest saved nothing.
  if (row.cost_usd > 0)
    impl_->cost.Add(labels).Increment(row.cost_usd);
  if (row.saved_usd > 0)
    impl_->saved.Add(labels).Increment(row.saved_usd);
  Labels provider{{"provider", row.provider}};
  impl_->elapsed.Add(provider, durations()).Observe(seconds(row.elapsed));
  if (row.first_byte > caf::timespan{0})
    impl_->first_byte.Add(provider, durations())
      .Observe(seconds(row.first_byte));
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
  impl_->limit.Add(labels).Set(static_cast<double>(now.limit));
  impl_->used.Add(labels).Set(static_cast<double>(now.used + now.reserved));
}

void metrics::running_tasks(uint32_t count) {
  impl_->tasks.Add({}).Set(count);
}

void metrics::restarts(const std::string& child, uint32_t count) {
  impl_->restarts.Add({{"actor", child}}).Set(count);
}

std::string metrics::text() const {
  return TextSerializer{}.Serialize(impl_->registry.Collect());
}

} // namespace smart_agents
