// What a book learns from its providers' answers.

#include "actors/quota/quota_book.hpp"

#include <gmock/gmock.h>

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace smart_agents {

namespace {

// 2026-11-23 15:48 UTC: `date -u -d '2026-11-23 15:48' +%s`.
constexpr wall_time start{1795448880s};

quota_now at(caf::timespan later) {
  return {start + std::chrono::duration_cast<wall_time::duration>(later),
          instant{100h} + later};
}

class QuotaTold : public ::testing::Test {
protected:
  static std::vector<provider_quota> one_provider() {
    provider_quota x;
    x.provider = "claude";
    x.vendor = "anthropic";
    return {x};
  }

  reserve ask(uint64_t input = 100, uint64_t output = 50) {
    reserve x;
    x.provider = "claude";
    x.model = "opus";
    x.input_tokens = input;
    x.output_tokens = output;
    return x;
  }

  /// An answer with what it told.
  void answer(quota_now asked, quota_now answered, limit_signals told,
              uint64_t input = 100, uint64_t output = 50) {
    auto granted = book_.hold(ask(input, output), asked);
    ASSERT_FALSE(granted.refused) << granted.refused->message;
    settle x;
    x.id = granted.id;
    x.provider = "claude";
    x.tokens.uncached_input = input;
    x.tokens.output = output;
    x.signals = std::move(told);
    book_.close(x, answered);
  }

  static limit_signals requests(uint64_t limit, uint64_t left) {
    return {{"anthropic-ratelimit-requests-limit", std::to_string(limit)},
            {"anthropic-ratelimit-requests-remaining", std::to_string(left)}};
  }

  static limit_signals plan(const std::string& spent, wall_time reset) {
    return {{"anthropic-ratelimit-unified-status",
             spent == "1.0" ? "rejected" : "allowed"},
            {"anthropic-ratelimit-unified-5h-status",
             spent == "1.0" ? "rejected" : "allowed"},
            {"anthropic-ratelimit-unified-5h-utilization", spent},
            {"anthropic-ratelimit-unified-5h-reset",
             std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                              reset.time_since_epoch())
                              .count())}};
  }

  quota_book book_{one_provider(), {}, at(0s)};
};

} // namespace

TEST_F(QuotaTold, RefusesWhatTheProviderWouldAndOnlyForItsModel) {
  answer(at(0s), at(1s), requests(60, 0));
  auto refused = book_.hold(ask(), at(1s));
  ASSERT_TRUE(refused.refused);
  EXPECT_EQ(refused.refused->what, failure_class::over_quota);
  EXPECT_THAT(refused.refused->message,
              HasSubstr("has used 60 of 60 requests a minute"));
  auto other = ask();
  other.model = "haiku";
  EXPECT_FALSE(book_.hold(other, at(1s)).refused);
  EXPECT_EQ(book_.headroom("claude", at(1s)).left, 0);
  // One comes back a second.
  EXPECT_FALSE(book_.hold(ask(), at(2100ms)).refused);
}

TEST_F(QuotaTold, BelievesThatMoreIsSpentAtOnceAndLessOnlyOfFreshAnswers) {
  answer(at(0s), at(1s), requests(1000, 900));
  auto used = [&] { return book_.report(at(10s)).limits.at(0).used; };
  answer(at(9s), at(10s), requests(1000, 400));
  EXPECT_EQ(used(), 600u);
  // It has been on its way for half a minute.
  auto old = book_.hold(ask(), at(10s));
  answer(at(10s), at(10s), requests(1000, 300));
  settle late;
  late.id = old.id;
  late.provider = "claude";
  late.signals = requests(1000, 990);
  book_.close(late, at(40s));
  EXPECT_GT(book_.report(at(40s)).limits.at(0).used, 150u);
  answer(at(40s), at(41s), requests(1000, 990));
  EXPECT_EQ(book_.report(at(41s)).limits.at(0).used, 10u);
}

TEST_F(QuotaTold, KeepsTheWindowOfASubscription) {
  auto reset = start + 2h;
  answer(at(0s), at(1s), plan("0.42", reset));
  auto status = book_.report(at(1s)).limits.at(0);
  EXPECT_EQ(status.kind, "plan");
  EXPECT_EQ(status.window, "5h");
  EXPECT_EQ(status.limit, 1000u);
  EXPECT_EQ(status.used, 420u);
  EXPECT_EQ(status.resets_at, reset);
  EXPECT_EQ(status.source, "provider");
  EXPECT_EQ(status.model, "");
  EXPECT_NEAR(book_.headroom("claude", at(1s)).left, 0.58, 1e-9);
  EXPECT_THAT(book_.take_notices(), IsEmpty());
  // What is under way takes nothing that is known.
  for (int i = 0; i < 20; ++i)
    EXPECT_FALSE(book_.hold(ask(), at(2s)).refused);
  answer(at(3s), at(4s), plan("0.81", reset));
  auto warned = book_.take_notices();
  ASSERT_THAT(warned, SizeIs(1));
  EXPECT_THAT(warned[0].text, HasSubstr("has used 81 % of its plan in 5h"));
  answer(at(5s), at(6s), plan("1.0", reset));
  auto refused = book_.hold(ask(), at(7s));
  ASSERT_TRUE(refused.refused);
  EXPECT_EQ(refused.refused->retry_after, 2h - 7s);
  // A new window begins.
  EXPECT_FALSE(book_.hold(ask(), at(2h)).refused);
  EXPECT_EQ(book_.report(at(2h)).limits.at(0).used, 0u);
}

TEST_F(QuotaTold, CountsNoInputThatTheProvidersCacheHad) {
  limit_signals told{{"anthropic-ratelimit-input-tokens-limit", "100000"},
                     {"anthropic-ratelimit-input-tokens-remaining", "99000"}};
  answer(at(0s), at(0s), told);
  for (int i = 0; i < 40; ++i) {
    auto granted = book_.hold(ask(50'000), at(1s));
    ASSERT_FALSE(granted.refused) << i << granted.refused->message;
    settle x;
    x.id = granted.id;
    x.provider = "claude";
    x.tokens.uncached_input = 500;
    x.tokens.cache_read = 45'000;
    book_.close(x, at(1s));
  }
  EXPECT_LT(book_.report(at(1s)).limits.at(0).used, 25'000u);
}

TEST_F(QuotaTold, LetsOneThroughThatIsLargerThanAllThereIs) {
  limit_signals told{{"anthropic-ratelimit-output-tokens-limit", "4000"},
                     {"anthropic-ratelimit-output-tokens-remaining", "4000"}};
  answer(at(0s), at(0s), told, 100, 0);
  // The cap is 8192; hardly any answer is so long.
  auto first = book_.hold(ask(100, 8192), at(61s));
  EXPECT_FALSE(first.refused);
  EXPECT_TRUE(book_.hold(ask(100, 8192), at(61s)).refused);
}

TEST_F(QuotaTold, ExplainsARefusalThatItDidNotForesee) {
  auto granted = book_.hold(ask(), at(0s));
  settle x;
  x.id = granted.id;
  x.provider = "claude";
  x.served = false;
  x.failed =
    failure{failure_class::rate_limited, "claude: slow down", 429, {}, 5s};
  x.signals = requests(60, 0);
  book_.close(x, at(1s));
  EXPECT_EQ(book_.report(at(1s)).misses, 1u);
  auto missed = book_.take_misses();
  ASSERT_THAT(missed, SizeIs(1));
  EXPECT_THAT(missed[0].text,
              HasSubstr("claude/opus refused a request that its limits, as far "
                        "as they are known, had let pass (rate_limited: "
                        "claude: slow down)"));
  EXPECT_THAT(book_.take_misses(), IsEmpty());
  // The next is foreseen.
  EXPECT_TRUE(book_.hold(ask(), at(1s)).refused);
}

TEST_F(QuotaTold, RestsACredentialAndTakesAnother) {
  auto quotas = one_provider();
  quotas[0].credentials = {"work", "home"};
  quota_book book{quotas, {}, at(0s)};
  auto first = book.hold(ask(), at(0s));
  ASSERT_EQ(first.credential, "work");
  settle x;
  x.id = first.id;
  x.provider = "claude";
  x.served = false;
  x.failed = failure{failure_class::quota_exhausted, "spent", 429, {}, 2h};
  book.close(x, at(0s));
  EXPECT_EQ(book.hold(ask(), at(1s)).credential, "home");
  EXPECT_EQ(book.headroom("claude", at(1s)).left, 1);
  auto report = book.report(at(1s));
  ASSERT_THAT(report.resting, SizeIs(1));
  EXPECT_EQ(report.resting[0].credential, "work");
  EXPECT_EQ(book.hold(ask(), at(2h)).credential, "work");
}

TEST_F(QuotaTold, TakesTheCredentialWithTheMostRoom) {
  auto quotas = one_provider();
  quotas[0].credentials = {"work", "home"};
  quota_limit limit{quota_kind::requests, quota_window::day, 10};
  limit.credential = "work";
  quotas[0].limits.push_back(limit);
  limit.credential = "home";
  quotas[0].limits.push_back(limit);
  quota_book book{quotas, {}, at(0s)};
  std::vector<std::string> used;
  used.reserve(4);
  for (int i = 0; i < 4; ++i)
    used.push_back(book.hold(ask(), at(0s)).credential);
  EXPECT_THAT(used, ElementsAre("work", "home", "work", "home"));
  for (int i = 0; i < 16; ++i)
    EXPECT_FALSE(book.hold(ask(), at(0s)).refused);
  EXPECT_TRUE(book.hold(ask(), at(0s)).refused);
}

TEST_F(QuotaTold, CountsAttemptsThatUsedMoreThanTheirBound) {
  auto granted = book_.hold(ask(100, 50), at(0s));
  settle x;
  x.id = granted.id;
  x.provider = "claude";
  x.tokens.uncached_input = 101;
  book_.close(x, at(0s));
  EXPECT_EQ(book_.report(at(0s)).beyond_bound, 1u);
}

TEST(QuotaDowngrade, LetsOnlyTheCheapestPassOnceItIsUsedUp) {
  quota_limit limit{quota_kind::dollars, quota_window::day, dollar_units(1)};
  limit.action = limit_action::downgrade;
  limit.source = limit_source::user;
  provider_quota all;
  all.limits = {limit};
  quota_book book{{all}, {}, at(0s)};
  reserve dear;
  dear.provider = "claude";
  dear.cost_usd = 0.9;
  auto first = book.hold(dear, at(0s));
  ASSERT_FALSE(first.refused);
  EXPECT_TRUE(book.hold(dear, at(0s)).refused);
  reserve cheap;
  cheap.provider = "grok";
  cheap.cost_usd = 0.2;
  EXPECT_TRUE(book.hold(cheap, at(0s)).refused);
  cheap.cheapest_usd = 0.2;
  EXPECT_FALSE(book.hold(cheap, at(0s)).refused);
}

TEST_F(QuotaTold, HearsOfAPlanWhileItsAnswerIsStillComing) {
  auto reset = start + 2h;
  auto first = book_.hold(ask(), at(0s));
  book_.learn({"claude", "", "opus", plan("1.0", reset), at(1s).wall}, at(1s));
  EXPECT_TRUE(book_.hold(ask(), at(2s)).refused);
  settle x;
  x.id = first.id;
  x.provider = "claude";
  x.signals = plan("1.0", reset);
  book_.close(x, at(60s));
  EXPECT_EQ(book_.report(at(60s)).limits.at(0).used, 1000u);
}

TEST_F(QuotaTold, CountsWhatIsUnderWayOnceWhenAHeadTellsOfIt) {
  answer(at(0s), at(1s), requests(1000, 900));
  auto taken = [&](quota_now now) {
    auto x = book_.report(now).limits.at(0);
    return x.used + x.reserved;
  };
  EXPECT_EQ(taken(at(1s)), 100u);
  auto granted = book_.hold(ask(), at(1s));
  EXPECT_EQ(taken(at(1s)), 101u);
  book_.learn({"claude", "", "opus", requests(1000, 899), at(1s).wall}, at(1s));
  EXPECT_EQ(taken(at(1s)), 101u);
  // Others used the same key.
  book_.learn({"claude", "", "opus", requests(1000, 500), at(1s).wall}, at(1s));
  EXPECT_EQ(taken(at(1s)), 500u);
}

TEST_F(QuotaTold, TakesFromOtherProcessesWhatStillGoesOn) {
  auto reset = start + 2h;
  told_answer heard{"claude", "login-1", "opus", plan("0.9", reset), start};
  heard.elsewhere = true;
  auto fast = heard;
  fast.signals = requests(1000, 1);
  book_.learn(fast, at(1h));
  EXPECT_THAT(book_.report(at(1h)).limits, IsEmpty()) << "long refilled";
  book_.learn(heard, at(3h));
  EXPECT_THAT(book_.report(at(3h)).limits, IsEmpty()) << "over";
  book_.learn(heard, at(1h));
  auto known = book_.report(at(1h)).limits;
  ASSERT_THAT(known, SizeIs(1));
  EXPECT_EQ(known[0].used, 900u);
  EXPECT_EQ(known[0].credential, "login-1");
}

TEST_F(QuotaTold, RestsAFamilyOfModelsAloneWhenTheRefusalIsAboutIt) {
  auto with = [&](const char* model) {
    auto x = ask();
    x.model = model;
    return book_.hold(x, at(1s));
  };
  auto granted = with("claude-opus-5-5");
  settle x;
  x.id = granted.id;
  x.provider = "claude";
  x.served = false;
  x.failed = failure{failure_class::quota_exhausted, "weekly limit", 429,
                     "model_family_limit", 5h};
  book_.close(x, at(1s));
  auto refused = with("claude-opus-4-8");
  ASSERT_TRUE(refused.refused);
  EXPECT_EQ(refused.refused->what, failure_class::resting);
  EXPECT_THAT(refused.refused->message, HasSubstr("claude-opus-*"));
  EXPECT_FALSE(with("claude-haiku-5-5").refused);
  EXPECT_FALSE(with("claude-sonnet-5-5").refused);
}

// -- limits that only a refusal names -----------------------------------------

namespace {

class QuotaSaid : public ::testing::Test {
protected:
  static std::vector<provider_quota> one_provider() {
    provider_quota x;
    x.provider = "chatgpt";
    x.vendor = "openai";
    return {x};
  }

  reserved ask(quota_now now) {
    reserve x;
    x.provider = "chatgpt";
    x.model = "gpt";
    x.input_tokens = x.output_tokens = 10;
    return book_.hold(x, now);
  }

  /// How many of so many requests at once are let pass and served.
  int serve(int most, quota_now now) {
    int served = 0;
    for (int i = 0; i < most; ++i) {
      auto granted = ask(now);
      if (granted.refused)
        break;
      ++served;
      settle x;
      x.id = granted.id;
      x.provider = "chatgpt";
      x.tokens.output = 1;
      book_.close(x, now);
    }
    return served;
  }

  /// The provider refuses one, and names a limit of so many a minute.
  void refuse(int limit, quota_now now, limit_signals more = {}) {
    auto granted = ask(now);
    ASSERT_FALSE(granted.refused) << granted.refused->message;
    settle x;
    x.id = granted.id;
    x.provider = "chatgpt";
    x.served = false;
    x.failed = failure{failure_class::rate_limited, "slow down", 429, {}, 1s};
    auto n = std::to_string(limit);
    more.emplace_back("body-requests-minute", n + "/" + n);
    x.signals = std::move(more);
    book_.close(x, now);
  }

  uint64_t limit(quota_now now) {
    for (const auto& x : book_.report(now).limits)
      if (x.kind == "requests")
        return x.limit;
    return 0;
  }

  quota_book book_{one_provider(), {}, at(0s)};
};

} // namespace

TEST_F(QuotaSaid, IsHeldToAndGrowsByATenthAMinuteUpToTenTimesAsMuch) {
  EXPECT_EQ(serve(10, at(0s)), 10);
  refuse(10, at(1s));
  EXPECT_EQ(limit(at(1s)), 10u);
  EXPECT_EQ(serve(9, at(1s)), 0) << "the provider has just refused";
  EXPECT_EQ(limit(at(60s)), 10u);
  EXPECT_EQ(limit(at(62s)), 11u);
  EXPECT_EQ(limit(at(122s)), 12u);
  EXPECT_EQ(serve(100, at(122s)), 12);
  EXPECT_EQ(limit(at(10min + 1s)), 20u);
  EXPECT_EQ(limit(at(3h)), 100u) << "but not for ever";
}

TEST_F(QuotaSaid, GrowsLaterEachTimeThatGrowingWasRefused) {
  refuse(10, at(0s));
  auto grown_at = [this](caf::timespan now) {
    while (limit(at(now)) == 10)
      now += 1s;
    return now;
  };
  caf::timespan last{0};
  for (auto quiet : {1min, 2min, 4min, 8min}) {
    auto grown = grown_at(last);
    EXPECT_EQ(grown - last, quiet);
    refuse(10, at(grown));
    EXPECT_EQ(limit(at(grown)), 10u);
    last = grown;
  }
  // Refusals of what was under way at the same time say nothing new.
  EXPECT_EQ(grown_at(last) - last, 16min);
}

TEST_F(QuotaSaid, IsNotBelievedOfAProviderThatHasJustServedMore) {
  EXPECT_EQ(serve(200, at(0s)), 200);
  auto now = at(20s);
  EXPECT_EQ(serve(100, now), 100);
  refuse(10, now);
  EXPECT_EQ(limit(now), 900u) << "300 in 20 s";
  EXPECT_GT(serve(1000, at(30s)), 100);
}

TEST_F(QuotaSaid, GivesWayToWhatEveryAnswerTells) {
  refuse(10, at(0s));
  auto granted = ask(at(30s));
  settle x;
  x.id = granted.id;
  x.provider = "chatgpt";
  x.signals = {{"x-ratelimit-limit-requests", "500"},
               {"x-ratelimit-remaining-requests", "499"},
               {"x-ratelimit-reset-requests", "120ms"}};
  book_.close(x, at(30s));
  EXPECT_EQ(limit(at(31s)), 500u);
  EXPECT_EQ(limit(at(2h)), 500u);
}

TEST_F(QuotaSaid, OfADayDoesNotGrow) {
  auto granted = ask(at(0s));
  settle x;
  x.id = granted.id;
  x.provider = "chatgpt";
  x.served = false;
  x.signals = {{"body-requests-day", "200/200"}};
  book_.close(x, at(0s));
  EXPECT_EQ(limit(at(0s)), 200u);
  EXPECT_EQ(limit(at(5h)), 200u);
}

} // namespace smart_agents
