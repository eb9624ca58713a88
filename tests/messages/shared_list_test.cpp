#include "messages/shared_list.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace smart_agents {

TEST(SharedList, IsEmptyAtFirst) {
  shared_list<std::string> x;
  EXPECT_TRUE(x.empty());
  EXPECT_EQ(x.size(), 0u);
  EXPECT_EQ(x.begin(), x.end());
  EXPECT_EQ(x, (shared_list<std::string>{}));
}

TEST(SharedList, SharesWithItsCopiesUntilOneIsChanged) {
  shared_list<std::string> x{"a", "b"};
  auto copy = x;
  EXPECT_EQ(&copy[0], &x[0]);
  copy.edit()[0] = "c";
  EXPECT_NE(&copy[0], &x[0]);
  EXPECT_EQ(x, (shared_list<std::string>{"a", "b"}));
  EXPECT_EQ(copy, (shared_list<std::string>{"c", "b"}));
  EXPECT_NE(copy, x);
  copy = x;
  copy.push_back("d");
  EXPECT_EQ(x.size(), 2u);
  EXPECT_EQ(copy.back(), "d");
}

TEST(SharedList, IsChangedInPlaceByItsOnlyHolder) {
  shared_list<std::string> x{"a"};
  std::optional gone{x};
  gone.reset();
  const auto* place = &x[0];
  x.edit()[0] = "b";
  EXPECT_EQ(&x[0], place);
  EXPECT_EQ(x.front(), "b");
}

TEST(SharedList, ComparesByWhatIsInIt) {
  EXPECT_EQ((shared_list<int>{1, 2}), (shared_list<int>{1, 2}));
  EXPECT_NE((shared_list<int>{1, 2}), (shared_list<int>{1}));
  EXPECT_NE((shared_list<int>{}), (shared_list<int>{0}));
  shared_list<int> emptied{1};
  emptied.edit().clear();
  EXPECT_EQ(emptied, shared_list<int>{});
}

} // namespace smart_agents
