#include "actors/provider/call_queue.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

namespace {

start_call call(call_id id, int priority, instant deadline = instant::max()) {
  start_call result;
  result.id = id;
  result.priority = priority;
  result.deadline = deadline;
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

} // namespace smart_agents
