#include "adapters/token_ratios.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

namespace smart_agents {

namespace {

class folder {
public:
  folder() {
    std::string name = std::filesystem::temp_directory_path() / "ratios-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~folder() {
    std::filesystem::remove_all(path_);
  }
  std::string file() const {
    return path_ / "ratios.json";
  }

private:
  std::filesystem::path path_;
};

/// Answers of a model that counts `factor` times what we estimate, headroom
/// aside.
void teach(token_ratios& x, double factor, int answers) {
  for (int i = 0; i < answers; ++i)
    x.learn("claude", "m", x.scaled("claude", "m", 1100),
            static_cast<uint64_t>(1000 * factor));
}

} // namespace

TEST(TokenRatios, LeaveEstimatesAloneUntilSomethingIsLearned) {
  token_ratios x;
  EXPECT_EQ(x.of("claude", "m"), 1);
  EXPECT_EQ(x.scaled("claude", "m", 123), 123u);
}

TEST(TokenRatios, ComeToWhatAModelReallyCountsAndKeepTheHeadroom) {
  for (auto factor : {0.7, 1.0, 1.3, 2.4}) {
    token_ratios x;
    teach(x, factor, 40);
    EXPECT_NEAR(x.of("claude", "m"), factor, 0.03);
    // 1000 tokens by the model's own count, and a tenth more.
    EXPECT_NEAR(static_cast<double>(x.scaled("claude", "m", 1100)),
                1100 * factor, 40);
  }
}

TEST(TokenRatios, RiseFasterThanTheyFall) {
  token_ratios x;
  teach(x, 1, 30);
  auto before = x.of("claude", "m");
  teach(x, 2, 1);
  auto risen = x.of("claude", "m") - before;
  token_ratios y;
  teach(y, 2, 30);
  before = y.of("claude", "m");
  teach(y, 1, 1);
  EXPECT_GT(risen, 2 * (before - y.of("claude", "m")));
}

TEST(TokenRatios, StayWithinTheirBounds) {
  token_ratios x;
  teach(x, 6, 50);
  EXPECT_EQ(x.of("claude", "m"), token_ratios::most);
  token_ratios y;
  teach(y, 0.3, 100);
  EXPECT_EQ(y.of("claude", "m"), token_ratios::least);
}

TEST(TokenRatios, PassOverWhatNoTokenizerExplains) {
  token_ratios x;
  x.learn("ollama", "m", 20000, 0);
  x.learn("ollama", "m", 20000, 60); // the rest was cached
  x.learn("ollama", "m", 0, 500);    // no estimate
  x.learn("ollama", "m", 100, 10);   // overhead, no text
  x.learn("ollama", "m", 100, 1'000'000);
  EXPECT_EQ(x.of("ollama", "m"), 1);
}

TEST(TokenRatios, BoundWhatAModelMayCount) {
  token_ratios x;
  // Nothing is known: a quarter beyond the text itself.
  EXPECT_EQ(x.at_most("claude", "m", 1100), 1250u);
  // Ten answers as estimated, one of half as much again.
  for (int i = 0; i < 200; ++i)
    x.learn("claude", "m", x.scaled("claude", "m", 1100), 1000);
  auto calm = x.at_most("claude", "m", x.scaled("claude", "m", 1100));
  EXPECT_LE(calm, 1120u);
  EXPECT_GE(calm, 1000u);
  x.learn("claude", "m", x.scaled("claude", "m", 1100), 1500);
  EXPECT_GE(x.at_most("claude", "m", x.scaled("claude", "m", 1100)), 1500u);
}

TEST(TokenRatios, AreKeptApartByProviderAndModel) {
  token_ratios x;
  teach(x, 2, 20);
  EXPECT_GT(x.of("claude", "m"), 1.8);
  EXPECT_EQ(x.of("claude", "other"), 1);
  EXPECT_EQ(x.of("house", "m"), 1);
}

TEST(TokenRatios, RememberABoundedNumberOfModels) {
  token_ratios x;
  for (size_t i = 0; i < token_ratios::max_models + 10; ++i)
    x.learn("p", "m" + std::to_string(i), 1100, 2000);
  EXPECT_GT(x.of("p", "m5"), 1);
  EXPECT_EQ(x.of("p", "m" + std::to_string(token_ratios::max_models + 5)), 1);
}

TEST(TokenRatios, OutliveTheProcessTogetherWithThoseOfOthers) {
  folder where;
  token_ratios first;
  EXPECT_FALSE(first.load(where.file()));
  teach(first, 2, 20);
  // Another process writes in the meantime.
  token_ratios other;
  other.learn("grok", "g", 1100, 1500);
  EXPECT_FALSE(other.save(where.file()));
  EXPECT_FALSE(first.save(where.file()));
  token_ratios next;
  EXPECT_FALSE(next.load(where.file()));
  EXPECT_NEAR(next.of("claude", "m"), first.of("claude", "m"), 1e-9);
  EXPECT_NEAR(next.of("grok", "g"), other.of("grok", "g"), 1e-9);
  // Only the file itself is left behind.
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{
         std::filesystem::path{where.file()}.parent_path()})
    files += entry.is_regular_file();
  EXPECT_EQ(files, 1u);
}

TEST(TokenRatios, SayWhenTheirFileIsDamagedAndWriteItAnew) {
  folder where;
  std::ofstream{where.file()} << "{\"claude/m\":";
  token_ratios x;
  EXPECT_TRUE(x.load(where.file()));
  EXPECT_EQ(x.of("claude", "m"), 1);
  teach(x, 2, 5);
  EXPECT_FALSE(x.save(where.file()));
  token_ratios next;
  EXPECT_FALSE(next.load(where.file()));
  EXPECT_GT(next.of("claude", "m"), 1.2);
  EXPECT_FALSE(x.save("/nowhere/at/all.json"));
  teach(x, 2, 1);
  EXPECT_TRUE(x.save("/nowhere/at/all.json"));
}

TEST(TokenRatios, PassOverEntriesThatAreNone) {
  folder where;
  std::ofstream{where.file()}
    << R"({"a/b":7,"c/d":{"ratio":"x","samples":1},)"
       R"("e/f":{"ratio":100,"samples":3},"g/h":{"ratio":2,"samples":-1}})";
  token_ratios x;
  EXPECT_FALSE(x.load(where.file()));
  EXPECT_EQ(x.of("a", "b"), 1);
  EXPECT_EQ(x.of("c", "d"), 1);
  EXPECT_EQ(x.of("e", "f"), token_ratios::most);
  EXPECT_EQ(x.of("g", "h"), 1);
}

TEST(TokenRatios, MayBeTaughtFromManyThreads) {
  token_ratios x;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&x] { teach(x, 1.5, 500); });
  for (auto& thread : threads)
    thread.join();
  EXPECT_NEAR(x.of("claude", "m"), 1.5, 0.1);
}

} // namespace smart_agents
