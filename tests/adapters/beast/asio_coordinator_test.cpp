#include "adapters/beast/asio_coordinator.hpp"

#include "messages/dialect.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/blocking_actor.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

/// Long enough that only a hang gets there.
constexpr auto patience = 60s;

constexpr size_t threads = 3;

/// Fulfilled when `count` parts have arrived, from whatever thread.
class countdown {
public:
  explicit countdown(int64_t count) : left_{count} {}

  void arrive() {
    if (--left_ == 0)
      over_.set_value();
  }

  bool wait() {
    return over_.get_future().wait_for(patience) == std::future_status::ready;
  }

private:
  std::atomic<int64_t> left_;
  std::promise<void> over_;
};

/// Counts how many of it live.
class counted {
public:
  counted() {
    ++alive;
  }
  counted(const counted&) : counted{} {}
  ~counted() {
    --alive;
  }
  counted& operator=(const counted&) = default;

  static inline std::atomic<int> alive = 0;
};

} // namespace

class AsioCoordinator : public ::testing::Test {
protected:
  static caf::actor_system_config& on_asio(caf::actor_system_config& config) {
    use_asio_scheduler(config, threads);
    return config;
  }

  /// Runs `what` on an I/O thread, as the handler of a socket would.
  template <class Function>
  void on_thread(size_t index, Function what) {
    boost::asio::post(io().context(index), std::move(what));
  }

  /// CAF 0.17 dereferences null for a function without arguments, which the
  /// checks of the release preset do not forgive: it gets one.
  template <caf::spawn_options Options = caf::no_spawn_options, class Function>
  auto spawn(Function what) {
    return system_->spawn<Options>(
      [what = std::move(what)](caf::event_based_actor* self, int) mutable {
        return what(self);
      },
      0);
  }

  io_threads& io() {
    return *io_threads_of(*system_);
  }

  caf::actor_system_config config_;
  std::optional<caf::actor_system> system_{std::in_place, on_asio(config_)};
};

TEST_F(AsioCoordinator, RunsActorsOnTheThreadsOfTheNetwork) {
  EXPECT_EQ(io().size(), threads);
  EXPECT_FALSE(io().inside());
  constexpr int actors = 300;
  countdown over{actors};
  std::mutex mutex;
  std::set<size_t> used;
  std::atomic<int> elsewhere = 0;
  for (int i = 0; i < actors; ++i)
    spawn([&](caf::event_based_actor*) {
      elsewhere += io().inside() ? 0 : 1;
      {
        std::lock_guard guard{mutex};
        used.insert(io().here());
      }
      over.arrive();
    });
  ASSERT_TRUE(over.wait());
  EXPECT_EQ(elsewhere, 0);
  // Whoever comes from outside is spread over all of them.
  EXPECT_EQ(used.size(), threads);
}

TEST_F(AsioCoordinator, KnowsAStockSystem) {
  caf::actor_system_config config;
  caf::actor_system stock{config};
  EXPECT_EQ(io_threads_of(stock), nullptr);
}

TEST_F(AsioCoordinator, KeepsTheActorsOfARequestOnTheThreadThatAcceptedIt) {
  constexpr int requests = 999;
  countdown over{requests};
  std::atomic<int> strayed = 0;
  auto check = [&](size_t home) { strayed += io().here() == home ? 0 : 1; };
  for (int i = 0; i < requests; ++i) {
    auto home = static_cast<size_t>(i) % threads;
    on_thread(home, [&, home] {
      auto last = spawn([&, home](caf::event_based_actor*) {
        check(home);
        return caf::behavior{[&, home](int32_t x) {
          check(home);
          return x + 1;
        }};
      });
      auto middle = spawn([&, home, last](caf::event_based_actor* s) {
        return caf::behavior{[&, home, last, s](int32_t x) {
          check(home);
          return s->delegate(last, x + 1);
        }};
      });
      spawn([&, home, middle](caf::event_based_actor* self) {
        self->request(middle, caf::infinite, int32_t{1})
          .then([&, home](int32_t x) {
            check(home);
            EXPECT_EQ(x, 3);
            over.arrive();
          });
      });
    });
  }
  ASSERT_TRUE(over.wait());
  EXPECT_EQ(strayed, 0);
}

TEST_F(AsioCoordinator, KeepsTheOrderOfEverySender) {
  // From threads that are none of ours, and from all of ours.
  constexpr int32_t foreign = 3;
  constexpr int32_t each = 5000;
  countdown over{(foreign + static_cast<int64_t>(threads)) * each};
  std::atomic<int> disorder = 0;
  auto reader = spawn([&](caf::event_based_actor*) {
    auto next = std::make_shared<std::map<int32_t, int32_t>>();
    return caf::behavior{[&, next](int32_t sender, int32_t number) {
      disorder += (*next)[sender]++ == number ? 0 : 1;
      over.arrive();
    }};
  });
  auto write = [&reader](int32_t sender) {
    for (int32_t i = 0; i < each; ++i)
      caf::anon_send(reader, sender, i);
  };
  for (size_t i = 0; i < threads; ++i)
    on_thread(i, [&, i] {
      spawn([&, i](caf::event_based_actor*) {
        write(foreign + static_cast<int32_t>(i));
      });
    });
  std::vector<std::thread> writers;
  writers.reserve(foreign);
  for (int32_t i = 0; i < foreign; ++i)
    writers.emplace_back(write, i);
  for (auto& x : writers)
    x.join();
  ASSERT_TRUE(over.wait());
  EXPECT_EQ(disorder, 0);
}

TEST_F(AsioCoordinator, PassesMessagesBetweenItsThreads) {
  // Two actors at home on different threads play ball: whoever has it answers
  // from where it was thrown, so nobody waits for another thread's turn.
  constexpr int32_t throws = 20'000;
  countdown over{1};
  caf::actor left = spawn([&](caf::event_based_actor* self) {
    return caf::behavior{[&over, self](int32_t ball, const caf::actor& to) {
      if (ball == throws)
        return over.arrive();
      self->send(to, ball + 1, caf::actor{self});
    }};
  });
  on_thread(1, [&] {
    auto right = spawn([](caf::event_based_actor* self) {
      return caf::behavior{[self](int32_t ball, const caf::actor& to) {
        self->send(to, ball + 1, caf::actor{self});
      }};
    });
    caf::anon_send(right, int32_t{1}, left);
  });
  ASSERT_TRUE(over.wait());
  caf::anon_send_exit(left, caf::exit_reason::user_shutdown);
}

TEST_F(AsioCoordinator, LeavesDetachedAndBlockingActorsTheirOwnThreads) {
  // Both block until scheduled actors have answered on every I/O thread.
  std::promise<void> go;
  std::shared_future<void> gone = go.get_future();
  countdown blocked_over{2};
  std::atomic<int> inside = 0;
  spawn<caf::detached>([&, gone](caf::event_based_actor*) {
    inside += io().inside() ? 1 : 0;
    EXPECT_EQ(gone.wait_for(patience), std::future_status::ready);
    blocked_over.arrive();
  });
  system_->spawn(
    [&, gone](caf::blocking_actor*, int) {
      inside += io().inside() ? 1 : 0;
      EXPECT_EQ(gone.wait_for(patience), std::future_status::ready);
      blocked_over.arrive();
    },
    0);
  countdown answered{100};
  for (int i = 0; i < 100; ++i)
    spawn([&](caf::event_based_actor*) { answered.arrive(); });
  ASSERT_TRUE(answered.wait());
  go.set_value();
  ASSERT_TRUE(blocked_over.wait());
  EXPECT_EQ(inside, 0);
}

TEST_F(AsioCoordinator, LetsADetachedActorServeScheduledOnes) {
  auto worker = spawn<caf::detached>([](caf::event_based_actor*) {
    return caf::behavior{[](int32_t x) { return 2 * x; }};
  });
  constexpr int32_t askers = 200;
  countdown over{askers};
  std::atomic<int64_t> sum = 0;
  for (int32_t i = 0; i < askers; ++i)
    spawn([&, i](caf::event_based_actor* self) {
      self->request(worker, caf::infinite, i).then([&](int32_t x) {
        sum += x;
        over.arrive();
      });
    });
  ASSERT_TRUE(over.wait());
  EXPECT_EQ(sum, int64_t{askers} * (askers - 1));
}

TEST_F(AsioCoordinator, DeliversDelayedMessagesInTimeAndOrder) {
  std::promise<std::vector<int32_t>> over;
  std::atomic<int> early = 0;
  spawn([&](caf::event_based_actor* self) {
    auto start = self->clock().now();
    for (int32_t ms : {30, 10, 20})
      self->delayed_send(self, std::chrono::milliseconds{ms}, ms);
    auto seen = std::make_shared<std::vector<int32_t>>();
    return caf::behavior{[&, self, start, seen](int32_t ms) {
      auto waited = self->clock().now() - start;
      early += waited < std::chrono::milliseconds{ms} ? 1 : 0;
      seen->push_back(ms);
      if (seen->size() == 3) {
        over.set_value(*seen);
        self->quit();
      }
    }};
  });
  auto seen = over.get_future();
  ASSERT_EQ(seen.wait_for(patience), std::future_status::ready);
  EXPECT_EQ(seen.get(), (std::vector<int32_t>{10, 20, 30}));
  EXPECT_EQ(early, 0);
}

/// Whoever waits for a time compares it with the clock when reminded, and would
/// wait for ever if the clock had not got there.
TEST_F(AsioCoordinator, RemindsABusyActorAtItsTimeByItsOwnClock) {
  using clock = std::chrono::steady_clock;
  std::promise<caf::timespan> over;
  spawn([&](caf::event_based_actor* self) {
    auto due = self->clock().now() + 1ms;
    self->delayed_send(self, 1ms, int32_t{0});
    self->send(self, int32_t{1}); // keeps this turn going
    return caf::behavior{[&over, self, due](int32_t busy) {
      if (busy == 0) {
        over.set_value(self->clock().now() - due);
        return self->quit();
      }
      while (clock::now() < due)
        ;
      self->send(self, int32_t{1});
    }};
  });
  auto late = over.get_future();
  ASSERT_EQ(late.wait_for(patience), std::future_status::ready);
  EXPECT_GE(late.get(), caf::timespan{0});
}

TEST_F(AsioCoordinator, TimesOutRequestsThatNobodyAnswers) {
  auto mute = spawn([](caf::event_based_actor* self) {
    auto owed = std::make_shared<std::vector<caf::response_promise>>();
    return caf::behavior{[self, owed](int32_t) {
      owed->push_back(self->make_response_promise());
      return owed->back();
    }};
  });
  caf::scoped_actor self{*system_};
  caf::error why;
  self->request(mute, 20ms, int32_t{1})
    .receive([](int32_t) { FAIL() << "an answer"; },
             [&why](const caf::error& x) { why = x; });
  EXPECT_EQ(why, caf::sec::request_timeout);
  self->send_exit(mute, caf::exit_reason::user_shutdown);
}

TEST_F(AsioCoordinator, RunsAHundredThousandActors) {
  constexpr int32_t actors = 100'000;
  countdown over{actors};
  std::atomic<int64_t> sum = 0;
  for (int32_t i = 0; i < actors; ++i) {
    auto one = spawn([&](caf::event_based_actor* self) {
      return caf::behavior{[&, self](int32_t x) {
        sum += x;
        self->quit();
        over.arrive();
      }};
    });
    caf::anon_send(one, i);
  }
  ASSERT_TRUE(over.wait());
  EXPECT_EQ(sum, int64_t{actors} * (actors - 1) / 2);
}

TEST_F(AsioCoordinator, LetsOthersInBetweenAHundredThousandMessages) {
  constexpr int32_t messages = 100'000;
  countdown over{messages};
  std::atomic<int32_t> taken = 0;
  auto busy = spawn([&](caf::event_based_actor*) {
    return caf::behavior{[&](int32_t) {
      ++taken;
      over.arrive();
    }};
  });
  std::promise<int32_t> when_actor;
  std::promise<int32_t> when_socket;
  on_thread(0, [&] {
    for (int32_t i = 0; i < messages; ++i)
      caf::anon_send(busy, i);
    spawn([&](caf::event_based_actor*) {
      when_actor.set_value(taken);
      // As a socket that becomes readable now.
      on_thread(0, [&] { when_socket.set_value(taken); });
    });
  });
  ASSERT_TRUE(over.wait());
  EXPECT_LT(when_actor.get_future().get(), messages);
  EXPECT_LT(when_socket.get_future().get(), messages);
}

TEST_F(AsioCoordinator, EndsWithBusyMailboxesAndLeaksNothing) {
  counted::alive = 0;
  system_->await_actors_before_shutdown(false);
  auto payload = std::make_shared<counted>();
  countdown started{2 * threads};
  for (size_t i = 0; i < threads; ++i)
    on_thread(i, [&, i] {
      // Never done: each message makes the next, at home and abroad.
      auto restless = [&, payload](caf::event_based_actor* self) {
        started.arrive();
        self->send(self, int32_t{0});
        return caf::behavior{[self, payload, mine = counted{}](int32_t x) {
          self->send(self, x + 1);
        }};
      };
      spawn(restless);
      on_thread((i + 1) % threads, [&, restless] { spawn(restless); });
    });
  ASSERT_TRUE(started.wait());
  // And some that have not begun when the end comes.
  for (int i = 0; i < 1000; ++i)
    spawn([payload](caf::event_based_actor* self) {
      self->send(self, int32_t{0});
      return caf::behavior{[payload, mine = counted{}](int32_t) {}};
    });
  system_.reset();
  EXPECT_EQ(payload.use_count(), 1);
  EXPECT_EQ(counted::alive, 1) << "but for the payload";
}

TEST_F(AsioCoordinator, AnswersRequestsOfActorsThatEndWithTheSystem) {
  // Their mailboxes hold requests when the queues are cleared: bouncing these
  // must neither hang nor touch a queue that is gone.
  counted::alive = 0;
  system_->await_actors_before_shutdown(false);
  countdown started{static_cast<int64_t>(threads) * 50};
  for (size_t i = 0; i < threads; ++i)
    on_thread(i, [&] {
      for (int k = 0; k < 50; ++k) {
        auto slow = spawn([](caf::event_based_actor* self) {
          return caf::behavior{[self](int32_t x, const caf::actor& by) {
            // Asks back, so that both always owe each other something.
            self->request(by, caf::infinite, x + 1, caf::actor{self})
              .then([](int32_t) {}, [](const caf::error&) {});
            return x;
          }};
        });
        auto other = spawn([mine = counted{}](caf::event_based_actor* self) {
          return caf::behavior{[self, mine](int32_t x, const caf::actor& by) {
            self->request(by, caf::infinite, x + 1, caf::actor{self})
              .then([](int32_t) {}, [](const caf::error&) {});
            return x;
          }};
        });
        caf::anon_send(slow, int32_t{0}, other);
        started.arrive();
      }
    });
  ASSERT_TRUE(started.wait());
  system_.reset();
}

// -- beside the stock schedulers ----------------------------------------------

namespace {

/// Adds up `count` numbers by a tree of linked actors that end once they have
/// answered.
caf::behavior adder(caf::event_based_actor* self, int32_t from, int32_t count) {
  return {[self, from, count](int32_t factor) -> caf::result<int64_t> {
    if (count == 1) {
      self->quit();
      return int64_t{from} * factor;
    }
    auto half = count / 2;
    auto left = self->spawn<caf::linked>(adder, from, half);
    auto right = self->spawn<caf::linked>(adder, from + half, count - half);
    auto promise = self->make_response_promise<int64_t>();
    auto sum = std::make_shared<std::vector<int64_t>>();
    for (const auto& x : {left, right})
      self->request(x, caf::infinite, factor)
        .then([self, sum, promise](int64_t part) mutable {
          sum->push_back(part);
          if (sum->size() < 2)
            return;
          promise.deliver((*sum)[0] + (*sum)[1]);
          self->quit();
        });
    return promise;
  }};
}

/// What a program with answers, errors, deaths and reminders makes of a
/// scheduler, as lines of text.
std::vector<std::string> run_program(caf::actor_system& system) {
  std::vector<std::string> story;
  caf::scoped_actor self{system};
  auto tree = self->spawn(adder, int32_t{0}, int32_t{1000});
  self->request(tree, patience, int32_t{3})
    .receive(
      [&](int64_t sum) { story.push_back("sum " + std::to_string(sum)); },
      [&](const caf::error& why) { story.push_back(system.render(why)); });
  self->monitor(tree);
  self->receive([&](const caf::down_msg& x) {
    story.push_back("down " + system.render(x.reason));
  });
  self->request(tree, patience, int32_t{1})
    .receive(
      [&](int64_t) { story.push_back("the dead answer"); },
      [&](const caf::error& why) { story.push_back(system.render(why)); });
  auto thrower = self->spawn<caf::monitored>(
    [](caf::event_based_actor* mine, int) {
      mine->set_exception_handler([](std::exception_ptr&) -> caf::error {
        return caf::sec::runtime_error;
      });
      return caf::behavior{
        [](int32_t) -> int32_t { throw std::runtime_error{"as planned"}; }};
    },
    0);
  self->send(thrower, int32_t{1});
  self->receive([&](const caf::down_msg& x) {
    story.push_back("down " + system.render(x.reason));
  });
  auto counter = self->spawn(
    [](caf::event_based_actor* mine, int) {
      auto n = std::make_shared<int32_t>(0);
      return caf::behavior{
        [mine, n](int32_t step) {
          *n += step;
          mine->delayed_send(mine, 1ms, step);
        },
        [n](int64_t) { return *n; },
      };
    },
    0);
  self->send(counter, int32_t{1});
  auto reached = false;
  auto until = std::chrono::steady_clock::now() + patience;
  while (!reached && std::chrono::steady_clock::now() < until)
    self->request(counter, patience, int64_t{0})
      .receive(
        [&](int32_t n) { reached = n >= 5; },
        [&](const caf::error& why) { story.push_back(system.render(why)); });
  story.push_back(reached ? "five reminders" : "no reminders");
  self->send_exit(counter, caf::exit_reason::kill);
  return story;
}

} // namespace

TEST_F(AsioCoordinator, RunsAProgramAsTheStockSchedulersDo) {
  auto ours = run_program(*system_);
  EXPECT_EQ(ours.size(), 5u);
  EXPECT_EQ(ours.front(), "sum 1498500");
  EXPECT_EQ(ours.back(), "five reminders");
  for (auto policy : {caf::atom("sharing"), caf::atom("stealing")}) {
    caf::actor_system_config config;
    config.set("scheduler.policy", policy);
    config.set("scheduler.max-threads", threads);
    caf::actor_system stock{config};
    EXPECT_EQ(run_program(stock), ours);
  }
}

} // namespace smart_agents
