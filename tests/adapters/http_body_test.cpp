#include "adapters/http_body.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

namespace {

std::shared_ptr<const std::string> letters(size_t size) {
  auto result = std::make_shared<std::string>();
  for (size_t i = 0; i < size; ++i)
    *result += static_cast<char>('a' + i % 26);
  return result;
}

} // namespace

TEST(HttpBody, IsOneTextWhereNothingIsShared) {
  EXPECT_TRUE(http_body{}.empty());
  EXPECT_TRUE(http_body{std::string{}}.empty());
  http_body x{std::string{"one"}};
  x.append(" two");
  EXPECT_EQ(x.size(), 7u);
  EXPECT_EQ(x.text(), "one two");
  EXPECT_EQ(x.pieces().size(), 1u);
}

TEST(HttpBody, SharesLongPiecesAndCopiesShortOnes) {
  auto whole = letters(10000);
  http_body x{whole};
  x.append("<");
  x.append_shared(10, 9000);
  x.append(">");
  x.append_shared(0, 3);
  EXPECT_EQ(x.text(), "<" + whole->substr(10, 8990) + ">abc");
  auto pieces = x.pieces();
  ASSERT_EQ(pieces.size(), 3u);
  EXPECT_EQ(pieces[1].data(), whole->data() + 10);
  EXPECT_EQ(pieces[2], ">abc");
}

TEST(HttpBody, GoesOnWithAPieceThatFollows) {
  auto whole = letters(10000);
  http_body x{whole};
  x.append_shared(0, 4000);
  x.append_shared(4000, 9000);
  x.append_shared(2000, 4000); // elsewhere
  EXPECT_EQ(x.text(), whole->substr(0, 9000) + whole->substr(2000, 2000));
  EXPECT_EQ(x.pieces().size(), 2u);
}

TEST(HttpBody, StaysWholeWhenItIsCopiedOrMoved) {
  auto whole = letters(5000);
  http_body x{whole};
  x.append("[");
  x.append_shared(0, 5000);
  auto expected = "[" + *whole;
  whole.reset();
  auto copy = x;
  auto moved = std::move(x);
  EXPECT_EQ(copy.text(), expected);
  EXPECT_EQ(moved.text(), expected);
}

} // namespace smart_agents
