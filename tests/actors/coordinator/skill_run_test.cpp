#include "actors/coordinator/budget.hpp"
#include "tests/actors/coordinator/coordinator_fixture.hpp"
#include "tests/actors/router/router_fixture.hpp"

#include <gmock/gmock.h>

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

namespace smart_agents {

namespace {

using enum failure_class;
using test::fails;
using test::fake_reply;
using test::hangs;

class SkillRun : public test::coordinator_fixture {
protected:
  caf::expected<task_accepted> review(std::shared_ptr<task> what) {
    return ask<task_accepted>(coordinator_,
                              run_skill{"code_review", std::move(what), sink_});
  }

  static fake_reply says(std::string text) {
    fake_reply x;
    x.text = std::move(text);
    return x;
  }

  /// Text of the last message that a provider was sent with its n-th call.
  std::string prompt(const std::string& provider, size_t n) {
    const auto& call = scripts_[provider]->calls.at(n);
    return text_of(call.request->messages.back().parts);
  }
};

/// What is known, after a cascade whose check said that, of the model that
/// answered first.
class Cascade : public SkillRun {
protected:
  learned_of_model after(const std::string& verdict) {
    auto settings = std::make_shared<dispatch_settings>();
    settings->experience = std::make_shared<model_experience>();
    stop(coordinator_);
    options_.dispatch = settings;
    start_coordinator();
    scripts_["claude"]->replies = {says("42"), says(verdict), says("43")};
    EXPECT_TRUE(ask<task_accepted>(coordinator_,
                                   run_skill{"cascade", hello("s1"), sink_}));
    EXPECT_TRUE(got_->finished());
    expect_all_over();
    return settings->experience->of("claude", "claude-model", "text");
  }
};

TEST_F(Cascade, SpeaksForAModelWhoseAnswerPassesTheCheck) {
  auto learned = after("Right.\nVERDICT: ACCEPT");
  EXPECT_EQ(text_of(got_->finished()->response.parts), "42");
  // Its two answers count 0.2 each, the check of the first 1.
  EXPECT_NEAR(learned.evidence, 1.4, 0.05);
  EXPECT_GT(learned.quality_shift, 0);
}

TEST_F(Cascade, SpeaksAgainstAModelWhoseAnswerIsEscalated) {
  auto learned = after("Wrong.\nVERDICT: ESCALATE");
  EXPECT_EQ(text_of(got_->finished()->response.parts), "43");
  EXPECT_NEAR(learned.evidence, 1.6, 0.05);
  EXPECT_LT(learned.quality_shift, 0);
}

TEST_F(SkillRun, RunsThePartsAtOnceAndThenTheSynthesis) {
  scripts_["claude"]->replies = {says("one"), says("two"), says("three"),
                                 says("the verdict")};
  ASSERT_TRUE(review(hello("s1")));
  auto end = got_->finished();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->task_id, "s1");
  EXPECT_EQ(text_of(end->response.parts), "the verdict");
  EXPECT_EQ(end->attempts.size(), 4u);
  EXPECT_THAT(end->reason, HasSubstr("4 of 4 steps answered"));
  EXPECT_THAT(prompt("claude", 0), HasSubstr("Hello?"));
  EXPECT_THAT(prompt("claude", 3), HasSubstr("<report>\none\n</report>"));
  EXPECT_THAT(prompt("claude", 3), HasSubstr("<report>\nthree\n</report>"));
  std::vector<std::string> models;
  for (const auto& x : routing_->asked)
    models.push_back(x->id + " " + x->model + " " + x->origin);
  EXPECT_THAT(models,
              UnorderedElementsAre("s1/quick auto skill:code_review",
                                   "s1/security auto:best skill:code_review",
                                   "s1/tests auto skill:code_review",
                                   "s1/synthesis auto skill:code_review"));
  EXPECT_TRUE(told(event::kind::step));
  expect_all_over();
}

TEST_F(SkillRun, NamesAPartThatFailed) {
  routing_->answer.ranked.resize(1);
  scripts_["claude"]->replies = {says("one"), fails(bad_request, "too secret."),
                                 says("three"), says("the verdict")};
  ASSERT_TRUE(review(hello("s1")));
  auto end = got_->finished();
  ASSERT_TRUE(end);
  EXPECT_THAT(prompt("claude", 3),
              HasSubstr("[MISSING: the security analysis could not be done: "
                        "too secret]"));
  EXPECT_EQ(text_of(end->response.parts),
            "the verdict\n\nMissing: the security analysis could not be done "
            "(too secret)");
  EXPECT_EQ(end->attempts.size(), 4u);
  expect_all_over();
}

TEST_F(SkillRun, FailsOnlyWhenEveryPartFails) {
  reply("claude", fails(bad_request, "nothing works"));
  ASSERT_TRUE(review(hello("s1")));
  ASSERT_TRUE(got_->failed());
  EXPECT_EQ(got_->failed()->task_id, "s1");
  EXPECT_THAT(got_->failed()->why.message,
              HasSubstr("Every part of code_review failed: the quick review: "
                        "nothing works"));
  EXPECT_EQ(got_->failed()->attempts.size(), 3u);
  expect_all_over();
}

TEST_F(SkillRun, GivesThePartsWhenTheSynthesisFails) {
  scripts_["claude"]->replies = {says("one"), says("two"), says("three"),
                                 fails(bad_request, "no verdict")};
  ASSERT_TRUE(review(hello("s1")));
  auto end = got_->finished();
  ASSERT_TRUE(end);
  auto text = text_of(end->response.parts);
  EXPECT_THAT(text, HasSubstr("## The security analysis\n\ntwo"));
  EXPECT_THAT(text, HasSubstr("Missing: the synthesis could not be done"));
  EXPECT_EQ(end->provider, "claude");
  expect_all_over();
}

TEST_F(SkillRun, StreamsTheSynthesis) {
  scripts_["claude"]->replies = {says("one"), says("two"), says("three"),
                                 test::streams({"the ", "verdict"})};
  ASSERT_TRUE(review(hello("s1", true)));
  EXPECT_EQ(got_->streamed(), "the verdict");
  EXPECT_EQ(got_->only<answer_started>().size(), 1u);
  ASSERT_TRUE(got_->finished());
  EXPECT_EQ(got_->finished()->task_id, "s1");
  expect_all_over();
}

TEST_F(SkillRun, CancelsItsSteps) {
  reply("claude", hangs());
  ASSERT_TRUE(review(hello("s1")));
  EXPECT_EQ(load(), 4u);
  tell(coordinator_, cancel_task{"s1", "enough"});
  ASSERT_TRUE(got_->failed());
  EXPECT_EQ(got_->failed()->why.what, cancelled);
  for (const auto& x : scripts_["claude"]->upstreams)
    EXPECT_TRUE(x->cancelled);
  expect_all_over();
}

TEST_F(SkillRun, GoesOnWithoutAPartThatHangs) {
  scripts_["claude"]->replies = {says("one"), hangs(), says("three"),
                                 says("the verdict")};
  auto what = hello("s1");
  what->deadline = now() + 100s;
  ASSERT_TRUE(review(what));
  advance(70s);
  advance(250ms);
  auto end = got_->finished();
  ASSERT_TRUE(end);
  EXPECT_THAT(text_of(end->response.parts),
              HasSubstr("Missing: the security analysis"));
  expect_all_over();
}

TEST_F(SkillRun, KeepsItsOwnDeadline) {
  reply("claude", hangs());
  auto what = hello("s1");
  what->deadline = now() + 10s;
  ASSERT_TRUE(review(what));
  advance(10s);
  advance(250ms);
  ASSERT_TRUE(got_->failed());
  EXPECT_EQ(got_->failed()->why.what, timeout);
  expect_all_over();
}

TEST_F(SkillRun, TellsOfEachPartWhoDidItHowLongItTookAndMightHave) {
  scripts_["claude"]->replies = {says("one"), fails(bad_request, "too secret."),
                                 says("three"), says("the verdict")};
  auto what = hello("s1");
  what->deadline = now() + 100s;
  ASSERT_TRUE(review(what));
  auto end = got_->finished();
  ASSERT_TRUE(end);
  std::map<std::string, job_step> parts;
  for (const auto& x : end->steps)
    parts[x.id] = x;
  ASSERT_EQ(parts.size(), 4u);
  EXPECT_EQ(parts["quick"].at, job_step::phase::answered);
  EXPECT_EQ(parts["quick"].provider, "claude");
  EXPECT_EQ(parts["quick"].model, "claude-model");
  EXPECT_EQ(parts["quick"].allowed, caf::timespan{70s});
  EXPECT_EQ(parts["quick"].text, "") << "the answer has it";
  EXPECT_EQ(parts["security"].at, job_step::phase::failed);
  EXPECT_EQ(parts["security"].why, "too secret");
  EXPECT_EQ(parts["synthesis"].allowed, caf::timespan{100s});
}

TEST_F(SkillRun, GivesThePartsThatThereAreWhenTheDeadlinePasses) {
  scripts_["claude"]->replies = {says("one"), says("two"), says("three"),
                                 hangs()};
  auto what = hello("s1");
  what->deadline = now() + 10s;
  ASSERT_TRUE(review(what));
  advance(10s);
  advance(250ms);
  auto end = got_->finished();
  ASSERT_TRUE(end);
  auto text = text_of(end->response.parts);
  EXPECT_THAT(text, HasSubstr("## The security analysis\n\ntwo"));
  EXPECT_THAT(text, HasSubstr("Missing: the synthesis could not be done"));
  ASSERT_EQ(end->steps.size(), 4u);
  EXPECT_EQ(end->steps.back().at, job_step::phase::failed);
  EXPECT_GE(end->steps.back().elapsed, caf::timespan{10s});
  expect_all_over();
}

TEST_F(SkillRun, TellsWhatItWillTakeAndBeginsNothingBeyondItsBudget) {
  auto board = std::make_shared<routing_board>();
  auto settings = std::make_shared<dispatch_settings>();
  settings->routing = board;
  options_.dispatch = settings;
  stop(coordinator_);
  start_coordinator();
  board->show({std::make_shared<const roster>(test::five_providers()), {}});
  auto what = hello("s1");
  what->budget.usd = 0.000001;
  ASSERT_TRUE(review(what));
  auto end = got_->failed();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->why.what, bad_request);
  EXPECT_EQ(end->why.code, over_budget);
  EXPECT_THAT(end->why.message, HasSubstr("was not begun: the budget is "
                                          "$0.000001. Expected: 4 calls ("));
  EXPECT_THAT(end->why.message, HasSubstr("Raise the budget"));
  for (const auto& [name, script] : scripts_)
    EXPECT_TRUE(script->calls.empty()) << name;
  auto expected =
    std::any_of(events_->begin(), events_->end(), [](const event& x) {
      return x.what == event::kind::step && x.text.starts_with("Expected: ");
    });
  EXPECT_TRUE(expected);
  expect_all_over();
}

TEST_F(SkillRun, GivesEachPartAShareOfItsBudget) {
  scripts_["claude"]->replies = {says("one"), says("two"), says("three"),
                                 says("the verdict")};
  auto what = hello("s1");
  what->budget = {80'000, 1};
  what->key = "alice";
  ASSERT_TRUE(review(what));
  ASSERT_TRUE(got_->finished());
  ASSERT_EQ(routing_->asked.size(), 4u);
  double usd = 0;
  for (size_t i = 0; i < 3; ++i)
    usd += routing_->asked[i]->budget.usd;
  EXPECT_DOUBLE_EQ(usd, 0.75) << "a quarter is left for the synthesis";
  for (const auto& x : routing_->asked) {
    EXPECT_EQ(x->key, "alice");
    EXPECT_GT(x->budget.tokens, 0u);
  }
}

TEST_F(SkillRun, GoesOnWithTheNextCoordinator) {
  scripts_["claude"]->replies = {hangs(), hangs(), hangs(),
                                 says("the verdict")};
  ASSERT_TRUE(review(hello("s1")));
  crash(coordinator_);
  auto calls = scripts_["claude"]->calls;
  ASSERT_EQ(calls.size(), 3u);
  for (const auto& x : calls) {
    auto response = std::make_shared<chat_response>();
    response->parts.emplace_back(text_part{"part"});
    tell(x.to, call_finished{x.id, response, {}});
  }
  EXPECT_EQ(got_->ends(), 0u) << "nobody runs the synthesis yet";
  start_coordinator();
  ASSERT_TRUE(got_->finished());
  EXPECT_EQ(text_of(got_->finished()->response.parts), "the verdict");
  expect_all_over();
}

TEST_F(SkillRun, EndsWithAFailureWhenItIsKilled) {
  reply("claude", hangs());
  ASSERT_TRUE(review(hello("s1")));
  crash(options_.table->running.at("s1").dispatch);
  ASSERT_TRUE(got_->failed());
  for (const auto& x : scripts_["claude"]->upstreams)
    EXPECT_TRUE(x->cancelled) << "steps end with the skill";
  expect_all_over();
}

TEST_F(SkillRun, MayFinishWhileTheCoordinatorDrains) {
  scripts_["claude"]->replies = {hangs(), hangs(), hangs(),
                                 says("the verdict")};
  ASSERT_TRUE(review(hello("s1")));
  EXPECT_FALSE(ask<drained>(coordinator_, drain{}));
  auto calls = scripts_["claude"]->calls;
  for (const auto& x : calls) {
    auto response = std::make_shared<chat_response>();
    response->parts.emplace_back(text_part{"part"});
    tell(x.to, call_finished{x.id, response, {}});
  }
  EXPECT_TRUE(got_->finished());
  EXPECT_TRUE(ask<drained>(coordinator_, drain{}));
}

TEST_F(SkillRun, RefusesABrokenInputAtOnce) {
  auto what = hello("s1");
  what->request.messages.edit()[0] = text_message(role::user, "a\xff");
  ASSERT_TRUE(review(what));
  ASSERT_TRUE(got_->failed());
  EXPECT_THAT(got_->failed()->why.message, HasSubstr("Message 1 (user)"));
  EXPECT_TRUE(routing_->asked.empty());
  expect_all_over();
}

} // namespace

} // namespace smart_agents
