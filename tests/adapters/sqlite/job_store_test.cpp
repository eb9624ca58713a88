#include "adapters/job_store.hpp"

#include "adapters/ledger_store.hpp"
#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/schema.hpp"
#include "tests/contracts/job_store_contract.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace smart_agents {

namespace {

class sqlite_jobs : public ::testing::Test {
protected:
  sqlite_jobs() {
    std::string name = "/tmp/smart-agents-jobs-XXXXXX";
    folder_ = mkdtemp(name.data());
    store_ = open();
    other_ = open();
  }

  ~sqlite_jobs() override {
    store_ = nullptr;
    other_ = nullptr;
    std::filesystem::remove_all(folder_);
  }

  job_store& store() {
    return *store_;
  }
  job_store& other() {
    return *other_;
  }
  void end_other() {
    other_ = nullptr;
  }

private:
  std::unique_ptr<job_store> open() {
    auto made = open_sqlite_jobs(path());
    EXPECT_TRUE(made) << render(made.error());
    return std::move(*made);
  }

protected:
  std::string path() const {
    return (folder_ / "jobs.db").string();
  }

private:
  std::filesystem::path folder_;
  std::unique_ptr<job_store> store_;
  std::unique_ptr<job_store> other_;
};

/// A process that ends must not take itself for the last one: whatever else
/// this process did with the file, its log stays.
TEST_F(sqlite_jobs, KeepTheirLogWhenAnotherProcessEnds) {
  add_job x;
  x.what.id = "j1";
  x.what.what.input = "hello";
  ASSERT_TRUE(store().apply({x}, {}));
  ASSERT_TRUE(open_sqlite_ledger(path()));
  auto child = fork();
  if (child == 0) {
    auto mine = open_sqlite_jobs(path());
    auto good = mine && (*mine)->get("j1");
    mine = nullptr;
    _exit(good ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(std::filesystem::exists(path() + "-wal"));
}

/// A database of before jobs had an owner (schema 4) is brought up to date, and
/// nothing in it is lost.
TEST(SqliteUpgrade, GivesJobsTheirClientAndKeepsTheRest) {
  std::string name = "/tmp/smart-agents-upgrade-XXXXXX";
  std::filesystem::path folder = mkdtemp(name.data());
  auto path = (folder / "old.db").string();
  {
    auto jobs = open_sqlite_jobs(path);
    ASSERT_TRUE(jobs);
    for (const auto* client : {"ann", ""}) {
      add_job x;
      x.what.id = std::string{"of-"} + client;
      x.what.what.input = "What is a queue?";
      x.what.what.client = client;
      ASSERT_TRUE((*jobs)->apply({x}, {}));
    }
    auto ledger = open_sqlite_ledger(path);
    ASSERT_TRUE(ledger);
    ledger_row row;
    row.provider = "claude";
    row.outcome = "answered";
    row.served = true;
    ASSERT_FALSE(ledger->store->append({"w", 1, {row, row, row}}));
  }
  {
    auto raw = sqlite::database::open(path, std::chrono::seconds{1});
    ASSERT_TRUE(raw);
    auto failed = raw->execute("DROP INDEX jobs_of_client;"
                               "ALTER TABLE jobs DROP COLUMN client;"
                               "ALTER TABLE jobs DROP COLUMN waits;"
                               "ALTER TABLE job_texts DROP COLUMN expected;"
                               "PRAGMA user_version=4");
    ASSERT_FALSE(failed) << render(failed);
  }
  {
    auto jobs = open_sqlite_jobs(path);
    ASSERT_TRUE(jobs) << render(jobs.error());
    auto mine = (*jobs)->get("of-ann", "ann");
    ASSERT_TRUE(mine) << render(mine.error());
    EXPECT_EQ((*mine)->what.input, "What is a queue?");
    EXPECT_FALSE((*jobs)->get("of-ann", "bob"));
    EXPECT_FALSE((*jobs)->get("of-", "ann"));
    auto ledger = open_sqlite_ledger(path);
    ASSERT_TRUE(ledger);
    auto sums = ledger->store->sum(wall_time{}, "provider");
    ASSERT_TRUE(sums);
    ASSERT_EQ(sums->size(), 1u);
    EXPECT_EQ(sums->at(0).requests, 3u);
    auto raw = sqlite::database::open(path, std::chrono::seconds{1});
    ASSERT_TRUE(raw);
    EXPECT_EQ(*raw->number("PRAGMA user_version"), sqlite::schema_version());
  }
  std::filesystem::remove_all(folder);
}

} // namespace

namespace test {

INSTANTIATE_TYPED_TEST_SUITE_P(OnSqlite, JobStoreContract, sqlite_jobs);

} // namespace test

} // namespace smart_agents
