#include "adapters/ledger_store.hpp"

#include "adapters/sqlite/database.hpp"
#include "tests/contracts/ledger_store_contract.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace fs = std::filesystem;

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

namespace smart_agents::test {

class InSqlite : public ::testing::Test {
protected:
  InSqlite() {
    auto name = (fs::temp_directory_path() / "smart-agents-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    path_ = (folder_ / "state" / "ledger.db").string();
  }

  ~InSqlite() override {
    fs::remove_all(folder_);
  }

  std::unique_ptr<ledger_store> make() {
    return open().store;
  }

  opened_ledger open(const sqlite_options& options = {}) {
    auto opened = open_sqlite_ledger(path_, options);
    EXPECT_TRUE(opened) << render(opened.error());
    return opened ? std::move(*opened) : opened_ledger{};
  }

  std::string failure(const sqlite_options& options = {}) {
    auto opened = open_sqlite_ledger(path_, options);
    EXPECT_FALSE(opened);
    return opened ? "" : render(opened.error());
  }

  void put(const std::string& bytes, const std::string& suffix = "") {
    fs::create_directories(fs::path{path_}.parent_path());
    std::ofstream{path_ + suffix, std::ios::binary} << bytes;
  }

  static std::string bytes_of(const fs::path& path) {
    std::ostringstream all;
    all << std::ifstream{path, std::ios::binary}.rdbuf();
    return all.str();
  }

  /// A ledger of `rows` rows, closed.
  void fill(size_t rows) {
    ASSERT_FALSE(open().store->append(
      {"w", 1, std::vector<ledger_row>(rows, make_row())}));
  }

  /// What was moved aside, without the -shm files, which hold no data.
  std::vector<std::string> kept() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator{folder_ / "state"})
      if (entry.path().string().find(".corrupt-") != std::string::npos
          && !entry.path().string().ends_with("-shm"))
        names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

  static uint64_t requests(ledger_store& store) {
    auto sums = store.sum(wall_time{}, "provider");
    EXPECT_TRUE(sums) << render(sums.error());
    return sums && !sums->empty() ? sums->at(0).requests : 0;
  }

  fs::path folder_;
  std::string path_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, LedgerStoreContract, InSqlite);

using SqliteLedger = InSqlite;

TEST_F(SqliteLedger, RemembersAcrossARestart) {
  fill(3);
  auto opened = open();
  EXPECT_EQ(opened.note, "");
  EXPECT_EQ(requests(*opened.store), 3u);
  EXPECT_EQ(opened.store->path(), path_);
}

TEST_F(SqliteLedger, IsReadableByItsOwnerOnly) {
  auto opened = open();
  ASSERT_FALSE(opened.store->append({"w", 1, {make_row()}}));
  auto mode = [](const std::string& path) {
    struct stat about {};
    EXPECT_EQ(::stat(path.c_str(), &about), 0) << path;
    return about.st_mode & 0777;
  };
  EXPECT_EQ(mode((folder_ / "state").string()), 0700u);
  EXPECT_EQ(mode(path_), 0600u);
  EXPECT_EQ(mode(path_ + "-wal"), 0600u);
}

TEST_F(SqliteLedger, MovesGarbageAsideAndStartsAfresh) {
  auto garbage = std::string(10'000, 'x');
  put(garbage);
  auto opened = open();
  ASSERT_TRUE(opened.store);
  EXPECT_EQ(opened.note,
            path_ + " was damaged (the file is not a database); it is kept as "
              + (folder_ / "state" / kept().at(0)).string()
              + " and a fresh ledger was started, so usage before now is not "
                "counted");
  EXPECT_EQ(requests(*opened.store), 0u);
  ASSERT_FALSE(opened.store->append({"w", 1, {make_row()}}));
  ASSERT_EQ(kept().size(), 1u);
  EXPECT_THAT(kept()[0],
              MatchesRegex("ledger\\.db\\.corrupt-[0-9]{8}-[0-9]{6}"));
  EXPECT_EQ(bytes_of(folder_ / "state" / kept()[0]), garbage);
}

TEST_F(SqliteLedger, MovesATinyFileAside) {
  put("hello");
  EXPECT_NE(open().note, "");
  EXPECT_EQ(kept().size(), 1u);
}

TEST_F(SqliteLedger, MovesATruncatedFileAside) {
  fill(2000);
  auto size = fs::file_size(path_);
  fs::resize_file(path_, size / 2);
  auto opened = open();
  EXPECT_THAT(opened.note, HasSubstr("cut off"));
  EXPECT_THAT(opened.note, HasSubstr("all rows of the damaged one but about"));
  // The half that is left has the sums.
  EXPECT_EQ(requests(*opened.store), 2000u);
  ASSERT_EQ(kept().size(), 1u);
  EXPECT_EQ(fs::file_size(folder_ / "state" / kept()[0]), size / 2);
}

TEST_F(SqliteLedger, MovesAFileWithABrokenPageAside) {
  fill(2000);
  auto all = bytes_of(path_);
  constexpr ptrdiff_t page = 4096;
  std::fill(all.begin() + 2 * page, all.begin() + 9 * page, '\x5a');
  put(all);
  EXPECT_THAT(open().note, HasSubstr(path_ + " was damaged ("));
  ASSERT_FALSE(kept().empty());
  EXPECT_EQ(bytes_of(folder_ / "state" / kept()[0]), all);
}

TEST_F(SqliteLedger, KeepsTheLogOfADamagedFileBesideIt) {
  put(std::string(5000, 'x'));
  put("rows that were never copied", "-wal");
  open();
  ASSERT_EQ(kept().size(), 2u);
  EXPECT_EQ(kept()[1], kept()[0] + "-wal");
  EXPECT_EQ(bytes_of(folder_ / "state" / kept()[1]),
            "rows that were never copied");
}

TEST_F(SqliteLedger, KeepsTheLogOfAnEmptiedFile) {
  put("");
  put("rows that were never copied", "-wal");
  EXPECT_THAT(open().note, HasSubstr("write-ahead log"));
  EXPECT_EQ(kept().size(), 2u);
}

TEST_F(SqliteLedger, NeverOverwritesWhatItKeptBefore) {
  for (int i = 0; i < 3; ++i) {
    put("garbage " + std::to_string(i));
    EXPECT_NE(open().note, "");
    fs::remove(path_ + "-wal");
  }
  EXPECT_EQ(kept().size(), 3u);
}

TEST_F(SqliteLedger, LeavesAFileFromTheFutureAlone) {
  fill(1);
  {
    auto raw = sqlite::database::open(path_, 1s);
    ASSERT_TRUE(raw);
    ASSERT_FALSE(raw->execute("PRAGMA user_version=7"));
  }
  auto before = bytes_of(path_);
  EXPECT_EQ(failure(), "storage_failed: " + path_
                         + " was written by a newer version of smart-agents "
                           "(schema 7, this one knows 5): update smart-agents, "
                           "or set another \"database\"");
  EXPECT_EQ(bytes_of(path_), before);
  EXPECT_TRUE(kept().empty());
}

TEST_F(SqliteLedger, LeavesAnotherProgramsDatabaseAlone) {
  put("");
  {
    auto raw = sqlite::database::open(path_, 1s);
    ASSERT_TRUE(raw);
    ASSERT_FALSE(raw->execute("CREATE TABLE bookmarks (url TEXT)"));
  }
  auto before = bytes_of(path_);
  EXPECT_THAT(failure(), HasSubstr("database of another program"));
  EXPECT_EQ(bytes_of(path_), before);
}

TEST_F(SqliteLedger, GivesUpOnALockedFile) {
  fill(1);
  auto other = sqlite::database::open(path_, 1s);
  ASSERT_TRUE(other);
  ASSERT_FALSE(other->execute("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; "
                              "DELETE FROM writers"));
  sqlite_options options;
  options.busy_timeout = 20ms;
  EXPECT_THAT(failure(options),
              HasSubstr(path_ + " is locked by another process"));
  EXPECT_TRUE(kept().empty());
}

TEST_F(SqliteLedger, ReportsALockWhileWritingAndWritesLater) {
  sqlite_options options;
  options.busy_timeout = 20ms;
  auto store = open(options).store;
  auto batch = ledger_batch{"w", 1, {make_row()}};
  {
    auto other = sqlite::database::open(path_, 1s);
    ASSERT_TRUE(other);
    ASSERT_FALSE(other->execute("BEGIN IMMEDIATE"));
    EXPECT_THAT(render(store->append(batch)), HasSubstr("is locked"));
  }
  EXPECT_FALSE(store->append(batch));
  EXPECT_EQ(requests(*store), 1u);
}

TEST_F(SqliteLedger, ReportsAFullDiskAndAppendsNothing) {
  sqlite_options options;
  options.max_pages = 20;
  auto store = open(options).store;
  ASSERT_FALSE(store->append({"w", 1, {make_row()}}));
  auto failed =
    store->append({"w", 2, std::vector<ledger_row>(5000, make_row())});
  EXPECT_THAT(render(failed), HasSubstr("storage_failed: " + path_
                                        + " cannot grow, the disk is full"));
  EXPECT_EQ(requests(*store), 1u);
  EXPECT_FALSE(store->append({"w", 2, {make_row()}}));
}

TEST_F(SqliteLedger, NamesAFolderThatCannotBeMade) {
  path_ = (folder_ / "file" / "deeper" / "ledger.db").string();
  std::ofstream{folder_ / "file"} << "not a folder";
  EXPECT_THAT(failure(), HasSubstr("storage_failed: the folder "));
}

TEST_F(SqliteLedger, RefusesAFolderInPlaceOfAFile) {
  fs::create_directories(path_);
  EXPECT_THAT(failure(), HasSubstr(path_));
  EXPECT_TRUE(fs::is_directory(path_));
}

TEST_F(SqliteLedger, IsOpenedByManyAtOnce) {
  std::vector<std::thread> threads;
  std::vector<std::string> errors(8);
  threads.reserve(errors.size());
  for (size_t i = 0; i < errors.size(); ++i)
    threads.emplace_back([&, i] {
      auto opened = open_sqlite_ledger(path_);
      if (!opened) {
        errors[i] = render(opened.error());
        return;
      }
      for (uint64_t n = 1; n <= 20; ++n)
        if (auto failed =
              opened->store->append({"w" + std::to_string(i), n, {make_row()}}))
          errors[i] = render(failed);
    });
  for (auto& x : threads)
    x.join();
  EXPECT_THAT(errors, ::testing::Each(""));
  EXPECT_EQ(requests(*open().store), 160u);
}

TEST_F(SqliteLedger, IsMovedAsideOnceWhenManyFindItDamaged) {
  put(std::string(10'000, 'x'));
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      auto opened = open_sqlite_ledger(path_);
      EXPECT_TRUE(opened) << render(opened.error());
      if (!opened)
        return;
      EXPECT_FALSE(
        opened->store->append({"w" + std::to_string(i), 1, {make_row()}}));
    });
  for (auto& x : threads)
    x.join();
  EXPECT_EQ(kept().size(), 1u);
  EXPECT_EQ(requests(*open().store), 8u);
}

TEST(SqliteExplain, NamesCauseAndRemedyOfEveryTrouble) {
  auto text = [](int code) {
    return render(sqlite::explain(code, "/x.db", "detail"));
  };
  EXPECT_THAT(text(SQLITE_READONLY), HasSubstr("cannot be written"));
  EXPECT_THAT(text(SQLITE_READONLY_DBMOVED), HasSubstr("cannot be written"));
  EXPECT_THAT(text(SQLITE_FULL), HasSubstr("free some space"));
  EXPECT_THAT(text(SQLITE_CANTOPEN), HasSubstr("owner and mode"));
  EXPECT_THAT(text(SQLITE_IOERR_FSYNC), HasSubstr("look at the disk"));
  EXPECT_THAT(text(SQLITE_CORRUPT), HasSubstr("keeps its bytes and mends it"));
  EXPECT_THAT(text(SQLITE_BUSY), HasSubstr("locked by another process"));
}

} // namespace smart_agents::test
