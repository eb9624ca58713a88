#include "runtime/resident_memory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace smart_agents {

namespace {

/// Of files, in kB.
long resident_of_files() {
  std::ifstream from{"/proc/self/status"};
  std::string word;
  while (from >> word)
    if (word == "RssFile:") {
      long result = 0;
      from >> result;
      return result;
    }
  return -1;
}

} // namespace

TEST(ResidentMemory, IsGivenBackAfterTheStart) {
  auto before = resident_of_files();
  if (before < 0)
    GTEST_SKIP() << "this system does not tell what is resident";
  let_go_of_start_up();
  // The program goes on, with less.
  EXPECT_LT(resident_of_files(), before * 3 / 4);
}

} // namespace smart_agents
