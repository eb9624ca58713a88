#include "messages/trace_parent.hpp"

#include <gtest/gtest.h>

using namespace smart_agents;

namespace {

const std::string good =
  "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

} // namespace

TEST(Traceparent, KeepsWhatTheStandardAllows) {
  EXPECT_EQ(checked_traceparent(good), good);
  EXPECT_EQ(trace_of(good), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(span_of(good), "00f067aa0ba902b7");
}

TEST(Traceparent, CountsForNoneWhenItIsMalformed) {
  auto with = [](size_t at, char c) {
    auto x = good;
    x[at] = c;
    return x;
  };
  for (const auto& bad :
       {std::string{}, good.substr(1), good + "0", with(1, '1'), with(2, '_'),
        with(3, 'A'), with(35, '0'), with(36, 'g'), with(52, 'x'),
        with(54, ' '), "00-" + std::string(32, '0') + good.substr(35),
        good.substr(0, 36) + std::string(16, '0') + "-01"})
    EXPECT_EQ(checked_traceparent(bad), "") << bad;
}

TEST(Traceparent, SaysWhetherTheCallerRecords) {
  EXPECT_TRUE(is_sampled(good));
  for (const auto& [flags, sampled] :
       {std::pair{"00", false}, {"03", true}, {"0a", false}, {"ff", true}})
    EXPECT_EQ(is_sampled(good.substr(0, 53) + flags), sampled) << flags;
}
