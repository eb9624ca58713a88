#include "adapters/system_load.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

class SystemLoad : public ::testing::Test {
protected:
  SystemLoad() {
    std::string name = "/tmp/smart-agents-load-XXXXXX";
    root_ = mkdtemp(name.data());
  }

  ~SystemLoad() override {
    std::filesystem::remove_all(root_);
  }

  void write(const std::string& path, const std::string& text) {
    auto whole = root_ + path;
    std::filesystem::create_directories(
      std::filesystem::path{whole}.parent_path());
    std::ofstream{whole} << text;
  }

  std::string root_;
  instant start_{1h};
};

TEST_F(SystemLoad, ReadsWhatItsGroupWasGiven) {
  write("/sys/fs/cgroup/cpu.max", "150000 100000\n");
  write("/sys/fs/cgroup/cpu.stat", "usage_usec 1000000\nuser_usec 1\n");
  write("/sys/fs/cgroup/memory.max", "1000\n");
  write("/sys/fs/cgroup/memory.current", "900\n");
  write("/sys/fs/cgroup/memory.stat", "anon 1\ninactive_file 400\n");
  system_load load{root_};
  auto first = load.read(start_);
  EXPECT_FALSE(first.cpu);
  ASSERT_TRUE(first.memory);
  EXPECT_DOUBLE_EQ(*first.memory, 0.5) << "the page cache is free";
  write("/sys/fs/cgroup/cpu.stat", "usage_usec 2500000\n");
  auto second = load.read(start_ + 2s);
  ASSERT_TRUE(second.cpu);
  EXPECT_DOUBLE_EQ(*second.cpu, 0.5) << "1.5 s of 2 s on 1.5 processors";
}

TEST_F(SystemLoad, ReadsTheMachineWithoutAGroupLimit) {
  write("/sys/fs/cgroup/cpu.max", "max 100000\n");
  write("/sys/fs/cgroup/memory.max", "max\n");
  write("/proc/stat", "cpu 100 0 100 700 100 0 0 0\n");
  write("/proc/meminfo", "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: "
                         "250 kB\n");
  system_load load{root_};
  EXPECT_DOUBLE_EQ(load.read(start_).memory.value_or(0), 0.75);
  write("/proc/stat", "cpu 190 0 100 710 100 0 0 0\n");
  EXPECT_DOUBLE_EQ(load.read(start_ + 1s).cpu.value_or(0), 0.9);
}

TEST_F(SystemLoad, KnowsNothingWithoutFiles) {
  system_load load{root_};
  auto x = load.read(start_);
  EXPECT_FALSE(x.cpu);
  EXPECT_FALSE(x.memory);
  EXPECT_EQ(too_busy(x, 1, 1), "");
}

TEST(TooBusy, NamesWhatIsOverItsBound) {
  EXPECT_EQ(too_busy({0.5, 0.5}, 60, 60), "");
  EXPECT_EQ(too_busy({0.97, 0.5}, 95, 90),
            "the processor is at 97 %, over the 95 % at which new jobs wait");
  EXPECT_EQ(too_busy({0.97, 0.95}, 95, 90),
            "memory is at 95 %, over the 90 % at which new jobs wait");
  EXPECT_EQ(too_busy({1.0, 1.0}, 0, 0), "");
}

} // namespace

} // namespace smart_agents
