#include "actors/coordinator/skill_plan.hpp"

#include "actors/coordinator/skill_file.hpp"
#include "messages/error.hpp"

#include <gmock/gmock.h>

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace smart_agents {

namespace {

skill read(const std::string& text) {
  auto x = parse_skill(text, "test");
  EXPECT_TRUE(x) << (x ? "" : render(x.error()));
  return x ? *x : skill{};
}

std::vector<std::string> ids(const std::vector<skill_part>& parts) {
  std::vector<std::string> result;
  result.reserve(parts.size());
  for (const auto& x : parts)
    result.push_back(x.id);
  return result;
}

const char* two_and_join = R"({
  "name": "s", "description": "d", "steps": [
    {"name": "a", "title": "the a", "retries": 1, "retry_model": "auto:best"},
    {"name": "b", "title": "the b"},
    {"name": "join", "title": "the join"}]}
=== prompt
{{input}}
=== join: prompt
{{a}} {{b}}
)";

TEST(SkillPlan, BeginsEachStepOnceWhenItHasWhatItWaitsFor) {
  skill_plan plan{read(two_and_join), "in"};
  EXPECT_THAT(ids(plan.take_ready()), ElementsAre("a", "b"));
  EXPECT_THAT(plan.take_ready(), IsEmpty());
  plan.answered("b", "B");
  EXPECT_THAT(plan.take_ready(), IsEmpty());
  plan.answered("a", "A");
  auto last = plan.take_ready();
  ASSERT_THAT(ids(last), ElementsAre("join"));
  EXPECT_TRUE(last[0].is_answer);
  EXPECT_EQ(last[0].prompt, "<report>\nA\n</report> <report>\nB\n</report>");
  EXPECT_FALSE(plan.over());
  plan.answered("join", "J");
  EXPECT_TRUE(plan.over());
  EXPECT_EQ(plan.answer(), "J");
  EXPECT_EQ(plan.missing(), "");
}

TEST(SkillPlan, TriesAgainWithTheOtherModelAndThenNamesWhatIsMissing) {
  skill_plan plan{read(two_and_join), "in"};
  EXPECT_EQ(plan.take_ready()[0].model, "auto");
  plan.answered("b", "B");
  EXPECT_TRUE(plan.failed("a", "down"));
  auto again = plan.take_ready();
  ASSERT_THAT(ids(again), ElementsAre("a"));
  EXPECT_EQ(again[0].model, "auto:best");
  EXPECT_FALSE(plan.failed("a", "down again"));
  auto last = plan.take_ready();
  ASSERT_THAT(ids(last), ElementsAre("join"));
  EXPECT_THAT(last[0].prompt, HasSubstr("[MISSING: the a could not be done: "
                                        "down again]"));
  plan.answered("join", "J");
  EXPECT_EQ(plan.missing(), "Missing: the a could not be done (down again)");
  EXPECT_EQ(plan.fatal(), "");
}

TEST(SkillPlan, FailsWhenARequiredStepFails) {
  auto what = read(two_and_join);
  what.steps[1].required = true;
  skill_plan plan{what, "in"};
  plan.take_ready();
  plan.failed("b", "down");
  EXPECT_EQ(plan.fatal(), "Required for s, and not done: the b: down");
  EXPECT_FALSE(plan.over()) << "a still runs";
  plan.answered("a", "A");
  EXPECT_TRUE(plan.over());
}

TEST(SkillPlan, LeavesOutWhatItsConditionDoesNotWant) {
  skill_plan plan{*find_skill("cascade"), "2+2?"};
  plan.take_ready();
  plan.answered("cheap", "4");
  plan.take_ready();
  plan.answered("check", "VERDICT: ACCEPT");
  EXPECT_THAT(plan.take_ready(), IsEmpty());
  EXPECT_TRUE(plan.over());
  EXPECT_EQ(plan.answer(), "4");
  EXPECT_EQ(plan.missing(), "") << "not needed is not missing";
}

TEST(SkillPlan, EscalatesWhenTheCheckerSaysSoOrCannotSay) {
  for (bool checked : {true, false}) {
    skill_plan plan{*find_skill("cascade"), "2+2?"};
    plan.take_ready();
    plan.answered("cheap", "5");
    plan.take_ready();
    if (checked)
      plan.answered("check", "wrong\nVERDICT: ESCALATE");
    else
      plan.failed("check", "down");
    ASSERT_THAT(ids(plan.take_ready()), ElementsAre("strong"));
    plan.answered("strong", "4");
    EXPECT_EQ(plan.answer(), "4");
  }
}

TEST(SkillPlan, KnowsWhichAnswersStoodUpToTheirCheck) {
  using verdicts = std::vector<std::pair<std::string, bool>>;
  for (bool good : {true, false}) {
    skill_plan plan{*find_skill("cascade"), "2+2?"};
    plan.take_ready();
    plan.answered("cheap", "5");
    EXPECT_EQ(plan.checked(), verdicts{});
    plan.take_ready();
    plan.answered("check", good ? "VERDICT: ACCEPT" : "VERDICT: ESCALATE");
    plan.take_ready();
    EXPECT_EQ(plan.checked(), (verdicts{{"cheap", good}}));
  }
  // A check that failed says nothing of the answer.
  skill_plan plan{*find_skill("cascade"), "2+2?"};
  plan.take_ready();
  plan.answered("cheap", "5");
  plan.take_ready();
  plan.failed("check", "down");
  plan.take_ready();
  EXPECT_EQ(plan.checked(), verdicts{});
  skill_plan plain{read(two_and_join), "in"};
  EXPECT_EQ(plain.checked(), verdicts{});
}

TEST(SkillPlan, AsksTheStrongestWhenEvenTheCheapestFails) {
  skill_plan plan{*find_skill("cascade"), "2+2?"};
  plan.take_ready();
  plan.failed("cheap", "down");
  ASSERT_THAT(ids(plan.take_ready()), ElementsAre("strong"));
  plan.answered("strong", "4");
  EXPECT_EQ(plan.answer(), "4");
}

TEST(SkillPlan, RunsChunksSeveralAtOnceAndJoinsThemInOrder) {
  auto what = *find_skill("summarize");
  what.steps[0].for_each.bytes = 1000;
  what.most_at_once = 2;
  skill_plan plan{what, std::string(2500, 'x')};
  EXPECT_THAT(ids(plan.take_ready()), ElementsAre("piece/1", "piece/2"));
  plan.answered("piece/2", "two");
  auto third = plan.take_ready();
  ASSERT_THAT(ids(third), ElementsAre("piece/3"));
  EXPECT_THAT(third[0].prompt, HasSubstr("Piece 3 of 3:"));
  plan.answered("piece/3", "three");
  plan.failed("piece/1", "down");
  ASSERT_THAT(ids(plan.take_ready()), ElementsAre("piece/1"));
  plan.failed("piece/1", "down");
  auto last = plan.take_ready();
  ASSERT_THAT(ids(last), ElementsAre("summary"));
  auto one = last[0].prompt.find("[MISSING: down]");
  auto two = last[0].prompt.find("two");
  EXPECT_LT(one, two);
  EXPECT_LT(two, last[0].prompt.find("three"));
  EXPECT_EQ(plan.missing(),
            "Missing: the notes, part 1 could not be done (down)");
}

TEST(SkillPlan, RunsAPlanAsItsPartsWaitForEachOther) {
  skill_plan plan{*find_skill("decompose"), "build it"};
  plan.take_ready();
  EXPECT_TRUE(plan.answered("plan", R"(Here: [
    {"name": "api", "task": "design it", "type": "code", "complexity": 8},
    {"name": "docs", "task": "write it", "after": ["api"]}])"));
  auto first = plan.take_ready();
  ASSERT_THAT(ids(first), ElementsAre("work/api"));
  EXPECT_EQ(first[0].type, task_type::code);
  EXPECT_EQ(first[0].complexity, 8);
  plan.answered("work/api", "the interface");
  auto second = plan.take_ready();
  ASSERT_THAT(ids(second), ElementsAre("work/docs"));
  EXPECT_THAT(second[0].prompt, HasSubstr("the interface"));
}

TEST(SkillPlan, DoesATaskUndividedWhenNoPlanIsUsable) {
  skill_plan plan{*find_skill("decompose"), "build it"};
  plan.take_ready();
  EXPECT_FALSE(plan.answered("plan", "I would rather not."));
  auto again = plan.take_ready();
  ASSERT_THAT(ids(again), ElementsAre("plan"));
  EXPECT_EQ(again[0].model, "auto:best");
  EXPECT_FALSE(plan.answered("plan", "[]"));
  auto whole = plan.take_ready();
  ASSERT_THAT(ids(whole), ElementsAre("work/whole"));
  EXPECT_THAT(whole[0].prompt, HasSubstr("build it"));
  EXPECT_THAT(plan.missing(), HasSubstr("the plan could not be done (the list "
                                        "is empty)"));
}

TEST(SkillPlan, BeginsNothingBeyondItsBudgetOfTokens) {
  auto what = read(two_and_join);
  skill_plan plan{what, std::string(4000, 'x'), {3500, 0}};
  EXPECT_THAT(ids(plan.take_ready()), ElementsAre("a"))
    << "each counts on 2000 tokens";
  plan.answered("a", "A", 1800);
  EXPECT_THAT(ids(plan.take_ready()), ElementsAre("join"));
  plan.answered("join", "J", 100);
  EXPECT_TRUE(plan.over());
  EXPECT_EQ(plan.spent_tokens(), 1900u);
  EXPECT_THAT(plan.missing(),
              HasSubstr("the b could not be done (the budget of 3,500 tokens"));
}

TEST(SkillPlan, BeginsNothingOnceItsDollarsAreSpent) {
  auto what = read(two_and_join);
  what.budget.usd = 1;
  skill_plan plan{what, "in", {0, 5}};
  plan.take_ready();
  plan.answered("a", "A", 10, 0.6);
  plan.answered("b", "B", 10, 0.6);
  EXPECT_THAT(plan.take_ready(), IsEmpty());
  EXPECT_TRUE(plan.over());
  EXPECT_FALSE(plan.answer());
  EXPECT_THAT(plan.missing(), HasSubstr("the budget of $1"));
}

TEST(SkillPlan, SharesItsBudgetAmongThePartsSoThatNoneCanPassIt) {
  auto what = read(two_and_join);
  skill_plan plan{what, "in", {30'000, 3}};
  auto first = plan.take_ready();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_DOUBLE_EQ(first[0].budget.usd, 1);
  EXPECT_DOUBLE_EQ(first[1].budget.usd, 1);
  EXPECT_LE(first[0].budget.tokens + first[1].budget.tokens, 30'000u);
  EXPECT_GE(first[1].budget.tokens, 9'000u);
  plan.answered("a", "A", 2'000, 0.5);
  plan.answered("b", "B", 3'000, 1);
  auto last = plan.take_ready();
  ASSERT_EQ(last.size(), 1u);
  EXPECT_DOUBLE_EQ(last[0].budget.usd, 1.5) << "what the others left";
  EXPECT_EQ(last[0].budget.tokens, 25'000u);
}

TEST(SkillPlan, NeverGoesBackInItsProgress) {
  auto what = *find_skill("summarize");
  what.steps[0].for_each.bytes = 1000;
  skill_plan plan{what, std::string(5000, 'x')};
  double last = plan.progress();
  EXPECT_EQ(last, 0);
  for (auto parts = plan.take_ready(); !parts.empty();
       parts = plan.take_ready())
    for (const auto& x : parts) {
      plan.answered(x.id, "done");
      auto now = plan.progress();
      EXPECT_GE(now, last);
      last = now;
    }
  EXPECT_EQ(last, 1);
}

TEST(SkillPlan, TakesAnAnswerOnce) {
  skill_plan plan{read(two_and_join), "in"};
  plan.take_ready();
  plan.answered("a", "A", 10);
  plan.answered("a", "other", 10);
  plan.failed("a", "late");
  EXPECT_EQ(plan.spent_tokens(), 10u);
  EXPECT_EQ(plan.results()[0].text, "A");
}

} // namespace

} // namespace smart_agents
