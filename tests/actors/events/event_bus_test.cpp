#include "actors/events/event_bus.hpp"

#include "tests/support/fakes.hpp"

namespace smart_agents {

namespace {

class EventBus : public test::deterministic {
protected:
  std::shared_ptr<listener_table> table_ = std::make_shared<listener_table>();
  std::shared_ptr<std::vector<event>> heard_ =
    std::make_shared<std::vector<event>>();
  event_actor bus_ = start();
  listener_actor listener_ = system_.spawn(test::recording_listener, heard_);

  event_actor start() {
    event_bus_options options;
    options.table = table_;
    options.max_listeners = 2;
    return system_.spawn(event_bus, options);
  }

  void TearDown() override {
    stop(bus_);
    stop(listener_);
  }

  void publish(std::string text) {
    event x;
    x.text = std::move(text);
    tell(bus_, x);
  }
};

TEST_F(EventBus, TellsThoseWhoSubscribedOnce) {
  publish("before");
  tell(bus_, subscribe{listener_});
  tell(bus_, subscribe{listener_});
  publish("after");
  ASSERT_EQ(heard_->size(), 1u);
  EXPECT_EQ(heard_->front().text, "after");
}

TEST_F(EventBus, NumbersEventsAcrossARestart) {
  table_->last = 41;
  tell(bus_, subscribe{listener_});
  publish("a");
  crash(bus_);
  bus_ = start();
  publish("b");
  ASSERT_EQ(heard_->size(), 2u);
  EXPECT_EQ(heard_->front().seq, 42u);
  EXPECT_EQ(heard_->back().seq, 43u);
}

TEST_F(EventBus, StopsTellingThoseWhoLeft) {
  tell(bus_, subscribe{listener_});
  tell(bus_, unsubscribe{listener_});
  publish("x");
  EXPECT_TRUE(heard_->empty());
}

TEST_F(EventBus, ForgetsDeadListeners) {
  tell(bus_, subscribe{listener_});
  crash(listener_);
  EXPECT_TRUE(table_->who.empty());
}

TEST_F(EventBus, TakesABoundedNumberOfListeners) {
  std::vector<listener_actor> many;
  for (int i = 0; i < 3; ++i) {
    many.push_back(system_.spawn(test::recording_listener, heard_));
    tell(bus_, subscribe{many.back()});
  }
  publish("x");
  EXPECT_EQ(heard_->size(), 2u);
  for (const auto& x : many)
    stop(x);
}

TEST_F(EventBus, KeepsItsListenersAcrossARestart) {
  tell(bus_, subscribe{listener_});
  crash(bus_);
  bus_ = start();
  publish("still here");
  EXPECT_EQ(heard_->size(), 1u);
  crash(listener_);
  EXPECT_TRUE(table_->who.empty());
}

} // namespace

} // namespace smart_agents
