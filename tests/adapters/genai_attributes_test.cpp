#include "adapters/genai_attributes.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace smart_agents;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::MatchesRegex;

namespace json = boost::json;

namespace {

ledger_row row() {
  ledger_row x;
  x.at = wall_time{1795435200s};
  x.task_id = "req_1";
  x.origin = "gateway";
  x.provider = "claude";
  x.model = "opus";
  x.type = "code";
  x.complexity = 9;
  x.outcome = "answered";
  x.tokens.uncached_input = 10;
  x.tokens.cache_read = 5;
  x.tokens.output = 3;
  x.cost_usd = 0.25;
  x.elapsed = 2s;
  x.first_byte = 300ms;
  return x;
}

} // namespace

TEST(GenAiAttributes, SpeakTheConventions) {
  auto x = genai_attributes(row());
  EXPECT_EQ(x.at("gen_ai.operation.name"), json::value("chat"));
  EXPECT_EQ(x.at("gen_ai.provider.name"), json::value("anthropic"));
  EXPECT_EQ(x.at("gen_ai.request.model"), json::value("opus"));
  EXPECT_EQ(x.at("gen_ai.usage.input_tokens"), json::value(15));
  EXPECT_EQ(x.at("gen_ai.usage.output_tokens"), json::value(3));
  EXPECT_EQ(x.at("smart_agents.request.id"), json::value("req_1"));
  EXPECT_FALSE(x.contains("error.type"));
}

TEST(GenAiAttributes, NameWhatFailed) {
  auto failed = row();
  failed.provider = "groq";
  failed.outcome = "overloaded";
  failed.first_byte = caf::timespan{0};
  auto x = genai_attributes(failed);
  EXPECT_EQ(x.at("error.type"), json::value("overloaded"));
  EXPECT_EQ(x.at("gen_ai.provider.name"), json::value("groq"));
  EXPECT_FALSE(x.contains("smart_agents.time_to_first_token_seconds"));
}

TEST(GenAiAttributes, MakeALineForPeople) {
  EXPECT_EQ(attempt_line(row()),
            "req_1 attempt 1: claude/opus answered after 2.000 s, $0.250000");
}

TEST(TraceId, IsTheSameForARequestAndItsSteps) {
  auto step = row();
  step.task_id += "/plan";
  auto other = row();
  other.task_id = "req_2";
  EXPECT_THAT(trace_id_of(row()), MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(trace_id_of(row()), trace_id_of(step));
  EXPECT_NE(trace_id_of(row()), trace_id_of(other));
}

TEST(TraceId, IsTheCallersWhereItNamesOne) {
  auto x = row();
  x.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  auto body = json::parse(otlp_traces({x, row()}, "0.1.0"));
  const auto& spans = body.at("resourceSpans")
                        .at(0)
                        .at("scopeSpans")
                        .at(0)
                        .at("spans")
                        .as_array();
  EXPECT_EQ(spans[0].at("traceId"),
            json::value("4bf92f3577b34da6a3ce929d0e0e4736"));
  EXPECT_EQ(spans[0].at("parentSpanId"), json::value("00f067aa0ba902b7"));
  EXPECT_FALSE(spans[1].as_object().contains("parentSpanId"));
}

TEST(OtlpTraces, HaveASpanAnAttempt) {
  auto failed = row();
  failed.attempt = 2;
  failed.outcome = "timeout";
  auto body = json::parse(otlp_traces({row(), failed}, "0.1.0"));
  const auto& resource = body.at("resourceSpans").at(0);
  EXPECT_THAT(json::serialize(resource.at("resource")),
              HasSubstr(R"({"key":"service.name","value":{"stringValue":)"
                        R"("smart-agents"}})"));
  const auto& spans = resource.at("scopeSpans").at(0).at("spans").as_array();
  ASSERT_EQ(spans.size(), 2u);
  const auto& first = spans[0];
  EXPECT_EQ(first.at("name"), json::value("chat opus"));
  EXPECT_EQ(first.at("traceId"), spans[1].at("traceId"));
  EXPECT_NE(first.at("spanId"), spans[1].at("spanId"));
  EXPECT_EQ(first.at("startTimeUnixNano"), json::value("1795435200000000000"));
  EXPECT_EQ(first.at("endTimeUnixNano"), json::value("1795435202000000000"));
  EXPECT_EQ(first.at("status").at("code"), json::value(1));
  EXPECT_EQ(spans[1].at("status").at("code"), json::value(2));
  // Integers are strings in OTLP's JSON.
  EXPECT_THAT(json::serialize(first.at("attributes")),
              HasSubstr(R"({"key":"gen_ai.usage.input_tokens","value":)"
                        R"({"intValue":"15"}})"));
}
