#include "actors/provider/circuit.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

failure because(failure_class what,
                std::optional<caf::timespan> retry_after = {}) {
  failure result;
  result.what = what;
  result.message = to_string(what);
  result.retry_after = retry_after;
  return result;
}

const instant start{100s};

} // namespace

TEST(Circuit, OpensAfterFailuresInARow) {
  circuit x{{}};
  EXPECT_FALSE(x.failed(because(failure_class::server_error), start));
  EXPECT_FALSE(x.failed(because(failure_class::timeout), start));
  EXPECT_TRUE(x.failed(because(failure_class::network), start));
  EXPECT_EQ(x.state(), circuit_state::open);
  EXPECT_EQ(x.reason(), "network");
  EXPECT_FALSE(x.allow(start + 59s));
  EXPECT_TRUE(x.allow(start + 60s));
  EXPECT_EQ(x.state(), circuit_state::half_open);
}

TEST(Circuit, ForgetsFailuresAfterASuccess) {
  circuit x{{}};
  x.failed(because(failure_class::server_error), start);
  x.failed(because(failure_class::server_error), start);
  x.succeeded();
  x.failed(because(failure_class::server_error), start);
  EXPECT_EQ(x.state(), circuit_state::closed);
}

TEST(Circuit, LetsOneProbeThroughAndClosesWhenItSucceeds) {
  circuit x{{}};
  x.failed(because(failure_class::rate_limited, 5s), start);
  ASSERT_TRUE(x.allow(start + 5s));
  EXPECT_FALSE(x.allow(start + 5s));
  EXPECT_TRUE(x.succeeded());
  EXPECT_TRUE(x.allow(start + 5s));
  EXPECT_TRUE(x.allow(start + 5s));
}

TEST(Circuit, OpensAgainWhenTheProbeFails) {
  circuit x{{}};
  x.failed(because(failure_class::rate_limited, 5s), start);
  ASSERT_TRUE(x.allow(start + 5s));
  EXPECT_TRUE(x.failed(because(failure_class::server_error), start + 6s));
  EXPECT_EQ(x.until(), start + 66s);
}

TEST(Circuit, TakesAnotherProbeWhenOneTellsNothing) {
  circuit x{{}};
  x.failed(because(failure_class::rate_limited, 5s), start);
  ASSERT_TRUE(x.allow(start + 5s));
  x.failed(because(failure_class::cancelled), start + 5s);
  EXPECT_EQ(x.state(), circuit_state::half_open);
  EXPECT_TRUE(x.allow(start + 5s));
}

TEST(Circuit, RestsAtOnceAndAsLongAsAsked) {
  circuit x{{}};
  EXPECT_TRUE(x.failed(because(failure_class::rate_limited, 17s), start));
  EXPECT_EQ(x.until(), start + 17s);
}

TEST(Circuit, RestsLongForWhatOnlyPeopleCanMend) {
  for (auto what : {failure_class::auth, failure_class::billing}) {
    circuit x{{}};
    EXPECT_TRUE(x.failed(because(what), start));
    EXPECT_EQ(x.until(), start + 10min);
  }
}

TEST(Circuit, KeepsTheLongerRestWhenCallsUnderWayFailLater) {
  circuit x{{}};
  x.failed(because(failure_class::rate_limited, 120s), start);
  EXPECT_FALSE(x.failed(because(failure_class::rate_limited, 1s), start + 1s));
  EXPECT_EQ(x.until(), start + 120s);
}

TEST(Circuit, BoundsWhatAProviderMayAsk) {
  circuit x{{}};
  x.failed(because(failure_class::quota_exhausted, 24h * 40), start);
  EXPECT_EQ(x.until(), start + 24h);
}

TEST(Circuit, DoesNotBlameAProviderForTheUsersMistakes) {
  circuit x{{}};
  for (int i = 0; i < 10; ++i)
    x.failed(because(failure_class::bad_request), start);
  EXPECT_EQ(x.state(), circuit_state::closed);
}

} // namespace smart_agents
