#include "actors/quota/quota_book.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <random>

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace smart_agents {

namespace {

// 2026-11-23 15:48 UTC: `date -u -d '2026-11-23 15:48' +%s`.
constexpr wall_time start{1795448880s};

quota_now at(caf::timespan later) {
  return {start + std::chrono::duration_cast<wall_time::duration>(later),
          instant{100h} + later};
}

reserve ask_for(const std::string& provider, uint64_t input = 0,
                uint64_t output = 0) {
  reserve result;
  result.provider = provider;
  result.input_tokens = input;
  result.output_tokens = output;
  return result;
}

settle served(uint64_t id, uint64_t input = 0, uint64_t output = 0) {
  settle result;
  result.id = id;
  result.provider = "claude";
  result.tokens.uncached_input = input;
  result.tokens.output = output;
  return result;
}

settle unserved(uint64_t id) {
  auto result = served(id);
  result.served = false;
  return result;
}

provider_quota limited(const std::string& provider,
                       std::vector<quota_limit> limits) {
  return {provider, std::move(limits), calendar{}};
}

constexpr quota_limit requests_a_day(uint64_t amount) {
  return {quota_kind::requests, quota_window::day, amount};
}

constexpr quota_limit requests_a_month(uint64_t amount) {
  return {quota_kind::requests, quota_window::month, amount};
}

/// Uses up `n` requests.
void spend(quota_book& book, int n, quota_now now = at(0s)) {
  for (int i = 0; i < n; ++i) {
    auto granted = book.hold(ask_for("claude"), now);
    ASSERT_FALSE(granted.refused) << granted.refused->message;
    book.close(served(granted.id), now);
  }
}

uint64_t used(quota_book& book, quota_now now, size_t limit = 0) {
  return book.report(now).limits.at(limit).used;
}

} // namespace

TEST(QuotaBook, GrantsUpToTheLimitAndSaysWhyNotMore) {
  quota_book book{{limited("claude", {requests_a_day(150)})}};
  spend(book, 150);
  auto refused = book.hold(ask_for("claude"), at(0s));
  EXPECT_EQ(refused.id, 0u);
  ASSERT_TRUE(refused.refused);
  EXPECT_EQ(refused.refused->what, failure_class::over_quota);
  EXPECT_EQ(refused.refused->code, "requests_per_day");
  EXPECT_EQ(refused.refused->message,
            "claude has used 150 of 150 requests today; resets 2026-11-24 "
            "00:00 UTC (in 8 h 12 min)");
  EXPECT_EQ(refused.refused->retry_after, caf::timespan{8h + 12min});
}

TEST(QuotaBook, CountsWhatIsUnderWay) {
  quota_book book{{limited("claude", {requests_a_day(2)})}};
  auto first = book.hold(ask_for("claude"), at(0s));
  auto second = book.hold(ask_for("claude"), at(0s));
  EXPECT_NE(first.id, second.id);
  auto refused = book.hold(ask_for("claude"), at(0s));
  ASSERT_TRUE(refused.refused);
  EXPECT_EQ(refused.refused->message,
            "claude has used 0 of 2 requests today and has 2 under way; resets "
            "2026-11-24 00:00 UTC (in 8 h 12 min)");
  book.close(unserved(first.id), at(0s));
  EXPECT_FALSE(book.hold(ask_for("claude"), at(0s)).refused);
}

TEST(QuotaBook, HoldsTokensByTheirBoundAndSettlesByTheTruth) {
  quota_book book{{limited(
    "claude", {{quota_kind::input_tokens, quota_window::day, 100'000},
               {quota_kind::output_tokens, quota_window::day, 10'000},
               {quota_kind::total_tokens, quota_window::month, 1'000'000}})}};
  auto granted = book.hold(ask_for("claude", 60'000, 4'000), at(0s));
  ASSERT_FALSE(granted.refused);
  auto refused = book.hold(ask_for("claude", 41'000, 1), at(0s));
  ASSERT_TRUE(refused.refused);
  EXPECT_EQ(
    refused.refused->message,
    "claude has used 0 of 100,000 input tokens today and has 60,000 under "
    "way, and this one may need 41,000; resets 2026-11-24 00:00 UTC "
    "(in 8 h 12 min)");
  book.close(served(granted.id, 20'000, 3'000), at(0s));
  EXPECT_FALSE(book.hold(ask_for("claude", 41'000, 1), at(0s)).refused);
  auto report = book.report(at(0s));
  EXPECT_EQ(report.limits[0].used, 20'000u);
  EXPECT_EQ(report.limits[0].reserved, 41'000u);
  EXPECT_EQ(report.limits[1].used, 3'000u);
  EXPECT_EQ(report.limits[2].kind, "total_tokens");
  EXPECT_EQ(report.limits[2].window, "month");
  EXPECT_EQ(report.limits[2].used, 23'000u);
}

TEST(QuotaBook, SettlesAnIdOnce) {
  quota_book book{{limited("claude", {requests_a_day(10)})}};
  auto granted = book.hold(ask_for("claude"), at(0s));
  book.close(served(granted.id), at(0s));
  book.close(served(granted.id), at(0s));
  book.close(served(0), at(0s));
  EXPECT_EQ(used(book, at(0s)), 1u);
  EXPECT_EQ(book.report(at(0s)).limits[0].reserved, 0u);
}

TEST(QuotaBook, CountsASettlementOfAnEarlierBookOnce) {
  quota_book book{{limited("claude", {requests_a_day(10)})}, {}, at(0s), 1000};
  book.close(served(7), at(0s));
  book.close(served(7), at(0s));
  book.close(unserved(8), at(0s));
  EXPECT_EQ(used(book, at(0s)), 1u);
}

TEST(QuotaBook, NamesTheLimitThatResetsLast) {
  quota_book book{
    {limited("claude", {requests_a_day(1), requests_a_month(1)})}};
  spend(book, 1);
  auto refused = book.hold(ask_for("claude"), at(0s));
  ASSERT_TRUE(refused.refused);
  EXPECT_EQ(refused.refused->message,
            "claude has used 1 of 1 requests this month; resets 2026-12-01 "
            "00:00 UTC (in 7 d 9 h)");
}

TEST(QuotaBook, StartsAfreshWithTheDayAndKeepsTheMonth) {
  quota_book book{
    {limited("claude", {requests_a_day(2), requests_a_month(3)})}};
  spend(book, 2);
  EXPECT_TRUE(book.hold(ask_for("claude"), at(8h + 11min + 59s)).refused);
  spend(book, 1, at(8h + 12min));
  EXPECT_EQ(used(book, at(8h + 12min), 0), 1u);
  EXPECT_EQ(used(book, at(8h + 12min), 1), 3u);
  EXPECT_TRUE(book.hold(ask_for("claude"), at(8h + 12min)).refused);
  EXPECT_FALSE(book.hold(ask_for("claude"), at(24h * 9)).refused);
}

TEST(QuotaBook, TurnsTheDayWhereTheProviderIs) {
  auto gemini = limited("gemini", {requests_a_day(1)});
  gemini.zone = *calendar::in("America/Los_Angeles");
  quota_book book{{gemini}};
  auto granted = book.hold(ask_for("gemini"), at(0s));
  auto truth = served(granted.id);
  truth.provider = "gemini";
  book.close(truth, at(0s));
  // Midnight in Los Angeles is 08:00 UTC, 16 h 12 min after the start.
  EXPECT_TRUE(book.hold(ask_for("gemini"), at(16h + 11min)).refused);
  EXPECT_FALSE(book.hold(ask_for("gemini"), at(16h + 12min)).refused);
}

TEST(QuotaBook, CountsWhatIsUnderWayAtMidnightInTheNewDay) {
  quota_book book{{limited("claude", {requests_a_day(1)})}};
  auto granted = book.hold(ask_for("claude"), at(0s));
  EXPECT_TRUE(book.hold(ask_for("claude"), at(9h)).refused);
  book.close(served(granted.id), at(9h));
  EXPECT_EQ(used(book, at(9h)), 1u);
}

TEST(QuotaBook, FindsItsWindowAgainWhenTheClockIsSetBack) {
  quota_book book{{limited("claude", {requests_a_day(5)})}};
  spend(book, 4);
  spend(book, 1, at(9h));
  EXPECT_EQ(used(book, at(0s)), 4u);
  EXPECT_EQ(used(book, at(9h)), 1u);
  // A clock that was a year ahead for a while changes nothing.
  EXPECT_EQ(used(book, at(24h * 365)), 0u);
  EXPECT_EQ(used(book, at(0s)), 4u);
}

TEST(QuotaBook, KeepsCountingWhenTheClockIsSetBackToAnUnknownDay) {
  quota_book book{{limited("claude", {requests_a_day(5)})}, {}, at(0s)};
  spend(book, 4);
  EXPECT_EQ(used(book, at(-48h)), 4u);
  EXPECT_EQ(used(book, at(-24h)), 0u);
}

TEST(QuotaBook, StartsWithWhatTheLedgerKnows) {
  quota_book book{
    {limited("claude", {requests_a_day(150), requests_a_month(4500)})},
    {{"claude", quota_window::day, {149, 0, 0}},
     {"claude", quota_window::month, {2000, 0, 0}},
     {"gone", quota_window::day, {3, 0, 0}}},
    at(0s)};
  EXPECT_EQ(used(book, at(0s), 0), 149u);
  EXPECT_EQ(used(book, at(0s), 1), 2000u);
  EXPECT_THAT(book.take_notices(), IsEmpty());
  spend(book, 1);
  EXPECT_TRUE(book.hold(ask_for("claude"), at(0s)).refused);
}

TEST(QuotaBook, OffersThoseWithTheMostRoom) {
  quota_book book{
    {limited("claude", {requests_a_day(1)}),
     limited("grok", {requests_a_day(10)}),
     limited("gemini", {requests_a_day(10)}),
     limited("tiny", {{quota_kind::input_tokens, quota_window::day, 10}}),
     limited("ollama", {}), limited("chatgpt", {})}};
  spend(book, 1);
  auto other = book.hold(ask_for("grok"), at(0s));
  ASSERT_FALSE(other.refused);
  mark_unavailable sick{"chatgpt", 60s, "maintenance"};
  book.rest(sick, at(0s));
  auto refused = book.hold(ask_for("claude", 100), at(0s));
  ASSERT_TRUE(refused.refused);
  EXPECT_THAT(refused.alternatives, ElementsAre("gemini", "ollama", "grok"));
}

TEST(QuotaBook, OnlyWarnsThoseWhomLimitsDoNotBind) {
  quota_book book{{limited("claude", {requests_a_day(1)})}};
  spend(book, 1);
  auto request = ask_for("claude");
  request.limits_bind = false;
  auto granted = book.hold(request, at(0s));
  ASSERT_FALSE(granted.refused);
  EXPECT_THAT(
    granted.warnings,
    ElementsAre("claude has used 1 of 1 requests today and has 1 under "
                "way; resets 2026-11-24 00:00 UTC (in 8 h 12 min)"));
  book.close(served(granted.id), at(0s));
  EXPECT_EQ(used(book, at(0s)), 2u);
  EXPECT_TRUE(book.hold(ask_for("claude"), at(0s)).refused);
}

TEST(QuotaBook, WarnsFromFourFifthsOn) {
  quota_book book{{limited("claude", {requests_a_day(10)})}};
  spend(book, 6);
  auto seventh = book.hold(ask_for("claude"), at(0s));
  EXPECT_THAT(seventh.warnings, IsEmpty());
  auto eighth = book.hold(ask_for("claude"), at(0s));
  EXPECT_EQ(eighth.warnings.size(), 1u);
  EXPECT_THAT(book.take_notices(), IsEmpty());
  book.close(served(seventh.id), at(0s));
  book.close(served(eighth.id), at(0s));
  auto notices = book.take_notices();
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ(notices[0].provider, "claude");
  EXPECT_EQ(notices[0].text,
            "claude has used 8 of 10 requests today; resets 2026-11-24 00:00 "
            "UTC (in 8 h 12 min)");
  spend(book, 1);
  EXPECT_THAT(book.take_notices(), IsEmpty());
  spend(book, 1);
  EXPECT_EQ(book.take_notices().size(), 1u);
  EXPECT_TRUE(book.hold(ask_for("claude"), at(0s)).refused);
  EXPECT_THAT(book.take_notices(), IsEmpty());
  spend(book, 8, at(9h));
  EXPECT_EQ(book.take_notices().size(), 1u);
}

TEST(QuotaBook, RestsAProviderWhoeverAsks) {
  quota_book book{{limited("claude", {}), limited("ollama", {})}};
  book.rest({"claude", 60s, "no credit left"}, at(0s));
  book.rest({"claude", 10s, "shorter"}, at(0s));
  auto request = ask_for("claude");
  request.limits_bind = false;
  auto refused = book.hold(request, at(15s));
  ASSERT_TRUE(refused.refused);
  EXPECT_EQ(refused.refused->what, failure_class::resting);
  EXPECT_EQ(refused.refused->message,
            "claude rests for another 45 s: no credit left");
  EXPECT_EQ(refused.refused->retry_after, caf::timespan{45s});
  EXPECT_THAT(refused.alternatives, ElementsAre("ollama"));
  auto report = book.report(at(15s));
  ASSERT_EQ(report.resting.size(), 1u);
  EXPECT_EQ(report.resting[0].until, start + 60s);
  EXPECT_FALSE(book.hold(request, at(60s)).refused);
  EXPECT_THAT(book.report(at(60s)).resting, IsEmpty());
}

TEST(QuotaBook, EndsARestOnRequestAndNotByTheCivilClock) {
  quota_book book{{limited("claude", {})}};
  book.rest({"claude", 60s, "busy"}, at(0s));
  auto jumped = quota_now{start - 24h, at(60s).steady};
  EXPECT_FALSE(book.hold(ask_for("claude"), jumped).refused);
  book.rest({"claude", caf::timespan::max(), "busy"}, at(0s));
  EXPECT_TRUE(book.hold(ask_for("claude"), at(24h * 300)).refused);
  book.rest({"claude", 0s, ""}, at(0s));
  EXPECT_FALSE(book.hold(ask_for("claude"), at(0s)).refused);
}

TEST(QuotaBook, TellsHowMuchIsLeft) {
  quota_book book{
    {limited("claude", {requests_a_day(10), requests_a_month(10)}),
     limited("ollama", {})}};
  EXPECT_EQ(book.headroom("ollama", at(0s)).left, 1);
  EXPECT_EQ(book.headroom("unheard of", at(0s)).left, 1);
  spend(book, 4);
  EXPECT_DOUBLE_EQ(book.headroom("claude", at(0s)).left, 0.6);
  EXPECT_DOUBLE_EQ(book.headroom("claude", at(9h)).left, 0.6);
  spend(book, 6);
  auto none = book.headroom("claude", at(0s));
  EXPECT_EQ(none.left, 0);
  EXPECT_EQ(none.exhausted,
            "claude has used 10 of 10 requests this month; resets 2026-12-01 "
            "00:00 UTC (in 7 d 9 h)");
}

TEST(QuotaBook, KnowsWhenSomethingChanges) {
  quota_book book{{limited("claude", {requests_a_day(1)})}, {}, at(0s)};
  EXPECT_EQ(book.next_change(at(0s)), caf::timespan{8h + 12min});
  book.rest({"claude", 5s, ""}, at(0s));
  EXPECT_EQ(book.next_change(at(1s)), caf::timespan{4s});
  EXPECT_EQ(book.next_change(at(12h)), caf::timespan{0});
}

TEST(QuotaBook, StandsAbsurdNumbers) {
  auto huge = std::numeric_limits<uint64_t>::max();
  quota_book book{
    {limited("claude", {{quota_kind::total_tokens, quota_window::day, huge},
                        {quota_kind::requests, quota_window::day, huge}})}};
  auto granted = book.hold(ask_for("claude", huge, huge), at(0s));
  ASSERT_FALSE(granted.refused);
  book.close(served(granted.id, huge, huge), at(0s));
  EXPECT_FALSE(book.hold(ask_for("claude", huge, huge), at(0s)).refused);
  quota_book none{{limited("claude", {requests_a_day(0)})}};
  EXPECT_TRUE(none.hold(ask_for("claude"), at(0s)).refused);
}

/// Whatever happens in whatever order: used + reserved <= limit, and nothing
/// stays reserved. A clock that is set back (the last seed) may bring an old
/// day's use together with what is under way; then at least nothing is granted
/// that does not fit.
TEST(QuotaBook, NeverExceedsALimitInTwentyThousandRandomSteps) {
  for (uint32_t seed = 1; seed <= 4; ++seed) {
    auto sets_back = seed == 4;
    std::mt19937 random{seed};
    auto pick = [&random](uint64_t most) {
      return std::uniform_int_distribution<uint64_t>{0, most}(random);
    };
    std::vector<provider_quota> providers;
    for (const auto* name : {"a", "b", "c"}) {
      auto& x = providers.emplace_back(limited(name, {}));
      for (auto kind : {quota_kind::requests, quota_kind::input_tokens,
                        quota_kind::output_tokens, quota_kind::total_tokens})
        for (auto window : {quota_window::day, quota_window::month})
          if (pick(2) != 0)
            x.limits.push_back(
              {kind, window,
               pick(kind == quota_kind::requests ? 500 : 90'000)});
    }
    quota_book book{providers, {}, at(0s)};
    std::vector<std::pair<uint64_t, reserve>> open;
    caf::timespan time{0};
    size_t granted = 0;
    size_t refused = 0;
    auto finish = [&](size_t which) {
      auto [id, request] = open[which];
      open[which] = open.back();
      open.pop_back();
      auto truth =
        served(id, pick(request.input_tokens), pick(request.output_tokens));
      truth.provider = request.provider;
      truth.served = pick(4) != 0;
      book.close(truth, at(time));
      if (pick(9) == 0)
        book.close(truth, at(time));
    };
    for (int step = 0; step < 20'000; ++step) {
      // Mostly forward, sometimes to another day, sometimes back.
      time += std::chrono::seconds{pick(120)};
      if (pick(999) == 0)
        time += std::chrono::hours{pick(72)};
      if (sets_back && pick(999) == 0)
        time -= std::chrono::hours{pick(30)};
      auto checked = !sets_back;
      if (open.empty() || pick(1) == 0) {
        auto request =
          ask_for(providers[pick(2)].provider, pick(900), pick(400));
        auto answer = book.hold(request, at(time));
        if (answer.refused) {
          ++refused;
        } else {
          ++granted;
          open.emplace_back(answer.id, request);
          checked = true;
        }
      } else {
        finish(pick(open.size() - 1));
      }
      for (const auto& x : book.report(at(time)).limits) {
        if (!checked
            || (sets_back && x.provider != open.back().second.provider))
          continue;
        ASSERT_LE(x.used + x.reserved, x.limit)
          << x.provider << " " << x.kind << " a " << x.window << ", seed "
          << seed << ", step " << step;
      }
      ASSERT_EQ(book.open(), open.size());
    }
    while (!open.empty())
      finish(0);
    for (const auto& x : book.report(at(time)).limits)
      EXPECT_EQ(x.reserved, 0u);
    EXPECT_EQ(book.open(), 0u);
    EXPECT_GT(granted, 500u);
    EXPECT_GT(refused, 1000u);
  }
}

} // namespace smart_agents
