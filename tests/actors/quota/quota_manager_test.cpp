#include "actors/quota/quota_manager.hpp"

#include "messages/services.hpp"
#include "tests/support/deterministic.hpp"

#include <caf/event_based_actor.hpp>

#include <gmock/gmock.h>

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace smart_agents {

namespace {

// 2026-11-23 15:48 UTC: `date -u -d '2026-11-23 15:48' +%s`.
constexpr wall_time start{1795448880s};

reserve ask_for(const std::string& provider, uint64_t input = 100,
                uint64_t output = 50) {
  reserve result;
  result.task_id = "req_1";
  result.provider = provider;
  result.model = "large";
  result.input_tokens = input;
  result.output_tokens = output;
  result.cost_usd = 0.5;
  return result;
}

settle served(uint64_t id) {
  settle result;
  result.id = id;
  result.provider = "claude";
  result.tokens.uncached_input = 10;
  result.tokens.output = 5;
  return result;
}

} // namespace

class QuotaManager : public test::deterministic {
protected:
  /// Remembers what a router, an event bus and a storage are told.
  struct listener {
    std::vector<provider_headroom> rooms;
    std::vector<event> events;
    std::vector<ledger_row> rows;
  };

  QuotaManager() {
    auto snapshot = std::make_shared<services>();
    auto heard = heard_;
    snapshot->router = system_.spawn(
      [heard](router_actor::pointer) -> router_actor::behavior_type {
        return {
          [](const route_task&) { return routed{}; },
          [](const provider_health&) {},
          [heard](const provider_headroom& x) { heard->rooms.push_back(x); },
        };
      });
    snapshot->events = system_.spawn(
      [heard](event_actor::pointer) -> event_actor::behavior_type {
        return {
          [heard](const event& x) { heard->events.push_back(x); },
          [](const subscribe&) {},
          [](const unsubscribe&) {},
        };
      });
    snapshot->storage = system_.spawn(
      [heard](storage_actor::pointer) -> storage_actor::behavior_type {
        return {
          [heard](const record& x) { heard->rows.push_back(x.row); },
          [](const change_leases&) {},
          [](const take_leases&) { return leases_taken{}; },
          [](const get_usage&) { return usage_report{}; },
          [](get_storage_status) { return storage_status{}; },
          [](flush) { return flushed{}; },
          [](const services_changed&) {},
          [](commit_group) {},
          [](const batch_over&) {},
        };
      });
    services_ = snapshot;
    spawn();
  }

  void TearDown() override {
    stop(quota_);
    stop(services_->router);
    stop(services_->events);
    stop(services_->storage);
  }

  void spawn() {
    quota_options options;
    options.memory = memory_;
    options.wall = [this] { return wall(); };
    quota_ = system_.spawn(quota_manager, options);
    settle_all();
  }

  wall_time wall() {
    ++looks_;
    return start
           + std::chrono::duration_cast<wall_time::duration>(now() - born_)
           + clock_set_by_;
  }

  void introduce() {
    tell(quota_, services_changed{services_});
  }

  /// Reserves as somebody who may die.
  reserved hold_as(caf::scoped_actor& who, const reserve& request) {
    reserved result;
    auto pending = who->request(quota_, caf::infinite, request);
    settle_all();
    pending.receive([&result](reserved& x) { result = std::move(x); },
                    [](caf::error& e) { ADD_FAILURE() << render(e); });
    return result;
  }

  limit_status limit(size_t i = 0) {
    auto report = ask<quota_report>(quota_, get_quota{});
    EXPECT_TRUE(report) << render(report.error());
    return report ? report->limits.at(i) : limit_status{};
  }

  /// Uses up `n` requests.
  void spend(int n) {
    for (int i = 0; i < n; ++i) {
      auto granted = ask<reserved>(quota_, ask_for("claude"));
      ASSERT_TRUE(granted);
      ASSERT_FALSE(granted->refused) << granted->refused->message;
      tell(quota_, served(granted->id));
    }
  }

  bool refuses() {
    auto answer = ask<reserved>(quota_, ask_for("claude"));
    EXPECT_TRUE(answer);
    if (!answer || answer->refused)
      return true;
    auto back = served(answer->id);
    back.served = false;
    tell(quota_, back);
    return false;
  }

  instant born_ = now();
  /// How often the manager looked at the civil clock.
  int looks_ = 0;
  caf::timespan clock_set_by_{0};
  std::shared_ptr<listener> heard_ = std::make_shared<listener>();
  services_ptr services_;
  std::shared_ptr<quota_memory> memory_ = std::make_shared<quota_memory>(
    quota_book{{{"claude", {{quota_kind::requests, quota_window::day, 10}}, {}},
                {"ollama", {}, {}}},
               {},
               {start, {}}});
  quota_actor quota_;
};

TEST_F(QuotaManager, KeepsNobodyWaitingForAStoreThatSaysThatItCannot) {
  stop(quota_);
  memory_ = std::make_shared<quota_memory>(quota_book{
    {{"claude", {{quota_kind::requests, quota_window::day, 10}}, {}}},
    {},
    {start, {}},
    1,
    quota_authority::leased});
  spawn();
  auto works = std::make_shared<bool>(false);
  auto sick = std::make_shared<services>(*services_);
  sick->storage = system_.spawn(
    [works](storage_actor::pointer) -> storage_actor::behavior_type {
      return {
        [](const record&) {},
        [](const change_leases&) {},
        [works](const take_leases& x) -> caf::result<leases_taken> {
          if (!*works)
            return make_error(ec::storage_failed, "the disk is full");
          leases_taken result;
          for (const auto& ask : x.asks)
            result.grants.push_back({ask.what->id, ask.number, ask.want});
          return result;
        },
        [](const get_usage&) { return usage_report{}; },
        [](get_storage_status) { return storage_status{}; },
        [](flush) { return flushed{}; },
        [](const services_changed&) {},
        [](commit_group) {},
        [](const batch_over&) {},
      };
    });
  tell(quota_, services_changed{sick});
  auto answers = std::make_shared<std::vector<reserved>>();
  auto request = [&] {
    system_.spawn([this, answers](caf::event_based_actor* self) {
      self->request(quota_, caf::infinite, ask_for("claude"))
        .then([answers](const reserved& x) { answers->push_back(x); });
    });
    settle_all();
  };
  auto pass = [&](caf::timespan time) {
    for (auto step = 0ms; step < time; step += 50ms)
      advance(50ms);
  };
  // It might be back any moment.
  request();
  pass(1900ms);
  EXPECT_THAT(*answers, IsEmpty());
  pass(300ms);
  ASSERT_EQ(answers->size(), 1u);
  ASSERT_TRUE(answers->at(0).refused);
  EXPECT_EQ(answers->at(0).refused->code, "ledger_unavailable");
  // It has just said that it is not.
  request();
  pass(300ms);
  ASSERT_EQ(answers->size(), 2u);
  EXPECT_TRUE(answers->at(1).refused);
  *works = true;
  request();
  pass(300ms);
  ASSERT_EQ(answers->size(), 3u);
  EXPECT_FALSE(answers->at(2).refused);
  stop(quota_);
  stop(sick->storage);
}

TEST_F(QuotaManager, ReservesAndSettles) {
  auto granted = ask<reserved>(quota_, ask_for("claude"));
  ASSERT_TRUE(granted);
  EXPECT_NE(granted->id, 0u);
  EXPECT_EQ(limit().reserved, 1u);
  tell(quota_, served(granted->id));
  tell(quota_, served(granted->id));
  EXPECT_EQ(limit().reserved, 0u);
  EXPECT_EQ(limit().used, 1u);
}

TEST_F(QuotaManager, RefusesWithAnAlternative) {
  spend(10);
  auto refused = ask<reserved>(quota_, ask_for("claude"));
  ASSERT_TRUE(refused);
  ASSERT_TRUE(refused->refused);
  EXPECT_EQ(refused->refused->message,
            "claude has used 10 of 10 requests today; resets 2026-11-24 "
            "00:00 UTC (in 8 h 12 min)");
  EXPECT_THAT(refused->alternatives, ElementsAre("ollama"));
}

TEST_F(QuotaManager, ChargesTheWholeBoundWhenTheOwnerDies) {
  introduce();
  auto owner = std::make_unique<caf::scoped_actor>(system_);
  hold_as(*owner, ask_for("claude"));
  hold_as(*owner, ask_for("claude"));
  EXPECT_EQ(limit().reserved, 2u);
  owner.reset();
  settle_all();
  EXPECT_EQ(limit().reserved, 0u);
  EXPECT_EQ(limit().used, 2u);
  ASSERT_EQ(heard_->rows.size(), 2u);
  const auto& row = heard_->rows[0];
  EXPECT_EQ(row.task_id, "req_1");
  EXPECT_EQ(row.provider, "claude");
  EXPECT_EQ(row.outcome, "internal");
  EXPECT_TRUE(row.served);
  EXPECT_EQ(row.tokens, (usage{100, 0, 0, 50, 0, true}));
  EXPECT_EQ(row.cost_usd, 0.5);
}

TEST_F(QuotaManager, BelievesASettlementSentJustBeforeDeath) {
  introduce();
  auto owner = std::make_unique<caf::scoped_actor>(system_);
  auto granted = hold_as(*owner, ask_for("claude"));
  auto truth = served(granted.id);
  truth.served = false;
  (*owner)->send(quota_, truth);
  owner.reset();
  settle_all();
  EXPECT_EQ(limit().reserved, 0u);
  EXPECT_EQ(limit().used, 0u);
  EXPECT_THAT(heard_->rows, IsEmpty());
}

TEST_F(QuotaManager, RemembersAcrossItsOwnCrash) {
  caf::scoped_actor owner{system_};
  spend(3);
  auto granted = hold_as(owner, ask_for("claude"));
  crash(quota_);
  spawn();
  EXPECT_EQ(limit().used, 3u);
  EXPECT_EQ(limit().reserved, 1u);
  tell(quota_, served(granted.id));
  EXPECT_EQ(limit().used, 4u);
  EXPECT_EQ(limit().reserved, 0u);
}

TEST_F(QuotaManager, WatchesTheOwnersAgainAfterItsOwnCrash) {
  auto lives_on = std::make_unique<caf::scoped_actor>(system_);
  auto dies_unseen = std::make_unique<caf::scoped_actor>(system_);
  hold_as(*lives_on, ask_for("claude"));
  hold_as(*dies_unseen, ask_for("claude"));
  crash(quota_);
  dies_unseen.reset();
  spawn();
  EXPECT_EQ(limit().used, 1u);
  EXPECT_EQ(limit().reserved, 1u);
  lives_on.reset();
  settle_all();
  EXPECT_EQ(limit().used, 2u);
  EXPECT_EQ(limit().reserved, 0u);
  EXPECT_TRUE(memory_->owners.empty());
  EXPECT_TRUE(memory_->owner_of.empty());
  EXPECT_TRUE(memory_->orphans.empty());
}

TEST_F(QuotaManager, StartsTheNextDayAfresh) {
  introduce();
  spend(10);
  heard_->rooms.clear();
  advance(8h + 11min + 59s);
  EXPECT_TRUE(refuses());
  EXPECT_THAT(heard_->rooms, IsEmpty());
  advance(1s);
  ASSERT_EQ(heard_->rooms.size(), 1u);
  EXPECT_EQ(heard_->rooms[0].exhausted, "");
  EXPECT_EQ(heard_->rooms[0].left, 1);
  EXPECT_FALSE(refuses());
}

TEST_F(QuotaManager, NoticesThatTheCivilClockWasSet) {
  introduce();
  spend(10);
  heard_->rooms.clear();
  clock_set_by_ = 9h;
  advance(1min);
  ASSERT_EQ(heard_->rooms.size(), 1u);
  EXPECT_EQ(heard_->rooms[0].exhausted, "");
}

TEST_F(QuotaManager, TellsANewRouterEverything) {
  spend(10);
  introduce();
  ASSERT_EQ(heard_->rooms.size(), 2u);
  EXPECT_EQ(heard_->rooms[0].provider, "claude");
  EXPECT_EQ(heard_->rooms[0].left, 0);
  EXPECT_EQ(heard_->rooms[0].exhausted,
            "claude has used 10 of 10 requests today; resets 2026-11-24 "
            "00:00 UTC (in 8 h 12 min)");
  EXPECT_EQ(heard_->rooms[1].provider, "ollama");
  EXPECT_EQ(heard_->rooms[1].left, 1);
}

TEST_F(QuotaManager, TellsTheRouterInSteps) {
  crash(quota_);
  memory_ = std::make_shared<quota_memory>(quota_book{
    {{"claude", {{quota_kind::requests, quota_window::day, 1000}}, {}}},
    {},
    {start, {}}});
  spawn();
  introduce();
  heard_->rooms.clear();
  spend(100);
  // 5 % of 1,000 requests is 50: at 1, 51 and, with the next one, 101.
  ASSERT_EQ(heard_->rooms.size(), 2u);
  EXPECT_DOUBLE_EQ(heard_->rooms[0].left, 0.999);
  EXPECT_DOUBLE_EQ(heard_->rooms[1].left, 0.949);
}

TEST_F(QuotaManager, PublishesEachThresholdOnceAWindow) {
  introduce();
  spend(10);
  EXPECT_TRUE(refuses());
  ASSERT_EQ(heard_->events.size(), 2u);
  EXPECT_EQ(heard_->events[0].what, event::kind::quota);
  EXPECT_EQ(heard_->events[0].provider, "claude");
  EXPECT_EQ(heard_->events[0].text,
            "claude has used 8 of 10 requests today; resets 2026-11-24 00:00 "
            "UTC (in 8 h 12 min)");
  EXPECT_EQ(heard_->events[1].text,
            "claude has used 10 of 10 requests today; resets 2026-11-24 "
            "00:00 UTC (in 8 h 12 min)");
}

TEST_F(QuotaManager, RestsAProviderAndWakesIt) {
  introduce();
  heard_->rooms.clear();
  tell(quota_, mark_unavailable{"claude", 45s, "asked us to wait"});
  ASSERT_EQ(heard_->rooms.size(), 1u);
  EXPECT_EQ(heard_->rooms[0].exhausted,
            "claude rests for another 45 s: asked us to wait");
  EXPECT_TRUE(refuses());
  advance(45s);
  ASSERT_EQ(heard_->rooms.size(), 2u);
  EXPECT_EQ(heard_->rooms[1].left, 1);
  EXPECT_FALSE(refuses());
}

TEST_F(QuotaManager, SetsNoMoreTimersThanItNeeds) {
  for (int i = 0; i < 100; ++i)
    tell(quota_, mark_unavailable{"claude", 1s + i * 1ms, "again"});
  advance(2s);
  EXPECT_FALSE(refuses());
  // The timers of a hundred rests are gone, and not one of them lives on
  // beside the one that looks every minute.
  advance(1min);
  advance(1min);
  looks_ = 0;
  for (int i = 0; i < 60; ++i)
    advance(1s);
  auto in_a_minute = looks_;
  EXPECT_GT(in_a_minute, 0);
  looks_ = 0;
  for (int i = 0; i < 600; ++i)
    advance(1s);
  EXPECT_EQ(looks_, 10 * in_a_minute);
}

} // namespace smart_agents
