#include "runtime/client_keys.hpp"

#include "adapters/key_store.hpp"
#include "adapters/secrets.hpp"
#include "messages/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace smart_agents {

namespace {

caf::expected<settings>
parsed(const std::string& json,
       const std::string& key = "sk-a-key-of-the-environment") {
  settings_source source;
  return parse_settings(
    json, "test",
    [key](std::string_view name) -> std::optional<std::string> {
      if (name == "HOME")
        return "/nowhere";
      if (name == "TEAM_KEY" && !key.empty())
        return key;
      return std::nullopt;
    },
    source);
}

std::string error_of(const std::string& json, const std::string& key = {}) {
  auto x = parsed(json, key);
  return x ? "" : render(x.error());
}

} // namespace

TEST(ClientKeySettings, ReadLimitsAsPeopleWriteThem) {
  auto x = parse_key_limit("60requests/minute");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->requests, 60u);
  EXPECT_EQ(x->per, "minute");
  x = parse_key_limit("2.5usd/5h");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->usd, 2.5);
  EXPECT_EQ(x->per, "5h");
  EXPECT_EQ(parse_key_limit("7tokens/day")->total_tokens, 7u);
  EXPECT_EQ(parse_key_limit("7input_tokens/week")->input_tokens, 7u);
  EXPECT_EQ(parse_key_limit("7output_tokens/month")->output_tokens, 7u);
  for (const char* bad : {"", "5", "usd/day", "5usd", "0usd/day", "5eur/day",
                          "1.5requests/day", "5usd/fortnight", "5/day"})
    EXPECT_FALSE(parse_key_limit(bad)) << bad;
}

TEST(ClientKeySettings, KeepOnlyTheHashOfAKey) {
  auto x = parsed(R"({"keys": [{"name": "team", "key_env": "TEAM_KEY",
                     "models": ["auto"]}]})");
  ASSERT_TRUE(x) << render(x.error());
  ASSERT_EQ(x->keys.size(), 1u);
  EXPECT_EQ(x->keys[0].sha256, sha256_hex("sk-a-key-of-the-environment"));
  EXPECT_THAT(show_settings(*x), testing::Not(testing::HasSubstr("sk-a-key")));
  auto rules = gateway_rules_of(*x);
  const auto* key = rules->gate.keys.find("sk-a-key-of-the-environment");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->name, "team");
}

TEST(ClientKeySettings, NameWhatIsWrong) {
  using testing::HasSubstr;
  EXPECT_THAT(error_of(R"({"keys": [{"name": "a"}]})"),
              HasSubstr("exactly one of sha256, key_env, key_file"));
  EXPECT_THAT(error_of(R"({"keys": [{"name": "a", "sha256": "12"}]})"),
              HasSubstr("sha256sum"));
  EXPECT_THAT(error_of(R"({"keys": [{"name": "a", "key_env": "TEAM_KEY"}]})"),
              HasSubstr("TEAM_KEY is not set"));
  EXPECT_THAT(error_of(R"({"gateway": {"routes": [{"use": "auto"}]}})"),
              HasSubstr("matches everything"));
  EXPECT_THAT(error_of(R"({"gateway": {"require_keys": "maybe"}})"),
              HasSubstr("none of: auto, always, never"));
}

TEST(ClientKeySettings, AreNeededWhereOthersReachUs) {
  settings x;
  EXPECT_FALSE(check_client_keys(x));
  x.listen_host = "192.168.1.2";
  EXPECT_EQ(check_client_keys(x), ec::bad_config);
  EXPECT_TRUE(gateway_rules_of(x)->gate.keys_required);
  x.gateway.require_keys = "never";
  EXPECT_FALSE(check_client_keys(x));
  x.gateway.require_keys = "always";
  x.listen_host = "127.0.0.1";
  EXPECT_EQ(check_client_keys(x), ec::bad_config);
  key_settings key;
  key.name = "a";
  key.sha256 = sha256_hex("k");
  x.keys.push_back(key);
  EXPECT_FALSE(check_client_keys(x));
}

TEST(ClientKeySettings, AddWhatIsKeptBesideTheLedger) {
  namespace fs = std::filesystem;
  std::string home = (fs::temp_directory_path() / "keys-XXXXXX").string();
  ASSERT_NE(mkdtemp(home.data()), nullptr);
  settings x;
  x.database = home + "/a.db";
  {
    auto store = open_key_store(key_store_path(x.database));
    ASSERT_TRUE(store) << render(store.error());
    client_key_record key;
    key.name = "kept";
    key.digest = sha256_hex("kept key");
    key.limits = {"5usd/day", "3requests/minute"};
    EXPECT_FALSE((*store)->add(key));
    key.name = "gone";
    key.digest = sha256_hex("gone key");
    EXPECT_FALSE((*store)->add(key));
    EXPECT_FALSE((*store)->revoke("gone", std::chrono::system_clock::now()));
  }
  EXPECT_FALSE(add_client_keys(x));
  ASSERT_EQ(x.keys.size(), 1u);
  ASSERT_EQ(x.limits.size(), 2u);
  EXPECT_EQ(x.limits[0].key, "kept");
  EXPECT_EQ(x.limits[1].requests, 3u);
  // A name must mean one key.
  EXPECT_EQ(add_client_keys(x), ec::bad_config);
  fs::remove_all(home);
}

} // namespace smart_agents
