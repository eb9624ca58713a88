#include "actors/router/router.hpp"

#include "actors/router/routing_board.hpp"
#include "tests/actors/router/router_fixture.hpp"
#include "tests/support/deterministic.hpp"

#include <gmock/gmock.h>

using namespace std::chrono_literals;
using ::testing::HasSubstr;

namespace smart_agents {

using enum task_type;

class Router : public test::deterministic {
protected:
  Router() : router_{system_.spawn(router, test::five_providers())} {
    settle_all();
  }

  void TearDown() override {
    stop(router_);
  }

  caf::expected<routed> route(task what) {
    return ask<routed>(
      router_, route_task{std::make_shared<const task>(std::move(what))});
  }

  std::string first(task_type type, int complexity) {
    auto x = route(test::given(type, complexity));
    if (!x || x->what->ranked.empty())
      return "nobody";
    return x->what->ranked[0].provider;
  }

  router_actor router_;
};

TEST_F(Router, Routes) {
  EXPECT_EQ(first(code, 9), "claude");
  EXPECT_EQ(first(text, 1), "ollama");
}

TEST_F(Router, LeavesOutAProviderThatRestsUntilItIsBack) {
  tell(router_, provider_health{"claude", false, "it broke", now() + 60s});
  EXPECT_NE(first(code, 9), "claude");
  tell(router_, provider_health{"claude", true, "", {}});
  EXPECT_EQ(first(code, 9), "claude");
}

TEST_F(Router, TriesAProviderAgainWhenItsRestIsOverEvenIfNobodyTellsIt) {
  tell(router_, provider_health{"claude", false, "it broke", now() + 60s});
  advance(59s);
  EXPECT_NE(first(code, 9), "claude");
  advance(1s);
  EXPECT_EQ(first(code, 9), "claude");
}

TEST_F(Router, LeavesOutAProviderWithoutRoom) {
  tell(router_, provider_headroom{"claude", 0, "the day is spent"});
  EXPECT_NE(first(code, 9), "claude");
  tell(router_, provider_headroom{"claude", 1, ""});
  EXPECT_EQ(first(code, 9), "claude");
}

TEST_F(Router, ForgetsNeitherHealthNorRoomWhenItHearsOfTheOther) {
  tell(router_, provider_health{"claude", false, "it broke", now() + 60s});
  tell(router_, provider_headroom{"claude", 1, ""});
  EXPECT_NE(first(code, 9), "claude");
}

TEST_F(Router, ShowsItsPresentViewToThoseWhoDecideThemselves) {
  auto board = std::make_shared<routing_board>();
  EXPECT_FALSE(board->look());
  auto options = test::five_providers();
  options.board = board;
  auto router = system_.spawn(smart_agents::router, options);
  settle_all();
  auto first_of = [&] {
    auto view = board->look();
    auto x =
      decide(*view->who, test::given(code, 9), view->outlooks, this->now());
    return x && !x->ranked.empty() ? x->ranked[0].provider : "nobody";
  };
  EXPECT_EQ(first_of(), "claude");
  tell(router, provider_health{"claude", false, "it broke", now() + 60s});
  EXPECT_NE(first_of(), "claude");
  tell(router, provider_health{"claude", true, "", {}});
  tell(router, provider_headroom{"claude", 0, "the day is spent"});
  EXPECT_NE(first_of(), "claude");
  stop(router);
}

TEST_F(Router, RefusesAnUnknownModelInWords) {
  auto x = route(test::task_of("hello", "claud"));
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error(), ec::not_found);
  EXPECT_THAT(render(x.error()), HasSubstr("did you mean claude"));
  EXPECT_EQ(first(code, 9), "claude");
}

} // namespace smart_agents
