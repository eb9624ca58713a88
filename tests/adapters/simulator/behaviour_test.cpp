#include "adapters/simulator/behaviour.hpp"

#include "adapters/simulator/fault_plan.hpp"
#include "messages/error.hpp"

#include <gmock/gmock.h>

namespace smart_agents::sim {

using ::testing::HasSubstr;

namespace {

std::string error_of(std::string_view json) {
  behaviour x;
  auto before = x;
  auto error = update(x, json);
  EXPECT_EQ(x, before) << "changed by a wrong update";
  return error ? render(error) : "";
}

std::vector<fault> draw(fault_plan& from, size_t n) {
  std::vector<fault> result;
  result.reserve(n);
  for (size_t i = 0; i < n; ++i)
    result.push_back(from.next());
  return result;
}

} // namespace

TEST(SimBehaviour, ChangesOnlyTheKeysGiven) {
  behaviour x;
  x.chunk_tokens = 7;
  ASSERT_FALSE(update(x, R"({"latency_ms": 5, "faults": {"hang": 0.25},
    "script": ["ok", {"fault": "cut", "times": 3}],
    "limits": {"requests_per_day": 9}, "models": ["a", {"name": "b",
    "context": 10, "max_output": 3}], "tokens_per_second": 12.5,
    "credit_exhausted": true})"));
  EXPECT_EQ(x.latency_ms, 5u);
  EXPECT_EQ(x.chunk_tokens, 7u);
  EXPECT_EQ(x.faults.at(fault::hang), 0.25);
  EXPECT_EQ(x.script,
            (std::vector<script_step>{{fault::ok, 1}, {fault::cut, 3}}));
  EXPECT_EQ(x.limits.requests_per_day, 9u);
  EXPECT_EQ(x.models[1], (model{"b", 10, 3}));
  EXPECT_EQ(x.tokens_per_second, 12.5);
  EXPECT_TRUE(x.credit_exhausted);
}

TEST(SimBehaviour, ReadsWhatItPrints) {
  auto x = default_behaviour(vendor::gemini);
  x.latency_ms = 5;
  x.faults[fault::reset] = 0.5;
  x.script = {{fault::hang, 2}};
  x.limits.time_zone = "Europe/Oslo";
  behaviour y;
  ASSERT_FALSE(update(y, to_json(x)));
  EXPECT_EQ(x, y);
}

TEST(SimBehaviour, NamesWhatIsWrong) {
  EXPECT_THAT(error_of("{"), HasSubstr("no JSON"));
  EXPECT_THAT(error_of("[]"), HasSubstr("must be a JSON object"));
  EXPECT_THAT(error_of(R"({"latency": 5})"), HasSubstr("unknown key"));
  EXPECT_THAT(error_of(R"({"latency": 5})"), HasSubstr("latency_ms"));
  EXPECT_THAT(error_of(R"({"latency_ms": -1})"), HasSubstr("\"latency_ms\""));
  EXPECT_THAT(error_of(R"({"latency_ms": "5"})"), HasSubstr("whole number"));
  EXPECT_THAT(error_of(R"({"down": 1})"), HasSubstr("true or false"));
  EXPECT_THAT(error_of(R"({"faults": {"hang": 0.6, "cut": 0.6}})"),
              HasSubstr("sum is at most 1"));
  EXPECT_THAT(error_of(R"({"faults": {"hung": 0.6}})"),
              HasSubstr("stream_error"));
  EXPECT_THAT(error_of(R"({"script": ["what"]})"), HasSubstr("truncate"));
  EXPECT_THAT(error_of(R"({"script": [{"fault": "cut", "times": 0}]})"),
              HasSubstr("\"times\""));
  EXPECT_THAT(error_of(R"({"limits": {"per_day": 3}})"),
              HasSubstr("limits.per_day"));
  EXPECT_THAT(error_of(R"({"limits": {"time_zone": "Mars"}})"),
              HasSubstr("IANA"));
  EXPECT_THAT(error_of(R"({"models": [{"context": 3}]})"), HasSubstr("name"));
}

TEST(SimFaultPlan, FollowsTheScriptAndThenChance) {
  behaviour x;
  x.script = {{fault::ok, 2}, {fault::hang, 1}};
  x.faults = {{fault::cut, 1.0}};
  fault_plan plan{1};
  plan.configure(x);
  EXPECT_EQ(draw(plan, 5), (std::vector{fault::ok, fault::ok, fault::hang,
                                        fault::cut, fault::cut}));
}

TEST(SimFaultPlan, ShowsWhatIsLeftOfTheScript) {
  behaviour x;
  x.script = {{fault::ok, 1}, {fault::hang, 3}};
  fault_plan plan{1};
  plan.configure(x);
  draw(plan, 2);
  EXPECT_EQ(plan.left(), (std::vector<script_step>{{fault::hang, 2}}));
  draw(plan, 2);
  EXPECT_TRUE(plan.left().empty());
}

TEST(SimFaultPlan, RepeatsItselfForTheSameSeed) {
  behaviour x;
  x.faults = {{fault::hang, 0.2}, {fault::cut, 0.3}};
  fault_plan a{7};
  fault_plan b{7};
  fault_plan c{8};
  for (auto* plan : {&a, &b, &c})
    plan->configure(x);
  auto first = draw(a, 200);
  EXPECT_EQ(first, draw(b, 200));
  EXPECT_NE(first, draw(c, 200));
}

TEST(SimFaultPlan, KeepsToTheShares) {
  behaviour x;
  x.faults = {{fault::hang, 0.2}, {fault::cut, 0.3}};
  fault_plan plan{1};
  plan.configure(x);
  std::map<fault, int> seen;
  for (auto what : draw(plan, 10'000))
    ++seen[what];
  EXPECT_NEAR(seen[fault::hang], 2000, 150);
  EXPECT_NEAR(seen[fault::cut], 3000, 150);
  EXPECT_NEAR(seen[fault::ok], 5000, 150);
}

} // namespace smart_agents::sim
