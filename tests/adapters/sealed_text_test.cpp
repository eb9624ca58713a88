#include "adapters/sealed_text.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

using namespace std::chrono_literals;

const wall_time noon{43'200s};

TEST(SealedText, OpensForItsOwner) {
  text_sealer sealer;
  for (const std::string text : {"", "a", "ab", "abc", R"({"round":2})"}) {
    auto sealed = sealer.seal(text, "call", noon);
    EXPECT_EQ(sealed.find_first_not_of(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                "-_"),
              std::string::npos);
    EXPECT_EQ(sealed.find("round"), std::string::npos) << "nobody reads it";
    EXPECT_EQ(sealer.open(sealed, "call", noon), text);
  }
  EXPECT_NE(sealer.seal("a", "call", noon), sealer.seal("a", "call", noon));
}

TEST(SealedText, StaysClosedOnceChanged) {
  text_sealer sealer;
  auto sealed = sealer.seal("state", "call", noon);
  for (size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(sealer.open(changed, "call", noon)) << i;
  }
  EXPECT_FALSE(sealer.open(sealed + "A", "call", noon));
  EXPECT_FALSE(sealer.open(sealed.substr(1), "call", noon));
  EXPECT_FALSE(sealer.open(sealed + "!", "call", noon));
  EXPECT_FALSE(sealer.open("", "call", noon));
}

TEST(SealedText, StaysClosedForOthers) {
  text_sealer sealer;
  auto sealed = sealer.seal("state", "call", noon);
  EXPECT_FALSE(sealer.open(sealed, "another call", noon));
  EXPECT_FALSE(sealer.open(sealed, "call", noon + 1s)) << "it is too old";
  EXPECT_FALSE(text_sealer{}.open(sealed, "call", noon)) << "another key";
}

TEST(RandomName, IsNeverTheSame) {
  EXPECT_EQ(random_name().size(), 32u);
  EXPECT_NE(random_name(), random_name());
}

} // namespace smart_agents
