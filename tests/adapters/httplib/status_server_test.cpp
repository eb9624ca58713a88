#include "adapters/httplib/status_server.hpp"

#include "messages/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <stdexcept>

using namespace smart_agents;
using testing::HasSubstr;

namespace {

class StatusServer : public testing::Test {
protected:
  void SetUp() override {
    pages_.ready = [this] { return now_; };
    pages_.status = [] { return std::string{"{\"providers\":[]}"}; };
    pages_.metrics = [] { return std::string{"smart_agents_up 1\n"}; };
    auto server = status_server::start(pages_, {}, make_silent_log());
    ASSERT_TRUE(server) << render(server.error());
    server_ = std::move(*server);
  }

  httplib::Result get(const char* path, const httplib::Headers& headers = {}) {
    httplib::Client client{"127.0.0.1", server_->port()};
    return client.Get(path, headers);
  }

  readiness now_;
  status_pages pages_;
  std::unique_ptr<status_server> server_;
};

} // namespace

TEST_F(StatusServer, SaysThatTheProcessLives) {
  auto answer = get("/healthz");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "{\"status\":\"ok\"}\n");
  EXPECT_EQ(answer->get_header_value("Cache-Control"), "no-store");
}

TEST_F(StatusServer, SaysWhyItIsNotReady) {
  EXPECT_EQ(get("/readyz")->status, 200);
  now_ = {false, {"no provider is available"}};
  auto answer = get("/readyz");
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "{\"ready\":false,\"reasons\":[\"no provider is "
                          "available\"]}\n");
}

TEST_F(StatusServer, ServesStatusAndMetrics) {
  EXPECT_EQ(get("/status")->body, "{\"providers\":[]}");
  auto answer = get("/metrics");
  EXPECT_EQ(answer->body, "smart_agents_up 1\n");
  EXPECT_THAT(answer->get_header_value("Content-Type"),
              HasSubstr("version=0.0.4"));
}

TEST_F(StatusServer, NamesItsPagesForAnUnknownOne) {
  auto answer = get("/nothing");
  EXPECT_EQ(answer->status, 404);
  EXPECT_THAT(answer->body, HasSubstr("/readyz"));
}

TEST_F(StatusServer, RefusesNamesThatAWebPageCouldRebind) {
  EXPECT_EQ(get("/status", {{"Host", "evil.example:8788"}})->status, 403);
  EXPECT_EQ(get("/status", {{"Host", "localhost:8788"}})->status, 200);
  EXPECT_EQ(get("/status", {{"Host", "[::1]:8788"}})->status, 200);
}

TEST_F(StatusServer, ReloadsForProgramsAndNotForWebPages) {
  std::string why;
  auto asked = std::make_shared<int>(0);
  pages_.reload = [asked, &why] {
    ++*asked;
    return why;
  };
  auto server = status_server::start(pages_, {}, make_silent_log());
  ASSERT_TRUE(server) << render(server.error());
  httplib::Client client{"127.0.0.1", (*server)->port()};
  auto good = client.Post("/reload");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->status, 200);
  EXPECT_EQ(good->body, "{\"reloaded\":true}\n");
  why = "server.port: wrong";
  auto bad = client.Post("/reload");
  EXPECT_EQ(bad->status, 422);
  EXPECT_THAT(bad->body, HasSubstr("server.port: wrong"));
  auto page = client.Post("/reload", {{"Origin", "http://127.0.0.1:8788"}}, "",
                          "text/plain");
  EXPECT_EQ(page->status, 403);
  EXPECT_EQ(*asked, 2);
  // Where there is nothing to reload.
  httplib::Client other{"127.0.0.1", server_->port()};
  EXPECT_EQ(other.Post("/reload")->status, 404);
}

TEST_F(StatusServer, RefusesLargeBodiesAndOtherMethods) {
  httplib::Client client{"127.0.0.1", server_->port()};
  auto answer = client.Post("/status", std::string(100000, 'x'), "text/plain");
  EXPECT_TRUE(!answer || answer->status >= 400);
  EXPECT_EQ(client.Delete("/status")->status, 404);
}

TEST_F(StatusServer, DoesNotShareAPort) {
  status_server_options options;
  options.port = server_->port();
  auto second = status_server::start(pages_, options, make_silent_log());
  ASSERT_FALSE(second);
  EXPECT_THAT(render(second.error()), HasSubstr("server.control_port"));
  EXPECT_THAT(render(second.error()),
              HasSubstr("127.0.0.1:" + std::to_string(options.port)));
}

TEST_F(StatusServer, SurvivesAPageThatThrows) {
  pages_.status = []() -> std::string { throw std::runtime_error{"secret"}; };
  auto other = status_server::start(pages_, {}, make_silent_log());
  ASSERT_TRUE(other);
  httplib::Client client{"127.0.0.1", (*other)->port()};
  auto answer = client.Get("/status");
  EXPECT_EQ(answer->status, 500);
  EXPECT_THAT(answer->body, testing::Not(HasSubstr("secret")));
  EXPECT_EQ(client.Get("/healthz")->status, 200);
}

TEST_F(StatusServer, StopsAtOnceWithAConnectionOpen) {
  httplib::Client client{"127.0.0.1", server_->port()};
  client.set_keep_alive(true);
  ASSERT_TRUE(client.Get("/healthz"));
  server_.reset();
  EXPECT_FALSE(client.Get("/healthz"));
}
