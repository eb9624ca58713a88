#include "adapters/codecs/json_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace smart_agents::codecs {

namespace {

/// Blanks that make a text large.
const std::string ballast(5000, ' ');

std::string nested(size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

} // namespace

TEST(JsonReader, ReadsALargeTextAsItReadsASmallOne) {
  json_reader small;
  json_reader large;
  for (const std::string text :
       {R"({"a":[1,-2,18446744073709551615,0.7,1e-7,true,false,null],"b":{}})",
        R"({"text":"caf\u00e9 \ud83d\ude00 \"x\" \\ \n","empty":"","list":[]})",
        R"([{"x":{"y":[[["deep"]]]}}])", R"("alone")", "7", "null",
        R"({"twice":1,"twice":{"and":"again"}})"}) {
    const auto* x = small.parse(text);
    const auto* y = large.parse(ballast + text);
    ASSERT_TRUE(x) << text;
    ASSERT_TRUE(y) << text;
    EXPECT_EQ(*x, *y) << text;
    EXPECT_EQ(text_of_json(*x), text_of_json(*y)) << text;
  }
}

TEST(JsonReader, RefusesTheSameWhateverTheSize) {
  json_reader reader;
  for (const auto& text : std::vector<std::string>{
         "", "{", R"({"a":)", R"({"a":1,})", "[1 2]", "{} {}", "nul", "01",
         "\"\x80\"", R"("\ud83d")", R"({"a":1}x)", nested(257)}) {
    EXPECT_EQ(reader.parse(text), nullptr) << text;
    EXPECT_EQ(reader.parse(ballast + text), nullptr) << text;
  }
  EXPECT_TRUE(reader.parse(nested(256)));
  EXPECT_TRUE(reader.parse(ballast + nested(256)));
}

TEST(JsonReader, TakesNumbersThatNoIntegerHolds) {
  json_reader reader;
  for (const auto& before : {std::string{}, ballast}) {
    const auto* x = reader.parse(before + "[123456789012345678901234567890]");
    ASSERT_TRUE(x);
    EXPECT_NEAR(x->at(0).as_double(), 1.2345678901234568e29, 1e14);
  }
}

TEST(JsonReader, ReadsOneTextAfterTheOther) {
  json_reader reader;
  for (size_t size : {10u, 5000u, 2'000'000u, 5000u, 10u}) {
    const auto* x =
      reader.parse_object(R"({"text":")" + std::string(size, 'x') + "\"}");
    ASSERT_TRUE(x);
    EXPECT_EQ(text_at(*x, "text").size(), size);
  }
}

} // namespace smart_agents::codecs
