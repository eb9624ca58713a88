#include "actors/front/mcp_http_checks.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

namespace json = boost::json;

namespace {

std::string origin(const char* host, const char* from,
                   const std::vector<std::string>& names = {}) {
  http_headers headers{{"Host", host}};
  if (*from)
    headers.emplace_back("Origin", from);
  return check_origin(headers, names);
}

} // namespace

TEST(McpOrigin, IsThisMachineUnlessNamed) {
  for (const char* host :
       {"localhost", "LOCALHOST:1", "127.0.0.1:8787", "[::1]", "[::1]:8787"})
    EXPECT_EQ(origin(host, ""), "") << host;
  for (const char* host :
       {"", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example",
        "10.0.0.1", "[::2]", "[::1"})
    EXPECT_NE(origin(host, ""), "") << host;
  EXPECT_EQ(origin("agents.lan:8787", "", {"agents.lan"}), "");
  EXPECT_EQ(origin("agents.lan", "https://agents.lan", {"agents.lan"}), "");
  EXPECT_NE(origin("agents.lan", "https://other.lan", {"agents.lan"}), "");
  EXPECT_EQ(origin("any.lan", "", {"*"}), "");
  EXPECT_EQ(origin("any.lan", "http://any.lan", {"*"}), "");
  EXPECT_NE(origin("any.lan", "http://evil.example", {"*"}), "");
  EXPECT_NE(origin("localhost", "localhost"), "") << "that is no origin";
}

TEST(McpHeaders, MayBeBase64) {
  EXPECT_EQ(decode_header("plain"), "plain");
  EXPECT_EQ(decode_header("=?base64?SGVsbG8=?="), "Hello");
  EXPECT_EQ(decode_header("=?base64?SGVsbG8gdw==?="), "Hello w");
  EXPECT_EQ(decode_header("=?base64?"
                          "?="),
            "");
  EXPECT_EQ(decode_header("=?base64?SGVsbG8?="), std::nullopt);
  EXPECT_EQ(decode_header("=?base64?SGV!bG8=?="), std::nullopt);
  EXPECT_EQ(decode_header("SGVsbG8="), "SGVsbG8=");
}

TEST(McpHeaders, RepeatArgumentsThatTheirSchemaNames) {
  mcp_offer offer;
  mcp_tool tool;
  tool.name = "query";
  tool.schema = {{"properties",
                  {{"region", {{"x-mcp-header", "Region"}}},
                   {"count", {{"x-mcp-header", "Count"}}}}}};
  offer.tools = {tool};
  auto check = [&offer](json::object arguments, http_headers headers) {
    mcp_message x;
    x.method = "tools/call";
    x.params = {{"name", "query"}, {"arguments", std::move(arguments)}};
    headers.emplace_back("mcp-method", " tools/call ");
    headers.emplace_back("Mcp-Name", "query");
    return check_mirrors(headers, x, offer);
  };
  EXPECT_EQ(check({}, {}), "");
  EXPECT_EQ(check({{"region", "eu"}}, {{"Mcp-Param-Region", "eu"}}), "");
  EXPECT_EQ(check({{"count", 3}}, {{"mcp-param-count", "3"}}), "");
  EXPECT_NE(check({{"region", "eu"}}, {}), "");
  EXPECT_NE(check({{"region", "eu"}}, {{"Mcp-Param-Region", "us"}}), "");
  EXPECT_NE(check({}, {{"Mcp-Param-Region", "eu"}}), "");
  EXPECT_EQ(check({{"region", nullptr}}, {}), "");
}

} // namespace smart_agents
