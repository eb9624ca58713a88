#include "tests/actors/front/mcp_http_fixture.hpp"

namespace smart_agents {

using namespace std::chrono_literals;

class McpHttp : public McpHttpTest {};

TEST_F(McpHttp, AnswersModernRequestsWithJson) {
  auto x = modern("tools/list");
  EXPECT_EQ(x->status, 200);
  EXPECT_EQ(x->header("Content-Type"), "application/json");
  EXPECT_EQ(x->answer().at("id"), 7);
  EXPECT_EQ(x->answer().at_pointer("/result/tools/0/name"), "wait");
  EXPECT_EQ(modern("no/such")->status, 404);
  EXPECT_EQ(send("GET", plain())->status, 405);
  EXPECT_EQ(send("DELETE", plain())->status, 405);
}

TEST_F(McpHttp, AnswersACallAtOnceOrAsAStream) {
  auto quick = call();
  begun_.at(0)->finish("done", false);
  EXPECT_FALSE(quick->streams);
  EXPECT_EQ(quick->answer().at_pointer("/result/content/0/text"), "done");
  auto watched = modern("tools/call",
                        {{"name", "wait"},
                         {"_meta",
                          [] {
                            auto x = meta();
                            x["progressToken"] = "p";
                            return x;
                          }()}},
                        "wait");
  begun_.at(1)->note("half");
  EXPECT_TRUE(watched->streams);
  EXPECT_EQ(watched->header("X-Accel-Buffering"), "no");
  EXPECT_FALSE(watched->ended);
  begun_.at(1)->finish("done", false);
  ASSERT_EQ(watched->events().size(), 2u);
  EXPECT_EQ(watched->events()[0].at("method"), "notifications/progress");
  EXPECT_EQ(watched->events()[1].at("id"), 7);
  EXPECT_TRUE(watched->ended);
}

TEST_F(McpHttp, CancelsWhatAModernClientLeaves) {
  auto x = call();
  x->gone();
  EXPECT_EQ(cancelled_, begun_);
  begun_.at(0)->finish("late", false);
  EXPECT_EQ(x->status, 0) << "nothing more is said";
  EXPECT_EQ(server_.calls(), 0u);
}

TEST_F(McpHttp, KeepsSilentStreamsOpen) {
  auto x = call();
  now_ += 10s;
  http_->tick(now_);
  EXPECT_FALSE(x->streams);
  now_ += 10s;
  http_->tick(now_);
  EXPECT_TRUE(x->streams) << "the answer takes long";
  EXPECT_EQ(x->body.front(), ':');
  begun_.at(0)->finish("done", false);
  EXPECT_EQ(x->events().size(), 1u);
}

TEST_F(McpHttp, InsistsThatHeadersRepeatTheBody) {
  auto body = message("tools/call", {{"name", "wait"}, {"_meta", meta()}});
  auto wrong = [&](http_headers headers) {
    auto x = send("POST", std::move(headers), body);
    EXPECT_EQ(x->status, 400);
    EXPECT_EQ(x->answer().at("id"), 7);
    return x->answer().at_pointer("/error/code").to_number<int>();
  };
  EXPECT_EQ(wrong(modern_headers("tools/call")), mcp_error::header_mismatch);
  EXPECT_EQ(wrong(modern_headers("tools/call", "other")),
            mcp_error::header_mismatch);
  EXPECT_EQ(wrong(modern_headers("tools/list", "wait")),
            mcp_error::header_mismatch);
  auto old = modern_headers("tools/call", "wait");
  old[3].second = "2027-01-01";
  EXPECT_EQ(wrong(old), mcp_error::header_mismatch);
  EXPECT_TRUE(begun_.empty());
}

TEST_F(McpHttp, TellsThoseWhoListen) {
  auto x = modern(
    "subscriptions/listen",
    {{"notifications",
      {{"toolsListChanged", true}, {"resourceSubscriptions", {"x://a"}}}}});
  EXPECT_TRUE(x->streams);
  server_.tools_changed();
  server_.prompts_changed();
  server_.resource_changed("x://a");
  server_.resource_changed("x://b");
  auto events = x->events();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].at("method"), "notifications/subscriptions/acknowledged");
  EXPECT_EQ(events[1].at("method"), "notifications/tools/list_changed");
  EXPECT_EQ(events[2].at_pointer("/params/uri"), "x://a");
  for (const auto& each : events)
    EXPECT_EQ(each.at("params").at("_meta").at(
                "io.modelcontextprotocol/subscriptionId"),
              7);
  x->gone();
  server_.tools_changed();
  EXPECT_EQ(x->events().size(), 3u);
}

TEST_F(McpHttp, RefusesWhatABrowserMayHaveBeenTrickedInto) {
  auto from = [this](const char* host, const char* origin) {
    auto headers = modern_headers("tools/list");
    headers[0].second = host;
    if (*origin)
      headers.emplace_back("Origin", origin);
    return send("POST", std::move(headers),
                message("tools/list", {{"_meta", meta()}}))
      ->status;
  };
  EXPECT_EQ(from("evil.example.com", ""), 403);
  EXPECT_EQ(from("localhost:8787", "http://evil.example.com"), 403);
  EXPECT_EQ(from("localhost:8787", "null"), 403);
  EXPECT_EQ(from("localhost:8787", "http://localhost:3000"), 200);
  EXPECT_EQ(from("[::1]:8787", ""), 200);
  auto form = modern_headers("tools/list");
  form[1].second = "text/plain";
  EXPECT_EQ(
    send("POST", form, message("tools/list", {{"_meta", meta()}}))->status,
    415);
}

TEST_F(McpHttp, AsksForKeysAndSaysWhereTokensAre) {
  options_.authorization_servers = {"https://login.example.com"};
  using admitted = std::variant<std::string, turned_away>;
  options_.admit = [](const server_request& x) -> admitted {
    if (find_header(x.headers, "Authorization") == "Bearer good")
      return "alice";
    return turned_away{401, "this key is unknown"};
  };
  http_ = std::make_unique<mcp_http>(server_, options_);
  auto refused = modern("tools/list");
  EXPECT_EQ(refused->status, 401);
  EXPECT_EQ(refused->answer().at("error").at("message"), "this key is unknown");
  EXPECT_NE(refused->header("WWW-Authenticate")
              .find("http://127.0.0.1:8787/.well-known/"
                    "oauth-protected-resource/mcp"),
            std::string::npos);
  auto headers = modern_headers("tools/list");
  headers.emplace_back("Authorization", "Bearer good");
  EXPECT_EQ(
    send("POST", headers, message("tools/list", {{"_meta", meta()}}))->status,
    200);
  auto described =
    send("GET", plain(), {}, "/.well-known/oauth-protected-resource/mcp");
  EXPECT_EQ(described->answer().at("resource"), "http://127.0.0.1:8787/mcp");
  EXPECT_EQ(described->answer().at("authorization_servers"),
            json::array{"https://login.example.com"});
}

TEST_F(McpHttp, KeepsLegacySessions) {
  session_ = "none";
  EXPECT_EQ(legacy("tools/list")->status, 404);
  auto bare = plain();
  EXPECT_EQ(send("POST", bare, message("tools/list", {}))->status, 400);
  open_session();
  EXPECT_EQ(session_.size(), 32u);
  EXPECT_EQ(legacy("notifications/initialized", {}, nullptr)->status, 202);
  EXPECT_EQ(legacy("tools/list")->status, 200);
  EXPECT_EQ(legacy("ping")->answer().at("result"), json::object{});
  auto headers = session_headers();
  headers[3].second = "1999-01-01";
  EXPECT_EQ(send("POST", headers, message("ping", {}))->status, 400);
  EXPECT_EQ(send("DELETE", session_headers())->status, 204);
  EXPECT_EQ(legacy("tools/list")->status, 404);
}

TEST_F(McpHttp, EndsSessionsThatNobodyUses) {
  open_session();
  now_ += 59min;
  http_->tick(now_);
  EXPECT_EQ(legacy("ping")->status, 200);
  now_ += 59min;
  http_->tick(now_);
  EXPECT_EQ(http_->sessions(), 1u);
  now_ += 2min;
  http_->tick(now_);
  EXPECT_EQ(http_->sessions(), 0u);
}

TEST_F(McpHttp, MakesRoomForNewSessions) {
  options_.max_sessions = 2;
  http_ = std::make_unique<mcp_http>(server_, options_);
  open_session();
  auto first = session_;
  auto reading = send("GET", session_headers());
  EXPECT_TRUE(reading->streams);
  now_ += 1s;
  open_session();
  auto second = session_;
  now_ += 1s;
  open_session();
  EXPECT_EQ(http_->sessions(), 2u);
  session_ = second;
  EXPECT_EQ(legacy("ping")->status, 404) << "the longest unused one went";
  session_ = first;
  EXPECT_EQ(legacy("ping")->status, 200) << "its client reads it";
}

TEST_F(McpHttp, GoesOnWithAStreamThatBroke) {
  open_session();
  auto x = legacy("tools/call",
                  {{"name", "wait"}, {"_meta", {{"progressToken", "p"}}}});
  EXPECT_TRUE(x->streams);
  EXPECT_NE(x->body.find("retry: "), std::string::npos);
  EXPECT_NE(x->body.find("data: \n\n"), std::string::npos) << "it is primed";
  begun_.at(0)->note("one");
  auto last = x->last_id();
  x->gone();
  EXPECT_TRUE(cancelled_.empty()) << "leaving is not cancelling";
  begun_.at(0)->note("two");
  auto headers = session_headers();
  headers.emplace_back("Last-Event-ID", last);
  auto again = send("GET", headers);
  begun_.at(0)->finish("done", false);
  auto events = again->events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].at_pointer("/params/message"), "two");
  EXPECT_EQ(events[1].at("id"), 7);
  EXPECT_TRUE(again->ended);
  auto late = send("GET", headers);
  EXPECT_EQ(late->events().size(), 2u) << "the rest can be read again";
  headers.back().second = "99_1";
  EXPECT_EQ(send("GET", headers)->status, 400);
}

TEST_F(McpHttp, AsksLegacyClientsWhileTheirCallWaits) {
  open_session();
  auto x = legacy("tools/call", {{"name", "wait"}});
  begun_.at(0)->ask(
    {{"name", json::object{{"method", "elicitation/create"},
                           {"params", json::object{{"message", "Who?"}}}}}},
    "kept");
  ASSERT_EQ(x->events().size(), 1u);
  auto asked = x->events()[0];
  EXPECT_EQ(asked.at("method"), "elicitation/create");
  auto answer = send(
    "POST", session_headers(),
    json::serialize(json::object{{"jsonrpc", "2.0"},
                                 {"id", asked.at("id")},
                                 {"result", json::object{{"action", "ok"}}}}));
  EXPECT_EQ(answer->status, 202);
  ASSERT_EQ(begun_.size(), 2u);
  EXPECT_EQ(begun_[0], begun_[1]) << "it goes on";
  EXPECT_EQ(begun_[1]->call().answers.at("name").at("action"), "ok");
  EXPECT_EQ(begun_[1]->call().state, "kept");
  begun_[1]->finish("done", false);
  EXPECT_TRUE(x->ended);
}

TEST_F(McpHttp, TellsLegacyClientsOnTheirStandingStream) {
  open_session();
  auto standing = send("GET", session_headers());
  EXPECT_EQ(legacy("resources/subscribe", {{"uri", "x://a"}})->status, 200);
  server_.resource_changed("x://a");
  server_.tools_changed();
  ASSERT_EQ(standing->events().size(), 2u);
  legacy("resources/unsubscribe", {{"uri", "x://a"}});
  server_.resource_changed("x://a");
  EXPECT_EQ(standing->events().size(), 2u);
}

} // namespace smart_agents
