#include "adapters/beast/http_client.hpp"
#include "messages/error.hpp"
#include "tests/adapters/beast/http_peers.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;
using namespace test;

/// What `user:pass word` looks like on the wire.
constexpr auto credentials = "Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ=";

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

peer_step open_tunnel() {
  return answer("HTTP/1.1 200 Connection established\r\n\r\n");
}

} // namespace

class BeastProxy : public ::testing::Test {
protected:
  ~BeastProxy() override {
    std::remove(pem_.c_str());
  }

  /// Sends everything through a proxy at `port`.
  void use_proxy(uint16_t port, const std::string& who = "") {
    http_client_options options;
    options.extra_ca_file = pem_;
    options.http_proxy = "http://" + who + "127.0.0.1:" + std::to_string(port);
    options.https_proxy = options.http_proxy;
    client_ = *make_http_client(io_, options);
  }

  static http_request to(const std::string& where) {
    http_request result;
    result.to = *url::parse(where);
    result.headers = {{"Authorization", "Bearer upstream-key"}};
    result.body = std::string{"{}"};
    result.limits.connect = 5s;
    return result;
  }

  std::shared_ptr<recorder> run(http_request request) {
    auto result = std::make_shared<recorder>();
    client_->send(std::move(request), result);
    EXPECT_TRUE(result->wait());
    return result;
  }

  authority ours_{"Test Authority"};
  std::string pem_ = ours_.write_pem();
  io_threads io_{1};
  std::shared_ptr<http_client> client_;
};

TEST_F(BeastProxy, TunnelsSecureRequests) {
  scripted_peer proxy{
    {{open_tunnel(), handshake(), answer_200("one"), answer_200("two")}},
    ours_.issue({"DNS:*.corp.test"})};
  use_proxy(proxy.port());
  auto got = run(to("https://upstream.corp.test:8443/x"));
  ASSERT_FALSE(got->failure) << got->failure->message;
  EXPECT_EQ(got->body, "one");
  // The tunnel is kept: one script, one connection.
  EXPECT_EQ(run(to("https://upstream.corp.test:8443/y"))->body, "two");
  auto heads = proxy.heads();
  ASSERT_EQ(heads.size(), 3u);
  EXPECT_EQ(heads[0], "CONNECT upstream.corp.test:8443 HTTP/1.1\r\n"
                      "Host: upstream.corp.test:8443\r\n\r\n");
  EXPECT_TRUE(says(heads[1], "POST /x HTTP/1.1\r\n")) << heads[1];
  EXPECT_TRUE(says(heads[1], "Bearer upstream-key"));
  EXPECT_TRUE(says(heads[2], "POST /y HTTP/1.1\r\n")) << heads[2];
}

TEST_F(BeastProxy, KeepsTheTunnelsOfHostsApart) {
  scripted_peer proxy{{{open_tunnel(), handshake(), answer_200("a")},
                       {open_tunnel(), handshake(), answer_200("b")}},
                      ours_.issue({"DNS:*.corp.test"})};
  use_proxy(proxy.port());
  EXPECT_EQ(run(to("https://a.corp.test/"))->body, "a");
  EXPECT_EQ(run(to("https://b.corp.test/"))->body, "b");
  auto heads = proxy.heads();
  ASSERT_EQ(heads.size(), 4u);
  EXPECT_TRUE(says(heads[0], "CONNECT a.corp.test:443 ")) << heads[0];
  EXPECT_TRUE(says(heads[2], "CONNECT b.corp.test:443 ")) << heads[2];
}

TEST_F(BeastProxy, VerifiesTheHostBehindTheProxy) {
  scripted_peer proxy{{{open_tunnel(), handshake(), answer_200("secret")}},
                      ours_.issue({"DNS:proxy.test,IP:127.0.0.1"})};
  use_proxy(proxy.port());
  auto got = run(to("https://upstream.test/x"));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::tls);
  EXPECT_TRUE(says(got->failure->message, "for another host"))
    << got->failure->message;
  EXPECT_EQ(proxy.heads().size(), 1u);
}

TEST_F(BeastProxy, TakesNoAnswerThatTheProxySlipsIn) {
  scripted_peer proxy{
    {{answer("HTTP/1.1 200 OK\r\n\r\n"
             "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse"),
      handshake(), answer_200("true")}},
    ours_.issue({"DNS:upstream.test"})};
  use_proxy(proxy.port());
  auto got = run(to("https://upstream.test/"));
  EXPECT_EQ(got->body, "");
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::protocol);
}

TEST_F(BeastProxy, AsksForAPlainUrlWhole) {
  scripted_peer proxy{{{answer_200("plain")}}};
  use_proxy(proxy.port());
  EXPECT_EQ(run(to("http://upstream.test:8080/x?y=1"))->body, "plain");
  auto head = proxy.heads().at(0);
  EXPECT_TRUE(says(head, "POST http://upstream.test:8080/x?y=1 HTTP/1.1\r\n"))
    << head;
  EXPECT_TRUE(says(head, "\r\nHost: upstream.test:8080\r\n")) << head;
  EXPECT_FALSE(says(head, "Proxy-Authorization"));
}

TEST_F(BeastProxy, ShowsItsCredentialsToTheProxyAlone) {
  scripted_peer proxy{
    {{open_tunnel(), handshake(), answer_200("secure")}, {answer_200("plain")}},
    ours_.issue({"DNS:upstream.test"})};
  use_proxy(proxy.port(), "user:pass%20word@");
  EXPECT_FALSE(run(to("https://upstream.test/"))->failure);
  EXPECT_FALSE(run(to("http://upstream.test/"))->failure);
  auto heads = proxy.heads();
  ASSERT_EQ(heads.size(), 3u);
  EXPECT_TRUE(says(heads[0], credentials)) << heads[0];
  EXPECT_FALSE(says(heads[0], "Bearer")) << heads[0];
  EXPECT_FALSE(says(heads[1], "Proxy-Authorization")) << heads[1];
  EXPECT_TRUE(says(heads[2], credentials)) << heads[2];
}

TEST_F(BeastProxy, SaysThatTheProxyRefuses) {
  scripted_peer proxy{
    {{answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")},
     {answer("HTTP/1.1 407 Proxy Authentication Required\r\n"
             "Proxy-Authenticate: Basic realm=\"x\"\r\n\r\n")}}};
  use_proxy(proxy.port(), "user:pass%20word@");
  auto place = "127.0.0.1:" + std::to_string(proxy.port());
  auto got = run(to("https://upstream.test/"));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::connect);
  EXPECT_FALSE(got->failure->sent);
  EXPECT_TRUE(says(got->failure->message, "status 403"))
    << got->failure->message;
  EXPECT_TRUE(says(got->failure->message, place)) << got->failure->message;
  got = run(to("https://upstream.test/"));
  ASSERT_TRUE(got->failure);
  EXPECT_TRUE(says(got->failure->message, "user and password"))
    << got->failure->message;
  EXPECT_FALSE(says(got->failure->message, "pass word"));
  EXPECT_FALSE(says(got->failure->message, "dXNlc"));
}

TEST_F(BeastProxy, SaysThatTheProxyIsDown) {
  auto port = free_port();
  use_proxy(port, "user:pass%20word@");
  for (const auto* where :
       {"https://upstream.test/", "http://upstream.test/"}) {
    auto got = run(to(where));
    ASSERT_TRUE(got->failure);
    EXPECT_EQ(got->failure->what, http_failure::kind::connect);
    EXPECT_FALSE(got->failure->sent);
    EXPECT_TRUE(says(got->failure->message,
                     "the proxy 127.0.0.1:" + std::to_string(port)))
      << got->failure->message;
    EXPECT_FALSE(says(got->failure->message, "pass"));
  }
}

TEST_F(BeastProxy, GivesUpOnAProxyThatHangsOrTalksNonsense) {
  scripted_peer proxy{{{hang()}, {answer("220 smtp.test ESMTP\r\n\r\n")}, {}}};
  use_proxy(proxy.port());
  auto request = to("https://upstream.test/");
  request.limits.connect = 60ms;
  auto got = run(std::move(request));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::timeout);
  got = run(to("https://upstream.test/"));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::protocol);
  got = run(to("https://upstream.test/"));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::reset);
  EXPECT_FALSE(got->failure->sent);
}

TEST_F(BeastProxy, IsLeftOutForLoopbackPeers) {
  scripted_peer upstream{{{answer_200("direct")}}};
  use_proxy(free_port());
  auto port = std::to_string(upstream.port());
  EXPECT_EQ(run(to("http://127.0.0.1:" + port + "/x"))->body, "direct");
  EXPECT_TRUE(says(upstream.heads().at(0), "POST /x HTTP/1.1\r\n"));
}

TEST_F(BeastProxy, BracketsAddressesOfVersionSix) {
  scripted_peer proxy{
    {{answer("HTTP/1.1 502 Bad Gateway\r\n\r\n")}, {answer_200("six")}}};
  use_proxy(proxy.port());
  EXPECT_TRUE(run(to("https://[fd00::1]:8443/"))->failure);
  EXPECT_EQ(run(to("http://[fd00::1]/x"))->body, "six");
  auto heads = proxy.heads();
  ASSERT_EQ(heads.size(), 2u);
  EXPECT_TRUE(says(heads[0], "CONNECT [fd00::1]:8443 ")) << heads[0];
  EXPECT_TRUE(says(heads[1], "POST http://[fd00::1]:80/x ")) << heads[1];
  EXPECT_TRUE(says(heads[1], "\r\nHost: [fd00::1]\r\n")) << heads[1];
}

TEST_F(BeastProxy, IsCheckedAtTheStart) {
  http_client_options options;
  options.https_proxy = "socks5://user:hunter2@proxy:1080";
  auto client = make_http_client(io_, options);
  ASSERT_FALSE(client);
  EXPECT_TRUE(says(render(client.error()), "HTTPS_PROXY"));
  EXPECT_FALSE(says(render(client.error()), "hunter2"));
}

} // namespace smart_agents
