#include "tests/adapters/codecs/toy_codec.hpp"

#include "tests/adapters/codecs/conformance.hpp"

namespace smart_agents::test {

TEST(NewProvider, OfAFormatOfItsOwnIsOnePairOfFiles) {
  codec_sample sample;
  sample.codec = std::make_shared<toy_codec>();
  sample.answer = R"({"said":"hello","heard":3,"spoke":1})";
  sample.stream = R"({"piece":"hel"})"
                  "\n"
                  R"({"piece":"lo"})"
                  "\n"
                  R"({"end":true,"heard":3,"spoke":1})"
                  "\n";
  sample.text = "hello";
  sample.tokens.uncached_input = 3;
  sample.tokens.output = 1;
  check_conformance(sample);
}

} // namespace smart_agents::test
