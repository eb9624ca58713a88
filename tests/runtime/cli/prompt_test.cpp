#include "runtime/cli/prompt.hpp"

#include "messages/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace smart_agents;
using namespace smart_agents::cli;
using testing::HasSubstr;

namespace {

constexpr uint64_t limit = 1000;

std::string complaint(const std::string& text) {
  std::istringstream in{text};
  auto x = read_prompt({"-"}, in, limit);
  return x ? "" : render(x.error());
}

} // namespace

TEST(Prompt, ComesFromArgumentsOrStdin) {
  std::istringstream in{"from stdin"};
  EXPECT_EQ(*read_prompt({"two", "words"}, in, limit), "two words");
  EXPECT_EQ(*read_prompt({}, in, limit), "from stdin");
}

TEST(Prompt, ThatIsEmptyIsRefused) {
  EXPECT_EQ(complaint(" \n"), "bad_input: stdin: is empty");
  std::istringstream in;
  EXPECT_EQ(render(read_prompt({""}, in, limit).error()),
            "bad_input: prompt: is empty");
}

TEST(Prompt, WithNulBytesIsRefusedWithItsPlace) {
  EXPECT_THAT(complaint(std::string{"ab\ncd\0e", 7}),
              HasSubstr("stdin: a NUL byte at line 2, byte 3 (offset 5)"));
}

TEST(Prompt, ThatIsNoUtf8IsRefusedWithItsPlace) {
  EXPECT_THAT(complaint("caf\xe9 au lait"),
              HasSubstr("stdin: not UTF-8 at line 1, byte 4 (offset 3)"));
}

TEST(Prompt, OverTheLimitIsRefusedAndNotReadWhole) {
  std::istringstream in{std::string(10 << 20, 'x')};
  auto x = read_prompt({}, in, limit);
  ASSERT_FALSE(x);
  EXPECT_THAT(render(x.error()), HasSubstr("longer than 1000 bytes"));
  EXPECT_LT(in.tellg(), 1 << 20);
  EXPECT_TRUE(complaint(std::string(limit, 'x')).empty());
}

TEST(Utf8, IsToldFromEverythingElse) {
  for (const char* good :
       {"", "ascii", "\xc2\xa0", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
        "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80"})
    EXPECT_FALSE(first_bad_utf8(good)) << good;
  std::vector<std::pair<const char*, size_t>> bad{{"\x80", 0},
                                                  {"a\xff", 1},
                                                  {"\xc0\xaf", 0},
                                                  {"\xe0\x80\x80", 0},
                                                  {"\xed\xa0\x80", 0},
                                                  {"\xf4\x90\x80\x80", 0},
                                                  {"\xf5\x80\x80\x80", 0},
                                                  {"ab\xe2\x82", 2},
                                                  {"\xe2\x28\xa1", 0},
                                                  {"\xf0\x8f\xbf\xbf", 0}};
  for (auto [text, offset] : bad)
    EXPECT_EQ(first_bad_utf8(text), offset) << text;
}

TEST(Files, AreJoinedUnderTheirNames) {
  auto folder = testing::TempDir();
  std::ofstream{folder + "a.txt"} << "first\n";
  std::ofstream{folder + "b.txt"} << "second";
  std::istringstream in;
  EXPECT_EQ(*read_files({folder + "a.txt", folder + "b.txt"}, in, limit),
            "=== " + folder + "a.txt\nfirst\n=== " + folder
              + "b.txt\nsecond\n");
}

TEST(Files, ThatCannotBeTakenAreNamed) {
  auto folder = testing::TempDir();
  std::istringstream in;
  auto said = [&](const std::string& name) {
    auto x = read_files({name}, in, limit);
    return x ? "" : render(x.error());
  };
  EXPECT_THAT(said("/nowhere/x"), HasSubstr("/nowhere/x: cannot be read"));
  EXPECT_THAT(said(folder), HasSubstr("is a folder"));
  std::ofstream{folder + "c.bin"} << std::string(3, '\0');
  EXPECT_THAT(said(folder + "c.bin"), HasSubstr("c.bin: a NUL byte"));
  std::ofstream{folder + "d.txt"} << std::string(600, 'x');
  auto both = read_files({folder + "d.txt", folder + "d.txt"}, in, limit);
  ASSERT_FALSE(both);
  EXPECT_THAT(render(both.error()), HasSubstr("the files together"));
}
