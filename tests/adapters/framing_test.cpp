#include "adapters/framing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

using namespace smart_agents;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

namespace {

using events = std::vector<std::pair<std::string, std::string>>;

/// Feeds `pieces` one after the other, each from a buffer that is gone at the
/// next.
events split(const std::vector<std::string>& pieces) {
  events result;
  sse_splitter splitter;
  sse_splitter::event event;
  for (auto piece : pieces) {
    std::string_view bytes = piece;
    while (splitter.next(bytes, event) == frame_status::ready)
      result.emplace_back(event.name, event.data);
    EXPECT_TRUE(bytes.empty());
    piece.assign(piece.size(), '#');
  }
  if (splitter.finish(event) == frame_status::ready)
    result.emplace_back(event.name, event.data);
  return result;
}

std::vector<std::string> lines(const std::vector<std::string>& pieces) {
  std::vector<std::string> result;
  line_splitter splitter;
  std::string_view line;
  for (auto piece : pieces) {
    std::string_view bytes = piece;
    while (splitter.next(bytes, line) == frame_status::ready)
      result.emplace_back(line);
    piece.assign(piece.size(), '#');
  }
  if (splitter.finish(line) == frame_status::ready)
    result.emplace_back(line);
  return result;
}

std::vector<std::string> bytewise(const std::string& text) {
  std::vector<std::string> result;
  for (char c : text)
    result.emplace_back(1, c);
  return result;
}

} // namespace

TEST(ServerSentEvents, EndLinesWithAnyOfThreeMarks) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    auto body = "event: a" + end + "data: 1" + end + end + "data:2" + end + end;
    EXPECT_THAT(split({body}), ElementsAre(Pair("a", "1"), Pair("", "2")));
    EXPECT_EQ(split(bytewise(body)), split({body}));
  }
}

TEST(ServerSentEvents, SayWhereToGoOnFromOnceTheyAreWhole) {
  sse_splitter splitter;
  sse_splitter::event event;
  std::string_view bytes = "id: 3\nretry: 250\n\ndata: x\nid: 4\n";
  EXPECT_EQ(splitter.next(bytes, event), frame_status::hungry);
  // The event 4 is not whole.
  EXPECT_EQ(splitter.last_id(), "3");
  EXPECT_EQ(splitter.retry_after(), 250u);
  bytes = "\n";
  EXPECT_EQ(splitter.next(bytes, event), frame_status::ready);
  EXPECT_EQ(splitter.last_id(), "4");
}

TEST(ServerSentEvents, AreTheSameWhereverTheyAreCut) {
  const std::string body =
    "\xEF\xBB\xBF: hello\r\n\r\nevent: naïve\r\ndata: "
    "{\"x\":\"☂\r\ndata: é\"}\r\nid: 7\r\n\r\n\r\ndata\n\n"
    "data: last\r\rretry: 10\n\ndata:  two blanks\n\n";
  auto whole = split({body});
  EXPECT_THAT(whole,
              ElementsAre(Pair("naïve", "{\"x\":\"☂\né\"}"), Pair("", ""),
                          Pair("", "last"), Pair("", " two blanks")));
  EXPECT_EQ(split(bytewise(body)), whole);
  for (size_t i = 0; i <= body.size(); ++i)
    for (size_t j = i; j <= body.size(); ++j)
      ASSERT_EQ(
        split({body.substr(0, i), body.substr(i, j - i), body.substr(j)}),
        whole)
        << "cut at " << i << " and " << j;
}

TEST(ServerSentEvents, WithoutDataAreNone) {
  EXPECT_THAT(split({"event: lonely\n\n\n\n: note\n\ndata: x\n\n"}),
              ElementsAre(Pair("", "x")));
}

TEST(ServerSentEvents, AreHandedOutAtTheEndWithoutTheirBlankLine) {
  EXPECT_THAT(split({"data: [DONE]"}), ElementsAre(Pair("", "[DONE]")));
  EXPECT_THAT(split({"event: e\ndata: [DONE]\n"}),
              ElementsAre(Pair("e", "[DONE]")));
  EXPECT_THAT(split({"event: nothing\n"}), IsEmpty());
}

TEST(ServerSentEvents, KeepLinesThatAreNoFields) {
  sse_splitter splitter;
  sse_splitter::event event;
  std::string_view bytes = "data: x\n\n{\n \"error\": {}\n}";
  EXPECT_EQ(splitter.next(bytes, event), frame_status::ready);
  EXPECT_EQ(splitter.next(bytes, event), frame_status::hungry);
  EXPECT_EQ(splitter.finish(event), frame_status::hungry);
  EXPECT_EQ(splitter.stray(), "{\n \"error\": {}\n}\n");
}

TEST(ServerSentEvents, AreBounded) {
  auto status_of = [](const std::vector<std::string>& pieces) {
    sse_splitter splitter{64};
    sse_splitter::event event;
    auto status = frame_status::hungry;
    for (const auto& piece : pieces) {
      std::string_view bytes = piece;
      while ((status = splitter.next(bytes, event)) == frame_status::ready) {
      }
      if (status == frame_status::too_large)
        break;
    }
    return status;
  };
  const std::string line = "data: " + std::string(30, 'x') + "\n";
  EXPECT_EQ(status_of({line + line.substr(0, 20)}), frame_status::hungry);
  EXPECT_EQ(status_of({line, line, line}), frame_status::too_large);
  EXPECT_EQ(status_of({"data: " + std::string(100, 'x')}),
            frame_status::too_large);
  EXPECT_EQ(status_of({"data: " + std::string(100, 'x') + "\n\n"}),
            frame_status::too_large);
  EXPECT_EQ(status_of(bytewise("data: " + std::string(100, 'x'))),
            frame_status::too_large);
  std::vector<std::string> many(1000, "data: y\n\n");
  EXPECT_EQ(status_of(many), frame_status::hungry);
}

TEST(ServerSentEvents, KeepOnlyTheStartOfStrayLines) {
  sse_splitter splitter;
  sse_splitter::event event;
  const std::string noise(1000, 'n');
  for (int i = 0; i < 1000; ++i) {
    auto line = noise + "\n";
    std::string_view bytes = line;
    EXPECT_EQ(splitter.next(bytes, event), frame_status::hungry);
  }
  EXPECT_LE(splitter.stray().size(), sse_splitter::max_stray + 1);
}

TEST(JsonLines, AreTheSameWhereverTheyAreCut) {
  const std::string body = "{\"a\":1}\n\n{\"b\":\"☂\"}\r\n\r\n{\"c\":3}";
  auto whole = lines({body});
  EXPECT_THAT(whole, ElementsAre("{\"a\":1}", "{\"b\":\"☂\"}", "{\"c\":3}"));
  EXPECT_EQ(lines(bytewise(body)), whole);
  for (size_t i = 0; i <= body.size(); ++i)
    for (size_t j = i; j <= body.size(); ++j)
      ASSERT_EQ(
        lines({body.substr(0, i), body.substr(i, j - i), body.substr(j)}),
        whole)
        << "cut at " << i << " and " << j;
}

TEST(JsonLines, AreBounded) {
  line_splitter splitter{10};
  std::string_view line;
  std::string_view bytes = "{\"a\":1}\n{\"abc";
  EXPECT_EQ(splitter.next(bytes, line), frame_status::ready);
  EXPECT_EQ(splitter.next(bytes, line), frame_status::hungry);
  bytes = "defghi";
  EXPECT_EQ(splitter.next(bytes, line), frame_status::too_large);
}
