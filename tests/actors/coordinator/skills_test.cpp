#include "actors/coordinator/skills.hpp"

#include <gmock/gmock.h>

#include <set>

using testing::HasSubstr;
using testing::Not;

namespace smart_agents {

namespace {

std::string structure(const char* name) {
  const auto* x = find_skill(name);
  if (x == nullptr)
    return "none";
  std::string out;
  for (const auto& step : x->steps) {
    out += (out.empty() ? "" : " ") + step.name;
    if (!step.for_each.of.empty())
      out += "*" + step.for_each.of;
    else if (step.for_each.how == skill_fan_out::kind::chunks)
      out += "*input";
    if (step.when)
      out += "?" + step.when->step;
    std::string needs;
    for (const auto& each : step.after)
      needs += (needs.empty() ? "" : ",") + each;
    if (!needs.empty())
      out += "(" + needs + ")";
  }
  out += " ->";
  for (const auto& each : x->answer)
    out += " " + each;
  return out;
}

TEST(Skills, KnowsTwelveInTheOrderOfTheirImportance) {
  std::vector<std::string> names;
  for (const auto& x : built_in_skills())
    names.push_back(x.name);
  EXPECT_THAT(
    names, testing::ElementsAre("code_review", "consensus", "decompose",
                                "cascade", "summarize", "security_audit",
                                "write_tests", "refactor_plan", "debug",
                                "explain_code", "write_docs", "analyze_media"));
  EXPECT_EQ(find_skill("nonsense"), nullptr);
}

TEST(Skills, ReviewsCodeFromThreeSidesAtOnce) {
  EXPECT_EQ(structure("code_review"),
            "quick security tests synthesis(quick,security,tests) -> "
            "synthesis");
  EXPECT_EQ(find_skill("code_review")->steps[1].model, "auto:best");
}

TEST(Skills, ComparesThreeIndependentOpinionsBeforeOneSettlesThem) {
  EXPECT_EQ(structure("consensus"),
            "first second third disagreements(first,second,third) "
            "synthesis(first,second,third,disagreements) -> synthesis");
}

TEST(Skills, RunsThePlanThatAPlannerMade) {
  EXPECT_EQ(structure("decompose"),
            "plan work*plan(plan) synthesis(plan,work) -> synthesis");
  EXPECT_EQ(find_skill("decompose")->steps[1].for_each.most, 12u);
}

TEST(Skills, EscalatesOnlyWhenTheCheckerSaysSo) {
  EXPECT_EQ(structure("cascade"),
            "cheap check(cheap) strong?check(check,cheap) -> strong cheap");
  EXPECT_EQ(find_skill("cascade")->steps[2].when->contains,
            "VERDICT: ESCALATE");
  // The word that the checker is told to write is the one that is looked for.
  EXPECT_THAT(find_skill("cascade")->steps[1].instructions,
              HasSubstr("VERDICT: ESCALATE"));
}

TEST(Skills, MapsAndReducesLongText) {
  EXPECT_EQ(structure("summarize"), "piece*input summary(piece) -> summary");
}

TEST(Skills, AuditsFromFourSidesAndVerifies) {
  EXPECT_EQ(structure("security_audit"),
            "threats injection access memory "
            "verify(threats,injection,access,memory) "
            "report(verify,threats,injection,access,memory) -> report");
}

TEST(Skills, WorksInStagesWhereOneBuildsOnTheOther) {
  EXPECT_EQ(structure("write_tests"),
            "cases tests(cases) review(cases,tests) -> review tests cases");
  EXPECT_EQ(structure("refactor_plan"),
            "smells risks design(smells,risks) plan(smells,risks,design) -> "
            "plan");
  EXPECT_EQ(structure("debug"),
            "hypotheses trace diagnosis(hypotheses,trace) -> diagnosis");
  EXPECT_EQ(structure("explain_code"),
            "structure explanation(structure) checked(explanation) -> checked "
            "explanation structure");
  EXPECT_EQ(structure("write_docs"),
            "facts draft(facts) edited(draft) -> edited draft");
  EXPECT_EQ(structure("analyze_media"),
            "describe read answer(describe,read) -> answer");
}

TEST(Skills, EveryStepComesBehindThoseItWaitsFor) {
  for (const auto& x : built_in_skills()) {
    std::set<std::string> before;
    for (const auto& step : x.steps) {
      for (const auto& name : step.after)
        EXPECT_EQ(before.count(name), 1u) << x.name << ": " << step.name;
      EXPECT_TRUE(before.insert(step.name).second);
      EXPECT_THAT(step.instructions, Not(HasSubstr("\\")));
      EXPECT_FALSE(step.instructions.empty()
                   && step.prompt.find("{{input}}") == std::string::npos);
    }
  }
}

TEST(Skills, FillsInInputAndResults) {
  skill_step step;
  step.prompt = "<{{input}}> {{quick}} {{tests}} {{other}} {{";
  auto text = fill_prompt(step, "int main() {{}}",
                          {{"quick", "the quick review", "all {{tests}}", ""},
                           {"tests", "the tests", std::nullopt, "no key"}});
  EXPECT_EQ(text, "<int main() {{}}> <report>\nall {{tests}}\n</report> "
                  "[MISSING: the tests could not be done: no key] {{other}} "
                  "{{");
}

TEST(Skills, NamesWhatIsMissing) {
  EXPECT_EQ(missing_parts({{"a", "the review", "x", ""}}), "");
  EXPECT_EQ(missing_parts({{"a", "the review", std::nullopt, "no key"}}),
            "Missing: the review could not be done (no key)");
}

TEST(Skills, PutsResultsSideBySide) {
  EXPECT_EQ(side_by_side({{"a", "the review", "fine", ""},
                          {"b", "the tests", std::nullopt, "no"},
                          {"c", "the end", "good", ""}}),
            "## The review\n\nfine\n\n## The end\n\ngood");
}

} // namespace

} // namespace smart_agents
