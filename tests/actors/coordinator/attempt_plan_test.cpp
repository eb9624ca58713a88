#include "actors/coordinator/attempt_plan.hpp"

#include <gmock/gmock.h>

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

namespace smart_agents {

namespace {

using kind = attempt_plan::step::kind;
using enum failure_class;

class AttemptPlan : public testing::Test {
protected:
  decision what_;
  instant now_{};
  instant deadline_ = now_ + 10min;
  std::map<std::string, uint64_t> contexts_;

  void rank(const std::string& provider, const std::string& model = "m") {
    candidate x;
    x.provider = provider;
    x.model = model;
    x.reason = "rule for " + provider;
    what_.ranked.push_back(x);
  }

  attempt_plan plan() {
    return {std::make_shared<decision>(what_), 30s,
            [this](const candidate& x) { return contexts_[x.model]; }};
  }

  static failure why(failure_class what,
                     std::optional<caf::timespan> wait = {}) {
    failure x;
    x.what = what;
    x.message = "it broke.";
    x.retry_after = wait;
    return x;
  }

  static attempt tried(const std::string& provider, failure x) {
    attempt a;
    a.provider = provider;
    a.model = provider + "-model";
    a.failed = std::move(x);
    return a;
  }
};

TEST_F(AttemptPlan, TriesTheCandidatesInOrder) {
  rank("claude");
  rank("ollama");
  auto p = plan();
  EXPECT_EQ(p.next(now_, deadline_).index, 0u);
  p.failed(0, why(billing), now_);
  auto step = p.next(now_, deadline_);
  EXPECT_EQ(step.what, kind::attempt);
  EXPECT_EQ(step.index, 1u);
  p.failed(1, why(model_not_found), now_);
  EXPECT_EQ(p.next(now_, deadline_).what, kind::give_up);
}

TEST_F(AttemptPlan, GivesUpAtOnceWithoutCandidates) {
  EXPECT_EQ(plan().next(now_, deadline_).what, kind::give_up);
}

TEST_F(AttemptPlan, WaitsOnceForTheSoonestAndGoesRoundAgain) {
  rank("claude");
  rank("grok");
  auto p = plan();
  p.failed(0, why(rate_limited, 20s), now_);
  p.failed(1, why(rate_limited, 5s), now_);
  auto step = p.next(now_, deadline_);
  ASSERT_EQ(step.what, kind::wait);
  EXPECT_EQ(step.delay, caf::timespan{5s});
  step = p.next(now_ + 5s, deadline_);
  ASSERT_EQ(step.what, kind::attempt);
  EXPECT_EQ(step.index, 1u);
  p.failed(1, why(rate_limited, 5s), now_ + 5s);
  EXPECT_EQ(p.next(now_ + 5s, deadline_).what, kind::give_up);
}

TEST_F(AttemptPlan, CountsTheTimeThatPassedSinceTheFailure) {
  rank("claude");
  rank("ollama");
  auto p = plan();
  p.failed(0, why(rate_limited, 4s), now_);
  p.failed(1, why(model_not_found), now_ + 3s);
  EXPECT_EQ(p.next(now_ + 3s, deadline_).delay, caf::timespan{1s});
}

TEST_F(AttemptPlan, DoesNotWaitBeyondTheDeadlineOrForTooLong) {
  rank("claude");
  auto p = plan();
  p.failed(0, why(rate_limited, 31s), now_);
  EXPECT_EQ(p.next(now_, deadline_).what, kind::give_up);
  auto q = plan();
  q.failed(0, why(rate_limited, 20s), now_);
  EXPECT_EQ(q.next(now_, now_ + 20s).what, kind::give_up);
}

TEST_F(AttemptPlan, SurvivesAnAbsurdRetryAfter) {
  rank("claude");
  auto p = plan();
  p.failed(0, why(rate_limited, caf::timespan::max()), now_ + 1h);
  EXPECT_EQ(p.next(now_ + 1h, deadline_).what, kind::give_up);
}

TEST_F(AttemptPlan, AsksABrokenProviderOnceMoreButNotOneThatTimedOut) {
  rank("claude");
  auto p = plan();
  p.failed(0, why(server_error), now_);
  EXPECT_EQ(p.next(now_, deadline_).what, kind::wait);
  auto q = plan();
  q.failed(0, why(timeout), now_);
  EXPECT_EQ(q.next(now_, deadline_).what, kind::give_up);
}

TEST_F(AttemptPlan, SkipsModelsWithNoLargerContext) {
  rank("a", "small");
  rank("b", "same");
  rank("c", "unknown");
  rank("d", "large");
  contexts_ = {{"small", 8000}, {"same", 8000}, {"large", 200000}};
  auto p = plan();
  p.failed(0, why(context_too_long), now_);
  EXPECT_EQ(p.next(now_, deadline_).index, 2u);
  p.failed(2, why(context_too_long), now_);
  EXPECT_EQ(p.next(now_, deadline_).index, 3u);
}

TEST_F(AttemptPlan, SkipsOtherModelsOfAnAccountThatIsOut) {
  rank("claude", "large");
  rank("claude", "small");
  rank("ollama");
  auto p = plan();
  p.failed(0, why(auth), now_);
  EXPECT_EQ(p.next(now_, deadline_).index, 2u);
}

TEST_F(AttemptPlan, NamesEveryProviderItsCauseAndTheRemedy) {
  candidate over;
  over.provider = "gemini";
  over.passed_over = "its daily limit is used up";
  what_.passed_over.push_back(over);
  auto first = why(over_quota);
  first.message = "claude's daily limit of 150 requests is used up; it resets "
                  "at midnight.";
  auto second = why(network);
  second.message = "connection refused";
  auto end =
    no_answer(what_, {tried("claude", first), tried("ollama", second)});
  EXPECT_EQ(end.what, over_quota);
  EXPECT_EQ(end.message,
            "No provider could answer: claude (claude-model): claude's daily "
            "limit of 150 requests is used up; it resets at midnight; ollama "
            "(ollama-model): connection refused; gemini: its daily limit is "
            "used up; to go on, raise the limit of claude or wait until it "
            "resets, or check that ollama runs and can be reached.");
}

TEST_F(AttemptPlan, SaysWhenItMayBeWorthAskingAgain) {
  auto end = no_answer(what_, {tried("claude", why(rate_limited, 90s)),
                               tried("grok", why(server_error))});
  EXPECT_EQ(end.what, rate_limited);
  EXPECT_EQ(end.retry_after, caf::timespan{90s});
  EXPECT_THAT(end.message,
              HasSubstr("ask again in 90 s when claude may be free"));
}

TEST_F(AttemptPlan, WaitsForWhoeverIsFreeFirst) {
  candidate over;
  over.provider = "gemini";
  over.passed_over = "gemini has used 10 of 10 requests a minute";
  over.free_in = 7s;
  what_.passed_over.push_back(over);
  auto end = no_answer(what_, {tried("ollama", why(quota_exhausted, 1h))});
  EXPECT_EQ(end.what, quota_exhausted);
  EXPECT_EQ(end.retry_after, caf::timespan{7s});
  EXPECT_THAT(end.message,
              HasSubstr("ask again in 7 s when gemini may be free"));
  EXPECT_EQ(no_answer(what_, {}).retry_after, caf::timespan{7s});
}

TEST_F(AttemptPlan, TriesAProviderThatBrokeBeforeAnotherHasRestedLong) {
  auto end = no_answer(what_, {tried("ollama", why(quota_exhausted, 1h)),
                               tried("grok", why(server_error))});
  EXPECT_EQ(end.retry_after, caf::timespan{2min});
}

TEST_F(AttemptPlan, NamesTheRemedyWhenNobodyIsConfigured) {
  auto end = no_answer(what_, {});
  EXPECT_THAT(end.message, HasSubstr("No provider is configured"));
}

TEST_F(AttemptPlan, KeepsForeignMessagesOnOneBoundedLine) {
  auto nasty = why(server_error);
  nasty.message = "line\nbreak\x1b[31m" + std::string(5000, 'x');
  auto end = no_answer(what_, {tried("claude", nasty)});
  EXPECT_THAT(end.message, Not(HasSubstr("\n")));
  EXPECT_THAT(end.message, Not(HasSubstr("\x1b")));
  EXPECT_LT(end.message.size(), 600u);
}

TEST_F(AttemptPlan, TellsWhatWasTriedBefore) {
  rank("claude");
  rank("chatgpt");
  auto first = why(over_quota);
  first.message = "claude's daily limit is used up; it resets at midnight";
  EXPECT_EQ(reason_of(what_, what_.ranked[1], {tried("claude", first)}),
            "claude's daily limit is used up, so chatgpt: rule for chatgpt");
  EXPECT_EQ(reason_of(what_, what_.ranked[0], {}), "rule for claude");
}

TEST_F(AttemptPlan, TellsWhyThePreferredProviderWasPassedOver) {
  rank("chatgpt");
  candidate over;
  over.provider = "claude";
  over.tier = 1;
  over.passed_over = "claude's daily limit is used up";
  what_.passed_over.push_back(over);
  EXPECT_EQ(reason_of(what_, what_.ranked[0], {}),
            "claude's daily limit is used up, so chatgpt: rule for chatgpt");
}

TEST_F(AttemptPlan, TellsThoseThatWerePassedOverInTheirOrderAndEachOnce) {
  rank("ollama");
  auto pass_over = [this](const std::string& who, const std::string& why) {
    candidate over;
    over.provider = who;
    over.tier = 1;
    over.passed_over = why;
    what_.passed_over.push_back(over);
  };
  pass_over("claude", "claude rests for another 5 s: it was slow");
  pass_over("grok", "its key was refused.");
  pass_over("claude", "claude's daily limit is used up");
  pass_over("gemini", "gemini is not configured");
  auto failed = why(billing);
  failed.message = "pay first";
  EXPECT_EQ(reason_of(what_, what_.ranked[0],
                      {tried("chatgpt", failed), tried("gemini", failed)}),
            "claude rests for another 5 s, grok: its key was refused, chatgpt "
            "has no credit left, gemini has no credit left, so ollama: rule "
            "for ollama");
}

TEST_F(AttemptPlan, KeepsTheCauseBehindAProvidersName) {
  rank("chatgpt");
  candidate over;
  over.provider = "claude";
  over.tier = 1;
  over.passed_over = "claude: its key was refused; check it";
  what_.passed_over.push_back(over);
  EXPECT_EQ(reason_of(what_, what_.ranked[0], {}),
            "claude: its key was refused, so chatgpt: rule for chatgpt");
}

TEST_F(AttemptPlan, WritesTimesForPeople) {
  EXPECT_EQ(for_people(800ms), "800 ms");
  EXPECT_EQ(for_people(41500ms), "42 s");
  EXPECT_EQ(for_people(5min), "5 min");
  EXPECT_EQ(for_people(3h), "3 h");
}

} // namespace

} // namespace smart_agents
