#include "runtime/supervisor.hpp"

#include "actors/coordinator/coordinator.hpp"
#include "actors/events/event_bus.hpp"
#include "tests/support/fakes.hpp"

#include <caf/event_based_actor.hpp>

#include <gmock/gmock.h>

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

namespace smart_agents {

namespace {

class Supervisor : public test::deterministic {
protected:
  supervisor_options options_;
  supervisor_actor supervisor_;
  std::vector<std::string> started_;
  std::shared_ptr<std::vector<std::string>> ended_ =
    std::make_shared<std::vector<std::string>>();
  std::vector<services_ptr> snapshots_;
  std::vector<std::string> gave_up_;
  caf::actor front_;
  std::shared_ptr<test::router_script> routing_ =
    std::make_shared<test::router_script>();
  std::shared_ptr<test::quota_script> quota_ =
    std::make_shared<test::quota_script>();
  std::shared_ptr<test::storage_script> ledger_ =
    std::make_shared<test::storage_script>();
  std::shared_ptr<test::provider_script> claude_ =
    std::make_shared<test::provider_script>();
  std::shared_ptr<task_table> table_ = std::make_shared<task_table>();
  std::shared_ptr<listener_table> listeners_ =
    std::make_shared<listener_table>();
  std::shared_ptr<test::sink_record> got_ =
    std::make_shared<test::sink_record>();
  /// Starts of the router that throw before one succeeds.
  int bad_starts_ = 0;

  /// Notes the end of every child, in the order of the ends.
  template <class Handle>
  Handle watched(const std::string& name, Handle who) {
    started_.push_back(name);
    who->attach_functor(
      [log = ended_, name](const caf::error&) { log->push_back(name); });
    return who;
  }

  void SetUp() override {
    // Against the order of their roles, to see that the supervisor sorts.
    add("front", child_role::front, [this](const services_ptr&) {
      front_ = system_.spawn(
        [](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
      return child_handle{watched("front", front_)};
    });
    add("coordinator", child_role::coordinator, [this](const services_ptr& x) {
      coordinator_options options;
      options.peers = x;
      options.table = table_;
      return child_handle{
        watched("coordinator", system_.spawn(coordinator, options))};
    });
    add("claude", child_role::provider, [this](const services_ptr&) {
      return child_handle{
        watched("claude", system_.spawn(test::fake_provider, claude_))};
    });
    add("quota", child_role::quota, [this](const services_ptr&) {
      return child_handle{
        watched("quota", system_.spawn(test::fake_quota, quota_))};
    });
    add("router", child_role::router, [this](const services_ptr&) {
      if (bad_starts_ > 0 && bad_starts_--)
        throw std::runtime_error("no rules");
      return child_handle{
        watched("router", system_.spawn(test::fake_router, routing_))};
    });
    add("events", child_role::events, [this](const services_ptr&) {
      return child_handle{watched(
        "events", system_.spawn(event_bus, event_bus_options{listeners_}))};
    });
    add("storage", child_role::storage, [this](const services_ptr&) {
      return child_handle{
        watched("storage", system_.spawn(test::fake_storage, ledger_))};
    });
    options_.restarts = {3, 30s, 100ms, 5s};
    options_.on_services = [this](const services_ptr& x) {
      snapshots_.push_back(x);
    };
    options_.on_give_up = [this](const std::string& why) {
      gave_up_.push_back(why);
    };
    candidate x;
    x.provider = "claude";
    x.model = "m";
    routing_->answer.ranked.push_back(x);
  }

  void add(std::string name, child_role role,
           std::function<child_handle(const services_ptr&)> start) {
    options_.children.push_back({std::move(name), role, std::move(start)});
  }

  void start() {
    supervisor_ = system_.spawn(supervisor, options_);
    settle_all();
  }

  void TearDown() override {
    if (supervisor_)
      crash(supervisor_);
  }

  services_ptr now_known() {
    auto x = ask<services_changed>(supervisor_, get_services{});
    return x ? x->now : nullptr;
  }

  child_status status(const std::string& name) {
    auto all = ask<children_report>(supervisor_, get_children{});
    for (const auto& x : all->children)
      if (x.name == name)
        return x;
    return {};
  }

  /// Runs a task on the real coordinator.
  void run(const std::string& id, sink_actor sink) {
    auto what = std::make_shared<task>();
    what->id = id;
    what->request.messages.push_back(text_message(role::user, "hello"));
    auto ok = ask<task_accepted>(now_known()->coordinator,
                                 run_task{what, std::move(sink)});
    ASSERT_TRUE(ok);
  }
};

TEST_F(Supervisor, StartsEveryChildInOrder) {
  start();
  EXPECT_THAT(started_, ElementsAre("storage", "events", "router", "quota",
                                    "claude", "coordinator", "front"));
  auto now = now_known();
  ASSERT_TRUE(now);
  EXPECT_TRUE(now->storage && now->events && now->router && now->quota
              && now->coordinator);
  EXPECT_EQ(now->providers.count("claude"), 1u);
  EXPECT_EQ(snapshots_.back(), now);
}

TEST_F(Supervisor, RestartsADeadChildAndTellsEverybody) {
  start();
  auto heard = std::make_shared<std::vector<event>>();
  auto listener = system_.spawn(test::recording_listener, heard);
  tell(now_known()->events, subscribe{listener});
  auto before = now_known();
  crash(before->router);
  auto after = now_known();
  EXPECT_NE(after->router, before->router);
  EXPECT_EQ(after->quota, before->quota);
  EXPECT_EQ(snapshots_.back(), after);
  EXPECT_EQ(status("router").restarts, 1u);
  EXPECT_TRUE(status("router").running);
  ASSERT_EQ(heard->size(), 1u);
  EXPECT_EQ(heard->front().what, event::kind::restarted);
  EXPECT_THAT(heard->front().text, HasSubstr("router was restarted"));
  stop(listener);
}

TEST_F(Supervisor, WaitsLongerEachTime) {
  start();
  crash(now_known()->router);
  crash(now_known()->router);
  EXPECT_FALSE(status("router").running);
  advance(99ms);
  EXPECT_FALSE(status("router").running);
  advance(1ms);
  EXPECT_TRUE(status("router").running);
}

TEST_F(Supervisor, AnswersForHandlesOnceAllRunAgain) {
  start();
  crash(now_known()->router);
  auto dead = now_known()->router;
  crash(dead);
  EXPECT_EQ(now_known(), nullptr) << "no answer while the router is down";
  advance(100ms);
  ASSERT_TRUE(now_known());
  EXPECT_NE(now_known()->router, dead);
}

TEST_F(Supervisor, GivesUpOnAChildThatKeepsDying) {
  start();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(gave_up_.empty());
    crash(snapshots_.back()->router);
    advance(1s);
  }
  ASSERT_EQ(gave_up_.size(), 1u);
  EXPECT_THAT(gave_up_[0], HasSubstr("router died more than 3 times within "
                                     "30 s"));
  EXPECT_EQ(started_.size(), 7u + 3u);
  EXPECT_EQ(ended_->size(), 7u + 3u) << "no orphans";
}

TEST_F(Supervisor, TriesAgainWhenAChildCannotBeStarted) {
  bad_starts_ = 2;
  start();
  EXPECT_THAT(status("router").last_error, HasSubstr("no rules"));
  advance(100ms);
  EXPECT_TRUE(status("router").running);
  EXPECT_TRUE(gave_up_.empty());
}

TEST_F(Supervisor, LeavesAFrontThatEndedNormally) {
  start();
  stop(front_);
  EXPECT_FALSE(status("front").running);
  EXPECT_EQ(status("front").restarts, 0u);
  EXPECT_TRUE(now_known());
}

TEST_F(Supervisor, RestartsAFrontThatCrashed) {
  start();
  crash(front_);
  EXPECT_TRUE(status("front").running);
  EXPECT_EQ(status("front").restarts, 1u);
}

TEST_F(Supervisor, LeavesNoOrphansWhenItIsKilled) {
  start();
  crash(supervisor_);
  EXPECT_EQ(ended_->size(), 7u);
}

TEST_F(Supervisor, StopsInOrder) {
  start();
  auto done = ask<all_stopped>(supervisor_, stop_all{10s});
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->killed.empty());
  EXPECT_THAT(*ended_, ElementsAre("front", "coordinator", "router", "quota",
                                   "claude", "events", "storage"));
  EXPECT_EQ(ledger_->flushes, 1u);
}

TEST_F(Supervisor, LetsRunningTasksFinishWithinTheGrace) {
  start();
  claude_->replies = {test::hangs()};
  auto sink = system_.spawn(test::recording_sink, got_);
  run("t1", sink);
  auto coordinator = now_known()->coordinator;
  EXPECT_FALSE(ask<all_stopped>(supervisor_, stop_all{10s}));
  EXPECT_EQ(got_->ends(), 0u);
  auto call = claude_->calls.at(0);
  auto response = std::make_shared<chat_response>();
  response->parts.emplace_back(text_part{"just in time"});
  tell(call.to, call_finished{call.id, response, {}});
  EXPECT_TRUE(got_->finished());
  EXPECT_EQ(ended_->size(), 7u);
  EXPECT_EQ(ledger_->rows.size(), 1u);
  stop(sink);
}

TEST_F(Supervisor, EndsRunningTasksAfterTheGrace) {
  start();
  claude_->replies = {test::hangs()};
  auto sink = system_.spawn(test::recording_sink, got_);
  run("t1", sink);
  EXPECT_FALSE(ask<all_stopped>(supervisor_, stop_all{10s}));
  advance(10s);
  ASSERT_TRUE(got_->failed());
  EXPECT_TRUE(quota_->open.empty()) << "settled before quota stopped";
  EXPECT_EQ(ended_->size(), 7u);
  stop(sink);
}

TEST_F(Supervisor, KillsWhatDoesNotEnd) {
  add("stubborn", child_role::front, [this](const services_ptr&) {
    auto who = system_.spawn([](caf::event_based_actor* self) -> caf::behavior {
      self->set_exit_handler([](caf::exit_msg&) {});
      return {[](int) {}};
    });
    return child_handle{watched("stubborn", who)};
  });
  start();
  EXPECT_FALSE(ask<all_stopped>(supervisor_, stop_all{10s}));
  EXPECT_THAT(*ended_, ElementsAre("front"));
  // Fronts have the tasks' grace: their clients wait for answers.
  advance(5s);
  EXPECT_THAT(*ended_, ElementsAre("front"));
  advance(5s);
  EXPECT_EQ(ended_->size(), 8u);
  EXPECT_EQ(ended_->back(), "storage");
}

TEST_F(Supervisor, DoesNotRestartWhatDiesWhileStopping) {
  start();
  claude_->replies = {test::hangs()};
  auto sink = system_.spawn(test::recording_sink, got_);
  run("t1", sink);
  auto router = now_known()->router;
  EXPECT_FALSE(ask<all_stopped>(supervisor_, stop_all{10s}));
  crash(router);
  advance(10s);
  EXPECT_EQ(started_.size(), 7u);
  EXPECT_EQ(ended_->size(), 7u);
  EXPECT_EQ(got_->ends(), 1u);
  stop(sink);
}

} // namespace

} // namespace smart_agents
