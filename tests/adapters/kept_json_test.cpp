#include "adapters/kept_json.hpp"

#include "messages/error.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

namespace smart_agents {

namespace {

struct KeptJson : testing::Test {
  KeptJson() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~KeptJson() override {
    std::filesystem::remove_all(folder_);
  }
  std::filesystem::path folder_ = std::filesystem::temp_directory_path()
                                  / ("kept_json_" + std::to_string(::getpid()));
  std::string path_ = (folder_ / "a.json").string();
  kept_json file_{path_, "what matters"};
};

} // namespace

TEST_F(KeptJson, IsEmptyBeforeItIsWrittenAndThenWhatWasWritten) {
  auto x = file_.read();
  ASSERT_TRUE(x);
  EXPECT_TRUE(x->empty());
  ASSERT_FALSE(file_.write({{"a", 0.1}}));
  x = file_.read();
  ASSERT_TRUE(x);
  EXPECT_EQ(x->at("a"), 0.1);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder_}, {}), 1);
}

TEST_F(KeptJson, SaysWhatIsLostWhenItCannotBeReadOrWritten) {
  std::ofstream{path_} << "no json";
  auto x = file_.read();
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error(), ec::storage_failed);
  EXPECT_NE(render(x.error()).find(path_
                                   + ": not a JSON object; remove it; "
                                     "what matters is not kept"),
            std::string::npos);
  kept_json nowhere{(folder_ / "no" / "b.json").string(), "what matters"};
  EXPECT_EQ(nowhere.write({}), ec::storage_failed);
  kept_json::turn lock{nowhere}; // holds nothing, and fails nothing
}

TEST_F(KeptJson, LosesNothingOfThoseWhoTakeTurns) {
  std::vector<std::thread> writers;
  writers.reserve(4);
  for (int i = 0; i < 4; ++i)
    writers.emplace_back([this] {
      for (int k = 0; k < 25; ++k) {
        kept_json::turn turn{file_};
        auto x = file_.read();
        ASSERT_TRUE(x);
        auto n = x->contains("n") ? x->at("n").to_number<int>() : 0;
        (*x)["n"] = n + 1;
        ASSERT_FALSE(file_.write(*x));
      }
    });
  for (auto& x : writers)
    x.join();
  EXPECT_EQ(file_.read()->at("n"), 100);
}

} // namespace smart_agents
