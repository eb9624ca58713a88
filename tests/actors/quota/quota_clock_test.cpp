// What a civil clock that is set may do to a limit, with crashes beside it.

#include "actors/quota/quota_book.hpp"
#include "adapters/memory_ledger_store.hpp"

#include <caf/expected.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>

using namespace std::chrono_literals;

namespace smart_agents {

namespace {

/// Processes that share a limit of a hundred requests in a window.
class QuotaClock : public ::testing::TestWithParam<quota_window> {
protected:
  static constexpr uint64_t limit = 100;
  // Sunday 2026-11-29 23:59 UTC: `date -u -d "2026-11-29 23:59" +%s`.
  wall_time wall_{1795996740s};
  instant steady_{100h};
  memory_ledger_store store_;

  struct process {
    std::string name;
    std::unique_ptr<quota_book> book;
    uint64_t batch = 0;
  };

  quota_now now() const {
    return {wall_, steady_};
  }

  void pass(caf::timespan time) {
    wall_ += std::chrono::duration_cast<wall_time::duration>(time);
    steady_ += time;
  }

  process start(const std::string& name) {
    provider_quota all;
    all.provider = "claude";
    quota_limit x;
    x.kind = quota_kind::requests;
    x.window = GetParam();
    x.length = 2h;
    x.amount = limit;
    x.source = limit_source::user;
    all.limits = {x};
    store_.live(name);
    return {name, std::make_unique<quota_book>(std::vector{all},
                                               std::vector<quota_used>{}, now(),
                                               1, quota_authority::leased)};
  }

  /// The store hears and answers, or fails.
  void speak(process& x, bool fails = false) {
    auto asks = x.book->take_asks();
    if (asks.empty())
      return;
    if (fails)
      return x.book->asks_failed(asks);
    auto count = [](auto t) {
      return std::chrono::nanoseconds{t.time_since_epoch()}.count();
    };
    auto grants = store_.lease(x.name, asks, {count(wall_), count(steady_)});
    ASSERT_TRUE(grants);
    x.book->take(*grants, now());
  }

  void report(process& x) {
    ledger_batch batch;
    batch.writer = x.name;
    batch.number = ++x.batch;
    batch.changes = x.book->take_changes();
    ASSERT_FALSE(store_.append(batch));
  }

  enum class store {
    /// Asked, and told what was spent.
    well,
    /// Asked, but told nothing.
    untold,
    /// Neither.
    away,
    /// Asked in vain.
    broken,
  };

  /// Serves up to so many requests.
  uint64_t serve(process& x, uint64_t most, store how) {
    reserve one;
    one.provider = "claude";
    one.model = "opus";
    uint64_t served = 0;
    for (uint64_t tries = 0; served < most && tries < 4 * limit; ++tries) {
      auto granted = x.book->try_hold(one, now());
      if (granted && !granted->refused) {
        settle truth;
        truth.id = granted->id;
        truth.provider = "claude";
        x.book->close(truth, now());
        ++served;
      } else if (how == store::away) {
        break;
      } else {
        // A refusal by the store is believed for a moment.
        pass(300ms);
      }
      if (how != store::away)
        speak(x, how == store::broken);
      if (how == store::well)
        report(x);
    }
    return served;
  }

  void die(process& x) {
    store_.ended(x.name);
    x.book = nullptr;
  }
};

} // namespace

TEST_P(QuotaClock, ACrashInAWindowThatNobodyKnewCountsWhenItComesAgain) {
  auto first = start("first");
  ASSERT_EQ(serve(first, 30, store::well), 30u);
  // Midnight, and nobody has told the store; then it crashes, and the clock is
  // set back by ten minutes.
  pass(2min);
  auto after = wall_;
  auto unheard = serve(first, limit, store::away);
  unheard += serve(first, 5, store::untold);
  die(first);
  wall_ -= 10min;
  auto second = start("second");
  steady_ += 2min;
  serve(second, 1, store::well);
  // The same moments come again.
  wall_ = after;
  steady_ += 10min;
  auto again = serve(second, limit, store::well);
  EXPECT_LE(unheard + again, limit) << unheard << " and " << again;
  EXPECT_GE(again, limit / 4) << unheard << " before";
}

TEST_P(QuotaClock, ACrashAfterAJumpForwardCountsWhenThatTimeComes) {
  auto first = start("first");
  ASSERT_EQ(serve(first, 30, store::well), 30u);
  wall_ += 30h;
  auto then = wall_;
  auto unheard = serve(first, limit, store::away);
  unheard += serve(first, 5, store::untold);
  die(first);
  wall_ -= 30h;
  auto second = start("second");
  pass(2min);
  serve(second, 1, store::well);
  steady_ += 30h;
  wall_ = then;
  auto again = serve(second, limit, store::well);
  EXPECT_LE(unheard + again, limit) << unheard << " and " << again;
  EXPECT_GE(again, limit / 4) << unheard << " before";
}

TEST_P(QuotaClock, ALeaseIsSpentInTheNextWindowOnceTheStoreKnowsOfIt) {
  auto first = start("first");
  ASSERT_EQ(serve(first, 30, store::well), 30u);
  pass(2min);
  EXPECT_GT(serve(first, 10, store::well), 9u);
}

TEST_P(QuotaClock, AStoreThatFailsDoesNotKeepALeaseFromBeingSpent) {
  auto first = start("first");
  ASSERT_EQ(serve(first, 30, store::well), 30u);
  pass(2min);
  EXPECT_GT(serve(first, 3, store::broken), 0u);
}

INSTANTIATE_TEST_SUITE_P(Windows, QuotaClock,
                         ::testing::Values(quota_window::day,
                                           quota_window::week,
                                           quota_window::rolling),
                         [](const auto& x) {
                           return x.param == quota_window::day    ? "Day"
                                  : x.param == quota_window::week ? "Week"
                                                                  : "Rolling";
                         });

} // namespace smart_agents
