#include "adapters/beast/http_client.hpp"
#include "messages/error.hpp"
#include "tests/adapters/beast/http_peers.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;
using namespace test;

} // namespace

class BeastTls : public ::testing::Test {
protected:
  ~BeastTls() override {
    std::remove(pem_.c_str());
  }

  http_client_options trusting() {
    http_client_options result;
    result.extra_ca_file = pem_;
    return result;
  }

  static http_request to(const std::string& host, uint16_t port) {
    http_request result;
    result.to = *url::parse("https://" + host + ":" + std::to_string(port));
    result.body = std::string{"{}"};
    return result;
  }

  std::shared_ptr<recorder> run(http_request request) {
    auto result = std::make_shared<recorder>();
    client_->send(std::move(request), result);
    EXPECT_TRUE(result->wait());
    return result;
  }

  /// Meets a peer that shows `identity` and returns why it was refused.
  std::string refusal(const certificate& identity,
                      const std::string& host = "127.0.0.1") {
    scripted_peer peer{{{handshake(), answer_200("secret")}}, identity};
    auto got = run(to(host, peer.port()));
    EXPECT_EQ(got->body, "");
    EXPECT_TRUE(peer.heads().empty()) << "the request was sent";
    if (!got->failure)
      return "";
    EXPECT_EQ(got->failure->what, http_failure::kind::tls);
    EXPECT_FALSE(got->failure->sent);
    return got->failure->message;
  }

  static bool says(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  }

  authority ours_{"Test Authority"};
  std::string pem_ = ours_.write_pem();
  io_threads io_{1};
  std::shared_ptr<http_client> client_ = *make_http_client(io_, trusting());
};

TEST_F(BeastTls, AcceptsWhatATrustedAuthoritySigned) {
  scripted_peer peer{{{handshake(), answer_200("one"), answer_200("two")}},
                     ours_.issue({"DNS:localhost,IP:127.0.0.1"})};
  auto got = run(to("127.0.0.1", peer.port()));
  EXPECT_FALSE(got->failure) << got->failure->message;
  EXPECT_EQ(got->body, "one");
  // The secured connection is kept: there is one script, so one connection.
  EXPECT_EQ(run(to("127.0.0.1", peer.port()))->body, "two");
}

TEST_F(BeastTls, ComparesNamesAsWellAsAddresses) {
  scripted_peer peer{{{handshake(), answer_200("named")}},
                     ours_.issue({"DNS:localhost"})};
  auto got = run(to("localhost", peer.port()));
  EXPECT_FALSE(got->failure) << got->failure->message;
  EXPECT_EQ(got->body, "named");
}

TEST_F(BeastTls, RefusesACertificateForAnotherHost) {
  auto why = refusal(ours_.issue({"DNS:other.test"}), "localhost");
  EXPECT_TRUE(says(why, "certificate is for another host")) << why;
  EXPECT_TRUE(says(why, "localhost:")) << why;
  why = refusal(ours_.issue({"DNS:localhost,IP:127.0.0.2"}), "127.0.0.1");
  EXPECT_TRUE(says(why, "certificate is for another host")) << why;
  // The subject's common name does not count (RFC 9525 section 2).
  why = refusal(ours_.issue({""}));
  EXPECT_TRUE(says(why, "certificate is for another host")) << why;
}

TEST_F(BeastTls, RefusesAnUnknownAuthority) {
  authority theirs{"Somebody Else"};
  auto why = refusal(theirs.issue({"IP:127.0.0.1"}));
  EXPECT_TRUE(says(why, "authority is not known")) << why;
  EXPECT_TRUE(says(why, "SSL_CERT_FILE")) << why;
}

TEST_F(BeastTls, RefusesAnImpostorOfAKnownAuthority) {
  authority theirs{"Test Authority"};
  auto why = refusal(theirs.issue({"IP:127.0.0.1"}));
  EXPECT_TRUE(says(why, "no secure connection")) << why;
}

TEST_F(BeastTls, RefusesAnExpiredCertificate) {
  auto why = refusal(ours_.issue({"IP:127.0.0.1", -2h, -1h}));
  EXPECT_TRUE(says(why, "certificate has expired")) << why;
}

TEST_F(BeastTls, RefusesACertificateOfTomorrow) {
  auto why = refusal(ours_.issue({"IP:127.0.0.1", 1h, 2h}));
  EXPECT_TRUE(says(why, "certificate is not yet valid")) << why;
}

TEST_F(BeastTls, TrustsNobodyButTheSystemByItself) {
  client_ = *make_http_client(io_, {});
  auto why = refusal(ours_.issue({"IP:127.0.0.1"}));
  EXPECT_TRUE(says(why, "authority is not known")) << why;
}

TEST_F(BeastTls, SaysThatAPeerDoesNotSpeakIt) {
  scripted_peer peer{{{speak("HTTP/1.1 400 Bad Request\r\n\r\n"), hang()}}};
  auto got = run(to("127.0.0.1", peer.port()));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::tls);
  EXPECT_FALSE(got->failure->sent);
}

TEST_F(BeastTls, GivesUpOnAHandshakeThatHangs) {
  scripted_peer peer{{{hang()}}};
  auto request = to("127.0.0.1", peer.port());
  request.limits.connect = 60ms;
  auto got = run(std::move(request));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::timeout);
  EXPECT_FALSE(got->failure->sent);
}

TEST_F(BeastTls, NamesACertificateFileThatIsWrong) {
  auto options = trusting();
  options.extra_ca_file = "/nonexistent/authorities.pem";
  auto client = make_http_client(io_, options);
  ASSERT_FALSE(client);
  EXPECT_TRUE(says(render(client.error()), "/nonexistent/authorities.pem"));
}

} // namespace smart_agents
