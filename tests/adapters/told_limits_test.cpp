#include "adapters/told_limits.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace smart_agents {

namespace {

// 2026-11-23 12:00 UTC: `date -u -d '2026-11-23 12:00' +%s`.
constexpr wall_time noon{1795435200s};

told_answer told(std::string model, std::string left, wall_time at = noon) {
  return {"claude",
          "login-1",
          std::move(model),
          {{"anthropic-ratelimit-unified-5h-utilization", std::move(left)}},
          at};
}

class ToldLimits : public ::testing::Test {
protected:
  ToldLimits() {
    auto name =
      (std::filesystem::temp_directory_path() / "told-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ + "/told.json";
  }

  ~ToldLimits() override {
    std::filesystem::remove_all(folder_);
  }

  std::string folder_;
  std::string path_;
  told_limits mine_;
  told_limits other_;
};

} // namespace

TEST_F(ToldLimits, HandsOverTheLastOfEachModelOnce) {
  EXPECT_FALSE(mine_.any());
  mine_.tell(told("opus", "0.1"));
  mine_.tell(told("opus", "0.2", noon + 1s));
  mine_.tell(told("haiku", "0.3"));
  mine_.tell({"claude", "", "opus", {}, noon}); // told nothing
  EXPECT_TRUE(mine_.any());
  auto all = mine_.take();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[1].model, "opus");
  EXPECT_EQ(all[1].signals[0].second, "0.2");
  EXPECT_FALSE(all[1].elsewhere);
  EXPECT_FALSE(mine_.any());
  EXPECT_THAT(mine_.take(), IsEmpty());
}

TEST_F(ToldLimits, ReachOtherProcessesByTheFile) {
  mine_.tell(told("opus", "0.4"));
  ASSERT_FALSE(mine_.sync(path_, noon));
  mine_.take();
  other_.tell(told("haiku", "0.5"));
  ASSERT_FALSE(other_.sync(path_, noon + 1min));
  auto all = other_.take();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[1].model, "opus");
  EXPECT_EQ(all[1].credential, "login-1");
  EXPECT_EQ(all[1].at, noon);
  EXPECT_TRUE(all[1].elsewhere);
  ASSERT_FALSE(mine_.sync(path_, noon + 2min));
  ASSERT_THAT(mine_.take(), SizeIs(1)) << "what was new in it";
  ASSERT_FALSE(mine_.sync(path_, noon + 3min));
  EXPECT_THAT(mine_.take(), IsEmpty());
  // The later of two counts.
  mine_.tell(told("opus", "0.1", noon - 1h));
  ASSERT_FALSE(mine_.sync(path_, noon + 4min));
  ASSERT_FALSE(other_.sync(path_, noon + 4min));
  EXPECT_THAT(other_.take(), IsEmpty());
}

TEST_F(ToldLimits, ForgetWhatIsOldOrFromTheFutureAndOutliveGarbage) {
  mine_.tell(told("opus", "0.4"));
  ASSERT_FALSE(mine_.sync(path_, noon));
  EXPECT_FALSE(other_.sync(path_, noon + 24h * 9));
  EXPECT_FALSE(other_.any());
  EXPECT_FALSE(other_.sync(path_, noon - 1h));
  EXPECT_FALSE(other_.any());
  std::ofstream{path_} << R"([7, {"at_ms": "x"}, {"at_ms": 1, "signals": 2}])";
  EXPECT_FALSE(other_.sync(path_, noon));
  std::ofstream{path_} << "{";
  EXPECT_FALSE(other_.sync(path_, noon));
  EXPECT_FALSE(other_.any());
  EXPECT_TRUE([&] {
    other_.tell(told("opus", "0.1"));
    return static_cast<bool>(other_.sync(folder_ + "/none/x.json", noon));
  }());
}

TEST_F(ToldLimits, AreBounded) {
  for (size_t i = 0; i < 2 * told_limits::most; ++i)
    mine_.tell(told("m" + std::to_string(i), "0.1", noon + i * 1s));
  auto all = mine_.take();
  EXPECT_THAT(all, SizeIs(told_limits::most));
  for (const auto& x : all)
    EXPECT_GE(x.at, noon + told_limits::most * 1s);
}

} // namespace smart_agents
