#include "actors/router/router_model.hpp"

#include "tests/support/paths.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <string>

namespace smart_agents {

namespace {

namespace json = boost::json;

model_verdict judge(const std::string& prompt) {
  prompt_scan seen;
  seen.read(prompt);
  return router_model::built_in().judge(seen, prompt_features{seen});
}

} // namespace

// The file was written by scripts/train-router together with the weights.
TEST(RouterModel, ComesToWhatTheTrainerComesTo) {
  std::ifstream in{std::string{test::tests_dir}
                   + "/actors/router/router_model_reference.jsonl"};
  size_t count = 0;
  for (std::string line; std::getline(in, line); ++count) {
    auto expected = json::parse(line).as_object();
    std::string prompt{expected["prompt"].as_string()};
    auto found = judge(prompt);
    EXPECT_NEAR(found.need, expected["need"].to_number<double>(), 2e-3)
      << prompt;
    for (size_t i = 0; i < 7; ++i)
      EXPECT_NEAR(found.types[i],
                  expected["types"].as_array()[i].to_number<double>(), 2e-3)
        << prompt;
  }
  EXPECT_GT(count, 30u);
}

TEST(RouterModel, GivesProbabilitiesForAnything) {
  for (const auto& prompt :
       {std::string{}, std::string(1000, '\0'), std::string(100'000, '$'),
        std::string{"\xff\xfe\x80"}, std::string(5000, '7')}) {
    auto x = judge(prompt);
    EXPECT_NEAR(std::accumulate(x.types.begin(), x.types.end(), 0.0F), 1, 1e-4);
    EXPECT_GE(x.need, 0);
    EXPECT_LE(x.need, 1);
  }
}

TEST(RouterModel, FindsHardWorkHarder) {
  EXPECT_GT(judge("Prove that every bounded sequence of real numbers $x_n$ has "
                  "a convergent subsequence, and derive a bound for the rate.")
              .need,
            judge("What is the capital of France?").need);
}

TEST(RouterModel, RefusesWeightsOfAnotherVersion) {
  EXPECT_FALSE(router_model::parse(""));
  EXPECT_FALSE(router_model::parse("smart-agents router model 4 x\n"));
  EXPECT_FALSE(router_model::parse("smart-agents router model 5 x\n"));
  EXPECT_FALSE(router_model::parse("smart-agents router model 5 x\n123"));
}

} // namespace smart_agents
