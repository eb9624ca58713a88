#include "actors/provider/call_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace smart_agents {

namespace {

start_call call(call_id id, int priority, instant deadline = instant::max()) {
  start_call result;
  result.id = id;
  result.priority = priority;
  result.deadline = deadline;
  return result;
}

start_call call_of(const std::string& key, call_id id, int priority = 5) {
  auto result = call(id, priority);
  result.key = key;
  return result;
}

std::vector<call_id> served(call_queue& queue) {
  std::vector<call_id> result;
  while (auto next = queue.pop())
    result.push_back(next->call.id);
  return result;
}

} // namespace

TEST(CallQueue, ServesByPriorityThenByArrival) {
  call_queue queue{10};
  queue.push(call(1, 5), instant{});
  queue.push(call(2, 9), instant{});
  queue.push(call(3, 5), instant{});
  EXPECT_EQ(queue.pop()->call.id, 2u);
  EXPECT_EQ(queue.pop()->call.id, 1u);
  EXPECT_EQ(queue.pop()->call.id, 3u);
  EXPECT_FALSE(queue.pop());
}

TEST(CallQueue, RefusesWhenFull) {
  call_queue queue{1};
  EXPECT_TRUE(queue.push(call(1, 5), instant{}));
  EXPECT_FALSE(queue.push(call(2, 10), instant{}));
}

TEST(CallQueue, GivesBackById) {
  call_queue queue{10};
  queue.push(call(1, 5), instant{});
  EXPECT_FALSE(queue.remove(2));
  EXPECT_EQ(queue.remove(1)->id, 1u);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(CallQueue, ExpiresWhatIsLate) {
  using namespace std::chrono_literals;
  call_queue queue{10};
  queue.push(call(1, 5, instant{10s}), instant{});
  queue.push(call(2, 5, instant{20s}), instant{});
  auto late = queue.expire(instant{10s});
  ASSERT_EQ(late.size(), 1u);
  EXPECT_EQ(late[0].id, 1u);
  EXPECT_EQ(queue.size(), 1u);
}

TEST(CallQueue, ServesClientKeysInTurn) {
  call_queue queue{20};
  for (call_id id = 1; id <= 4; ++id)
    queue.push(call_of("greedy", id), instant{});
  queue.push(call_of("modest", 11), instant{});
  queue.push(call_of("", 21), instant{});
  queue.push(call_of("modest", 12), instant{});
  EXPECT_EQ(served(queue), (std::vector<call_id>{1, 11, 21, 2, 12, 3, 4}));
}

TEST(CallQueue, LetsNoKeyIntoATurnTwice) {
  call_queue queue{20};
  for (call_id id = 1; id <= 3; ++id)
    queue.push(call_of("patient", id), instant{});
  // Each time that it is served it asks again.
  queue.push(call_of("hasty", 11), instant{});
  std::vector<call_id> order;
  for (call_id again = 12; auto next = queue.pop(); ++again) {
    order.push_back(next->call.id);
    if (next->call.key == "hasty" && again < 20)
      queue.push(call_of("hasty", again), instant{});
  }
  auto place = [&order](call_id id) {
    return std::find(order.begin(), order.end(), id) - order.begin();
  };
  EXPECT_LE(place(2), 3);
  EXPECT_LE(place(3), 5);
}

TEST(CallQueue, PutsUrgentCallsBeforeTurns) {
  call_queue queue{20};
  queue.push(call_of("a", 1), instant{});
  queue.push(call_of("b", 2), instant{});
  queue.push(call_of("a", 3, 9), instant{});
  queue.push(call_of("a", 4, 9), instant{});
  EXPECT_EQ(served(queue), (std::vector<call_id>{3, 4, 1, 2}));
}

TEST(CallQueue, ForgetsTurnsWhenNobodyWaits) {
  call_queue queue{20};
  for (call_id id = 1; id <= 9; ++id)
    queue.push(call_of("a", id), instant{});
  EXPECT_EQ(served(queue).size(), 9u);
  queue.push(call_of("b", 11), instant{});
  queue.push(call_of("b", 12), instant{});
  queue.push(call_of("a", 13), instant{});
  EXPECT_EQ(served(queue), (std::vector<call_id>{11, 13, 12}));
}

} // namespace smart_agents
