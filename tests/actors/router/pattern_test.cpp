#include "actors/router/pattern.hpp"

#include "messages/error.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <regex>
#include <string>

namespace smart_agents {

namespace {

bool found(const std::string& what, const std::string& text) {
  auto compiled = pattern::compile(what);
  EXPECT_TRUE(compiled) << what << ": " << render(compiled.error());
  return compiled && compiled->found_in(text);
}

std::string complaint(const std::string& what) {
  auto compiled = pattern::compile(what);
  EXPECT_FALSE(compiled) << what;
  return compiled ? "" : render(compiled.error());
}

/// A pattern of the part of the syntax that std::regex shares.
std::string random_pattern(std::mt19937& random, int depth) {
  auto pick = [&random](size_t n) { return random() % n; };
  static const char* atoms[] = {"a",    "b",   "c",   ".",   "[ab]",
                                "[^a]", "\\w", "\\s", "\\b", "[a-c]",
                                "^",    "$",   "\\B"};
  std::string result;
  for (size_t i = 0, n = 1 + pick(3); i < n; ++i) {
    auto atom = depth > 0 && pick(3) == 0
                  ? "(" + random_pattern(random, depth - 1) + ")"
                  : std::string{atoms[pick(std::size(atoms))]};
    auto edge =
      atom[0] == '^' || atom[0] == '$' || atom == "\\b" || atom == "\\B";
    static const char* repeats[] = {"", "", "", "*", "+", "?", "{2}", "{1,2}"};
    result += atom + (edge ? "" : repeats[pick(std::size(repeats))]);
  }
  if (depth > 0 && pick(3) == 0)
    result += "|" + random_pattern(random, depth - 1);
  return result;
}

} // namespace

TEST(Pattern, FindsWhatItSays) {
  EXPECT_TRUE(found("sql", "Write SQL for me"));
  EXPECT_TRUE(found("\\bsql\\b", "Write sql."));
  EXPECT_FALSE(found("\\bsql\\b", "mysqldump"));
  EXPECT_TRUE(found("^write", "Write sql"));
  EXPECT_FALSE(found("^sql", "Write sql"));
  EXPECT_TRUE(found("sql$", "Write sql"));
  EXPECT_TRUE(found("(foo|bar)baz", "xbarbaz"));
  EXPECT_FALSE(found("(?:foo|bar)baz", "xbarba"));
  EXPECT_TRUE(found("a.c", "abc"));
  EXPECT_FALSE(found("a.c", "a\nc"));
  EXPECT_TRUE(found("\\d{3}-\\d{2,}", "tel 555-1234"));
  EXPECT_FALSE(found("\\d{3}-\\d{5,}", "tel 555-1234"));
  EXPECT_TRUE(found("[^a-z ]", "abc D1"));
  EXPECT_FALSE(found("[^a-z ]", "abc d"));
  EXPECT_TRUE(found("c\\+\\+", "in C++"));
  EXPECT_TRUE(found("[\\d.-]x", "a-x"));
  EXPECT_TRUE(found("für", "Kuchen für alle"));
  EXPECT_TRUE(found("", ""));
  EXPECT_TRUE(found("^$", ""));
  EXPECT_TRUE(found("(a*)*b", "aab"));
  EXPECT_FALSE(found("a", ""));
  EXPECT_TRUE(found("a+?b{2}?", "aabb"));
  EXPECT_TRUE(found("[]]", "]"));
}

TEST(Pattern, SaysWhatIsWrongAndWhere) {
  EXPECT_NE(complaint("(a").find("a ( is not closed (at character 3)"),
            std::string::npos);
  EXPECT_NE(complaint("a)").find("a ) too many"), std::string::npos);
  EXPECT_NE(complaint("[a").find("a [ is not closed"), std::string::npos);
  EXPECT_NE(complaint("*a").find("nothing stands before"), std::string::npos);
  EXPECT_NE(complaint("a{2").find("{2,5}"), std::string::npos);
  EXPECT_NE(complaint("a{5,2}").find("{2,5}"), std::string::npos);
  EXPECT_NE(complaint("(a)\\1").find("\\1 is not known"), std::string::npos);
  EXPECT_NE(complaint("(?=a)").find("(?: )"), std::string::npos);
  EXPECT_NE(complaint("[z-a]").find("backwards"), std::string::npos);
  EXPECT_NE(complaint("[ä]").find("ASCII"), std::string::npos);
  EXPECT_NE(complaint("a\\").find("ends in"), std::string::npos);
  EXPECT_NE(complaint(std::string(300, 'a')).find("longer"), std::string::npos);
  EXPECT_NE(complaint(std::string(60, '(') + std::string(60, ')')).find("50"),
            std::string::npos);
}

TEST(Pattern, RefusesWhatComesToTooMuch) {
  for (const char* what :
       {"a{513}", "a{99999999999999999999}", "(a{50}){50}", "((a{9}){9}){9}",
        "(a|b){300}", "((((a*)*)*){20}){40}"})
    EXPECT_NE(complaint(what).find("steps"), std::string::npos) << what;
  EXPECT_TRUE(pattern::compile("a{400}"));
}

// What makes engines that try one way after the other take ages.
TEST(Pattern, TakesTimeInProportionToTheText) {
  std::string text(2048, 'a');
  auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(found("(a+a+)+b", text));
  EXPECT_FALSE(found("(a|aa|a?)*c", text));
  EXPECT_FALSE(found("(.*)(.*)(.*)(.*)(.*)z", text));
  EXPECT_FALSE(found("(a?){100}a{100}b", text));
  // A second is a thousand times what it takes, and nothing to the others.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{5});
}

TEST(Pattern, FindsWhatTheStandardLibraryFinds) {
  std::mt19937 random{7};
  size_t hits = 0;
  for (int i = 0; i < 2000; ++i) {
    auto what = random_pattern(random, 2);
    auto compiled = pattern::compile(what);
    ASSERT_TRUE(compiled) << what;
    std::regex other{what, std::regex::icase};
    for (int k = 0; k < 5; ++k) {
      std::string text;
      for (size_t n = random() % 7; n > 0; --n)
        text += "abcA d"[random() % 6];
      auto expected = std::regex_search(text, other);
      hits += expected ? 1 : 0;
      EXPECT_EQ(compiled->found_in(text), expected)
        << what << " in \"" << text << '"';
    }
  }
  EXPECT_GT(hits, 2000u);
  EXPECT_LT(hits, 9000u);
}

} // namespace smart_agents
