#include "actors/front/gate.hpp"

#include "adapters/name_pattern.hpp"
#include "adapters/secrets.hpp"

#include <gmock/gmock.h>

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace smart_agents {

namespace {

server_request with(http_headers headers) {
  server_request result;
  result.method = "POST";
  result.target = "/v1/messages";
  result.headers = std::move(headers);
  return result;
}

/// 0 for those who are let in.
int status(const gate_rules& rules, http_headers headers) {
  auto who = admit(rules, with(std::move(headers)));
  const auto* away = std::get_if<turned_away>(&who);
  return away == nullptr ? 0 : away->status;
}

visitor in_person(const gate_rules& rules, http_headers headers) {
  auto who = admit(rules, with(std::move(headers)));
  EXPECT_TRUE(std::holds_alternative<visitor>(who));
  return std::get<visitor>(who);
}

} // namespace

class Gate : public ::testing::Test {
protected:
  Gate() {
    rules_.keys.add(sha256_hex(key_), {"alice", {"auto", "claude/*"}, 2});
  }

  std::string key_ = make_client_key();
  gate_rules rules_;
};

TEST_F(Gate, TakesAKeyByEachOfThreeHeaders) {
  rules_.keys_required = true;
  for (const auto& header :
       {http_headers{{"x-smart-agents-key", key_}},
        http_headers{{"X-Api-Key", key_}},
        http_headers{{"authorization", "bearer " + key_}},
        // Claude Code may send both.
        http_headers{{"x-api-key", "dummy"},
                     {"Authorization", "Bearer " + key_}}}) {
    auto who = in_person(rules_, header);
    ASSERT_NE(who.key, nullptr);
    EXPECT_EQ(who.key->name, "alice");
  }
}

TEST_F(Gate, RefusesWhoNeedsAKeyAndHasNone) {
  rules_.keys_required = true;
  EXPECT_EQ(status(rules_, {}), 401);
  EXPECT_EQ(status(rules_, {{"x-api-key", "dummy"}}), 401);
  EXPECT_EQ(status(rules_, {{"x-smart-agents-key", make_client_key()}}), 401);
}

TEST_F(Gate, LetsAnybodyInWhereNoKeyIsNeededButNoRevokedKey) {
  EXPECT_EQ(status(rules_, {}), 0);
  EXPECT_EQ(status(rules_, {{"x-api-key", "dummy"}}), 0);
  EXPECT_EQ(status(rules_, {{"x-api-key", make_client_key()}}), 401);
  EXPECT_EQ(status(rules_, {{"x-smart-agents-key", "anything"}}), 401);
}

TEST_F(Gate, LetsNoStrangersKeyIntoOurOwnEndpoints) {
  auto status = [this](http_headers headers) {
    auto who = admit_by_our_keys(rules_, with(std::move(headers)));
    const auto* away = std::get_if<turned_away>(&who);
    return away == nullptr ? 0 : away->status;
  };
  EXPECT_EQ(status({}), 0);
  EXPECT_EQ(status({{"x-api-key", key_}}), 0);
  EXPECT_EQ(status({{"x-api-key", "dummy"}}), 401);
  EXPECT_EQ(status({{"Authorization", "Bearer anything"}}), 401);
  EXPECT_EQ(status({{"Authorization", "Basic YTpi"}}), 401);
  // They pass no log-in on.
  EXPECT_EQ(status({{"Authorization", "Bearer sk-ant-oat01-secret"}}), 401);
  EXPECT_EQ(status({{"Authorization", "Bearer sk-ant-oat01-secret"},
                    {"x-smart-agents-key", key_}}),
            0);
  EXPECT_EQ(status({{"Host", "evil.example"}}), 403);
}

TEST_F(Gate, NeverRepeatsTheKeyThatItRefuses) {
  auto wrong = make_client_key();
  auto who = admit(rules_, with({{"x-api-key", wrong}}));
  EXPECT_EQ(std::get<turned_away>(who).message.find(wrong), std::string::npos);
}

TEST_F(Gate, TellsALoginAtAnthropicFromAKeyOfOurs) {
  const std::string token = "sk-ant-oat01-secret";
  auto who = in_person(rules_, {{"Authorization", "Bearer " + token}});
  ASSERT_TRUE(who.login);
  EXPECT_EQ(who.key, nullptr);
  EXPECT_EQ(who.login->token, token);
  EXPECT_EQ(who.login->id.find("secret"), std::string::npos);
  // It is no key of ours, whoever asks for one.
  rules_.keys_required = true;
  EXPECT_EQ(status(rules_, {{"Authorization", "Bearer " + token}}), 401);
  who = in_person(rules_, {{"Authorization", "Bearer " + token},
                           {"x-smart-agents-key", key_}});
  EXPECT_TRUE(who.login);
  EXPECT_NE(who.key, nullptr);
}

TEST_F(Gate, RefusesForeignHosts) {
  EXPECT_EQ(status(rules_, {{"Host", "127.0.0.1:8787"}}), 0);
  EXPECT_EQ(status(rules_, {{"Host", "localhost:8787"}}), 0);
  EXPECT_EQ(status(rules_, {{"Host", "[::1]:8787"}}), 0);
  EXPECT_EQ(status(rules_, {{"Host", "evil.example:8787"}}), 403);
  rules_.hosts = {"gateway.lan"};
  EXPECT_EQ(status(rules_, {{"Host", "gateway.lan:8787"}}), 0);
  rules_.loopback = false;
  EXPECT_EQ(status(rules_, {{"Host", "evil.example:8787"}}), 403);
  rules_.hosts.clear();
  EXPECT_EQ(status(rules_, {{"Host", "gateway.lan:8787"}}), 0);
}

TEST_F(Gate, RefusesForeignOrigins) {
  auto from = [this](const char* origin) {
    return status(rules_, {{"Host", "127.0.0.1:8787"}, {"Origin", origin}});
  };
  EXPECT_EQ(from("http://127.0.0.1:8787"), 0);
  EXPECT_EQ(from("http://localhost:3000"), 0);
  EXPECT_EQ(from("https://evil.example"), 403);
  EXPECT_EQ(from("null"), 403);
  rules_.origins = {"https://tool.example"};
  EXPECT_EQ(from("https://tool.example"), 0);
  rules_.loopback = false;
  EXPECT_EQ(from("http://127.0.0.1:8787"), 0);
  EXPECT_EQ(from("http://localhost:3000"), 403);
}

TEST(ClientKeys, AllowModelsByPattern) {
  client_key key{"a", {"auto:*", "claude/*", "gpt-6"}, 0};
  EXPECT_TRUE(allows(key, "auto:cheap"));
  EXPECT_TRUE(allows(key, "claude/claude-opus-5-5"));
  EXPECT_TRUE(allows(key, "gpt-6"));
  EXPECT_FALSE(allows(key, "auto"));
  EXPECT_FALSE(allows(key, "gpt-6.1"));
  EXPECT_FALSE(allows(key, "grok/claude/x"));
  EXPECT_TRUE(allows({"b", {}, 0}, "anything"));
}

TEST(ClientKeys, NameWhoMayStandInForTheModelThatTheyAskFor) {
  EXPECT_THAT(stand_ins_of({"a", {"ollama/*"}, 0}), ElementsAre("ollama/*"));
  EXPECT_THAT(stand_ins_of({"b", {"auto", "ollama/*"}, 0}), IsEmpty());
  EXPECT_THAT(stand_ins_of({"c", {}, 0}), IsEmpty());
}

TEST(ClientKeys, MatchStarsAnywhere) {
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("a*c*e", "abcde"));
  EXPECT_TRUE(matches("*-haiku-*", "claude-haiku-5-5"));
  EXPECT_FALSE(matches("a*c", "abcd"));
  EXPECT_FALSE(matches("", "a"));
}

} // namespace smart_agents
