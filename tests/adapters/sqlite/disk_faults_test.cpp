// A disk that fills up under a ledger in use, and is freed again.

#include "actors/quota/quota_book.hpp"
#include "adapters/ledger_store.hpp"
#include "messages/error.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

// 2026-11-23 12:00 UTC: `date -u -d '2026-11-23 12:00' +%s`.
constexpr wall_time noon{1795435200s};

/// No file of this process may grow beyond a size: what a full disk does to
/// writes.
class full_disk {
public:
  explicit full_disk(rlim_t bytes) : before_{std::signal(SIGXFSZ, SIG_IGN)} {
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    auto tight = limit_;
    tight.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &tight);
  }
  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;
  ~full_disk() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }

private:
  void (*before_)(int);
  rlimit limit_{};
};

/// A disk that refuses writes while it is told to.
class faulty_disk {
public:
  faulty_disk() {
    real() = sqlite3_vfs_find(nullptr);
    mine_ = *real();
    mine_.zName = "faulty";
    mine_.xOpen = open;
    sqlite3_vfs_register(&mine_, 1);
  }
  faulty_disk(const faulty_disk&) = delete;
  faulty_disk& operator=(const faulty_disk&) = delete;
  ~faulty_disk() {
    fail(0);
    sqlite3_vfs_unregister(&mine_);
  }

  /// With an errno; 0 for not at all.
  static void fail(int cause) {
    cause_ = cause;
  }

private:
  static sqlite3_vfs*& real() {
    static sqlite3_vfs* x = nullptr;
    return x;
  }

  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags,
                  int* out) {
    auto code = real()->xOpen(real(), name, file, flags, out);
    if (code != SQLITE_OK || file->pMethods == nullptr)
      return code;
    auto& ours = kinds()[file->pMethods];
    if (ours.real == nullptr) {
      static_cast<sqlite3_io_methods&>(ours) = *file->pMethods;
      ours.real = file->pMethods;
      ours.xWrite = write;
      ours.xFileControl = control;
    }
    file->pMethods = &ours;
    return code;
  }

  /// Methods of one kind of file.
  struct methods : sqlite3_io_methods {
    const sqlite3_io_methods* real = nullptr;
  };

  static std::map<const sqlite3_io_methods*, methods>& kinds() {
    static std::map<const sqlite3_io_methods*, methods> all;
    return all;
  }

  static int write(sqlite3_file* to, const void* what, int size,
                   sqlite3_int64 at) {
    if (cause_ == 0)
      return static_cast<const methods*>(to->pMethods)
        ->real->xWrite(to, what, size, at);
    return SQLITE_IOERR_WRITE;
  }

  static int control(sqlite3_file* of, int what, void* out) {
    if (what == SQLITE_FCNTL_LAST_ERRNO && cause_ != 0) {
      *static_cast<int*>(out) = cause_;
      return SQLITE_OK;
    }
    return static_cast<const methods*>(of->pMethods)
      ->real->xFileControl(of, what, out);
  }

  static inline int cause_ = 0;
  sqlite3_vfs mine_{};
};

class DiskFaults : public ::testing::Test {
protected:
  DiskFaults() {
    auto name =
      (std::filesystem::temp_directory_path() / "disk-faults-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    auto opened = open_sqlite_ledger(folder_ + "/ledger.db");
    EXPECT_TRUE(opened) << render(opened.error());
    store_ = std::move(opened->store);
  }

  ~DiskFaults() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  ledger_batch rows(uint64_t number, size_t count) {
    ledger_row row;
    row.at = noon;
    row.task_id = std::string(200, 'x');
    row.provider = "claude";
    row.outcome = "answered";
    return {"w", number, std::vector<ledger_row>(count, row), {}};
  }

  /// Pages that hold a table, by their numbers.
  std::vector<int> pages_of(const std::string& table) {
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open((folder_ + "/ledger.db").c_str(), &db), SQLITE_OK);
    std::vector<int> result;
    auto add = [](void* to, int, char** values, char**) {
      static_cast<std::vector<int>*>(to)->push_back(std::stoi(values[0]));
      return 0;
    };
    sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", nullptr, nullptr,
                 nullptr);
    auto sql =
      "SELECT pageno FROM dbstat WHERE name = '" + table + "' ORDER BY path";
    // Fails where SQLite was built without it.
    sqlite3_exec(db, sql.c_str(), add, &result, nullptr);
    sqlite3_close(db);
    return result;
  }

  /// Overwrites a page on the disk, and has everybody read it anew.
  void damage(int page) {
    std::fstream file{folder_ + "/ledger.db",
                      std::ios::in | std::ios::out | std::ios::binary};
    file.seekp((page - 1) * 4096L);
    file << std::string(4096, '\x5a');
    file.close();
    sqlite3* db = nullptr;
    sqlite3_open((folder_ + "/ledger.db").c_str(), &db);
    EXPECT_EQ(sqlite3_exec(db,
                           "DELETE FROM writers WHERE id = 'nobody'; INSERT "
                           "INTO job_needs VALUES ('a', hex(randomblob(4)))",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(db);
  }

  std::vector<std::string> kept() {
    std::vector<std::string> result;
    for (const auto& x : std::filesystem::directory_iterator{folder_})
      if (x.path().string().find(".corrupt-") != std::string::npos)
        result.push_back(x.path().filename());
    return result;
  }

  uint64_t stored() {
    auto sums = store_->sum(wall_time{}, "provider");
    EXPECT_TRUE(sums) << render(sums.error());
    return sums && !sums->empty() ? sums->at(0).requests : 0;
  }

  std::string folder_;
  std::unique_ptr<ledger_store> store_;
};

} // namespace

TEST_F(DiskFaults, AppendsNothingWhileTheDiskIsFullAndAllOnceItIsNot) {
  ASSERT_FALSE(store_->append(rows(1, 10)));
  auto batch = rows(2, 2000);
  {
    full_disk none{4096};
    for (int i = 0; i < 3; ++i) {
      auto failed = store_->append(batch);
      ASSERT_TRUE(failed);
      EXPECT_NE(render(failed).find("ledger.db cannot grow"), std::string::npos)
        << render(failed);
    }
    EXPECT_EQ(stored(), 10u) << "what was acknowledged is there, no more";
  }
  ASSERT_FALSE(store_->append(batch));
  ASSERT_FALSE(store_->append(batch)) << "a repeated batch";
  EXPECT_EQ(stored(), 2010u);
}

TEST_F(DiskFaults, LetsABookGoOnWithinTheLeaseThatItHolds) {
  provider_quota claude;
  claude.provider = "claude";
  claude.limits.push_back({quota_kind::requests,
                           quota_window::day,
                           100,
                           caf::timespan{0},
                           {},
                           {},
                           {},
                           limit_action::block,
                           limit_source::user});
  quota_now now{noon, instant{100h}};
  quota_book book{{claude}, {}, now, 1, quota_authority::leased};
  auto ask = [&] {
    auto asks = book.take_asks();
    auto grants = store_->lease(
      "w", asks,
      {std::chrono::nanoseconds{noon.time_since_epoch()}.count(),
       std::chrono::nanoseconds{now.steady.time_since_epoch()}.count()});
    if (grants)
      book.take(*grants, now);
    else
      book.asks_failed(asks);
    return static_cast<bool>(grants);
  };
  reserve request;
  request.provider = "claude";
  std::vector<uint64_t> granted;
  // A busy process gets larger leases.
  for (int i = 0; i < 20; ++i) {
    auto x = book.try_hold(request, now);
    ASSERT_TRUE(ask());
    if (!x)
      x = book.try_hold(request, now);
    ASSERT_TRUE(x && !x->refused);
    granted.push_back(x->id);
  }
  {
    full_disk none{4096};
    // More only as far as the lease goes; then it waits, and oversteps nothing.
    size_t more = 0;
    while (more < 200) {
      auto x = book.try_hold(request, now);
      if (!x)
        break;
      ASSERT_FALSE(x->refused);
      granted.push_back(x->id);
      ++more;
    }
    EXPECT_GT(more, 0u);
    EXPECT_LT(granted.size(), 100u);
    EXPECT_FALSE(ask());
    EXPECT_FALSE(book.try_hold(request, now));
  }
  // The rest once there is room on the disk again.
  for (int i = 0; i < 200; ++i) {
    auto x = book.try_hold(request, now);
    if (x && x->refused)
      break;
    if (x)
      granted.push_back(x->id);
    else if (!ask())
      break;
    now.steady += 1s;
  }
  EXPECT_EQ(granted.size(), 100u);
}

TEST_F(DiskFaults, SaysThatTheDiskIsReadOnlyAndWritesAgainOnceItIsNot) {
  store_.reset();
  faulty_disk disk;
  auto opened = open_sqlite_ledger(folder_ + "/ledger.db");
  ASSERT_TRUE(opened) << render(opened.error());
  store_ = std::move(opened->store);
  ASSERT_FALSE(store_->append(rows(1, 10)));
  auto batch = rows(2, 10);
  disk.fail(EROFS);
  for (int i = 0; i < 3; ++i) {
    auto said = render(store_->append(batch));
    EXPECT_NE(said.find("ledger.db cannot be written"), std::string::npos);
    EXPECT_NE(said.find("Read-only file system"), std::string::npos) << said;
    EXPECT_NE(said.find("make the file and its folder writable"),
              std::string::npos);
  }
  EXPECT_FALSE(store_->lease("w", {}, {}));
  EXPECT_EQ(stored(), 10u);
  disk.fail(ENOSPC);
  EXPECT_NE(render(store_->append(batch)).find("the disk is full"),
            std::string::npos);
  disk.fail(EIO);
  EXPECT_NE(render(store_->append(batch)).find("look at the disk"),
            std::string::npos);
  disk.fail(0);
  EXPECT_FALSE(store_->append(batch));
  EXPECT_EQ(stored(), 20u);
  store_.reset();
}

TEST_F(DiskFaults, WaitsForALockAndSaysWhoMustEnd) {
  store_.reset();
  sqlite_options options;
  options.busy_timeout = 1ms;
  auto opened = open_sqlite_ledger(folder_ + "/ledger.db", options);
  ASSERT_TRUE(opened) << render(opened.error());
  store_ = std::move(opened->store);
  sqlite3* other = nullptr;
  sqlite3_open((folder_ + "/ledger.db").c_str(), &other);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr),
            SQLITE_OK);
  auto said = render(store_->append(rows(1, 10)));
  EXPECT_NE(said.find("is locked by another process"), std::string::npos);
  EXPECT_NE(said.find("end that process"), std::string::npos);
  sqlite3_close(other);
  EXPECT_FALSE(store_->append(rows(1, 10)));
  EXPECT_EQ(stored(), 10u);
}

TEST_F(DiskFaults, LosesOfABrokenTableOnlyWhatStoodOnThePage) {
  ASSERT_FALSE(store_->append(rows(1, 2000)));
  auto pages = pages_of("ledger");
  ASSERT_GT(pages.size(), 10u) << "no dbstat in this SQLite?";
  auto second = open_sqlite_ledger(folder_ + "/ledger.db");
  ASSERT_TRUE(second) << render(second.error());
  // The last, which the next row needs.
  damage(pages.back());
  auto failed = store_->append(rows(2, 10));
  ASSERT_TRUE(failed);
  auto said = render(failed);
  EXPECT_NE(said.find("was damaged; its bytes are kept as"), std::string::npos)
    << said;
  EXPECT_FALSE(kept().empty());
  ASSERT_FALSE(store_->append(rows(2, 10))) << "sound again";
  EXPECT_EQ(stored(), 2010u) << "sums are whole";
  sqlite3* db = nullptr;
  sqlite3_open((folder_ + "/ledger.db").c_str(), &db);
  int64_t left = 0;
  auto read = [](void* to, int, char** values, char**) {
    *static_cast<int64_t*>(to) = std::stoll(values[0]);
    return 0;
  };
  sqlite3_exec(db, "SELECT count(*) FROM ledger", read, &left, nullptr);
  sqlite3_close(db);
  EXPECT_GT(left, 1950) << said;
  EXPECT_LT(left, 2010);
  // Repeated batches are still known.
  ASSERT_FALSE(store_->append(rows(2, 10)));
  // Another that had the file open all the while goes on, too.
  auto others = rows(1, 5);
  others.writer = "v";
  ASSERT_FALSE(second->store->append(others));
  EXPECT_EQ(stored(), 2015u);
}

TEST_F(DiskFaults, SumsTheLedgerUpAgainWhereItsSumsAreBroken) {
  ASSERT_FALSE(store_->append(rows(1, 500)));
  auto pages = pages_of("hours");
  ASSERT_FALSE(pages.empty()) << "no dbstat in this SQLite?";
  damage(pages.front());
  auto batch = rows(2, 10);
  auto failed = store_->append(batch);
  ASSERT_TRUE(failed);
  EXPECT_NE(render(failed).find("all ledger rows could be read"),
            std::string::npos)
    << render(failed);
  ASSERT_FALSE(store_->append(batch));
  EXPECT_EQ(stored(), 510u);
}

TEST_F(DiskFaults, BeginsAnewWhenTheFirstPageIsLost) {
  ASSERT_FALSE(store_->append(rows(1, 500)));
  ASSERT_FALSE(pages_of("ledger").empty()) << "no dbstat in this SQLite";
  std::fstream{folder_ + "/ledger.db",
               std::ios::in | std::ios::out | std::ios::binary}
    << std::string(4096, '\x5a');
  auto said = render(store_->append(rows(2, 10)));
  EXPECT_NE(said.find("its first page is lost"), std::string::npos) << said;
  EXPECT_FALSE(kept().empty());
  ASSERT_FALSE(store_->append(rows(2, 10)));
  EXPECT_EQ(stored(), 10u);
}

} // namespace smart_agents
