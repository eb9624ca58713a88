#include "actors/coordinator/skills.hpp"

#include <gmock/gmock.h>

#include <set>

using testing::HasSubstr;
using testing::Not;

namespace smart_agents {

namespace {

TEST(Skills, KnowsCodeReviewAndNothingElse) {
  ASSERT_NE(find_skill("code_review"), nullptr);
  EXPECT_EQ(find_skill("nonsense"), nullptr);
}

TEST(Skills, EveryStepComesBehindThoseItWaitsFor) {
  for (const auto& x : built_in_skills()) {
    std::set<std::string> before;
    for (const auto& step : x.steps) {
      for (const auto& name : step.after)
        EXPECT_EQ(before.count(name), 1u) << x.name << ": " << step.name;
      EXPECT_TRUE(before.insert(step.name).second);
      EXPECT_THAT(step.instructions, Not(HasSubstr("\\")));
      EXPECT_THAT(step.prompt, HasSubstr("{{input}}"));
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
