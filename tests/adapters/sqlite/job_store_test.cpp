#include "adapters/job_store.hpp"

#include "adapters/ledger_store.hpp"
#include "tests/contracts/job_store_contract.hpp"

#include <sys/wait.h>
#include <unistd.h>

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

} // namespace

namespace test {

INSTANTIATE_TYPED_TEST_SUITE_P(OnSqlite, JobStoreContract, sqlite_jobs);

} // namespace test

} // namespace smart_agents
