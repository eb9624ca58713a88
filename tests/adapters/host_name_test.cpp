#include "adapters/host_name.hpp"

#include <gtest/gtest.h>

using namespace smart_agents;

TEST(HostName, AnAddressOrLocalhostIsPlainWhateverThePort) {
  for (const char* host : {"127.0.0.1", "127.0.0.1:8787", "localhost",
                           "localhost:80", "[::1]", "[::1]:8787", "10.0.0.7"})
    EXPECT_TRUE(is_plain_host(host_of(host))) << host;
}

TEST(HostName, ANameThatCanBeReboundIsNot) {
  for (const char* host :
       {"", "evil.example", "evil.example:8787", "localhost.evil.example",
        "127.0.0.1.evil.example", "[evil]:80", "[", ":8787"})
    EXPECT_FALSE(is_plain_host(host_of(host))) << host;
}

TEST(HostName, KnowsTheLoopback) {
  EXPECT_TRUE(is_loopback_host("127.0.0.1"));
  EXPECT_TRUE(is_loopback_host("127.8.8.8"));
  EXPECT_TRUE(is_loopback_host("::1"));
  EXPECT_FALSE(is_loopback_host("0.0.0.0"));
  EXPECT_FALSE(is_loopback_host("128.0.0.1"));
  EXPECT_FALSE(is_loopback_host("::"));
}
