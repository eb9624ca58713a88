#include "adapters/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace smart_agents;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

namespace {

ledger_row row(const std::string& model, const std::string& outcome) {
  ledger_row x;
  x.provider = "claude";
  x.model = model;
  x.outcome = outcome;
  x.tokens.uncached_input = 10;
  x.tokens.output = 5;
  x.cost_usd = 0.5;
  x.saved_usd = -1;
  x.elapsed = 3s;
  x.first_byte = 200ms;
  return x;
}

} // namespace

TEST(Metrics, CountAttemptsByProviderModelAndOutcome) {
  metrics m;
  m.attempt(row("opus", "answered"));
  m.attempt(row("opus", "answered"));
  m.attempt(row("opus", "timeout"));
  auto text = m.text();
  EXPECT_THAT(text, HasSubstr("smart_agents_attempts_total{model=\"opus\","
                              "outcome=\"answered\",provider=\"claude\"} 2"));
  EXPECT_THAT(text, HasSubstr("outcome=\"timeout\",provider=\"claude\"} 1"));
  EXPECT_THAT(text, HasSubstr("smart_agents_tokens_total{kind=\"output\","
                              "model=\"opus\",provider=\"claude\"} 15"));
  EXPECT_THAT(text, HasSubstr("smart_agents_cost_usd_total{model=\"opus\","
                              "provider=\"claude\"} 1.5"));
  EXPECT_THAT(text, HasSubstr("smart_agents_attempt_duration_seconds_bucket{"
                              "provider=\"claude\",le=\"5\"} 3"));
}

TEST(Metrics, NeverCountDownWhatWasSaved) {
  metrics m;
  m.attempt(row("opus", "answered"));
  EXPECT_THAT(m.text(), Not(HasSubstr("smart_agents_saved_usd_total{")));
}

TEST(Metrics, BoundTheNumberOfModels) {
  metrics m;
  for (size_t i = 0; i < metrics::max_series + 50; ++i)
    m.attempt(row("m" + std::to_string(i), "answered"));
  auto text = m.text();
  EXPECT_THAT(text, HasSubstr("smart_agents_attempts_total{model=\"other\","
                              "outcome=\"answered\",provider=\"claude\"} 50"));
}

TEST(Metrics, HaveAHistogramOfTheTimeInQueues) {
  metrics m;
  m.waited("claude", 0s);
  m.waited("claude", 2s);
  m.traced(3, 1);
  auto text = m.text();
  EXPECT_THAT(text, HasSubstr("smart_agents_queue_wait_seconds_bucket{"
                              "provider=\"claude\",le=\"0.001\"} 1"));
  EXPECT_THAT(text, HasSubstr("smart_agents_queue_wait_seconds_sum{"
                              "provider=\"claude\"} 2"));
  EXPECT_THAT(text, HasSubstr("smart_agents_trace_spans_total{"
                              "outcome=\"dropped\"} 1"));
}

TEST(Metrics, ShowProvidersLimitsAndTasks) {
  metrics m;
  provider_status p;
  p.name = "grok";
  p.circuit = circuit_state::open;
  p.waiting = 3;
  m.provider(p);
  m.limit({"claude", "requests", "day", 150, 20, 1, {}});
  m.running_tasks(4);
  auto text = m.text();
  EXPECT_THAT(
    text, HasSubstr("smart_agents_provider_available{provider=\"grok\"} 0"));
  EXPECT_THAT(text,
              HasSubstr("smart_agents_provider_waiting{provider=\"grok\"} 3"));
  EXPECT_THAT(text, HasSubstr("smart_agents_limit_used{kind=\"requests\","
                              "provider=\"claude\",window=\"day\"} 21"));
  EXPECT_THAT(text, HasSubstr("smart_agents_running_tasks 4"));
}
