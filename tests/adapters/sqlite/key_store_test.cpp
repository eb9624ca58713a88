#include "adapters/key_store.hpp"

#include "adapters/secrets.hpp"
#include "messages/error.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace smart_agents {

namespace fs = std::filesystem;

class KeyStore : public ::testing::Test {
protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "keys-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    home_ = name;
    path_ = key_store_path((home_ / "deep" / "smart-agents.db").string());
  }
  void TearDown() override {
    fs::remove_all(home_);
  }

  static client_key_record key(const std::string& name) {
    client_key_record x;
    x.name = name;
    x.digest = sha256_hex(make_client_key());
    x.models = {"auto", "claude/*"};
    x.limits = {"5usd/day"};
    x.max_concurrent = 3;
    x.created_at = wall_time{std::chrono::hours{24}};
    return x;
  }

  fs::path home_;
  std::string path_;
};

TEST_F(KeyStore, KeepsWhatItWasGivenOverARestart) {
  auto first = key("team/alice");
  {
    auto store = open_key_store(path_);
    ASSERT_TRUE(store) << render(store.error());
    EXPECT_FALSE((*store)->add(first));
  }
  auto store = open_key_store(path_);
  auto all = (*store)->list();
  ASSERT_TRUE(all) << render(all.error());
  ASSERT_EQ(all->size(), 1u);
  const auto& x = all->front();
  EXPECT_EQ(x.name, first.name);
  EXPECT_EQ(x.digest, first.digest);
  EXPECT_EQ(x.models, first.models);
  EXPECT_EQ(x.limits, first.limits);
  EXPECT_EQ(x.max_concurrent, 3u);
  EXPECT_EQ(x.created_at, first.created_at);
  EXPECT_FALSE(x.revoked_at);
}

TEST_F(KeyStore, GivesANameAgainOnlyWhenItIsRevoked) {
  auto store = open_key_store(path_);
  EXPECT_FALSE((*store)->add(key("a")));
  EXPECT_EQ((*store)->add(key("a")), ec::bad_input);
  EXPECT_FALSE((*store)->revoke("a", wall_time{std::chrono::hours{48}}));
  EXPECT_EQ((*store)->revoke("a", wall_time{}), ec::not_found);
  EXPECT_FALSE((*store)->add(key("a")));
  auto all = (*store)->list();
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ(all->front().revoked_at, wall_time{std::chrono::hours{48}});
  EXPECT_FALSE(all->back().revoked_at);
}

TEST_F(KeyStore, IsForItsOwnerAloneAndHoldsNoKey) {
  auto secret = make_client_key();
  auto x = key("a");
  x.digest = sha256_hex(secret);
  {
    auto store = open_key_store(path_);
    EXPECT_FALSE((*store)->add(x));
  }
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  for (const auto& file : fs::directory_iterator{home_ / "deep"}) {
    std::ifstream in{file.path(), std::ios::binary};
    std::string bytes{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_EQ(bytes.find(secret), std::string::npos) << file.path();
  }
}

TEST(Secrets, MakesKeysThatDifferAndAreKnownByTheirStart) {
  auto a = make_client_key();
  EXPECT_EQ(a.rfind(client_key_prefix, 0), 0u);
  EXPECT_EQ(a.size(), client_key_prefix.size() + 43);
  EXPECT_NE(a, make_client_key());
}

TEST(Secrets, HashesAsTheStandardSays) {
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(sha256_hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(is_sha256_hex(sha256_hex("")));
  EXPECT_FALSE(is_sha256_hex("abc"));
}

} // namespace smart_agents
