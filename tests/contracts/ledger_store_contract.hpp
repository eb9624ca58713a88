#pragma once

#include "adapters/ledger_store.hpp"
#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>

namespace smart_agents::test {

/// 2026-11-23 12:00 UTC: `date -u -d '2026-11-23 12:00' +%s`.
inline constexpr wall_time noon{std::chrono::seconds{1795435200}};

/// A row that answers a question to Claude.
inline ledger_row make_row(wall_time at = noon,
                           const std::string& provider = "claude") {
  ledger_row row;
  row.at = at;
  row.task_id = "req_1";
  row.origin = "cli";
  row.provider = provider;
  row.model = provider + "-large";
  row.type = "code";
  row.complexity = 7;
  row.outcome = "answered";
  row.tokens = {100, 20, 3, 50, 10, false};
  row.cost_usd = 0.25;
  row.saved_usd = 0.5;
  row.elapsed = std::chrono::milliseconds{900};
  row.first_byte = std::chrono::milliseconds{200};
  return row;
}

/// What every ledger store promises. A fixture provides
/// `std::unique_ptr<ledger_store> make()`.
template <class Fixture>
class LedgerStoreContract : public Fixture {
protected:
  std::vector<usage_sum> sums(wall_time since, const std::string& by) {
    auto result = store_->sum(since, by);
    EXPECT_TRUE(result) << render(result.error());
    return result ? *result : std::vector<usage_sum>{};
  }

  caf::error append(uint64_t number, std::vector<ledger_row> rows,
                    const std::string& writer = "w1") {
    return store_->append({writer, number, std::move(rows)});
  }

  std::unique_ptr<ledger_store> store_ = this->make();
};

TYPED_TEST_SUITE_P(LedgerStoreContract);
// Programs that borrow its rows need not run it.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LedgerStoreContract);

TYPED_TEST_P(LedgerStoreContract, StartsEmpty) {
  EXPECT_TRUE(this->sums(wall_time{}, "provider").empty());
}

TYPED_TEST_P(LedgerStoreContract, AddsUpEveryColumn) {
  auto bad = make_row();
  bad.outcome = "server_error";
  bad.served = false;
  bad.tokens = {};
  bad.tokens.estimated = true;
  bad.cost_usd = 0;
  ASSERT_FALSE(this->append(1, {make_row(), bad, make_row()}));
  auto sums = this->sums(noon, "provider");
  ASSERT_EQ(sums.size(), 1u);
  EXPECT_EQ(sums[0].group, "claude");
  EXPECT_EQ(sums[0].requests, 2u);
  EXPECT_EQ(sums[0].failed, 1u);
  EXPECT_EQ(sums[0].tokens, (usage{200, 40, 6, 100, 20, true}));
  EXPECT_DOUBLE_EQ(sums[0].cost_usd, 0.5);
  EXPECT_DOUBLE_EQ(sums[0].saved_usd, 1.5);
}

TYPED_TEST_P(LedgerStoreContract, GroupsByColumnInOrder) {
  auto gemini = make_row(noon + std::chrono::hours{13}, "gemini");
  gemini.origin = "mcp";
  ASSERT_FALSE(this->append(1, {gemini, make_row(), make_row()}));
  auto names = [this](const std::string& by) {
    std::string joined;
    for (const auto& x : this->sums(wall_time{}, by))
      joined += x.group + "=" + std::to_string(x.requests) + " ";
    return joined;
  };
  EXPECT_EQ(names("provider"), "claude=2 gemini=1 ");
  EXPECT_EQ(names("model"), "claude-large=2 gemini-large=1 ");
  EXPECT_EQ(names("origin"), "cli=2 mcp=1 ");
  EXPECT_EQ(names("day"), "2026-11-23=2 2026-11-24=1 ");
}

TYPED_TEST_P(LedgerStoreContract, CountsFromTheInstantGiven) {
  auto tick = std::chrono::nanoseconds{1};
  ASSERT_FALSE(this->append(
    1, {make_row(noon - tick), make_row(noon), make_row(noon + tick)}));
  EXPECT_EQ(this->sums(noon, "provider").at(0).requests, 2u);
  EXPECT_EQ(this->sums(noon + tick, "provider").at(0).requests, 1u);
  EXPECT_TRUE(this->sums(noon + 2 * tick, "provider").empty());
}

TYPED_TEST_P(LedgerStoreContract, TakesARepeatedBatchOnce) {
  ASSERT_FALSE(this->append(1, {make_row()}));
  ASSERT_FALSE(this->append(1, {make_row()}));
  ASSERT_FALSE(this->append(2, {make_row()}));
  ASSERT_FALSE(this->append(1, {make_row()}, "w2"));
  EXPECT_EQ(this->sums(noon, "provider").at(0).requests, 3u);
}

TYPED_TEST_P(LedgerStoreContract, RefusesAnUnknownGroup) {
  auto refused = this->store_->sum(noon, "provider; DROP TABLE ledger");
  ASSERT_FALSE(refused);
  EXPECT_EQ(render(refused.error()),
            "bad_input: usage cannot be grouped by \"provider; DROP TABLE "
            "ledger\": take provider, credential, model, "
            "origin, skill, key, type or day");
}

TYPED_TEST_P(LedgerStoreContract, KeepsStrangeTextAndBoundsStrangeNumbers) {
  auto strange = make_row();
  strange.provider = std::string{"a\0b\xff'\"", 6};
  strange.task_id.clear();
  strange.tokens.output = std::numeric_limits<uint64_t>::max();
  strange.cost_usd = std::numeric_limits<double>::quiet_NaN();
  ASSERT_FALSE(this->append(1, {strange}));
  auto sums = this->sums(noon, "provider");
  ASSERT_EQ(sums.size(), 1u);
  EXPECT_EQ(sums[0].group, strange.provider);
  EXPECT_EQ(sums[0].tokens.output, 1'000'000'000'000u);
  EXPECT_EQ(sums[0].cost_usd, 0);
}

TYPED_TEST_P(LedgerStoreContract, TakesALargeBatch) {
  ASSERT_FALSE(this->append(1, std::vector<ledger_row>(5000, make_row())));
  EXPECT_EQ(this->sums(noon, "provider").at(0).requests, 5000u);
}

/// A limit on a provider's requests a day.
inline meter_ptr day_meter(uint64_t amount,
                           const std::string& provider = "claude") {
  auto result = std::make_shared<meter>();
  result->id = provider + " requests/day";
  result->scope.provider = provider;
  result->amount = amount;
  return result;
}

inline int64_t nanoseconds(wall_time t) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           t.time_since_epoch())
    .count();
}

/// The day that holds `noon`.
inline meter_time that_day() {
  auto begin = nanoseconds(noon - std::chrono::hours{12});
  return {begin, begin, begin + 24 * 3'600'000'000'000};
}

/// Noon, and the steady clock some time from now.
inline lease_clock later(caf::timespan by = caf::timespan{0}) {
  auto steady = std::chrono::duration_cast<std::chrono::nanoseconds>(
    std::chrono::steady_clock::now().time_since_epoch());
  return {nanoseconds(noon) + by.count(), steady.count() + by.count()};
}

TYPED_TEST_P(LedgerStoreContract, LeasesNoMoreThanTheLimit) {
  auto limit = day_meter(100);
  auto take = [&](const std::string& owner, uint64_t number, uint64_t need,
                  uint64_t want) {
    auto grants = this->store_->lease(
      owner, {{limit, that_day(), number, need, want}}, later());
    EXPECT_TRUE(grants) << render(grants.error());
    return grants->at(0).granted;
  };
  EXPECT_EQ(take("a", 1, 60, 60), 60u);
  // The answer was lost: the same again, and nothing more.
  EXPECT_EQ(take("a", 1, 60, 60), 60u);
  EXPECT_EQ(take("b", 1, 41, 41), 0u);
  // Of what is only welcome, a quarter of what is free.
  EXPECT_EQ(take("b", 2, 1, 40), 10u);
  EXPECT_EQ(take("b", 3, 30, 30), 30u);
  EXPECT_EQ(take("c", 1, 1, 1), 0u);
  auto stand =
    this->store_->lease("c", {{limit, that_day(), 0, 0, 0}}, later());
  ASSERT_TRUE(stand);
  EXPECT_EQ(stand->at(0).used, 0u);
  EXPECT_EQ(stand->at(0).leased, 100u);
}

TYPED_TEST_P(LedgerStoreContract, MovesWhatIsSpentFromLeaseToUse) {
  auto limit = day_meter(100);
  ASSERT_TRUE(
    this->store_->lease("w1", {{limit, that_day(), 1, 50, 50}}, later()));
  ledger_batch batch{"w1", 1, {}, {}};
  batch.changes.push_back({limit, that_day(), later().steady, 20, 20, 10});
  ASSERT_FALSE(this->store_->append(batch));
  ASSERT_FALSE(this->store_->append(batch));
  auto look = [&](lease_clock now) {
    auto stand = this->store_->lease("x", {{limit, that_day(), 0, 0, 0}}, now);
    EXPECT_TRUE(stand) << render(stand.error());
    return stand->at(0);
  };
  EXPECT_EQ(look(later()).used, 20u);
  EXPECT_EQ(look(later()).leased, 20u);
  EXPECT_GT(look(later()).per_hour, 0);
}

TYPED_TEST_P(LedgerStoreContract, CountsWhatASilentOwnerHeldAsSpent) {
  auto limit = day_meter(100);
  ASSERT_TRUE(
    this->store_->lease("dead", {{limit, that_day(), 1, 90, 90}}, later()));
  auto take = [&](uint64_t number, uint64_t need, caf::timespan by) {
    auto grants = this->store_->lease(
      "alive", {{limit, that_day(), number, need, need}}, later(by));
    EXPECT_TRUE(grants) << render(grants.error());
    return grants->at(0);
  };
  EXPECT_EQ(take(1, 11, std::chrono::seconds{30}).granted, 0u);
  auto after = take(2, 10, lease_silence + std::chrono::seconds{2});
  EXPECT_EQ(after.granted, 10u);
  EXPECT_EQ(after.used, 90u);
  EXPECT_EQ(after.leased, 10u);
}

TYPED_TEST_P(LedgerStoreContract, KeepsWhatALivingOwnerHoldsHoweverSilent) {
  auto limit = day_meter(100);
  this->store_->live("quiet");
  ASSERT_TRUE(
    this->store_->lease("quiet", {{limit, that_day(), 1, 90, 90}}, later()));
  auto take = [&](uint64_t number, uint64_t need) {
    auto grants =
      this->store_->lease("alive", {{limit, that_day(), number, need, need}},
                          later(10 * lease_silence));
    EXPECT_TRUE(grants) << render(grants.error());
    return grants->at(0);
  };
  EXPECT_EQ(take(1, 11).granted, 0u);
  auto rest = take(2, 10);
  EXPECT_EQ(rest.granted, 10u);
  EXPECT_EQ(rest.used, 0u);
  EXPECT_EQ(rest.leased, 100u);
}

TYPED_TEST_P(LedgerStoreContract, StartsANewLimitWithWhatTheLedgerHas) {
  auto before = make_row(noon - std::chrono::hours{13});
  auto unserved = make_row();
  unserved.served = false;
  auto morning = make_row(noon - std::chrono::hours{12});
  ASSERT_FALSE(this->append(
    1, {before, unserved, morning, make_row(), make_row(noon, "gemini")}));
  auto look = [&](const meter_ptr& limit) {
    auto stand =
      this->store_->lease("x", {{limit, that_day(), 0, 0, 0}}, later());
    EXPECT_TRUE(stand) << render(stand.error());
    return stand->at(0).used;
  };
  EXPECT_EQ(look(day_meter(100)), 2u);
  auto dollars = std::make_shared<meter>(*day_meter(1000));
  dollars->id = "all usd/day";
  dollars->kind = quota_kind::dollars;
  dollars->scope = {};
  EXPECT_EQ(look(dollars), dollar_units(0.75));
}

TYPED_TEST_P(LedgerStoreContract, RefillsABucketByTheSteadyClock) {
  auto bucket = std::make_shared<meter>(*day_meter(60));
  bucket->id = "requests/minute";
  bucket->refill = std::chrono::minutes{1};
  ASSERT_TRUE(this->store_->lease("w1", {{bucket, {}, 1, 60, 60}}, later()));
  ledger_batch batch{"w1", 1, {}, {}};
  auto start = later();
  batch.changes.push_back({bucket, {}, start.steady, 60, 60, 0});
  ASSERT_FALSE(this->store_->append(batch));
  for (auto [after, used] :
       {std::pair{0, 60u}, {1, 59u}, {30, 30u}, {59, 1u}}) {
    auto now = start;
    now.steady += after * int64_t{1'000'000'000};
    auto stand = this->store_->lease("w1", {{bucket, {}, 0, 0, 0}}, now);
    ASSERT_TRUE(stand);
    EXPECT_EQ(stand->at(0).used, used) << after;
  }
}

TYPED_TEST_P(LedgerStoreContract, RefillsABucketOnceWhateverIsToldLate) {
  auto bucket = std::make_shared<meter>(*day_meter(60));
  bucket->id = "requests/minute";
  bucket->refill = std::chrono::minutes{1};
  auto start = later();
  auto tell = [&](uint64_t number, uint64_t spent, int64_t after) {
    ledger_batch batch{"w1", number, {}, {}};
    batch.changes.push_back(
      {bucket, {}, start.steady + after * int64_t{1'000'000'000}, spent, 0, 0});
    ASSERT_FALSE(this->store_->append(batch));
  };
  tell(1, 60, 0);
  tell(2, 10, 30);
  // Spent at 10, told after what was spent at 30.
  tell(3, 5, 10);
  auto now = start;
  now.steady += int64_t{30'000'000'000};
  auto stand = this->store_->lease("w1", {{bucket, {}, 0, 0, 0}}, now);
  ASSERT_TRUE(stand);
  EXPECT_EQ(stand->at(0).used, 45u);
}

REGISTER_TYPED_TEST_SUITE_P(
  LedgerStoreContract, StartsEmpty, AddsUpEveryColumn, GroupsByColumnInOrder,
  CountsFromTheInstantGiven, TakesARepeatedBatchOnce, RefusesAnUnknownGroup,
  KeepsStrangeTextAndBoundsStrangeNumbers, TakesALargeBatch,
  LeasesNoMoreThanTheLimit, MovesWhatIsSpentFromLeaseToUse,
  CountsWhatASilentOwnerHeldAsSpent, KeepsWhatALivingOwnerHoldsHoweverSilent,
  StartsANewLimitWithWhatTheLedgerHas, RefillsABucketByTheSteadyClock,
  RefillsABucketOnceWhateverIsToldLate);

} // namespace smart_agents::test
