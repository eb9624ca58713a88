#include "adapters/quota_admin.hpp"

#include "messages/error.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

// 2026-11-23 12:00 UTC: `date -u -d '2026-11-23 12:00' +%s`.
constexpr wall_time noon{1795435200s};
constexpr int64_t day = int64_t{86'400} * 1'000'000'000;
constexpr int64_t midnight = int64_t{1'795'392'000} * 1'000'000'000;

class QuotaAdmin : public ::testing::Test {
protected:
  QuotaAdmin() {
    std::string name = "/tmp/quota_admin_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ + "/ledger.db";
    auto opened = open_sqlite_ledger(path_);
    EXPECT_TRUE(opened) << render(opened.error());
    ledger_ = std::move(opened->store);
    auto admin = open_quota_admin(path_);
    EXPECT_TRUE(admin) << render(admin.error());
    admin_ = std::move(*admin);
  }

  ~QuotaAdmin() override {
    admin_.reset();
    ledger_.reset();
    std::filesystem::remove_all(folder_);
  }

  static meter_ptr requests(uint64_t amount) {
    auto x = std::make_shared<meter>();
    x->id = "6:claude 0: 0: 0: requests/day@UTC";
    x->scope.provider = "claude";
    x->amount = amount;
    return x;
  }

  static meter_time today() {
    return {midnight, midnight, midnight + day};
  }

  lease_grant ask(uint64_t number, uint64_t need) {
    lease_ask x{requests(10), today(), number, need, need};
    auto granted = ledger_->lease("w", {x}, {0, ++steady_});
    EXPECT_TRUE(granted) << render(granted.error());
    return granted ? granted->at(0) : lease_grant{};
  }

  void spend(uint64_t amount) {
    ledger_batch batch{"w", ++batch_, {}, {}};
    batch.changes.push_back(
      {requests(10), today(), ++steady_, amount, amount, 0});
    auto failed = ledger_->append(batch);
    EXPECT_FALSE(failed) << render(failed);
  }

  static audit_row by(const std::string& action) {
    return {noon, "uid 7", action, "what it was"};
  }

  std::string folder_;
  std::string path_;
  std::unique_ptr<ledger_store> ledger_;
  std::unique_ptr<quota_admin> admin_;
  uint64_t batch_ = 0;
  int64_t steady_ = 1;
};

} // namespace

TEST_F(QuotaAdmin, ChangesALimitForProcessesThatRun) {
  EXPECT_EQ(ask(1, 10).granted, 10u);
  spend(10);
  EXPECT_EQ(ask(2, 1).granted, 0u);
  EXPECT_FALSE(ask(3, 1).amount);
  ASSERT_FALSE(admin_->set({requests(10)->id}, 30, by("set")));
  auto more = ask(4, 5);
  EXPECT_EQ(more.amount, 30u);
  EXPECT_EQ(more.granted, 5u);
  EXPECT_EQ(ask(5, 16).granted, 0u);
  ASSERT_FALSE(admin_->set({requests(10)->id}, std::nullopt, by("set")));
  EXPECT_FALSE(ask(6, 1).amount);
  EXPECT_EQ(ask(7, 1).granted, 0u);
}

TEST_F(QuotaAdmin, ForgetsWhatWasUsedAndKeepsWhatIsLeased) {
  EXPECT_EQ(ask(1, 10).granted, 10u);
  spend(7);
  ASSERT_FALSE(admin_->reset({{requests(10), today(), 0, 0, 0}}, by("reset")));
  auto now = ask(2, 8);
  EXPECT_EQ(now.used, 0u);
  EXPECT_EQ(now.leased, 3u);
  EXPECT_EQ(now.granted, 0u) << "three are leased, so seven are free";
  EXPECT_EQ(ask(3, 7).granted, 7u);
}

TEST_F(QuotaAdmin, CarriesTheStandElsewhere) {
  ask(1, 4);
  spend(4);
  ASSERT_FALSE(admin_->set({requests(10)->id}, 20, by("set")));
  auto saved = admin_->save();
  ASSERT_TRUE(saved);
  ASSERT_EQ(saved->counters.size(), 1u);
  EXPECT_EQ(saved->counters[0].used, 4u);
  ASSERT_EQ(saved->amounts.size(), 1u);
  auto other = open_quota_admin(folder_ + "/other.db");
  ASSERT_TRUE(other) << render(other.error());
  ASSERT_FALSE((*other)->load(*saved, by("import")));
  EXPECT_EQ(*(*other)->save(), *saved);
}

TEST_F(QuotaAdmin, WritesDownWhoChangedWhat) {
  ASSERT_FALSE(admin_->set({"x"}, 1, by("set")));
  ASSERT_FALSE(admin_->load({}, by("import")));
  auto rows = admin_->audit(10);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[0].action, "import");
  EXPECT_EQ((*rows)[1].action, "set");
  EXPECT_EQ((*rows)[1].who, "uid 7");
  EXPECT_EQ((*rows)[1].at, noon);
  EXPECT_EQ(admin_->audit(1)->size(), 1u);
}

} // namespace smart_agents
