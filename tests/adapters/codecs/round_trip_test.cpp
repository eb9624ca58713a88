// Random conversations and answers survive every format that has a codec both
// ways; bench/round_trip_bench tries fifty times as many.

#include "tests/support/random_conversation.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

namespace {

constexpr uint32_t count = 2000;

} // namespace

TEST(RoundTrip, OfRandomConversationsChangesNothingThatTheFormatCarries) {
  for (uint32_t seed = 0; seed < count; ++seed)
    for (const auto& what : test::scopes)
      ASSERT_EQ(test::request_changes(what, seed), "")
        << what.format << " seed " << seed;
}

TEST(RoundTrip, OfRandomAnswersChangesNothingWholeOrStreamed) {
  for (uint32_t seed = 0; seed < count; ++seed)
    for (const auto& what : test::scopes)
      ASSERT_EQ(test::answer_changes(what, seed), "")
        << what.format << " seed " << seed;
}

} // namespace smart_agents
