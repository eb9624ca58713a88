#include "actors/storage/ledger_desk.hpp"

#include "tests/contracts/ledger_store_contract.hpp"

#include <gmock/gmock.h>

namespace smart_agents::test {

namespace {

ledger_row numbered(int number) {
  auto row = make_row();
  row.attempt = number;
  return row;
}

std::vector<int> numbers_of(const std::vector<ledger_row>& rows) {
  std::vector<int> result;
  result.reserve(rows.size());
  for (const auto& x : rows)
    result.push_back(x.attempt);
  return result;
}

} // namespace

TEST(LedgerDesk, HasTheStorageToldOnceForAllThatComeUntilItLooks) {
  ledger_desk desk;
  EXPECT_TRUE(desk.put(numbered(1)));
  EXPECT_FALSE(desk.put(numbered(2)));
  EXPECT_EQ(numbers_of(desk.take_all()), (std::vector{1, 2}));
  EXPECT_TRUE(desk.put(numbered(3)));
}

TEST(LedgerDesk, GivesAtEachLookWhatLayThereAtTheLast) {
  ledger_desk desk;
  desk.put(numbered(1));
  EXPECT_TRUE(desk.take_seen().empty());
  EXPECT_FALSE(desk.put(numbered(2)));
  EXPECT_EQ(numbers_of(desk.take_seen()), (std::vector{1}));
  EXPECT_EQ(numbers_of(desk.take_seen()), (std::vector{2}));
  EXPECT_EQ(desk.size(), 0u);
  EXPECT_TRUE(desk.put(numbered(3)));
}

TEST(LedgerDesk, LosesTheOldestBeyondItsBoundAndCountsIt) {
  ledger_desk desk{2};
  for (int i = 1; i <= 5; ++i)
    desk.put(numbered(i));
  EXPECT_EQ(desk.lost(), 3u);
  EXPECT_EQ(numbers_of(desk.take_all()), (std::vector{4, 5}));
}

} // namespace smart_agents::test
