#include "adapters/observed_ledger.hpp"

#include "adapters/memory_ledger_store.hpp"
#include "messages/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace smart_agents;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

/// Keeps rows, except while it is told to fail.
class moody_store final : public memory_ledger_store {
public:
  caf::error append(const ledger_batch& batch) override {
    if (fails)
      return make_error(ec::storage_failed, "disk full");
    return memory_ledger_store::append(batch);
  }
  bool fails = false;
};

ledger_batch batch(uint64_t number, const std::string& id) {
  ledger_batch x;
  x.writer = "w";
  x.number = number;
  x.rows.emplace_back();
  x.rows.back().task_id = id;
  return x;
}

} // namespace

TEST(ObservedLedger, ShowsEveryRowOnceItIsKept) {
  auto store = std::make_shared<moody_store>();
  std::vector<std::string> seen;
  auto ledger = observe_ledger(
    store, [&seen](const ledger_row& x) { seen.push_back(x.task_id); });
  store->fails = true;
  EXPECT_TRUE(ledger->append(batch(1, "a")));
  EXPECT_THAT(seen, IsEmpty());
  store->fails = false;
  EXPECT_FALSE(ledger->append(batch(1, "a")));
  // Its confirmation was lost.
  EXPECT_FALSE(ledger->append(batch(1, "a")));
  EXPECT_FALSE(ledger->append(batch(2, "b")));
  EXPECT_THAT(seen, ElementsAre("a", "b"));
  auto sums = ledger->sum({}, "provider");
  ASSERT_TRUE(sums);
  EXPECT_EQ(ledger->path(), "memory");
}
