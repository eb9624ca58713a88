#include "adapters/confined_path.hpp"

#include "messages/error.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <random>

namespace smart_agents {

namespace fs = std::filesystem;

/// A folder `open` that may be read beside one `secret` that may not.
class ConfinedPath : public ::testing::Test {
protected:
  ConfinedPath() {
    fs::create_directories(home_ / "open/deep");
    fs::create_directories(home_ / "opener");
    fs::create_directories(home_ / "secret");
    write("open/a.txt", "a");
    write("open/deep/b.txt", "bb");
    write("opener/c.txt", "c");
    write("secret/key", "k");
  }

  ~ConfinedPath() override {
    fs::remove_all(home_);
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream{home_ / name} << text;
  }

  caf::expected<confined_file> read(const std::string& path,
                                    uint64_t max = 100) const {
    return read_confined(path, {(home_ / "open").string()}, max);
  }

  ec why(const std::string& path) const {
    auto result = read(path);
    if (result)
      return ec::none;
    for (auto x : {ec::bad_input, ec::not_found, ec::io_failed})
      if (result.error() == x)
        return x;
    return ec::unsupported;
  }

  fs::path home_ = fs::canonical(fs::temp_directory_path())
                   / ("confined-" + std::to_string(std::random_device{}()));
};

TEST_F(ConfinedPath, ReadsBelowTheFolder) {
  EXPECT_EQ(read("a.txt")->bytes, "a");
  EXPECT_EQ(read("deep/b.txt")->bytes, "bb");
  EXPECT_EQ(read("./deep//b.txt")->bytes, "bb");
  EXPECT_EQ(read((home_ / "open/a.txt").string())->bytes, "a");
  EXPECT_EQ(read("a.txt")->path, (home_ / "open/a.txt").string());
  auto slash = read_confined("a.txt", {(home_ / "open/").string()}, 10);
  EXPECT_EQ(slash->bytes, "a");
}

TEST_F(ConfinedPath, LooksIntoEachFolderInTurn) {
  std::vector<std::string> both{(home_ / "none").string(),
                                (home_ / "open").string(),
                                (home_ / "opener").string()};
  EXPECT_EQ(read_confined("c.txt", both, 10)->bytes, "c");
  EXPECT_TRUE(read_confined("d.txt", both, 10).error() == ec::not_found);
  EXPECT_TRUE(read_confined("a.txt", {}, 10).error() == ec::bad_input);
}

TEST_F(ConfinedPath, RefusesWhatIsOutside) {
  EXPECT_EQ(why("../secret/key"), ec::bad_input);
  EXPECT_EQ(why("deep/../a.txt"), ec::bad_input);
  EXPECT_EQ(why((home_ / "secret/key").string()), ec::bad_input);
  EXPECT_EQ(why((home_ / "opener/c.txt").string()), ec::bad_input)
    << "only its name begins like the folder's";
  EXPECT_EQ(why("/etc/passwd"), ec::bad_input);
  EXPECT_EQ(why("/proc/self/environ"), ec::bad_input);
  EXPECT_EQ(why(""), ec::bad_input);
  EXPECT_EQ(why(std::string{"a.txt\0b", 7}), ec::bad_input);
}

TEST_F(ConfinedPath, FollowsNoLinkOut) {
  fs::create_symlink(home_ / "secret/key", home_ / "open/link");
  fs::create_directory_symlink(home_ / "secret", home_ / "open/folder");
  fs::create_symlink("../secret/key", home_ / "open/relative");
  fs::create_symlink("deep/b.txt", home_ / "open/inside");
  EXPECT_EQ(why("link"), ec::bad_input);
  EXPECT_EQ(why("folder/key"), ec::bad_input);
  EXPECT_EQ(why("relative"), ec::bad_input);
  EXPECT_EQ(read("inside")->bytes, "bb");
}

TEST_F(ConfinedPath, ReadsOrdinaryFilesOfBoundedSize) {
  EXPECT_EQ(why("deep"), ec::bad_input);
  ASSERT_EQ(::mkfifo((home_ / "open/pipe").c_str(), 0600), 0);
  EXPECT_EQ(why("pipe"), ec::bad_input) << "and does not wait for a writer";
  write("open/big", std::string(101, 'x'));
  EXPECT_EQ(why("big"), ec::bad_input);
  EXPECT_EQ(read("big", 101)->bytes.size(), 101u);
  EXPECT_EQ(why("none"), ec::not_found);
  EXPECT_EQ(why("a.txt/none"), ec::not_found);
}

TEST(FileUri, NamesAPath) {
  EXPECT_EQ(*path_of_file_uri("file:///a/b"), "/a/b");
  EXPECT_EQ(*path_of_file_uri("file://localhost/a"), "/a");
  EXPECT_EQ(*path_of_file_uri("file:///a%20b%C3%A9"), "/a b\xc3\xa9");
  for (const char* bad : {"http://a/b", "file://host/a", "file:///a%2", "a",
                          "file:///a%00b", "file:///%zz", "file://"})
    EXPECT_FALSE(path_of_file_uri(bad)) << bad;
}

} // namespace smart_agents
