#include "adapters/catalogue.hpp"

#include "messages/error.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

TEST(Catalogue, ShipsWithTheProgram) {
  const auto& all = catalogue::built_in();
  EXPECT_EQ(all.models().size(), 69u);
  EXPECT_EQ(all.date(), "2026-11-23");
  auto opus = all.find("anthropic", "claude-opus-5-5");
  EXPECT_TRUE(opus.known);
  EXPECT_EQ(opus.base.input, 4);
  EXPECT_EQ(opus.context, 1'000'000u);
  EXPECT_FALSE(opus.sampling_params);
}

TEST(Catalogue, FindsDatedSnapshots) {
  auto x = catalogue::built_in().find("openai", "gpt-4o-2024-08-06");
  EXPECT_TRUE(x.known);
  EXPECT_EQ(x.name, "gpt-4o-2024-08-06");
  EXPECT_EQ(x.base.input, 2.5);
  // The longest name wins, so that the small model is not billed as the big.
  x = catalogue::built_in().find({}, "gpt-4o-mini-2024-07-18");
  EXPECT_EQ(x.base.input, 0.15);
}

TEST(Catalogue, SaysWhatItDoesNotKnow) {
  EXPECT_FALSE(catalogue::built_in().find("openai", "gpt-99").known);
  auto local = catalogue::built_in().find("ollama", "whatever:7b");
  EXPECT_TRUE(local.known);
  EXPECT_EQ(local.base.output, 0);
}

TEST(Catalogue, BillsTheWholeRequestAtItsTier) {
  auto haiku = catalogue::built_in().find("anthropic", "claude-haiku-5-5");
  usage tokens;
  tokens.uncached_input = 100'000;
  EXPECT_DOUBLE_EQ(cost_usd(haiku, tokens), 0.01);
  tokens.uncached_input = 100'001;
  EXPECT_DOUBLE_EQ(cost_usd(haiku, tokens), 100'001 * 0.5 / 1e6);
}

TEST(Catalogue, BillsTheCacheApart) {
  auto opus = catalogue::built_in().find("anthropic", "claude-opus-5-5");
  usage tokens;
  tokens.uncached_input = 1'000'000;
  tokens.cache_read = 1'000'000;
  tokens.cache_write = 1'000'000;
  tokens.output = 1'000'000;
  EXPECT_DOUBLE_EQ(cost_usd(opus, tokens), 4 + 0.2 + 5 + 20);
}

TEST(Catalogue, FillsInCachePricesThatAreNotPublished) {
  auto parsed = catalogue::parse(R"({"models":[
    {"provider":"anthropic","model":"a","input_per_mtok":4,"output_per_mtok":8},
    {"provider":"xai","model":"b","input_per_mtok":4,"output_per_mtok":8,
     "cache_read_per_mtok":null,"cache_write_per_mtok":null},
    {"provider":"openai","model":"c","input_per_mtok":4,"output_per_mtok":8,
     "cache_read_per_mtok":0,"cache_write_per_mtok":5,
     "tiers":[{"above_input_tokens":10,"input_per_mtok":8,
               "output_per_mtok":16}]}]})");
  ASSERT_TRUE(parsed) << render(parsed.error());
  auto a = parsed->find("anthropic", "a").base;
  EXPECT_EQ(a.cache_read, 4);
  EXPECT_EQ(a.cache_write, 5);
  auto b = parsed->find("xai", "b").base;
  EXPECT_EQ(b.cache_read, 4);
  EXPECT_EQ(b.cache_write, 4);
  // A published price of nothing is a price.
  auto c = parsed->find("openai", "c");
  EXPECT_EQ(c.base.cache_read, 0);
  EXPECT_EQ(c.tiers.at(0).cost.cache_read, 0);
  EXPECT_EQ(c.tiers.at(0).cost.cache_write, 10);
}

TEST(Catalogue, KnowsWhoTakesSampling) {
  const auto& all = catalogue::built_in();
  EXPECT_FALSE(all.find("openai", "gpt-6.1-sol").sampling_params);
  EXPECT_TRUE(all.find("openai", "gpt-4.1").sampling_params);
  EXPECT_TRUE(all.find("gemini", "gemini-3.8-flash").sampling_params);
  EXPECT_FALSE(
    all.find("anthropic", "claude-sonnet-5-5-20261001").sampling_params);
  EXPECT_TRUE(
    all.find("anthropic", "claude-sonnet-4-5@20250929").sampling_params);
}

TEST(Catalogue, NamesTheEntryThatIsWrong) {
  auto bad = catalogue::parse(R"({"models":[{"provider":"x"}]})");
  ASSERT_FALSE(bad);
  EXPECT_EQ(
    render(bad.error()),
    "bad_config: model catalogue: models[0]: provider and model must be named");
  for (auto [entry, problem] :
       {std::pair{"7", "models[0]: must be an object"},
        {R"({"provider":"x","model":"y","output_per_mtok":1})",
         "models[0] (y): input_per_mtok and output_per_mtok must be numbers"},
        {R"({"provider":"x","model":"y","input_per_mtok":-1,)"
         R"("output_per_mtok":1})",
         "models[0] (y): input_per_mtok must be a number, 0 or more, or null"},
        {R"({"provider":"x","model":"y","input_per_mtok":1,)"
         R"("output_per_mtok":1,"tiers":[{}]})",
         "models[0] (y): tiers: above_input_tokens must be a number"}}) {
    bad = catalogue::parse("{\"models\":[" + std::string{entry} + "]}");
    ASSERT_FALSE(bad) << entry;
    EXPECT_EQ(render(bad.error()),
              "bad_config: model catalogue: " + std::string{problem});
  }
  EXPECT_FALSE(catalogue::parse("nonsense"));
  EXPECT_FALSE(catalogue::parse("{}"));
}

} // namespace smart_agents
