#include "actors/coordinator/budget.hpp"
#include "actors/coordinator/faults.hpp"
#include "tests/actors/coordinator/coordinator_fixture.hpp"
#include "tests/actors/router/router_fixture.hpp"

#include <gmock/gmock.h>

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

namespace smart_agents {

namespace {

using enum failure_class;
using test::failing;
using test::fails;

class Dispatch : public test::coordinator_fixture {};

TEST_F(Dispatch, AnswersWithTheFirstCandidate) {
  auto settings = std::make_shared<dispatch_settings>();
  settings->providers["claude"] = {"anthropic", true};
  options_.dispatch = settings;
  stop(coordinator_);
  start_coordinator();
  auto good = test::fake_reply{};
  good.tokens.uncached_input = 1'000'000;
  good.tokens.output = 100'000;
  reply("claude", good);
  ASSERT_TRUE(run(hello()));
  auto end = got_->finished();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->provider, "claude");
  EXPECT_EQ(end->model, "claude-model");
  EXPECT_EQ(end->reason, "rule for claude");
  EXPECT_EQ(text_of(end->response.parts), "fine");
  EXPECT_TRUE(end->simulated);
  EXPECT_EQ(end->attempts.size(), 1u);
  // 1 M tokens in at 5 dollars and 0.1 M out at 25.
  EXPECT_DOUBLE_EQ(end->saved_usd + end->cost_usd, 7.5);
  ASSERT_EQ(quota_->settled.size(), 1u);
  EXPECT_TRUE(quota_->settled[0].served);
  EXPECT_EQ(quota_->settled[0].tokens, good.tokens);
  EXPECT_THAT(outcomes(), ElementsAre("claude answered"));
  EXPECT_TRUE(told(event::kind::decided));
  EXPECT_TRUE(told(event::kind::answered));
  EXPECT_TRUE(got_->only<answer_started>().empty());
  expect_all_over();
}

TEST_F(Dispatch, DecidesByTheRoutersViewWithoutAskingIt) {
  auto board = std::make_shared<routing_board>();
  auto settings = std::make_shared<dispatch_settings>();
  settings->routing = board;
  options_.dispatch = settings;
  stop(coordinator_);
  start_coordinator();
  // Before there is a view the router is asked.
  ASSERT_TRUE(run(hello("t1")));
  EXPECT_EQ(routing_->asked.size(), 1u);
  board->show({std::make_shared<const roster>(test::five_providers()), {}});
  ASSERT_TRUE(run(hello("t2")));
  EXPECT_EQ(routing_->asked.size(), 1u);
  EXPECT_EQ(scripts_["ollama"]->calls.size(), 1u);
  auto unknown = hello("t3");
  unknown->model = "claud";
  ASSERT_TRUE(run(unknown));
  auto end = got_->failed();
  ASSERT_TRUE(end);
  EXPECT_THAT(end->why.message, HasSubstr("did you mean claude"));
}

TEST_F(Dispatch, CallsNobodyBeyondItsBudget) {
  auto what = hello();
  what->budget.tokens = 2;
  ASSERT_TRUE(run(what));
  auto end = got_->failed();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->why.code, over_budget);
  EXPECT_THAT(end->why.message, HasSubstr("left of the budget of 2 tokens; "
                                          "raise the budget"));
  for (const auto& [name, script] : scripts_)
    EXPECT_TRUE(script->calls.empty()) << name;
  expect_all_over();
}

TEST_F(Dispatch, LowersTheCapToItsBudget) {
  auto what = hello();
  what->budget.tokens = 1000;
  ASSERT_TRUE(run(what));
  ASSERT_TRUE(got_->finished());
  auto cap = scripts_["claude"]->calls.at(0).request->max_output;
  ASSERT_TRUE(cap);
  EXPECT_LT(*cap, 1000u);
  EXPECT_GT(*cap, 500u);
}

TEST_F(Dispatch, WritesNoNewsForNobody) {
  auto nobody = std::make_shared<listener_table>();
  auto settings = std::make_shared<dispatch_settings>();
  settings->listeners = nobody;
  options_.dispatch = settings;
  stop(coordinator_);
  start_coordinator();
  ASSERT_TRUE(run(hello("t1")));
  EXPECT_TRUE(events_->empty());
  nobody->any = true;
  ASSERT_TRUE(run(hello("t2")));
  EXPECT_TRUE(told(event::kind::answered));
}

TEST_F(Dispatch, ReservesTheBoundThatItPutsIntoTheRequest) {
  ASSERT_TRUE(run(hello()));
  ASSERT_EQ(quota_->reserves.size(), 1u);
  EXPECT_EQ(quota_->reserves[0].input_tokens, 100u);
  EXPECT_EQ(quota_->reserves[0].output_tokens, 8192u);
  const auto& call = scripts_["claude"]->calls.at(0);
  EXPECT_EQ(call.request->max_output, 8192u);
  EXPECT_EQ(call.request->model, "claude-model");
}

TEST_F(Dispatch, ReservesByTheModelsOwnEstimateAndLearnsFromItsCount) {
  auto settings = std::make_shared<dispatch_settings>();
  settings->ratios = std::make_shared<token_ratios>();
  options_.dispatch = settings;
  stop(coordinator_);
  start_coordinator();
  routing_->answer.ranked[0].input_tokens = 1100;
  auto good = test::fake_reply{};
  good.tokens.uncached_input = 1500;
  good.tokens.cache_read = 500;
  good.tokens.output = 1;
  reply("claude", good);
  ASSERT_TRUE(run(hello()));
  // A quarter beyond the text itself, since nothing is known of this model.
  EXPECT_EQ(quota_->reserves.at(0).input_tokens, 1250u);
  EXPECT_GT(settings->ratios->of("claude", "claude-model"), 1.4);
}

TEST_F(Dispatch, LearnsNothingOfTextFromPictures) {
  auto settings = std::make_shared<dispatch_settings>();
  settings->ratios = std::make_shared<token_ratios>();
  options_.dispatch = settings;
  stop(coordinator_);
  start_coordinator();
  routing_->answer.ranked[0].input_tokens = 1700;
  auto good = test::fake_reply{};
  good.tokens.uncached_input = 500;
  good.tokens.output = 1;
  reply("claude", good);
  auto asked = hello();
  media_part picture;
  picture.mime_type = "image/png";
  picture.base64 = "QUJD";
  asked->request.messages.edit()[0].parts.emplace_back(picture);
  ASSERT_TRUE(run(asked));
  EXPECT_EQ(settings->ratios->of("claude", "claude-model"), 1);
}

TEST_F(Dispatch, LearnsNothingFromItsOwnEstimates) {
  auto settings = std::make_shared<dispatch_settings>();
  settings->ratios = std::make_shared<token_ratios>();
  options_.dispatch = settings;
  stop(coordinator_);
  start_coordinator();
  routing_->answer.ranked[0].input_tokens = 300;
  ASSERT_TRUE(run(hello()));
  EXPECT_EQ(settings->ratios->of("claude", "claude-model"), 1);
}

TEST_F(Dispatch, KeepsASmallerOutputCapOfTheCaller) {
  auto x = hello();
  x->request.max_output = 50;
  ASSERT_TRUE(run(x));
  EXPECT_EQ(quota_->reserves.at(0).output_tokens, 50u);
  EXPECT_EQ(scripts_["claude"]->calls.at(0).request->max_output, 50u);
}

/// Prompts are long, and an attempt changes nothing in them.
TEST_F(Dispatch, HasEachProviderReadTheConversationOfTheTask) {
  reply("claude", fails(server_error));
  auto x = hello();
  ASSERT_TRUE(run(x));
  for (const char* name : {"claude", "chatgpt"}) {
    const auto& call = scripts_[name]->calls.at(0);
    EXPECT_EQ(&call.request->messages[0], &x->request.messages[0]) << name;
    EXPECT_NE(call.request->model, x->request.model) << name;
  }
}

TEST_F(Dispatch, MarksTokensThatItHadToEstimate) {
  ASSERT_TRUE(run(hello()));
  const auto& tokens = quota_->settled.at(0).tokens;
  EXPECT_TRUE(tokens.estimated);
  EXPECT_EQ(tokens.uncached_input, 100u);
  EXPECT_GT(tokens.output, 0u);
}

TEST_F(Dispatch, GoesDownTheChainAndSaysSo) {
  reply("claude", fails(server_error));
  reply("chatgpt", fails(billing));
  ASSERT_TRUE(run(hello()));
  auto end = got_->finished();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->provider, "ollama");
  EXPECT_EQ(end->attempts.size(), 3u);
  EXPECT_EQ(end->reason, "claude failed, chatgpt has no credit left, so ollama:"
                         " rule for ollama");
  EXPECT_THAT(outcomes(), ElementsAre("claude server_error", "chatgpt billing",
                                      "ollama answered"));
  EXPECT_FALSE(quota_->settled.at(0).served);
  EXPECT_TRUE(told(event::kind::failed_over));
  expect_all_over();
}

TEST_F(Dispatch, TakesTheNextProviderWhenALimitIsUsedUp) {
  quota_->refuse["claude"] =
    failing(over_quota, "claude's daily limit is used up; it resets later");
  ASSERT_TRUE(run(hello()));
  auto end = got_->finished();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->provider, "chatgpt");
  EXPECT_EQ(end->reason,
            "claude's daily limit is used up, so chatgpt: rule for chatgpt");
  EXPECT_TRUE(scripts_["claude"]->calls.empty());
  EXPECT_THAT(outcomes(), ElementsAre("claude over_quota", "chatgpt answered"));
  expect_all_over();
}

TEST_F(Dispatch, CountsAFailedCallThatMayBeBilled) {
  auto x = fails(timeout);
  x.maybe_billed = true;
  reply("claude", x);
  ASSERT_TRUE(run(hello()));
  EXPECT_TRUE(quota_->settled.at(0).served);
  EXPECT_TRUE(quota_->settled.at(0).tokens.estimated);
  expect_all_over();
}

TEST_F(Dispatch, DoesNotRepeatABadRequest) {
  reply("claude", fails(bad_request, "the schema is wrong"));
  ASSERT_TRUE(run(hello()));
  ASSERT_TRUE(got_->failed());
  EXPECT_EQ(got_->failed()->why.message, "the schema is wrong");
  EXPECT_TRUE(scripts_["chatgpt"]->calls.empty());
  expect_all_over();
}

TEST_F(Dispatch, NamesEveryProviderWhenAllFail) {
  for (const auto* name : {"claude", "chatgpt", "ollama"})
    reply(name, fails(billing, std::string{"no money at "} + name));
  ASSERT_TRUE(run(hello()));
  ASSERT_TRUE(got_->failed());
  auto end = *got_->failed();
  for (const auto* name : {"claude", "chatgpt", "ollama"})
    EXPECT_THAT(end.why.message, HasSubstr(std::string{"no money at "} + name));
  EXPECT_THAT(end.why.message, HasSubstr("add credit at claude"));
  EXPECT_EQ(end.attempts.size(), 3u);
  EXPECT_TRUE(told(event::kind::gave_up));
  expect_all_over();
}

TEST_F(Dispatch, WaitsOnceForAProviderThatAsksForIt) {
  auto busy = fails(rate_limited);
  busy.why.retry_after = 12s;
  scripts_["claude"]->replies = {busy, test::fake_reply{}};
  reply("chatgpt", fails(billing));
  reply("ollama", fails(model_not_found));
  ASSERT_TRUE(run(hello()));
  EXPECT_EQ(got_->ends(), 0u);
  EXPECT_TRUE(quota_->open.empty());
  advance(11s);
  EXPECT_EQ(got_->ends(), 0u);
  advance(1s);
  ASSERT_TRUE(got_->finished());
  EXPECT_EQ(got_->finished()->provider, "claude");
  EXPECT_EQ(got_->finished()->attempts.size(), 4u);
  expect_all_over();
}

TEST_F(Dispatch, SaysSoWhenNobodyCanTakeTheTask) {
  routing_->answer.ranked.clear();
  ASSERT_TRUE(run(hello()));
  ASSERT_TRUE(got_->failed());
  EXPECT_THAT(got_->failed()->why.message, HasSubstr("No provider"));
  expect_all_over();
}

TEST_F(Dispatch, PassesOnWhatTheRouterObjectsTo) {
  routing_->errors.push_back(
    make_error(ec::not_found, "there is no model gpt-99; known are: a, b"));
  ASSERT_TRUE(run(hello()));
  ASSERT_TRUE(got_->failed());
  EXPECT_EQ(got_->failed()->why.what, model_not_found);
  EXPECT_EQ(got_->failed()->why.code, unknown_model);
  EXPECT_EQ(got_->failed()->why.message,
            "there is no model gpt-99; known are: a, b");
}

TEST_F(Dispatch, RefusesABrokenPromptBeforeAnybodyIsAsked) {
  auto x = hello();
  x->request.messages.edit()[0] = text_message(role::user, "a\xff");
  ASSERT_TRUE(run(x));
  ASSERT_TRUE(got_->failed());
  EXPECT_THAT(got_->failed()->why.message, HasSubstr("not valid UTF-8"));
  EXPECT_TRUE(routing_->asked.empty());
  expect_all_over();
}

} // namespace

} // namespace smart_agents
