#include "adapters/websocket_outbox.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace smart_agents {

namespace {

websocket_text text(std::string x) {
  return std::make_shared<const std::string>(std::move(x));
}

std::string next(websocket_outbox& x) {
  auto item = x.take();
  if (item.close)
    return "close " + std::to_string(item.code) + " " + item.why;
  return item.text ? *item.text : "nothing";
}

websocket_bounds small() {
  websocket_bounds x;
  x.messages = 3;
  x.bytes = 100;
  x.lost = [](uint64_t n) { return "lost " + std::to_string(n); };
  return x;
}

} // namespace

TEST(WebsocketOutbox, WakesItsWriterOnceAndKeepsTheOrder) {
  websocket_outbox box{small()};
  EXPECT_TRUE(box.put(text("a")));
  EXPECT_FALSE(box.put(text("b")));
  EXPECT_EQ(next(box), "a");
  EXPECT_FALSE(box.put(text("c"))) << "the writer is still at it";
  EXPECT_EQ(next(box), "b");
  EXPECT_EQ(next(box), "c");
  EXPECT_EQ(next(box), "nothing");
  EXPECT_TRUE(box.put(text("d"))) << "it sleeps again";
}

TEST(WebsocketOutbox, DropsWhatPassesItsBoundsAndCounts) {
  websocket_outbox box{small()};
  for (auto x : {"a", "b", "c", "d", "e"})
    box.put(text(x));
  EXPECT_EQ(next(box), "lost 4");
  EXPECT_EQ(next(box), "e");
  box.put(text(std::string(60, 'x')));
  box.put(text(std::string(60, 'y')));
  EXPECT_EQ(next(box), "lost 2");
  EXPECT_EQ(next(box), "nothing");
}

TEST(WebsocketOutbox, ClosesBehindWhatWaits) {
  websocket_outbox box{small()};
  box.put(text("a"));
  EXPECT_FALSE(box.close(1008, "why"));
  EXPECT_FALSE(box.put(text("b")));
  EXPECT_EQ(next(box), "a");
  EXPECT_EQ(next(box), "close 1008 why");
  EXPECT_EQ(next(box), "nothing");
  EXPECT_FALSE(box.put(text("c")));
}

TEST(WebsocketOutbox, TakesNothingForAClientThatIsGone) {
  websocket_outbox box{small()};
  box.put(text("a"));
  box.end();
  EXPECT_EQ(next(box), "nothing");
  EXPECT_FALSE(box.put(text("b")));
  EXPECT_EQ(next(box), "nothing");
}

TEST(WebsocketOutbox, LosesNothingBetweenThreads) {
  constexpr int many = 20'000;
  websocket_bounds wide;
  wide.messages = 2 * size_t{many};
  wide.bytes = 100 * size_t{many};
  websocket_outbox box{wide};
  auto put = [&box](char who) {
    for (int n = 0; n < many; ++n)
      box.put(text(who + std::to_string(n)));
  };
  std::thread one{put, 'a'};
  std::thread two{put, 'b'};
  int a = 0;
  int b = 0;
  while (a < many || b < many) {
    auto item = box.take();
    if (!item.text)
      continue;
    auto& expected = item.text->front() == 'a' ? a : b;
    ASSERT_EQ(item.text->substr(1), std::to_string(expected++));
  }
  one.join();
  two.join();
}

} // namespace smart_agents
