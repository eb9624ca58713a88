#include "actors/quota/quota_history.hpp"

#include "adapters/memory_ledger_store.hpp"
#include "tests/contracts/ledger_store_contract.hpp"

using namespace std::chrono_literals;

namespace smart_agents::test {

TEST(QuotaHistory, SumsEachWindowInItsProvidersZone) {
  memory_ledger_store ledger;
  // Noon is 04:00 in Los Angeles, where the day began at 08:00 UTC.
  auto lost = make_row(noon);
  lost.served = false;
  lost.tokens = {};
  ASSERT_FALSE(
    ledger.append({"w",
                   1,
                   {make_row(noon - 13h), make_row(noon - 5h), lost,
                    make_row(noon), make_row(noon - 5h, "gemini"),
                    make_row(noon, "gemini"), make_row(noon, "ollama")}}));
  auto both =
    std::vector<quota_limit>{{quota_kind::requests, quota_window::day, 9},
                             {quota_kind::requests, quota_window::month, 9}};
  auto used =
    used_so_far(ledger,
                {{"claude", both, {}},
                 {"gemini", both, *calendar::in("America/Los_Angeles")},
                 {"ollama", {}, {}},
                 {"grok", both, {}}},
                noon);
  ASSERT_TRUE(used);
  ASSERT_EQ(used->size(), 4u);
  auto expect = [&used](size_t i, const std::string& provider,
                        quota_window window, uint64_t requests) {
    EXPECT_EQ(used->at(i).provider, provider);
    EXPECT_EQ(used->at(i).window, window);
    EXPECT_EQ(used->at(i).amounts,
              quota_amounts(requests, requests * 123, requests * 50));
  };
  expect(0, "claude", quota_window::day, 2);
  expect(1, "claude", quota_window::month, 3);
  expect(2, "gemini", quota_window::day, 1);
  expect(3, "gemini", quota_window::month, 2);
}

TEST(QuotaHistory, GivesABookThatRemembers) {
  memory_ledger_store ledger;
  ASSERT_FALSE(ledger.append({"w", 1, {make_row(), make_row()}}));
  auto providers = std::vector<provider_quota>{
    {"claude", {{quota_kind::requests, quota_window::day, 2}}, {}}};
  auto used = used_so_far(ledger, providers, noon);
  ASSERT_TRUE(used);
  quota_book book{providers, *used, {noon, {}}};
  reserve request;
  request.provider = "claude";
  EXPECT_TRUE(book.hold(request, {noon, {}}).refused);
  EXPECT_FALSE(book.hold(request, {noon + 12h, {}}).refused);
}

} // namespace smart_agents::test
