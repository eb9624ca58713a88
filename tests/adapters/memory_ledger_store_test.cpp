#include "adapters/memory_ledger_store.hpp"

#include "tests/contracts/ledger_store_contract.hpp"

namespace smart_agents::test {

class InMemory : public ::testing::Test {
protected:
  std::unique_ptr<ledger_store> make() {
    return std::make_unique<memory_ledger_store>();
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, LedgerStoreContract, InMemory);

TEST(MemoryLedgerStore, ForgetsTheOldestRowsBeyondItsBound) {
  auto store = memory_ledger_store{2};
  ASSERT_FALSE(store.append({"w",
                             1,
                             {make_row(noon, "old"), make_row(noon, "claude"),
                              make_row(noon, "claude")}}));
  auto sums = store.sum(wall_time{}, "provider");
  ASSERT_TRUE(sums);
  ASSERT_EQ(sums->size(), 1u);
  EXPECT_EQ(sums->at(0).group, "claude");
}

} // namespace smart_agents::test
