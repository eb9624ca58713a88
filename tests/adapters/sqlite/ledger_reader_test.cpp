#include "adapters/ledger_reader.hpp"

#include "adapters/ledger_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace fs = std::filesystem;

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace smart_agents::test {

namespace {

// 2026-11-23 12:00 UTC.
constexpr wall_time noon{1795435200s};

class ReadingALedger : public testing::Test {
protected:
  ReadingALedger() {
    auto name = (fs::temp_directory_path() / "smart-agents-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    path_ = (folder_ / "ledger.db").string();
    auto opened = open_sqlite_ledger(path_);
    store_ = std::move(opened->store);
  }

  ~ReadingALedger() override {
    store_.reset();
    fs::remove_all(folder_);
  }

  void write(std::vector<ledger_row> rows) {
    ledger_batch batch;
    batch.writer = "test";
    batch.number = ++batches_;
    batch.rows = std::move(rows);
    EXPECT_FALSE(store_->append(batch));
  }

  static ledger_row row(std::string id, wall_time at,
                        std::string provider = "claude") {
    ledger_row x;
    x.at = at;
    x.task_id = std::move(id);
    x.origin = "mcp";
    x.provider = std::move(provider);
    x.model = "opus";
    x.type = "code";
    x.complexity = 9;
    x.outcome = "answered";
    x.tokens.uncached_input = 10;
    x.tokens.cache_read = 5;
    x.tokens.output = 3;
    x.cost_usd = 0.25;
    x.saved_usd = 0.5;
    x.elapsed = 2s;
    x.first_byte = 300ms;
    x.key = "team";
    return x;
  }

  std::unique_ptr<ledger_reader> open() const {
    auto result = open_ledger_reader(path_);
    EXPECT_TRUE(result);
    return std::move(*result);
  }

  static std::vector<std::string> ids(const std::vector<ledger_row>& rows) {
    std::vector<std::string> result;
    result.reserve(rows.size());
    for (const auto& x : rows)
      result.push_back(x.task_id);
    return result;
  }

  fs::path folder_;
  std::string path_;
  std::unique_ptr<ledger_store> store_;
  uint64_t batches_ = 0;
};

} // namespace

TEST_F(ReadingALedger, GivesARowAsItWasWritten) {
  write({row("req_1", noon + 123ms)});
  auto rows = open()->latest(10);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1u);
  const auto& x = rows->front();
  EXPECT_EQ(x.at, noon + 123ms);
  EXPECT_EQ(x.task_id, "req_1");
  EXPECT_EQ(x.origin, "mcp");
  EXPECT_EQ(x.provider, "claude");
  EXPECT_EQ(x.type, "code");
  EXPECT_EQ(x.complexity, 9);
  EXPECT_EQ(x.outcome, "answered");
  EXPECT_TRUE(x.served);
  EXPECT_EQ(x.tokens.input(), 15u);
  EXPECT_EQ(x.tokens.output, 3u);
  EXPECT_DOUBLE_EQ(x.saved_usd, 0.5);
  EXPECT_EQ(x.elapsed, 2s);
  EXPECT_EQ(x.first_byte, 300ms);
  EXPECT_EQ(x.key, "team");
}

TEST_F(ReadingALedger, ListsTheLastFirst) {
  write({row("req_1", noon), row("req_2", noon + 1s)});
  // What is written while it is open is seen too.
  auto reader = open();
  EXPECT_THAT(ids(*reader->latest(1)), ElementsAre("req_2"));
  write({row("req_3", noon + 2s)});
  EXPECT_THAT(ids(*reader->latest(2)), ElementsAre("req_3", "req_2"));
}

TEST_F(ReadingALedger, FollowsARequestAndItsSteps) {
  write({row("req_1", noon), row("req_1/plan", noon), row("req_11", noon),
         row("req_1", noon + 1s, "grok")});
  auto reader = open();
  EXPECT_THAT(ids(*reader->of_request("req_1")),
              ElementsAre("req_1", "req_1/plan", "req_1"));
  EXPECT_THAT(ids(*reader->of_request("req_")), IsEmpty());
  EXPECT_THAT(ids(*reader->of_request("x' OR '1")), IsEmpty());
}

TEST_F(ReadingALedger, SumsUpByDayAndGroup) {
  write({row("req_1", noon), row("req_2", noon), row("req_3", noon, "grok"),
         row("req_4", noon + 24h)});
  auto reader = open();
  auto sums = reader->by_day(noon + 1h, "provider");
  ASSERT_TRUE(sums);
  ASSERT_EQ(sums->size(), 3u);
  EXPECT_EQ(sums->at(0).day, "2026-11-23");
  EXPECT_EQ(sums->at(0).group, "claude");
  EXPECT_EQ(sums->at(0).attempts, 2u);
  EXPECT_EQ(sums->at(0).input, 30u);
  EXPECT_DOUBLE_EQ(sums->at(0).cost_usd, 0.5);
  EXPECT_EQ(sums->at(1).group, "grok");
  EXPECT_EQ(sums->at(2).day, "2026-11-24");
  EXPECT_EQ(reader->by_day(noon + 24h, "origin")->size(), 1u);
}

TEST_F(ReadingALedger, RefusesAColumnThatItDoesNotKnow) {
  auto sums = open()->by_day(noon, "1; DROP TABLE ledger");
  ASSERT_FALSE(sums);
  EXPECT_THAT(render(sums.error()), HasSubstr("take provider"));
}

TEST(OpeningALedgerToRead, FailsWhereThereIsNone) {
  auto reader = open_ledger_reader("/nowhere/ledger.db");
  ASSERT_FALSE(reader);
  EXPECT_THAT(render(reader.error()), HasSubstr("/nowhere/ledger.db"));
}

} // namespace smart_agents::test
