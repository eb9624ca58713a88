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
  queue.push(call(1, 5));
  queue.push(call(2, 9));
  queue.push(call(3, 5));
  EXPECT_EQ(queue.pop()->id, 2u);
  EXPECT_EQ(queue.pop()->id, 1u);
  EXPECT_EQ(queue.pop()->id, 3u);
  EXPECT_FALSE(queue.pop());
}

TEST(CallQueue, RefusesWhenFull) {
  call_queue queue{1};
  EXPECT_TRUE(queue.push(call(1, 5)));
  EXPECT_FALSE(queue.push(call(2, 10)));
}

TEST(CallQueue, GivesBackById) {
  call_queue queue{10};
  queue.push(call(1, 5));
  EXPECT_FALSE(queue.remove(2));
  EXPECT_EQ(queue.remove(1)->id, 1u);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(CallQueue, ExpiresWhatIsLate) {
  using namespace std::chrono_literals;
  call_queue queue{10};
  queue.push(call(1, 5, instant{10s}));
  queue.push(call(2, 5, instant{20s}));
  auto late = queue.expire(instant{10s});
  ASSERT_EQ(late.size(), 1u);
  EXPECT_EQ(late[0].id, 1u);
  EXPECT_EQ(queue.size(), 1u);
}

} // namespace smart_agents
