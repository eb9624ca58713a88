#include "runtime/cli/render.hpp"

#include "actors/router/decision_row.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace smart_agents;
using namespace smart_agents::cli;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

namespace {

answer sample() {
  answer x;
  x.task_id = "req_1";
  x.response.parts = {text_part{"4"}};
  x.response.tokens.uncached_input = 12;
  x.response.tokens.output = 3;
  x.provider = "claude";
  x.model = "opus";
  x.reason = "code of complexity 9";
  x.type = task_type::code;
  x.complexity = 9;
  x.cost_usd = 0.0123;
  x.saved_usd = 0.5;
  x.elapsed = 2310ms;
  attempt refused;
  refused.provider = "chatgpt";
  refused.model = "gpt";
  refused.failed =
    failure{failure_class::over_quota, "200 of 200 used", 0, {}, {}};
  x.attempts = {refused};
  return x;
}

const style plain{};

} // namespace

TEST(AnswerBlock, NamesEverythingAboutAnAnswer) {
  EXPECT_EQ(answer_block(sample(), plain),
            "provider    claude\n"
            "model       opus\n"
            "complexity  9 (code)\n"
            "reason      code of complexity 9\n"
            "time        2.31 s\n"
            "cost        $0.0123 (12 tokens in, 3 out)\n"
            "saved       $0.50 against the strongest model\n"
            "request     req_1\n"
            "tried       chatgpt/gpt: over_quota: 200 of 200 used\n");
}

TEST(AnswerBlock, LabelsASimulatedAnswer) {
  auto x = sample();
  x.simulated = true;
  EXPECT_THAT(answer_block(x, plain), HasSubstr("claude (SIMULATED"));
  EXPECT_THAT(boost::json::serialize(to_json(x)),
              HasSubstr("\"simulated\":true"));
}

TEST(AnswerBlock, SaysWhenAnAnswerIsCutOff) {
  auto x = sample();
  x.response.finish = finish_reason::length;
  EXPECT_THAT(answer_block(x, plain), HasSubstr("ended with length"));
}

TEST(FailureBlock, NamesCauseAndWhatWasTried) {
  answer_failed x;
  x.why = {failure_class::over_quota, "every provider is used up", 0, {}, {}};
  x.attempts = sample().attempts;
  EXPECT_EQ(failure_block(x, plain),
            "No answer: every provider is used up\n"
            "tried       chatgpt/gpt: over_quota: 200 of 200 used\n");
}

TEST(Money, KeepsDigitsThatSaySomething) {
  EXPECT_EQ(money(0), "$0");
  EXPECT_EQ(money(12.345), "$12.35");
  EXPECT_EQ(money(0.0123), "$0.0123");
  EXPECT_EQ(money(0.000012), "$0.0000120");
  EXPECT_EQ(money(-0.5), "-$0.50");
}

TEST(Elapsed, IsSaidInTheUnitThatFits) {
  EXPECT_EQ(elapsed(340ms), "340 ms");
  EXPECT_EQ(elapsed(2310ms), "2.31 s");
  EXPECT_EQ(elapsed(250s), "4 min 10 s");
}

TEST(Until, CountsUpToTheNextMinute) {
  wall_time now{};
  EXPECT_EQ(until(now + 1s, now), "in 1 min");
  EXPECT_EQ(until(now + 7h + 12min, now), "in 7 h 12 min");
  EXPECT_EQ(until(now + 49h, now), "in 2 d 1 h");
  EXPECT_EQ(until(now - 1s, now), "now");
}

TEST(TerminalText, LosesWhatWouldSteerTheTerminal) {
  EXPECT_EQ(for_terminal("a\x1b[31mred\x07\tb\r\n\xc2\x9b"
                         "1m \xc2\xa9 \xe2\x82\xac\x7f"),
            "a[31mred\tb\n1m \xc2\xa9 \xe2\x82\xac");
}

TEST(Table, PadsByWhatIsSeen) {
  style colours{true};
  EXPECT_EQ(table({"A", "B"}, {{"\xc3\xa9", "1"}, {"xyz", "2"}}),
            "A    B\n\xc3\xa9    1\nxyz  2\n");
  EXPECT_EQ(table({"A", "B"}, {{colours.red("x"), "1"}}),
            "A  B\n\x1b[31mx\x1b[0m  1\n");
}

TEST(QuotaText, ShowsLimitsAndWhoRests) {
  wall_time now{};
  quota_report x;
  x.limits = {{"claude", "requests", "day", 150, 150, 0, now + 1h}};
  x.resting = {{"grok", "asked us to", now + 5min}};
  auto text = quota_text(x, now, plain);
  EXPECT_THAT(text, HasSubstr("claude    requests  day     150   0     150    "
                              "100 %  in 1 h 0 min"));
  EXPECT_THAT(text, HasSubstr("grok rests, in 5 min again: asked us to"));
  EXPECT_EQ(quota_text({}, now, plain), "No provider has a limit.\n");
}

TEST(QuotaText, ShowsDollarsOfAScopeAndWhenTheyRunOut) {
  wall_time now{};
  limit_status dollars{"", "usd",   "day", 5'000'000'000, 1'250'000'000,
                       0,  now + 2h};
  dollars.key = "team";
  dollars.runs_out_at = now + 1h;
  quota_report x;
  x.limits = {dollars};
  auto text = quota_text(x, now, plain);
  EXPECT_THAT(text, HasSubstr("any, key team  usd "));
  EXPECT_THAT(text, HasSubstr("$1.25"));
  EXPECT_THAT(text, HasSubstr("25 %"));
  EXPECT_THAT(text, HasSubstr("in 2 h 0 min  in 1 h 0 min"));
  auto json = to_json(x);
  const auto& one = json.at("limits").as_array().at(0).as_object();
  EXPECT_EQ(one.at("used").as_double(), 1.25);
  EXPECT_EQ(one.at("key").as_string(), "team");
}

TEST(UsageText, AddsUp) {
  usage_report x;
  usage_sum one;
  one.group = "claude";
  one.requests = 2;
  one.cost_usd = 0.25;
  x.sums = {one, one};
  auto text = usage_text(x, "provider");
  EXPECT_THAT(text, HasSubstr("PROVIDER"));
  EXPECT_THAT(text, HasSubstr("total     4         0       0          0      "
                              "     $0.50  $0"));
}

TEST(DecisionText, NamesCandidatesAndThosePassedOver) {
  decision x;
  x.type = task_type::code;
  x.complexity = 9;
  x.rule = "code 8-10 -> claude";
  candidate first;
  first.provider = "claude";
  first.quality = 0.87;
  first.seconds = 3.2;
  first.learned = -0.05;
  first.evidence = 12;
  first.reason = "the rule names it";
  x.ranked = {first};
  candidate other;
  other.provider = "grok";
  other.passed_over = "it rests";
  x.passed_over = {other};
  auto text = decision_text(x, plain);
  EXPECT_THAT(text, HasSubstr("0.87     3.2 s"));
  EXPECT_THAT(text, HasSubstr("the rule names it"));
  EXPECT_THAT(text, HasSubstr("passed over: it rests"));
  EXPECT_THAT(text, Not(HasSubstr("LEARNED")));
  EXPECT_THAT(decision_text(x, plain, true), HasSubstr("-5.0 % of 12.0"));
  boost::json::value json = smart_agents::to_json(x);
  EXPECT_EQ(json.at_pointer("/provider"), boost::json::value("claude"));
  EXPECT_EQ(json.at_pointer("/ranked/0/quality"), 0.87);
  EXPECT_EQ(json.at_pointer("/ranked/0/seconds"), 3.2);
  EXPECT_EQ(json.at_pointer("/ranked/0/learned/evidence"), 12.0);
}

TEST(Json, OfAFailureHasItsClass) {
  answer_failed x;
  x.why = {failure_class::billing, "no money", 402, "credits", 30s};
  auto text = boost::json::serialize(to_json(x));
  EXPECT_THAT(text, HasSubstr(R"("error":{"class":"billing")"));
  EXPECT_THAT(text, HasSubstr(R"("retry_after_seconds":3E1)"));
}
