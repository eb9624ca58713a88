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

TEST(Catalogue, NamesTheEntryThatIsWrong) {
  auto bad = catalogue::parse(R"({"models":[{"provider":"x"}]})");
  ASSERT_FALSE(bad);
  EXPECT_EQ(render(bad.error()),
            "bad_config: model catalogue: models[0]: provider and model must be named");
  EXPECT_FALSE(catalogue::parse("nonsense"));
}

} // namespace smart_agents
