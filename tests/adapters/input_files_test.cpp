#include "adapters/input_files.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using testing::HasSubstr;

namespace smart_agents {

namespace {

namespace fs = std::filesystem;

class InputFiles : public ::testing::Test {
protected:
  InputFiles() {
    std::string name = "/tmp/smart-agents-input-XXXXXX";
    top_ = mkdtemp(name.data());
    fs::create_directories(top_ / "work/src/deep");
    bounds_.folders = {(top_ / "work").string()};
    write("work/src/a.cpp", "int a;\n");
    write("work/src/deep/b.cpp", "int b;");
    write("work/src/deep/c.txt", "see\n");
    write("secret.txt", "hush\n");
  }

  ~InputFiles() override {
    fs::remove_all(top_);
  }

  void write(const std::string& path, const std::string& text) {
    std::ofstream{top_ / path, std::ios::binary} << text;
  }

  std::string read(std::vector<std::string> files,
                   std::optional<std::string> diff = {}) {
    auto got = read_input({std::move(files), std::move(diff)}, bounds_);
    return got ? *got : "error: " + render(got.error());
  }

  void git(const std::string& words) {
    auto command = "git -C '" + (top_ / "work").string()
                   + "' -c user.name=t -c user.email=t@example.org " + words
                   + " >/dev/null 2>&1";
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs here.
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  fs::path top_;
  input_bounds bounds_;
};

TEST_F(InputFiles, ReadsFilesUnderTheirNames) {
  EXPECT_EQ(read({"src/a.cpp", "src/deep/b.cpp"}),
            "=== src/a.cpp\nint a;\n=== src/deep/b.cpp\nint b;\n");
  EXPECT_THAT(read({"src/none.cpp"}), HasSubstr("error"));
}

TEST_F(InputFiles, ExpandsPatterns) {
  EXPECT_EQ(read({"**/*.cpp"}),
            "=== src/a.cpp\nint a;\n=== src/deep/b.cpp\nint b;\n");
  EXPECT_EQ(read({"src/*.cpp"}), "=== src/a.cpp\nint a;\n");
  EXPECT_THAT(read({"*.rs"}), HasSubstr("fits no file below"));
  write("work/src/p.cpp", std::string("\0\1", 2));
  EXPECT_THAT(read({"**/*.cpp"}), Not(HasSubstr("p.cpp")));
  EXPECT_THAT(read({"src/p.cpp"}), HasSubstr("is no text"));
}

TEST_F(InputFiles, RefusesWhatLiesOutside) {
  EXPECT_THAT(read({"../secret.txt"}), HasSubstr("error"));
  EXPECT_THAT(read({(top_ / "secret.txt").string()}), HasSubstr("error"));
  fs::create_symlink(top_ / "secret.txt", top_ / "work/link.txt");
  fs::create_directory_symlink(top_, top_ / "work/src/up");
  for (const auto* path : {"link.txt", "src/up/secret.txt"}) {
    EXPECT_THAT(read({path}), HasSubstr("error")) << path;
    EXPECT_THAT(read({path}), Not(HasSubstr("hush"))) << path;
  }
  EXPECT_THAT(read({"**/*.txt"}), Not(HasSubstr("hush")));
  EXPECT_THAT(read({"../*.txt"}), HasSubstr("has no .."));
  EXPECT_THAT(read({"/etc/*.conf"}), HasSubstr("error"));
}

TEST_F(InputFiles, KeepsWithinItsBounds) {
  bounds_.max_bytes = 30;
  write("work/long.txt", std::string(31, 'x'));
  EXPECT_THAT(read({"long.txt"}), HasSubstr("error"));
  EXPECT_THAT(read({"src/a.cpp", "src/deep/b.cpp"}), HasSubstr("error"));
  bounds_.max_files = 1;
  EXPECT_THAT(read({"**/*.cpp"}), HasSubstr("more than the 1"));
}

TEST_F(InputFiles, ReadsWhatGitSaysChanged) {
  EXPECT_THAT(read({}, "HEAD"), HasSubstr("is it a repository"));
  git("init -q");
  git("add -A");
  git("commit -q -m first");
  EXPECT_THAT(read({}, ""), HasSubstr("nothing has changed"));
  write("work/src/a.cpp", "int changed;\n");
  auto diff = read({}, "");
  EXPECT_THAT(diff, HasSubstr("-int a;"));
  EXPECT_THAT(diff, HasSubstr("+int changed;"));
  EXPECT_THAT(read({}, "nowhere"), HasSubstr("git knows no 'nowhere'"));
  EXPECT_THAT(read({}, "--output=/tmp/x"), HasSubstr("is no revision"));
  EXPECT_THAT(read({}, "HEAD; rm x"), HasSubstr("is no revision"));
}

TEST_F(InputFiles, RunsNothingThatARepositoryNames) {
  git("init -q");
  git("add -A");
  git("commit -q -m first");
  auto mark = (top_ / "ran").string();
  git("config core.fsmonitor 'touch " + mark + "'");
  git("config diff.external 'touch " + mark + "'");
  fs::remove(mark);
  write("work/src/a.cpp", "int changed;\n");
  EXPECT_THAT(read({}, ""), HasSubstr("+int changed;"));
  EXPECT_FALSE(fs::exists(mark));
}

TEST(Pattern, FitsPaths) {
  EXPECT_TRUE(fits_pattern("a.cpp", "*.cpp"));
  EXPECT_FALSE(fits_pattern("src/a.cpp", "*.cpp"));
  EXPECT_TRUE(fits_pattern("src/a.cpp", "**/*.cpp"));
  EXPECT_TRUE(fits_pattern("a.cpp", "**/*.cpp"));
  EXPECT_TRUE(fits_pattern("src/deep/a.cpp", "src/**/a.cpp"));
  EXPECT_TRUE(fits_pattern("src/a.cpp", "src/**/a.cpp"));
  EXPECT_TRUE(fits_pattern("src/deep/a.cpp", "src/**"));
  EXPECT_FALSE(fits_pattern("other/a.cpp", "src/**"));
  EXPECT_TRUE(fits_pattern("a1.cpp", "a?.cpp"));
  EXPECT_FALSE(fits_pattern("a/.cpp", "a?.cpp"));
}

} // namespace

} // namespace smart_agents
