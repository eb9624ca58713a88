#include "runtime/cli/plain_yaml.hpp"

#include "messages/error.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace smart_agents;
using namespace smart_agents::cli;
using testing::HasSubstr;

namespace {

std::string read(std::string_view text) {
  auto result = read_plain_yaml(text);
  return result ? boost::json::serialize(*result) : render(result.error());
}

} // namespace

TEST(PlainYaml, ReadsMappingsAndSequencesByIndentation) {
  EXPECT_EQ(read("a: 1\nb:\n  - x\n  - y: 2\n    z: 3\nc:\n- q\n"),
            R"({"a":1,"b":["x",{"y":2,"z":3}],"c":["q"]})");
  EXPECT_EQ(read("-\n  a: 1\n- - 1\n  - 2\n"), R"([{"a":1},[1,2]])");
}

TEST(PlainYaml, ReadsScalars) {
  EXPECT_EQ(
    read("a: true\nb: null\nc: 1.5\nd: 1.5.2\ne: 'it''s'\nf: \"x\\ny\"\n"
         "g:\nh: http://x:80/y\ni: {\"j\": [1]}\n"),
    R"({"a":true,"b":null,"c":1.5E0,"d":"1.5.2","e":"it's",)"
    R"("f":"x\ny","g":null,"h":"http://x:80/y","i":{"j":[1]}})");
}

TEST(PlainYaml, PassesOverComments) {
  EXPECT_EQ(read("---\n# all\na: b # end\nc: 'd # e'\nf: g#h\n"),
            R"({"a":"b","c":"d # e","f":"g#h"})");
  EXPECT_EQ(read("# nothing\n"), "null");
}

TEST(PlainYaml, RefusesWhatItCannotReadWithTheLine) {
  EXPECT_THAT(read("a: 1\nb: &x 2\n"), HasSubstr("line 2: anchors"));
  EXPECT_THAT(read("a: |\n  text\n"), HasSubstr("line 1: anchors"));
  EXPECT_THAT(read("a:\n\tb: 1\n"),
              HasSubstr("line 2: it is indented by a tab"));
  EXPECT_THAT(read("a: 1\n  b: 2\n"), HasSubstr("line 2"));
  EXPECT_THAT(read("a: {b: 1}\n"), HasSubstr("line 1: it can only be read"));
  EXPECT_THAT(read("a: 1\n---\nb: 2\n"),
              HasSubstr("line 2: only one document"));
  EXPECT_THAT(read("a: 'b\n"), HasSubstr("line 1: a quote"));
  std::string deep;
  for (int i = 0; i < 100; ++i)
    deep += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  EXPECT_THAT(read(deep), HasSubstr("nested too deep"));
}
