#include "runtime/settings_values.hpp"

#include <gtest/gtest.h>

using namespace smart_agents;
using namespace std::chrono_literals;

TEST(Duration, IsReadInEveryUnit) {
  EXPECT_EQ(parse_duration("250ms"), caf::timespan{250ms});
  EXPECT_EQ(parse_duration("60s"), caf::timespan{60s});
  EXPECT_EQ(parse_duration("10m"), caf::timespan{10min});
  EXPECT_EQ(parse_duration("2h"), caf::timespan{2h});
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* x : {"", "5", "s", "-1s", "1.5s", "1 s", "1d", "1S",
                        "99999999999999999999s", "9999999999h"})
    EXPECT_FALSE(parse_duration(x)) << x;
}

TEST(Duration, IsWrittenInTheLargestExactUnit) {
  EXPECT_EQ(print_duration(90s), "90s");
  EXPECT_EQ(print_duration(120s), "2m");
  EXPECT_EQ(print_duration(1500ms), "1500ms");
  EXPECT_EQ(print_duration(3h), "3h");
  EXPECT_EQ(print_duration(0s), "0s");
}

TEST(Nearest, FindsTypingErrorsAndNothingFarOff) {
  std::vector<std::string> names{"providers", "routing", "max_concurrent"};
  EXPECT_EQ(nearest("provider", names), "providers");
  EXPECT_EQ(nearest("max_concurent", names), "max_concurrent");
  EXPECT_EQ(nearest("ruoting", names), "routing");
  EXPECT_EQ(nearest("colour", names), "");
}
