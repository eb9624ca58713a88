#include "actors/coordinator/run_estimate.hpp"

#include "messages/error.hpp"

#include <gmock/gmock.h>

using testing::HasSubstr;

namespace smart_agents {

namespace {

/// Claude takes code at $0.01 a call, Ollama the rest for nothing.
caf::expected<decision> decide(const task& x) {
  decision result;
  candidate who;
  who.provider = x.type == task_type::code ? "claude" : "ollama";
  who.model = "m";
  who.cost_usd = x.type == task_type::code ? 0.01 : 0;
  who.input_tokens = text_of(x.request.messages.back().parts).size() / 4;
  result.ranked = {who};
  return result;
}

double left(const std::string& provider) {
  return provider == "claude" ? 0.42 : 1;
}

skill two_steps() {
  skill what;
  what.name = "x";
  skill_step notes;
  notes.name = "notes";
  notes.title = "the notes";
  notes.prompt = "{{item}}";
  notes.for_each.how = skill_fan_out::kind::chunks;
  notes.for_each.bytes = 1000;
  skill_step final;
  final.name = "final";
  final.title = "the end";
  final.type = task_type::code;
  final.prompt = "{{notes}}";
  final.max_output = 200;
  final.after = {"notes"};
  what.steps = {notes, final};
  return what;
}

} // namespace

TEST(RunEstimate, CountsEveryPartWithItsRealPrompt) {
  auto x = estimate_run(two_steps(), std::string(4000, 'x'), {}, decide);
  EXPECT_EQ(x.calls, 5u);
  EXPECT_EQ(x.models.at("ollama/m"), 4u);
  EXPECT_EQ(x.models.at("claude/m"), 1u);
  EXPECT_DOUBLE_EQ(x.usd, 0.01);
  // Four chunks of 250 tokens with 1,000 out each; one of about 1,250 with
  // 200.
  EXPECT_NEAR(static_cast<double>(x.tokens), 4 * 1250 + 1450, 150);
  EXPECT_FALSE(x.open_ended);
}

TEST(RunEstimate, ReadsAsOneSentence) {
  auto text = estimate_text(
    estimate_run(two_steps(), std::string(4000, 'x'), {}, decide), left);
  EXPECT_THAT(text, HasSubstr("Expected: 5 calls (claude/m 1, ollama/m 4), "
                              "about "));
  EXPECT_THAT(text, HasSubstr("and $0.0100; of the tightest limit is left: "
                              "claude 42 %."));
}

TEST(RunEstimate, SaysWhatIsNotKnownYet) {
  auto what = two_steps();
  what.steps[1].for_each.how = skill_fan_out::kind::plan;
  what.steps[1].for_each.of = "notes";
  auto nobody = [](const task&) -> caf::expected<decision> {
    return make_error(ec::not_found, "nobody");
  };
  auto text = estimate_text(estimate_run(what, "in", {}, nobody), left);
  EXPECT_THAT(text, HasSubstr("is decided on the way"));
  EXPECT_THAT(text, HasSubstr("nobody can take 5 of them now"));
}

} // namespace smart_agents
