#include "adapters/mcp/http_bridge.hpp"

#include "tests/support/fake_http_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace smart_agents;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace json = boost::json;

namespace {

constexpr const char* hello =
  R"({"jsonrpc":"2.0","id":0,"method":"initialize",)"
  R"("params":{"protocolVersion":"2025-11-25"}})";
constexpr const char* welcome = R"({"jsonrpc":"2.0","id":0,"result":)"
                                R"({"protocolVersion":"2025-11-25"}})";
constexpr const char* call = R"({"jsonrpc":"2.0","id":7,"method":"tools/call",)"
                             R"("params":{"name":"ask"}})";
constexpr const char* good = R"({"jsonrpc":"2.0","id":7,"result":{}})";

class HttpBridge : public testing::Test {
protected:
  HttpBridge() {
    http_bridge_options options;
    options.client = client_;
    options.to = *url::parse("http://127.0.0.1:8787/mcp");
    options.headers = {{"Authorization", "Bearer k"}};
    options.write = [this](std::string x) { told_.push_back(std::move(x)); };
    options.later = [this](caf::timespan when, std::function<void()> what) {
      pauses_.push_back(when);
      due_.push_back(std::move(what));
    };
    bridge_ = std::make_unique<http_bridge>(std::move(options));
  }

  test::fake_exchange& peer(size_t i) {
    return *client_->exchanges.at(i);
  }

  std::string sent(size_t i, const char* name) {
    return std::string{find_header(peer(i).request.headers, name)};
  }

  /// A legacy session; its standing stream is the exchange 1.
  void greet() {
    bridge_->take(hello);
    peer(0).answer(
      200, welcome,
      {{"Content-Type", "application/json"}, {"Mcp-Session-Id", "s1"}});
    told_.clear();
  }

  static http_headers stream() {
    return {{"Content-Type", "text/event-stream"}};
  }

  /// The time that was asked for is over.
  void elapse() {
    for (auto& what : std::exchange(due_, {}))
      what();
  }

  json::object last() {
    return json::parse(told_.back()).as_object();
  }

  std::shared_ptr<test::fake_http_client> client_ =
    std::make_shared<test::fake_http_client>();
  std::vector<std::string> told_;
  std::vector<caf::timespan> pauses_;
  std::vector<std::function<void()>> due_;
  std::unique_ptr<http_bridge> bridge_;
};

} // namespace

TEST_F(HttpBridge, RepeatsAModernRequestInItsHeaders) {
  bridge_->take(
    R"({"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"ask",)"
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})");
  EXPECT_EQ(peer(0).request.method, "POST");
  EXPECT_EQ(sent(0, "MCP-Protocol-Version"), "2026-07-28");
  EXPECT_EQ(sent(0, "Mcp-Method"), "tools/call");
  EXPECT_EQ(sent(0, "Mcp-Name"), "ask");
  EXPECT_EQ(sent(0, "Authorization"), "Bearer k");
  EXPECT_EQ(bridge_->waiting(), 1u);
  peer(0).answer(200, R"({"jsonrpc":"2.0","id":"a","result":{}})",
                 {{"Content-Type", "application/json"}});
  EXPECT_THAT(told_, ElementsAre(R"({"jsonrpc":"2.0","id":"a","result":{}})"));
  EXPECT_TRUE(bridge_->wait(0s));
}

TEST_F(HttpBridge, KeepsALegacySessionAndReadsItsStandingStream) {
  greet();
  ASSERT_THAT(client_->exchanges, SizeIs(2));
  EXPECT_EQ(peer(1).request.method, "GET");
  EXPECT_EQ(sent(1, "Mcp-Session-Id"), "s1");
  peer(1).head(200, stream());
  peer(1).body("id: 0_1\ndata: {\"method\":\"note\"}\n\n");
  EXPECT_THAT(told_, ElementsAre(R"({"method":"note"})"));
  bridge_->take(call);
  EXPECT_EQ(sent(2, "Mcp-Session-Id"), "s1");
  EXPECT_EQ(sent(2, "MCP-Protocol-Version"), "2025-11-25");
  EXPECT_EQ(bridge_->waiting(), 1u) << "the standing stream is no request";
}

TEST_F(HttpBridge, GoesOnWithALegacyStreamWhereItBroke) {
  greet();
  bridge_->take(call);
  peer(2).head(200, stream());
  peer(2).body("id: 1_0\nretry: 50\ndata: \n\n");
  peer(2).body("id: 1_1\ndata: {\"method\":\"progress\"}\n\nid: 1_2\n");
  peer(2).fail(http_failure::kind::reset);
  EXPECT_THAT(told_, SizeIs(1));
  EXPECT_EQ(bridge_->waiting(), 1u);
  EXPECT_FALSE(bridge_->wait(0s));
  EXPECT_THAT(pauses_, ElementsAre(50ms));
  elapse();
  ASSERT_THAT(client_->exchanges, SizeIs(4));
  EXPECT_EQ(peer(3).request.method, "GET");
  // The event 1_2 had not come.
  EXPECT_EQ(sent(3, "Last-Event-ID"), "1_1");
  EXPECT_EQ(sent(3, "Mcp-Session-Id"), "s1");
  peer(3).head(200, stream());
  peer(3).body("id: 1_2\ndata: " + std::string{good} + "\n\n");
  peer(3).end();
  EXPECT_EQ(told_.back(), good);
  EXPECT_TRUE(bridge_->wait(0s));
  EXPECT_THAT(due_, IsEmpty());
}

TEST_F(HttpBridge, GoesOnWhereTheServerHangsUpFirst) {
  greet();
  bridge_->take(call);
  peer(2).head(200, stream());
  peer(2).body("id: 1_0\ndata: \n\n");
  peer(2).end();
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_THAT(pauses_, ElementsAre(1s));
}

TEST_F(HttpBridge, GivesAStreamUpInTheEnd) {
  greet();
  bridge_->take(call);
  peer(2).head(200, stream());
  peer(2).body("id: 1_0\ndata: \n\n");
  peer(2).fail(http_failure::kind::reset);
  for (int i = 0; i < http_bridge::max_tries; ++i) {
    EXPECT_THAT(told_, IsEmpty());
    elapse();
    client_->last().fail(http_failure::kind::connect, "refused", false);
  }
  EXPECT_THAT(pauses_, ElementsAre(1s, 2s, 4s, 8s, 16s, 32s));
  ASSERT_THAT(told_, SizeIs(1));
  EXPECT_EQ(last().at("id"), json::value(7));
  EXPECT_THAT(told_[0], HasSubstr("refused"));
  EXPECT_TRUE(bridge_->wait(0s));
}

TEST_F(HttpBridge, DoesNotGoOnWithWhatWasNotBegunOrIsModern) {
  greet();
  bridge_->take(call);
  peer(2).fail(http_failure::kind::connect, "refused", false);
  EXPECT_THAT(told_.back(), HasSubstr("refused"));
  bridge_->take(
    R"({"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"ask",)"
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})");
  peer(3).head(200, stream());
  peer(3).body("data: {\"method\":\"progress\"}\n\n");
  peer(3).fail(http_failure::kind::reset, "cut off");
  EXPECT_EQ(last().at("id"), json::value(8));
  EXPECT_THAT(told_.back(), HasSubstr("cut off"));
  EXPECT_THAT(due_, IsEmpty());
}

TEST_F(HttpBridge, DoesNotGoOnWithWhatTheClientCancelled) {
  greet();
  bridge_->take(call);
  peer(2).head(200, stream());
  peer(2).body("id: 1_0\ndata: \n\n");
  peer(2).end();
  bridge_->take(R"({"jsonrpc":"2.0","method":"notifications/cancelled",)"
                R"("params":{"requestId":7}})");
  auto before = client_->exchanges.size();
  elapse();
  EXPECT_THAT(client_->exchanges, SizeIs(before));
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(HttpBridge, OpensTheStandingStreamAgainButOnlyWhereThereIsOne) {
  greet();
  peer(1).head(200, stream());
  peer(1).body("id: 0_4\ndata: {}\n\n");
  peer(1).fail(http_failure::kind::timeout);
  elapse();
  ASSERT_THAT(client_->exchanges, SizeIs(3));
  EXPECT_EQ(sent(2, "Last-Event-ID"), "0_4");
  peer(2).answer(405, "");
  EXPECT_THAT(due_, IsEmpty());
}

TEST_F(HttpBridge, AnswersWhatWasRefusedUnread) {
  bridge_->take(call);
  peer(0).answer(
    401, R"({"jsonrpc":"2.0","id":null,"error":{"message":"a key is needed"}})",
    {{"Content-Type", "application/json"}});
  EXPECT_EQ(last().at("id"), json::value(7));
  bridge_->take(call);
  peer(1).answer(502, "<html>");
  EXPECT_THAT(told_.back(), HasSubstr("status 502"));
}

TEST_F(HttpBridge, EndsItsSessionAndWhatIsUnderWay) {
  greet();
  peer(1).head(200, stream());
  bridge_->take(call);
  bridge_->end();
  EXPECT_TRUE(peer(1).cancelled());
  EXPECT_TRUE(peer(2).cancelled());
  EXPECT_EQ(client_->last().request.method, "DELETE");
  EXPECT_FALSE(bridge_->wait(0s));
  client_->last().answer(204, "");
  EXPECT_TRUE(bridge_->wait(0s));
  bridge_->take(call);
  EXPECT_EQ(client_->last().request.method, "DELETE") << "nothing more is sent";
}

TEST(EncodeHeader, HidesWhatAHeaderCannotHold) {
  EXPECT_EQ(encode_header("ask"), "ask");
  EXPECT_EQ(encode_header("\xc3\xa4"), "=?base64?w6Q=?=");
  EXPECT_EQ(encode_header(" x"), "=?base64?IHg=?=");
  EXPECT_EQ(encode_header("=?base64?"), "=?base64?PT9iYXNlNjQ/?=");
}
