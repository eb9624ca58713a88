#include "actors/storage/storage.hpp"

#include "adapters/memory_ledger_store.hpp"
#include "messages/services.hpp"
#include "tests/contracts/ledger_store_contract.hpp"
#include "tests/support/deterministic.hpp"

#include <gmock/gmock.h>

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace smart_agents::test {

namespace {

/// A store that fails on demand and remembers what it was asked.
class moody_store : public memory_ledger_store {
public:
  caf::error append(const ledger_batch& batch) override {
    batches.push_back(batch.rows.size());
    if (full)
      return make_error(ec::storage_failed, "/x.db cannot grow: free some");
    if (throws)
      throw std::runtime_error{"a bug"};
    for (const auto& row : batch.rows)
      order.push_back(row.attempt);
    return memory_ledger_store::append(batch);
  }

  caf::expected<std::vector<lease_grant>>
  lease(const std::string& owner, const std::vector<lease_ask>& asks,
        lease_clock now) override {
    ++lease_calls;
    if (full)
      return make_error(ec::storage_failed, "/x.db cannot grow: free some");
    return memory_ledger_store::lease(owner, asks, now);
  }

  int lease_calls = 0;
  bool full = false;
  bool throws = false;
  std::vector<size_t> batches;
  std::vector<int> order;
};

} // namespace

class Storage : public deterministic {
protected:
  Storage() {
    events_ = system_.spawn(
      [texts = texts_](event_actor::pointer) -> event_actor::behavior_type {
        return {
          [texts](const event& x) { texts->push_back(x.text); },
          [](const subscribe&) {},
          [](const unsubscribe&) {},
        };
      });
    spawn();
  }

  void TearDown() override {
    stop(storage_);
    advance(10s);
    stop(events_);
  }

  void spawn() {
    storage_options options;
    options.database = [this](const storage_actor& owner) {
      ++workers_;
      // `silent_` swallows batches like a disk that stalls.
      if (silent_)
        return system_.spawn(
          [](database_actor::pointer) -> database_actor::behavior_type {
            return {
              [](const write_batch&) {},
              [](const take_leases&) { return leases_taken{}; },
              [](const get_usage&) { return usage_report{}; },
            };
          });
      worker_ =
        system_.spawn(database_worker, std::shared_ptr<ledger_store>{store_},
                      owner, disk_chore{[this] { ++chores_; }});
      return worker_;
    };
    options.spool = spool_;
    options.desk = desk_;
    options.path = "/x.db";
    options.note = "moved aside";
    storage_ = system_.spawn(storage, options);
    auto snapshot = std::make_shared<services>();
    snapshot->events = events_;
    tell(storage_, services_changed{snapshot});
  }

  void put(int rows) {
    for (int i = 0; i < rows; ++i) {
      auto row = make_row();
      row.attempt = ++last_;
      tell(storage_, record{row});
    }
  }

  /// Lays rows down as dispatches do.
  void lay(int rows) {
    for (int i = 0; i < rows; ++i) {
      auto row = make_row();
      row.attempt = ++last_;
      if (desk_->put(row))
        tell(storage_, commit_group{});
    }
  }

  storage_status status() {
    auto result = ask<storage_status>(storage_, get_storage_status{});
    EXPECT_TRUE(result) << render(result.error());
    return result ? *result : storage_status{};
  }

  uint64_t requests() {
    auto result = ask<usage_report>(storage_, get_usage{noon, "provider"});
    EXPECT_TRUE(result) << render(result.error());
    return result && !result->sums.empty() ? result->sums[0].requests : 0;
  }

  std::vector<int> up_to(int n) {
    std::vector<int> result;
    for (int i = 1; i <= n; ++i)
      result.push_back(i);
    return result;
  }

  std::shared_ptr<std::vector<std::string>> texts_ =
    std::make_shared<std::vector<std::string>>();
  std::shared_ptr<moody_store> store_ = std::make_shared<moody_store>();
  std::shared_ptr<ledger_spool> spool_ =
    std::make_shared<ledger_spool>("w", 2000);
  std::shared_ptr<ledger_desk> desk_ = std::make_shared<ledger_desk>();
  bool silent_ = false;
  int workers_ = 0;
  int chores_ = 0;
  int last_ = 0;
  event_actor events_;
  database_actor worker_;
  storage_actor storage_;
};

TEST_F(Storage, FetchesRowsFromTheDeskOnceAGroup) {
  lay(1);
  EXPECT_THAT(store_->batches, ElementsAre(1));
  lay(3);
  EXPECT_THAT(store_->batches, ElementsAre(1));
  advance(20ms);
  EXPECT_THAT(store_->batches, ElementsAre(1, 3));
  EXPECT_EQ(store_->order, up_to(4));
}

TEST_F(Storage, CountsWhatLiesOnTheDeskAndTakesItWhenItStops) {
  lay(1);
  lay(2);
  EXPECT_EQ(status().pending, 2u);
  EXPECT_EQ(requests(), 3u);
  lay(1);
  stop(storage_);
  advance(20ms);
  EXPECT_EQ(store_->order, up_to(4));
}

TEST_F(Storage, FindsOnTheDeskWhatItsPredecessorLeft) {
  stop(storage_);
  advance(20ms);
  desk_->put(make_row());
  spawn();
  advance(20ms);
  EXPECT_EQ(requests(), 1u);
  // And hears of the next.
  lay(1);
  advance(20ms);
  EXPECT_EQ(requests(), 2u);
}

TEST_F(Storage, CommitsAGroupTwentyMillisecondsAfterItsFirstRow) {
  put(1);
  advance(10ms);
  put(2);
  advance(9ms);
  EXPECT_THAT(store_->batches, ElementsAre());
  EXPECT_EQ(status().pending, 3u);
  advance(1ms);
  EXPECT_THAT(store_->batches, ElementsAre(3u));
  EXPECT_EQ(status().pending, 0u);
}

TEST_F(Storage, DoesOtherDiskWorkOnceAMinute) {
  put(1);
  advance(59s);
  put(1);
  advance(20ms);
  EXPECT_EQ(chores_, 0);
  put(1);
  advance(1s);
  EXPECT_EQ(chores_, 1);
  put(1);
  advance(59s);
  EXPECT_EQ(chores_, 1);
  put(1);
  advance(1s);
  EXPECT_EQ(chores_, 2);
}

TEST_F(Storage, CommitsAFullGroupAtOnce) {
  put(511);
  EXPECT_THAT(store_->batches, ElementsAre());
  put(1);
  EXPECT_THAT(store_->batches, ElementsAre(512u));
}

TEST_F(Storage, DoesNothingWhenThereIsNothing) {
  advance(1h);
  EXPECT_THAT(store_->batches, ElementsAre());
}

TEST_F(Storage, CountsPendingRowsInSums) {
  put(3);
  EXPECT_EQ(requests(), 3u);
  advance(20ms);
  EXPECT_EQ(requests(), 3u);
  put(2);
  EXPECT_EQ(requests(), 5u);
}

TEST_F(Storage, CountsNothingTwiceWhileABatchIsOnItsWay) {
  put(512);
  put(100);
  EXPECT_EQ(requests(), 612u);
  advance(20ms);
  EXPECT_EQ(requests(), 612u);
}

TEST_F(Storage, RefusesAnUnknownColumn) {
  auto wrong = ask<usage_report>(storage_, get_usage{noon, "colour"});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(render(wrong.error()), HasSubstr("\"colour\""));
}

TEST_F(Storage, FlushesOnDemand) {
  put(3);
  auto done = ask<flushed>(storage_, flush{});
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->ok);
  EXPECT_THAT(store_->batches, ElementsAre(3u));
  done = ask<flushed>(storage_, flush{});
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->ok);
  EXPECT_THAT(store_->batches, ElementsAre(3u));
}

TEST_F(Storage, FlushesMoreThanOneBatch) {
  store_->full = true;
  put(1200);
  store_->full = false;
  auto done = ask<flushed>(storage_, flush{});
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->ok);
  EXPECT_EQ(store_->order, up_to(1200));
}

TEST_F(Storage, RetriesAFailingStoreWithBackOffAndKeepsTheOrder) {
  store_->full = true;
  put(3);
  advance(20ms);
  EXPECT_EQ(status().trouble, "storage_failed: /x.db cannot grow: free some");
  EXPECT_EQ(status().pending, 3u);
  advance(99ms);
  EXPECT_EQ(store_->batches.size(), 1u);
  advance(1ms);
  EXPECT_EQ(store_->batches.size(), 2u);
  put(2);
  advance(199ms);
  EXPECT_EQ(store_->batches.size(), 2u);
  advance(1ms);
  EXPECT_EQ(store_->batches.size(), 3u);
  store_->full = false;
  advance(400ms);
  advance(20ms);
  EXPECT_EQ(status().trouble, "");
  EXPECT_EQ(status().pending, 0u);
  EXPECT_EQ(store_->order, up_to(5));
  EXPECT_THAT(*texts_,
              ElementsAre("ledger rows wait in memory: storage_failed: /x.db "
                          "cannot grow: free some",
                          "/x.db takes ledger rows again"));
}

TEST_F(Storage, FailsAFlushWhenTheStoreFails) {
  store_->full = true;
  put(3);
  auto done = ask<flushed>(storage_, flush{});
  ASSERT_TRUE(done);
  EXPECT_FALSE(done->ok);
}

TEST_F(Storage, SaysThatNoLeasesCanBeHadAndFindsOutByItselfWhenTheyCan) {
  store_->full = true;
  EXPECT_FALSE(ask<leases_taken>(storage_, take_leases{}));
  EXPECT_THAT(status().trouble, HasSubstr("free some"));
  EXPECT_EQ(status().pending, 0u);
  // Nobody asks while we say that we are not ready.
  for (int i = 0; i < 10; ++i)
    advance(1s);
  EXPECT_THAT(status().trouble, HasSubstr("free some"));
  EXPECT_GT(store_->lease_calls, 5);
  EXPECT_LT(store_->lease_calls, 20);
  store_->full = false;
  advance(2s);
  EXPECT_EQ(status().trouble, "");
  EXPECT_THAT(status().note, HasSubstr("free some"));
  EXPECT_THAT(*texts_, ElementsAre(HasSubstr("no more of the limits"),
                                   "/x.db grants leases again"));
  auto calls = store_->lease_calls;
  advance(1min);
  EXPECT_EQ(store_->lease_calls, calls) << "quiet when all is well";
}

TEST_F(Storage, DropsAndCountsTheOldestBeyondItsBound) {
  store_->full = true;
  put(2500);
  EXPECT_EQ(status().pending, 2000u);
  EXPECT_EQ(status().dropped, 500u);
  store_->full = false;
  advance(10s);
  advance(1s);
  EXPECT_EQ(store_->order.size(), 2000u);
  EXPECT_TRUE(std::is_sorted(store_->order.begin(), store_->order.end()));
  EXPECT_EQ(store_->order.back(), 2500);
}

TEST_F(Storage, LosesNothingWhenItIsRestarted) {
  store_->full = true;
  put(600);
  crash(storage_);
  store_->full = false;
  spawn();
  put(10);
  advance(1s);
  EXPECT_EQ(store_->order, up_to(610));
  EXPECT_EQ(workers_, 2);
}

TEST_F(Storage, CommitsABatchOnceWhenItDiesBeforeItHears) {
  put(5);
  // The worker has the batch when the storage dies.
  auto batch = spool_->next(512);
  ASSERT_FALSE(store_->append(*batch));
  crash(storage_);
  spawn();
  advance(1s);
  EXPECT_EQ(status().pending, 0u);
  EXPECT_EQ(requests(), 5u);
}

TEST_F(Storage, StartsANewWorkerWhenOneEnds) {
  store_->throws = true;
  put(3);
  advance(20ms);
  EXPECT_EQ(workers_, 2);
  EXPECT_THAT(status().trouble, HasSubstr("database worker ended"));
  store_->throws = false;
  advance(100ms);
  EXPECT_EQ(status().pending, 0u);
  EXPECT_EQ(store_->order, up_to(3));
}

TEST_F(Storage, SaysSoWhenTheStoreDoesNotAnswer) {
  silent_ = true;
  crash(storage_);
  spawn();
  put(3);
  auto pending = ask<flushed>(storage_, flush{});
  EXPECT_FALSE(pending);
  for (int i = 0; i < 6; ++i)
    advance(1s);
  EXPECT_EQ(status().trouble, "/x.db has not answered for 6 s: check the disk");
  EXPECT_EQ(status().pending, 3u);
}

TEST_F(Storage, CommitsWhatIsPendingBeforeItEnds) {
  put(700);
  stop(storage_);
  EXPECT_EQ(store_->order, up_to(700));
}

TEST_F(Storage, TakesRowsThatWereSentBeforeTheExit) {
  caf::scoped_actor sender{system_, true};
  for (int i = 1; i <= 3; ++i) {
    auto row = make_row();
    row.attempt = i;
    sender->send(storage_, record{row});
  }
  sender->send_exit(storage_, caf::exit_reason::user_shutdown);
  settle_all();
  EXPECT_EQ(store_->order, up_to(3));
}

TEST_F(Storage, EndsInTimeThoughTheStoreFails) {
  store_->full = true;
  put(3);
  caf::scoped_actor watcher{system_, true};
  watcher->monitor(storage_);
  stop(storage_);
  EXPECT_EQ(watcher->peek_at_next_mailbox_element(), nullptr);
  for (int i = 0; i < 5; ++i)
    advance(1s);
  EXPECT_NE(watcher->peek_at_next_mailbox_element(), nullptr);
  EXPECT_EQ(spool_->pending(), 3u);
}

TEST_F(Storage, ReportsPathAndNote) {
  EXPECT_EQ(status().path, "/x.db");
  EXPECT_EQ(status().note, "moved aside");
}

} // namespace smart_agents::test
