#include "adapters/limit_signals.hpp"

#include "tests/support/fixtures.hpp"

#include <gmock/gmock.h>

using namespace std::chrono_literals;

namespace smart_agents {

namespace {

// 2026-11-23 10:15:02 UTC, when the fixtures were answered:
// `date -u -d '2026-11-23 10:15:02' +%s`.
constexpr wall_time answered{1795428902s};

std::vector<told_limit> told_by(const std::string& fixture,
                                const std::string& vendor) {
  auto answer = test::http_fixture(fixture);
  return read_signals(vendor, collect_signals(answer.head.headers, answer.body),
                      answered);
}

told_limit bucket(quota_kind kind, caf::timespan window, uint64_t limit,
                  uint64_t remaining) {
  told_limit x;
  x.kind = kind;
  x.window = window;
  x.limit = limit;
  x.remaining = remaining;
  return x;
}

/// One that only a refusal names.
told_limit said(told_limit x) {
  x.said = true;
  return x;
}

} // namespace

TEST(LimitSignals, ReadAnthropicsBuckets) {
  auto told = told_by("anthropic-429.http", "anthropic");
  ASSERT_EQ(told.size(), 3u) << "the rounded sum repeats the others";
  EXPECT_EQ(told[0], bucket(quota_kind::requests, 1min, 1000, 994));
  auto input = bucket(quota_kind::input_tokens, 1min, 500'000, 0);
  input.cache_is_free = true;
  EXPECT_EQ(told[1], input);
  EXPECT_EQ(told[2], bucket(quota_kind::output_tokens, 1min, 100'000, 96'000));
}

TEST(LimitSignals, ReadTheWindowsOfASubscription) {
  auto told = told_by("anthropic-429-unified.http", "anthropic");
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].kind, quota_kind::plan);
  EXPECT_EQ(told[0].window, 5h);
  EXPECT_EQ(told[0].limit, 1000u);
  EXPECT_EQ(told[0].remaining, 0u);
  EXPECT_EQ(told[0].resets_at, wall_time{1795431000s});
  EXPECT_FALSE(told[0].refills);
  EXPECT_FALSE(told[0].of_model);
  EXPECT_EQ(told[1].window, 7 * 24h);
  EXPECT_EQ(told[1].remaining, 410u);
}

TEST(LimitSignals, LeaveAPlanOpenThatIsOverAndStillServed) {
  limit_signals signals{
    {"anthropic-ratelimit-unified-status", "allowed_warning"},
    {"anthropic-ratelimit-unified-5h-status", "allowed_warning"},
    {"anthropic-ratelimit-unified-5h-utilization", "1.07"},
    {"anthropic-ratelimit-unified-5h-reset", "2026-11-23T12:00:00Z"}};
  auto told = read_signals("anthropic", signals, answered);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].remaining, 1u);
  // `date -u -d '2026-11-23 12:00' +%s`
  EXPECT_EQ(told[0].resets_at, wall_time{1795435200s});
}

TEST(LimitSignals, FindTheWindowByHowLongTheRestTakes) {
  // 42 of 10,000 come back in 6m2.88s, so the whole in a day.
  auto openai = told_by("openai-429.http", "openai");
  ASSERT_EQ(openai.size(), 2u);
  EXPECT_EQ(openai[0], bucket(quota_kind::requests, 24h, 10'000, 9958));
  auto tokens = bucket(quota_kind::total_tokens, 1min, 2'000'000, 11'240);
  tokens.counts_cap = true;
  EXPECT_EQ(openai[1], tokens);
  auto groq = told_by("groq-429.http", "groq");
  ASSERT_EQ(groq.size(), 2u);
  EXPECT_EQ(groq[0].window, 24h);
  EXPECT_EQ(groq[1].window, 1min);
}

TEST(LimitSignals, ReadXaiWithoutResetsAndItsWords) {
  auto told = told_by("xai-429.http", "xai");
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0], bucket(quota_kind::requests, 1min, 7200, 0));
  EXPECT_EQ(told[1],
            bucket(quota_kind::total_tokens, 1min, 50'000'000, 48'811'200));
  EXPECT_EQ(told[2], said(bucket(quota_kind::requests, 1s, 150, 0)));
}

TEST(LimitSignals, ReadOpenRoutersMinute) {
  auto answer = test::http_fixture("openrouter-429.http");
  // It ends at 1795428060, in milliseconds.
  auto told = read_signals("openrouter", collect_signals(answer.head.headers),
                           wall_time{1795428029s});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].limit, 20u);
  EXPECT_EQ(told[0].remaining, 0u);
  EXPECT_EQ(told[0].window, 1min);
  EXPECT_FALSE(told[0].refills);
  EXPECT_EQ(told[0].resets_at, wall_time{1795428060s});
}

TEST(LimitSignals, ReadGeminisViolationsFromTheBody) {
  auto minute = told_by("gemini-429.http", "gemini");
  ASSERT_EQ(minute.size(), 1u);
  EXPECT_EQ(minute[0], said(bucket(quota_kind::requests, 1min, 10, 0)));
  auto day = told_by("gemini-429-daily.http", "gemini");
  ASSERT_EQ(day.size(), 1u);
  EXPECT_EQ(day[0].window, 0s) << "a calendar day";
  EXPECT_EQ(day[0].limit, 250u);
  EXPECT_EQ(day[0].remaining, 0u);
}

TEST(LimitSignals, ReadCerebrasByTheNamesOfItsWindows) {
  auto told = read_signals("cerebras",
                           {{"x-ratelimit-limit-requests-day", "14400"},
                            {"x-ratelimit-remaining-requests-day", "14399"},
                            {"x-ratelimit-reset-requests-day", "33011.38"},
                            {"x-ratelimit-limit-tokens-minute", "60000"},
                            {"x-ratelimit-remaining-tokens-minute", "59000"}},
                           answered);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].window, 24h);
  EXPECT_EQ(told[1].window, 1min);
  EXPECT_EQ(told[1].remaining, 59'000u);
}

TEST(LimitSignals, PassOverWhatMakesNoSense) {
  for (const auto* bad :
       {"", "-1", "nan", "1e300", "9999999999999999999999", "x", "1 2"}) {
    limit_signals signals{{"x-ratelimit-limit-requests", bad},
                          {"x-ratelimit-remaining-requests", bad},
                          {"anthropic-ratelimit-requests-limit", bad},
                          {"anthropic-ratelimit-requests-remaining", "5"},
                          {"anthropic-ratelimit-unified-5h-utilization", bad},
                          {"anthropic-ratelimit-unified-5h-reset", bad},
                          {"anthropic-ratelimit-unified--utilization", "0.5"},
                          {"body-tokens-minute", bad},
                          {"body-quota PerDay", bad}};
    EXPECT_TRUE(read_signals("openai", signals, answered).empty()) << bad;
  }
  EXPECT_TRUE(read_signals("x", {}, answered).empty());
  EXPECT_TRUE(collect_signals({{"content-type", "x"}}, "{quotaId").empty());
}

TEST(Families, AreNamesUpToTheVersion) {
  EXPECT_EQ(family_of("claude-opus-5-5"), "claude-opus-*");
  EXPECT_EQ(family_of("claude-haiku-4-5-20251001"), "claude-haiku-*");
  EXPECT_EQ(family_of("claude-3-5-sonnet"), "claude-3-*");
  EXPECT_EQ(family_of("opus"), "opus");
  EXPECT_EQ(family_of("claude-opus"), "claude-opus");
  EXPECT_EQ(family_of(""), "");
}

} // namespace smart_agents
