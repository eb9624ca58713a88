#include "adapters/http_client.hpp"

#include "messages/error.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

namespace {

std::string error_of(const char* text) {
  auto x = url::parse(text);
  return x ? "" : render(x.error());
}

} // namespace

TEST(Url, IsTakenApart) {
  auto x = *url::parse("https://a.test:8443/v1/x?y=1");
  EXPECT_TRUE(x.tls);
  EXPECT_EQ(x.host, "a.test");
  EXPECT_EQ(x.port, 8443);
  EXPECT_EQ(x.target, "/v1/x?y=1");
}

TEST(Url, HasADefaultPortAndTarget) {
  auto secure = *url::parse("https://a.test");
  EXPECT_EQ(secure.port, 443);
  EXPECT_EQ(secure.target, "/");
  auto plain = *url::parse("http://a.test?x");
  EXPECT_EQ(plain.port, 80);
  EXPECT_EQ(plain.target, "/?x");
}

TEST(Url, TakesAddressesOfVersionSix) {
  auto x = *url::parse("http://[::1]:11434/api");
  EXPECT_EQ(x.host, "::1");
  EXPECT_EQ(x.port, 11434);
}

TEST(Url, SaysWhatIsWrong) {
  EXPECT_NE(error_of("a.test").find("http://"), std::string::npos);
  EXPECT_NE(error_of("http://").find("host"), std::string::npos);
  EXPECT_NE(error_of("http://:80").find("host"), std::string::npos);
  EXPECT_NE(error_of("http://a.test:0").find("port"), std::string::npos);
  EXPECT_NE(error_of("http://a.test:65536").find("port"), std::string::npos);
  EXPECT_NE(error_of("http://a.test:8o").find("port"), std::string::npos);
  EXPECT_NE(error_of("http://[::1").find("']'"), std::string::npos);
  EXPECT_NE(error_of("http://a.test/a b").find("percent"), std::string::npos);
}

TEST(Url, NeverShowsAPassword) {
  for (const auto* wrong :
       {"https://user:hunter2@a.test/", "user:hunter2@a.test",
        "ftp://user:hunter2@a.test/", "http://user:hunter2@a.test:0/ x",
        "http://user:hunter2/@a.test"}) {
    auto why = error_of(wrong);
    EXPECT_NE(why, "") << wrong;
    EXPECT_EQ(why.find("hunter2"), std::string::npos) << why;
  }
}

} // namespace smart_agents
