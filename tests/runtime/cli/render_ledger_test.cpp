#include "runtime/cli/render.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace smart_agents;
using namespace smart_agents::cli;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

namespace {

// 2026-11-23 12:00 UTC.
constexpr wall_time noon{1795435200s};

const style plain{};

ledger_row row() {
  ledger_row x;
  x.at = noon;
  x.task_id = "req_1";
  x.origin = "mcp";
  x.provider = "claude";
  x.model = "opus";
  x.type = "code";
  x.complexity = 9;
  x.outcome = "answered";
  x.tokens.uncached_input = 12;
  x.tokens.output = 3;
  x.cost_usd = 0.0123;
  x.saved_usd = 0.5;
  x.elapsed = 2310ms;
  x.first_byte = 340ms;
  return x;
}

limit_status limit(std::string provider, uint64_t used) {
  limit_status x;
  x.provider = std::move(provider);
  x.kind = "requests";
  x.window = "day";
  x.limit = 100;
  x.used = used;
  x.resets_at = noon + 7h;
  return x;
}

} // namespace

TEST(RequestText, TellsTheStoryOfARequest) {
  auto failed = row();
  failed.provider = "chatgpt";
  failed.outcome = "overloaded";
  failed.first_byte = caf::timespan{0};
  failed.cost_usd = 0;
  failed.saved_usd = 0;
  auto answered = row();
  answered.attempt = 2;
  EXPECT_EQ(
    request_text({failed, answered}, plain),
    "request     req_1\n"
    "asked by    mcp\n"
    "at          2026-11-23T12:00:00Z\n"
    "attempts    2, of which 1 failed\n"
    "cost        $0.0123\n"
    "saved       $0.50 against the strongest model\n"
    "\n"
    "STEP  #  MODEL         TASK    OUTCOME     FIRST   TIME    TOKENS        "
    "COST\n"
    "-     1  chatgpt/opus  code 9  overloaded  -       2.31 s  12 in, 3 out  "
    "$0\n"
    "-     2  claude/opus   code 9  answered    340 ms  2.31 s  12 in, 3 out  "
    "$0.0123\n");
}

TEST(RequestText, NamesTheStepsOfASkill) {
  auto step = row();
  step.task_id = "req_1/security";
  auto text = request_text({step}, plain);
  EXPECT_THAT(text, HasSubstr("request     req_1\n"));
  EXPECT_THAT(text, HasSubstr("\nsecurity  1"));
}

TEST(RequestsText, HasALineAnAttempt) {
  EXPECT_EQ(requests_text({row()}, plain),
            "AT                    REQUEST  #  BY   MODEL        OUTCOME   "
            "TIME    COST\n"
            "2026-11-23T12:00:00Z  req_1    1  mcp  claude/opus  answered  "
            "2.31 s  $0.0123\n");
}

TEST(StatusLine, TellsTheLastDecisionTheSavingAndTheTightestLimit) {
  quota_report quota;
  quota.limits = {limit("grok", 10), limit("claude", 64), limit("gemini", 0)};
  EXPECT_EQ(statusline_text(row(), 1.2, quota, noon, plain),
            "claude/opus (code 9) · $0.0123 · saved $1.20 today · claude 64 % "
            "of the day, resets in 7 h 0 min\n");
}

TEST(StatusLine, TellsTheWindowsOfASubscription) {
  quota_report quota;
  quota.limits = {limit("claude", 64)};
  for (auto [window, used, later] :
       {std::tuple{"5h", 420, 2h}, std::tuple{"7d", 130, 90h}}) {
    auto& x = quota.limits.emplace_back();
    x.provider = "claude";
    x.kind = "plan";
    x.window = window;
    x.limit = 1000;
    x.used = static_cast<uint64_t>(used);
    x.resets_at = noon + later;
  }
  auto text = statusline_text(row(), 0, quota, noon, plain);
  EXPECT_THAT(text, HasSubstr("claude 64 % of the day"));
  EXPECT_THAT(text, HasSubstr("claude plan: 5h 42 %, 7d 13 %, resets in 2 h"));
}

TEST(StatusLine, SaysWhenNothingWasAsked) {
  EXPECT_EQ(statusline_text(std::nullopt, 0, {}, noon, plain),
            "smart-agents: nothing asked yet\n");
}

TEST(StatusLine, SaysWhoFailedAndWhoRests) {
  auto failed = row();
  failed.outcome = "rate_limited";
  quota_report quota;
  quota.resting.push_back({"claude", "429", noon + 90s, "", ""});
  auto text = statusline_text(failed, 0, quota, noon, plain);
  EXPECT_THAT(text, HasSubstr("claude/opus rate_limited"));
  EXPECT_THAT(text, HasSubstr("claude rests, in 2 min again"));
}

TEST(StatusLine, IsOneLineWhateverAModelIsCalled) {
  auto odd = row();
  odd.model = "x\x1b[2Jy";
  EXPECT_THAT(statusline_text(odd, 0, {}, noon, plain), Not(HasSubstr("\x1b")));
}
