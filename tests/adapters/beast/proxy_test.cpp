#include "adapters/beast/proxy.hpp"

#include "messages/error.hpp"

#include <gtest/gtest.h>

namespace smart_agents::beast_detail {

namespace {

/// Whether a URL is reached through the proxy, with these exceptions.
bool through(const std::string& to, const std::string& no_proxy) {
  auto rules =
    proxy_rules::parse("http://plain:1", "http://secure:2", no_proxy);
  EXPECT_TRUE(rules) << render(rules.error());
  return rules->find(*url::parse(to)) != nullptr;
}

std::string error_of(const std::string& https_proxy) {
  auto rules = proxy_rules::parse("", https_proxy, "");
  return rules ? "" : render(rules.error());
}

} // namespace

TEST(ProxyRules, PickTheProxyByTheSchemeOfThePeer) {
  auto rules = *proxy_rules::parse("http://plain:1", "secure:2", "");
  auto* plain = rules.find(*url::parse("http://a.test/"));
  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(plain->host, "plain");
  EXPECT_EQ(plain->port, 1);
  EXPECT_EQ(plain->authorization, "");
  auto* secure = rules.find(*url::parse("https://a.test/"));
  ASSERT_NE(secure, nullptr);
  EXPECT_EQ(secure->host, "secure");
  EXPECT_EQ(secure->port, 2);
}

TEST(ProxyRules, KnowNoProxyWhereNoneIsSet) {
  auto rules = *proxy_rules::parse("", "http://secure:2", "");
  EXPECT_EQ(rules.find(*url::parse("http://a.test/")), nullptr);
  EXPECT_NE(rules.find(*url::parse("https://a.test/")), nullptr);
}

TEST(ProxyRules, LeaveLoopbackAlone) {
  for (const auto* to :
       {"http://127.0.0.1:11434/", "http://127.1.2.3/", "http://localhost/",
        "http://LOCALHOST/", "http://[::1]:8080/"})
    EXPECT_FALSE(through(to, "")) << to;
  EXPECT_TRUE(through("http://10.0.0.1/", ""));
}

TEST(ProxyRules, TakeANameWithAllBelowIt) {
  for (const auto* rule : {"corp.test", ".corp.test", "*.corp.test",
                           "x.test, corp.test", "x.test corp.test"}) {
    EXPECT_FALSE(through("https://corp.test/", rule)) << rule;
    EXPECT_FALSE(through("https://a.b.CORP.test/", rule)) << rule;
    EXPECT_TRUE(through("https://notcorp.test/", rule)) << rule;
    EXPECT_TRUE(through("https://corp.test.evil/", rule)) << rule;
  }
}

TEST(ProxyRules, TakeAPortWithTheName) {
  EXPECT_FALSE(through("http://corp.test:8080/", "corp.test:8080"));
  EXPECT_TRUE(through("http://corp.test:8081/", "corp.test:8080"));
  EXPECT_FALSE(through("http://[fd00::1]:8080/", "[fd00::1]:8080"));
  EXPECT_TRUE(through("http://[fd00::1]:8081/", "[fd00::1]:8080"));
}

TEST(ProxyRules, TakeAddressesAndNetworks) {
  EXPECT_FALSE(through("http://10.1.2.3/", "10.1.2.3"));
  EXPECT_TRUE(through("http://10.1.2.30/", "10.1.2.3"));
  EXPECT_FALSE(through("http://10.200.0.1/", "10.0.0.0/8"));
  EXPECT_TRUE(through("http://11.0.0.1/", "10.0.0.0/8"));
  EXPECT_FALSE(through("http://[fd00::9]/", "fd00::/8"));
  EXPECT_FALSE(through("http://[fd00::9]/", "fd00::9"));
  EXPECT_TRUE(through("http://[fe80::9]/", "fd00::/8"));
  // A network says nothing of names, and an odd one nothing at all.
  EXPECT_TRUE(through("http://ten.test/", "10.0.0.0/8"));
  EXPECT_TRUE(through("http://10.0.0.1/", "10.0.0.0/99"));
  EXPECT_TRUE(through("http://10.0.0.1/", "10.0.0.0/"));
}

TEST(ProxyRules, TakeAStarForEverything) {
  EXPECT_FALSE(through("https://a.test/", "*"));
  EXPECT_FALSE(through("https://a.test/", "b.test,*"));
  EXPECT_TRUE(through("https://a.test/", " , ,"));
}

TEST(ProxyRules, EncodeUserAndPassword) {
  auto rules =
    *proxy_rules::parse("", "http://Aladdin:open%20sesame@proxy:3128", "");
  auto* found = rules.find(*url::parse("https://a.test/"));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->host, "proxy");
  EXPECT_EQ(found->port, 3128);
  // The example of RFC 7617 section 2.
  EXPECT_EQ(found->authorization, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  auto bare = *proxy::parse("HTTPS_PROXY", "u@proxy");
  EXPECT_EQ(bare.authorization, "Basic dTo=");
  EXPECT_EQ(bare.port, 80);
  auto at_in_password = *proxy::parse("HTTPS_PROXY", "u:p@ss@proxy:1");
  EXPECT_EQ(at_in_password.host, "proxy");
}

TEST(ProxyRules, NameTheVariableThatIsWrong) {
  EXPECT_NE(error_of("http://").find("HTTPS_PROXY"), std::string::npos);
  EXPECT_NE(error_of("http://a:99999").find("port"), std::string::npos);
  EXPECT_NE(error_of("socks5://a:1").find("not socks5://"), std::string::npos);
  EXPECT_NE(error_of("https://a:1").find("not https://"), std::string::npos);
  EXPECT_NE(error_of("u:50%@a:1").find("%25"), std::string::npos);
}

TEST(ProxyRules, NeverShowAPassword) {
  for (const auto* wrong :
       {"http://user:hunter2@:1", "http://user:hunter2@host:0",
        "https://user:hunter2@host:1", "user:hunter2%@host:1",
        "http://user:hunter2@host:1/ x", "user:hunter2@[::1"}) {
    auto why = error_of(wrong);
    EXPECT_NE(why, "") << wrong;
    EXPECT_EQ(why.find("hunter2"), std::string::npos) << why;
  }
}

} // namespace smart_agents::beast_detail
