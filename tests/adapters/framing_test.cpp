#include "adapters/framing.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace smart_agents {

namespace {

using events = std::vector<std::pair<std::string, std::string>>;

events split(std::initializer_list<std::string_view> pieces) {
  sse_splitter splitter;
  events result;
  for (auto piece : pieces)
    EXPECT_TRUE(splitter.feed(piece, [&](auto name, auto data) {
      result.emplace_back(name, data);
      return true;
    }));
  return result;
}

} // namespace

TEST(Sse, ReadsNamesDataAndComments) {
  EXPECT_EQ(split({": hello\nevent: a\ndata: 1\n\ndata:2\n\n"}),
            (events{{"a", "1"}, {"", "2"}}));
}

TEST(Sse, JoinsLinesOfData) {
  EXPECT_EQ(split({"data: a\ndata: b\n\n"}), (events{{"", "a\nb"}}));
}

TEST(Sse, TakesEveryLineEndAndItsHalves) {
  EXPECT_EQ(split({"data: a\r\n\r\ndata: b\r\rdata: c\n\n"}),
            (events{{"", "a"}, {"", "b"}, {"", "c"}}));
  EXPECT_EQ(split({"data: a\r", "\n\r", "\ndata: b\r", "\r", "\n"}),
            (events{{"", "a"}, {"", "b"}}));
}

TEST(Sse, SkipsTheByteOrderMarkAndUnknownFields) {
  EXPECT_EQ(split({"\xEF\xBB\xBF"
                   "data: a\nid: 1\nretry: 5\n\n"}),
            (events{{"", "a"}}));
}

TEST(Sse, KeepsAnUnfinishedEventBack) {
  EXPECT_EQ(split({"data: a\n"}), events{});
}

TEST(Sse, BoundsAnEvent) {
  sse_splitter splitter;
  auto ignore = [](auto, auto) { return true; };
  std::string piece(1u << 20, 'x');
  auto fits = true;
  for (int i = 0; i < 20 && fits; ++i)
    fits = splitter.feed(i == 0 ? "data: " + piece : piece, ignore);
  EXPECT_FALSE(fits);
}

TEST(Lines, AreSplitWhereverTheyAreCut) {
  line_splitter splitter;
  std::vector<std::string> lines;
  auto take = [&](std::string_view x) {
    lines.emplace_back(x);
    return true;
  };
  for (auto piece : {"{\"a\"", ":1}\r", "\n{}\n", "\n{\"re"})
    EXPECT_TRUE(splitter.feed(piece, take));
  EXPECT_EQ(lines, (std::vector<std::string>{"{\"a\":1}", "{}"}));
  EXPECT_EQ(splitter.rest(), "{\"re");
}

} // namespace smart_agents
