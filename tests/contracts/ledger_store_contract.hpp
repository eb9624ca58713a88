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
            "ledger\": take provider, model, origin or day");
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

REGISTER_TYPED_TEST_SUITE_P(LedgerStoreContract, StartsEmpty, AddsUpEveryColumn,
                            GroupsByColumnInOrder, CountsFromTheInstantGiven,
                            TakesARepeatedBatchOnce, RefusesAnUnknownGroup,
                            KeepsStrangeTextAndBoundsStrangeNumbers,
                            TakesALargeBatch);

} // namespace smart_agents::test
