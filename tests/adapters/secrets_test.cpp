#include "adapters/secrets.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

TEST(Secrets, DigestsReadBackAsTheyWereWritten) {
  // FIPS 180-2, appendix B.1.
  auto hex = sha256_hex("abc");
  EXPECT_EQ(hex, "ba7816bf8f01cfea414140de5dae2223"
                 "b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(parse_sha256_hex(hex), sha256("abc"));
  EXPECT_NE(parse_sha256_hex(hex), sha256("abd"));
}

TEST(Secrets, TakesNothingElseForADigest) {
  auto hex = sha256_hex("abc");
  EXPECT_FALSE(parse_sha256_hex(""));
  EXPECT_FALSE(parse_sha256_hex(hex.substr(1)));
  EXPECT_FALSE(parse_sha256_hex(hex + "0"));
  hex[0] = 'B';
  EXPECT_FALSE(parse_sha256_hex(hex));
  hex[0] = 'g';
  EXPECT_FALSE(parse_sha256_hex(hex));
}

} // namespace smart_agents
