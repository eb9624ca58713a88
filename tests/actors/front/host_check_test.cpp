#include "actors/front/host_check.hpp"

#include <gtest/gtest.h>

using namespace smart_agents;

TEST(HostCheck, KnowsTheNamesOfThisMachine) {
  for (const char* host :
       {"localhost", "LOCALHOST:8787", "127.0.0.1", "127.0.0.1:80",
        "127.255.3.4", "[::1]", "[::1]:8787"})
    EXPECT_TRUE(is_loopback_host(host)) << host;
}

TEST(HostCheck, IsNotFooledByNamesThatLookAlike) {
  for (const char* host :
       {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
        "127.evil.example", "127.0.0.1.5", "127.0.0", "127.0.0.", "10.0.0.1",
        "[::2]", "[::1", "[::1]x", "localhost:", "localhost:8x",
        "localhost:8787@evil.example", "0.0.0.0"})
    EXPECT_FALSE(is_loopback_host(host)) << host;
}

TEST(HostCheck, TakesProgramsAndPagesOfThisMachineOnly) {
  EXPECT_TRUE(is_from_this_machine("", ""));
  EXPECT_TRUE(is_from_this_machine("localhost:8787", ""));
  EXPECT_TRUE(is_from_this_machine("localhost", "http://127.0.0.1:3000"));
  EXPECT_FALSE(is_from_this_machine("evil.example", ""));
  EXPECT_FALSE(is_from_this_machine("localhost", "https://evil.example"));
  EXPECT_FALSE(is_from_this_machine("localhost", "null"));
  EXPECT_FALSE(is_from_this_machine("localhost", "file://"));
}
