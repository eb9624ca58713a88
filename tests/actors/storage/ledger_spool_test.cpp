#include "actors/storage/ledger_spool.hpp"

#include "tests/contracts/ledger_store_contract.hpp"

namespace smart_agents::test {

namespace {

ledger_row numbered(int n) {
  auto row = make_row();
  row.attempt = n;
  return row;
}

} // namespace

TEST(LedgerSpool, OffersRowsInOrderAndInBatches) {
  ledger_spool spool{"w"};
  for (int i = 1; i <= 5; ++i)
    EXPECT_TRUE(spool.add(numbered(i)));
  auto first = spool.next(3);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->writer, "w");
  EXPECT_EQ(first->number, 1u);
  ASSERT_EQ(first->rows.size(), 3u);
  EXPECT_EQ(first->rows[2].attempt, 3);
  spool.confirm(1);
  auto second = spool.next(3);
  EXPECT_EQ(second->number, 2u);
  EXPECT_EQ(second->rows.size(), 2u);
  spool.confirm(2);
  EXPECT_EQ(spool.next(3), nullptr);
  EXPECT_EQ(spool.pending(), 0u);
}

TEST(LedgerSpool, RepeatsABatchUnchangedUntilItIsConfirmed) {
  ledger_spool spool{"w"};
  spool.add(numbered(1));
  auto first = spool.next(10);
  spool.add(numbered(2));
  EXPECT_EQ(spool.next(10), first);
  spool.confirm(7);
  EXPECT_EQ(spool.next(10), first);
  spool.confirm(1);
  spool.confirm(1);
  EXPECT_EQ(spool.next(10)->rows.size(), 1u);
}

TEST(LedgerSpool, DropsTheOldestWaitingRowsBeyondItsBound) {
  ledger_spool spool{"w", 3};
  spool.add(numbered(1));
  auto offered = spool.next(1);
  EXPECT_TRUE(spool.add(numbered(2)));
  EXPECT_TRUE(spool.add(numbered(3)));
  EXPECT_FALSE(spool.add(numbered(4)));
  EXPECT_EQ(spool.pending(), 3u);
  EXPECT_EQ(spool.dropped(), 1u);
  spool.confirm(offered->number);
  auto rest = spool.next(10);
  ASSERT_EQ(rest->rows.size(), 2u);
  EXPECT_EQ(rest->rows[0].attempt, 3);
  EXPECT_EQ(rest->rows[1].attempt, 4);
}

TEST(LedgerSpool, SumsWhatIsPending) {
  ledger_spool spool{"w"};
  spool.add(make_row(noon));
  spool.next(10);
  spool.add(make_row(noon));
  spool.add(make_row(noon - std::chrono::hours{1}));
  auto sums = usage_sums::by("provider");
  ASSERT_TRUE(sums);
  spool.add_to(*sums, noon);
  EXPECT_EQ(sums->take().at(0).requests, 2u);
}

TEST(LedgerSpool, GivesEveryWriterANameOfItsOwn) {
  EXPECT_EQ(ledger_spool::fresh_writer().size(), 32u);
  EXPECT_NE(ledger_spool::fresh_writer(), ledger_spool::fresh_writer());
}

} // namespace smart_agents::test
