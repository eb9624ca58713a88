#include "actors/router/selection.hpp"

#include "messages/error.hpp"
#include "tests/actors/router/router_fixture.hpp"

#include <gmock/gmock.h>

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace smart_agents {

using enum task_type;
using test::five_providers;
using test::given;
using test::name_of;
using test::names_of;
using test::task_of;

class Selection : public ::testing::Test {
protected:
  decision route(const task& what) {
    roster who{options_};
    auto result = decide(who, what, outlooks_, now_);
    EXPECT_TRUE(result) << render(result.error());
    return result ? *result : decision{};
  }

  std::string error_of(const std::string& model) {
    roster who{options_};
    auto result = decide(who, task_of("hello", model), outlooks_, now_);
    if (result)
      return "routed to " + name_of(result->ranked.at(0));
    EXPECT_EQ(result.error(), ec::not_found);
    return render(result.error());
  }

  void rest(const std::string& provider, caf::timespan wait) {
    outlooks_[provider].health = {provider, false, "it broke", now_ + wait};
  }

  void exhaust(const std::string& provider) {
    outlooks_[provider].room = {provider, 0, provider + " has no room"};
  }

  void keep_only(std::vector<std::string> names) {
    std::erase_if(options_.providers, [&names](const routable_provider& x) {
      return std::find(names.begin(), names.end(), x.name) == names.end();
    });
  }

  static std::string why_not(const decision& d, const std::string& provider) {
    for (const auto& x : d.passed_over)
      if (x.provider == provider)
        return x.passed_over;
    return {};
  }

  router_options options_ = five_providers();
  provider_outlooks outlooks_;
  instant now_{1h};
};

// -- the default table --------------------------------------------------------

TEST_F(Selection, FollowsTheDefaultTableForEveryTypeAndComplexity) {
  for (auto type : {text, code, reasoning, creative, image, audio, video})
    for (int complexity = 1; complexity <= 10; ++complexity) {
      std::string wanted;
      switch (type) {
      case code:
        wanted = complexity <= 5   ? "ollama/qwen3:8b"
                 : complexity <= 7 ? "chatgpt/terra"
                                   : "claude/sonnet";
        break;
      case reasoning:
        wanted = complexity <= 8 ? "grok/grok-small" : "claude/opus";
        break;
      case text:
      case creative:
        wanted = complexity <= 5   ? "ollama/qwen3:8b"
                 : complexity <= 7 ? "grok/grok-small"
                                   : "claude/sonnet";
        break;
      default: wanted = "gemini/flash"; break;
      }
      auto d = route(given(type, complexity));
      auto where = to_string(type) + " " + std::to_string(complexity);
      ASSERT_FALSE(d.ranked.empty()) << where;
      EXPECT_EQ(name_of(d.ranked[0]), wanted) << where;
      EXPECT_EQ(d.ranked[0].tier, 1) << where;
      EXPECT_EQ(d.ranked[0].reason, d.rule) << where;
      EXPECT_EQ(d.ranked.size(), 9u) << where;
      EXPECT_TRUE(d.given);
      auto tier = [](auto& a, auto& b) { return a.tier < b.tier; };
      EXPECT_TRUE(std::is_sorted(d.ranked.begin(), d.ranked.end(), tier));
      if (wanted != "ollama/qwen3:8b") {
        EXPECT_EQ(name_of(d.ranked.back()), "ollama/qwen3:8b") << where;
        EXPECT_EQ(d.ranked.back().tier, 3) << where;
      }
    }
}

TEST_F(Selection, ExplainsTheRule) {
  EXPECT_EQ(route(given(code, 9)).rule,
            "code of complexity 8-10 goes to claude");
  EXPECT_EQ(route(given(reasoning, 9)).rule,
            "reasoning of complexity 9-10 goes to claude (its strongest "
            "model)");
}

TEST_F(Selection, SaysWhomTheRuleWantedWhenNobodyConfiguredIt) {
  keep_only({"ollama", "grok"});
  auto d = route(given(code, 9));
  EXPECT_EQ(d.ranked.at(0).provider, "grok");
  EXPECT_EQ(d.ranked.at(0).tier, 2);
  EXPECT_EQ(why_not(d, "claude"), "claude is not configured");
  EXPECT_EQ(d.rule, "no rule matches: the best of those that can");
}

TEST_F(Selection, TakesTheUsersRulesFirst) {
  options_.rules.insert(options_.rules.begin(),
                        route_rule{{code}, 1, 10, "gemini", true});
  EXPECT_EQ(name_of(route(given(code, 3)).ranked.at(0)), "gemini/argon");
  EXPECT_EQ(route(given(text, 3)).ranked.at(0).provider, "ollama");
  options_.rules.insert(options_.rules.begin(), route_rule{{}, 4, 4, "grok"});
  EXPECT_EQ(route(given(code, 4)).rule,
            "every task of complexity 4 goes to grok");
}

TEST_F(Selection, LetsDefaultProvidersReplaceTheTableButNotTheUsersRules) {
  options_.default_providers[code] = "gemini";
  auto d = route(given(code, 9));
  EXPECT_EQ(d.ranked.at(0).provider, "gemini");
  EXPECT_EQ(d.rule, "code goes to gemini by default");
  options_.rules.insert(options_.rules.begin(),
                        route_rule{{code}, 9, 9, "chatgpt"});
  EXPECT_EQ(route(given(code, 9)).ranked.at(0).provider, "chatgpt");
  EXPECT_EQ(route(given(code, 8)).ranked.at(0).provider, "gemini");
  options_.default_providers[code] = "nobody";
  d = route(given(code, 8));
  EXPECT_EQ(d.ranked.at(0).provider, "claude");
  EXPECT_EQ(why_not(d, "nobody"), "nobody is not configured");
}

TEST_F(Selection, TakesAnotherLastResortWhenToldSo) {
  options_.fallback_provider = "gemini";
  auto d = route(given(code, 9));
  EXPECT_EQ(d.ranked.back().provider, "gemini");
  for (const auto& x : d.ranked)
    EXPECT_EQ(x.tier == 3, x.provider == "gemini");
}

// -- passing over -------------------------------------------------------------

TEST_F(Selection, PassesOverThoseThatRest) {
  rest("claude", 42s);
  auto d = route(given(code, 9));
  EXPECT_NE(d.ranked.at(0).provider, "claude");
  EXPECT_EQ(why_not(d, "claude"), "claude rests for another 42 s: it broke");
  now_ += 42s;
  EXPECT_EQ(route(given(code, 9)).ranked.at(0).provider, "claude");
}

TEST_F(Selection, PassesOverThoseWithoutRoomUnlessLimitsOnlyWarn) {
  exhaust("claude");
  auto what = given(code, 9);
  auto d = route(what);
  EXPECT_NE(d.ranked.at(0).provider, "claude");
  EXPECT_EQ(why_not(d, "claude"), "claude has no room");
  what.limits_bind = false;
  EXPECT_EQ(route(what).ranked.at(0).provider, "claude");
}

TEST_F(Selection, PassesOverASmallContext) {
  auto what = given(reasoning, 5);
  std::string words;
  for (int i = 0; i < 90'000; ++i)
    words += "word" + std::to_string(i % 7) + " ";
  what.request.messages.edit()[0] = text_message(role::user, words);
  auto d = route(what);
  EXPECT_THAT(why_not(d, "grok"), HasSubstr("does not fit into the 100000 of "
                                            "grok-small"));
  EXPECT_THAT(names_of(d.ranked), Contains("grok/grok-large"));
  EXPECT_GT(d.input_tokens, 100'000u);
}

TEST_F(Selection, PassesOverModelsWithoutTheModality) {
  auto what = given(text, 6);
  media_part picture;
  what.request.messages.edit()[0].parts.emplace_back(picture);
  auto d = route(what);
  EXPECT_EQ(why_not(d, "grok"), "grok-small takes no images");
  EXPECT_THAT(names_of(d.ranked), Not(Contains("grok/grok-large")));
  EXPECT_THAT(names_of(d.ranked), Contains("claude/opus"));
  picture.what = media_part::kind::audio;
  what.request.messages.edit()[0].parts.emplace_back(picture);
  d = route(what);
  EXPECT_EQ(why_not(d, "claude"), "sonnet takes no audio");
  EXPECT_EQ(d.ranked.at(0).provider, "gemini");
}

TEST_F(Selection, PassesOverModelsWithoutTools) {
  options_.providers.push_back({"mistral", "mistral", "large", "", {}, false});
  auto what = given(text, 6);
  what.request.tools.edit().emplace_back();
  EXPECT_EQ(why_not(route(what), "mistral"), "large uses no tools");
}

TEST_F(Selection, CallsOnThoseThatRestWhenNobodyElseIsLeft) {
  keep_only({"grok", "claude", "gemini"});
  rest("claude", 30s);
  rest("grok", 20s);
  exhaust("gemini");
  auto d = route(given(code, 9));
  ASSERT_EQ(d.ranked.size(), 4u);
  EXPECT_EQ(d.ranked[0].provider, "grok");
  EXPECT_EQ(d.ranked[2].provider, "claude");
  EXPECT_EQ(d.ranked[0].reason,
            "nobody else is left; grok rests for another 20 s: it broke");
  for (const auto& x : d.ranked)
    EXPECT_EQ(x.passed_over, "");
  EXPECT_EQ(why_not(d, "gemini"), "gemini has no room");
}

TEST_F(Selection, RanksNobodyWhenAllAreExhausted) {
  keep_only({"claude"});
  exhaust("claude");
  auto d = route(given(code, 9));
  EXPECT_THAT(d.ranked, IsEmpty());
  EXPECT_EQ(why_not(d, "claude"), "claude has no room");
}

TEST_F(Selection, HasNothingToOfferWithoutProviders) {
  options_.providers.clear();
  auto d = route(task_of("hello"));
  EXPECT_THAT(d.ranked, IsEmpty());
}

// -- the second tier ----------------------------------------------------------

TEST_F(Selection, PrefersAlternativesThatAreStrongEnough) {
  rest("claude", 60s);
  auto hard = route(given(code, 10));
  EXPECT_EQ(name_of(hard.ranked.at(0)), "chatgpt/sol");
  rest("grok", 60s);
  auto easy = route(given(reasoning, 3));
  EXPECT_EQ(name_of(easy.ranked.at(0)), "gemini/flash");
}

TEST_F(Selection, PrefersAlternativesWithRoom) {
  rest("claude", 60s);
  outlooks_["chatgpt"].room = {"chatgpt", 0.02, ""};
  EXPECT_NE(route(given(code, 10)).ranked.at(0).provider, "chatgpt");
}

// -- names --------------------------------------------------------------------

TEST_F(Selection, FindsTheCheapestThatSuffices) {
  auto easy = route(given(code, 2, "auto:cheap"));
  EXPECT_EQ(easy.ranked.at(0).provider, "ollama");
  EXPECT_EQ(easy.ranked.at(0).tier, 1);
  auto middle = route(given(code, 5, "auto:cheap"));
  EXPECT_EQ(name_of(middle.ranked.at(0)), "grok/grok-small");
  auto hard = route(given(code, 10, "auto:cheap"));
  EXPECT_EQ(name_of(hard.ranked.at(0)), "claude/opus");
  EXPECT_EQ(hard.ranked.back().provider, "ollama");
}

TEST_F(Selection, FindsTheStrongest) {
  auto d = route(given(text, 1, "auto:best"));
  EXPECT_EQ(name_of(d.ranked.at(0)), "claude/opus");
  EXPECT_EQ(d.ranked.at(0).tier, 1);
  EXPECT_EQ(d.ranked.back().provider, "ollama");
  rest("claude", 10s);
  EXPECT_EQ(name_of(route(given(text, 1, "auto:best")).ranked.at(0)),
            "chatgpt/sol");
}

TEST_F(Selection, TakesTheModelThatWasAskedForAndFailsOverAloud) {
  auto d = route(given(text, 1, "chatgpt/luna"));
  EXPECT_EQ(name_of(d.ranked.at(0)), "chatgpt/luna");
  EXPECT_EQ(d.ranked[0].tier, 1);
  EXPECT_EQ(d.ranked[0].reason, "asked for by name");
  EXPECT_EQ(d.ranked[1].tier, 2);
  EXPECT_THAT(d.ranked[1].reason, HasSubstr("in place of chatgpt/luna"));
  EXPECT_EQ(d.rule, "chatgpt/luna was asked for by name");
  EXPECT_EQ(d.ranked.size(), 10u);
}

TEST_F(Selection, FailsOverToNobodyWhomTheKeyMayNotAskFor) {
  auto what = given(text, 1, "chatgpt/luna");
  what.stand_ins = {"chatgpt/luna", "ollama/*"};
  auto d = route(what);
  EXPECT_EQ(name_of(d.ranked.at(0)), "chatgpt/luna");
  for (const auto& x : d.ranked)
    EXPECT_TRUE(x.provider == "ollama" || x.model == "luna") << name_of(x);
  EXPECT_EQ(why_not(d, "claude"), "the client's key may not ask for it");
  what.model = "auto";
  EXPECT_EQ(why_not(route(what), "claude"), "");
}

TEST_F(Selection, TakesTheProviderThatWasAskedFor) {
  auto easy = route(given(code, 2, "claude"));
  EXPECT_EQ(name_of(easy.ranked.at(0)), "claude/sonnet");
  EXPECT_EQ(name_of(easy.ranked.at(1)), "claude/opus");
  EXPECT_EQ(easy.ranked[1].tier, 1);
  auto hard = route(given(code, 9, "claude"));
  EXPECT_EQ(name_of(hard.ranked.at(0)), "claude/opus");
}

TEST_F(Selection, FindsWhoHasAModelOfTheCatalogue) {
  options_.providers.push_back(
    {"second", "openai", "terra", "", {"terra"}, false});
  auto d = route(given(text, 5, "terra"));
  EXPECT_EQ(name_of(d.ranked.at(0)), "chatgpt/terra");
  EXPECT_EQ(name_of(d.ranked.at(1)), "second/terra");
  EXPECT_EQ(d.ranked[1].tier, 1);
  d = route(given(text, 5, "luna"));
  EXPECT_EQ(name_of(d.ranked.at(0)), "chatgpt/luna");
  EXPECT_EQ(why_not(d, "second"),
            "luna is not allowed: add it to providers.second.models");
}

TEST_F(Selection, FindsALocalModelByItsName) {
  EXPECT_EQ(name_of(route(given(text, 5, "qwen3:8b")).ranked.at(0)),
            "ollama/qwen3:8b");
  EXPECT_EQ(name_of(route(given(text, 5, "ollama/other:1b")).ranked.at(0)),
            "ollama/other:1b");
}

TEST_F(Selection, NamesTheNearestForAnUnknownModel) {
  EXPECT_THAT(error_of("sonet"), HasSubstr("unknown model \"sonet\"; did you "
                                           "mean sonnet"));
  EXPECT_THAT(error_of("claud"), HasSubstr("did you mean claude"));
  EXPECT_THAT(error_of("auto:chaep"), HasSubstr("auto:cheap"));
  EXPECT_THAT(error_of("zzzzzzzzzz"), Not(HasSubstr("did you mean")));
  EXPECT_THAT(error_of(std::string(100'000, 'x')), HasSubstr("unknown model"));
}

TEST_F(Selection, SaysWhichVendorAModelNeeds) {
  EXPECT_THAT(error_of("large"), HasSubstr("vendor mistral"));
}

TEST_F(Selection, RefusesAModelThatAProviderDoesNotAllow) {
  options_.providers[3].models = {"terra", "luna"};
  EXPECT_THAT(error_of("chatgpt/lunna"),
              HasSubstr("chatgpt has no model \"lunna\" here; did you mean "
                        "luna? Others go into providers.chatgpt.models"));
}

TEST_F(Selection, ReadsAutoAsTheConfiguredDefault) {
  options_.default_model = "auto:best";
  EXPECT_EQ(name_of(route(given(text, 1, "auto")).ranked.at(0)), "claude/opus");
  EXPECT_EQ(name_of(route(given(text, 1, "")).ranked.at(0)), "claude/opus");
  EXPECT_EQ(name_of(route(given(text, 1, "auto:cheap")).ranked.at(0)),
            "ollama/qwen3:8b");
}

// -- the rest -----------------------------------------------------------------

TEST_F(Selection, ComparesWithTheStrongestModel) {
  auto d = route(given(text, 1));
  EXPECT_EQ(d.baseline_usd_per_input_mtok, 4);
  EXPECT_EQ(d.baseline_usd_per_output_mtok, 20);
  EXPECT_EQ(d.ranked.at(0).cost_usd, 0);
  EXPECT_GT(d.ranked.at(1).cost_usd, 0);
}

TEST_F(Selection, KeepsWhatTheCallerGave) {
  auto half = task_of("Write a C++ parser for JSON.\n```cpp\nint x;\n```");
  half.type = text;
  auto d = route(half);
  EXPECT_EQ(d.type, text);
  EXPECT_FALSE(d.given);
  EXPECT_GT(d.complexity, 1);
  half.type.reset();
  half.complexity = 9;
  d = route(half);
  EXPECT_EQ(d.type, code);
  EXPECT_EQ(d.complexity, 9);
}

TEST_F(Selection, ReservesForTheMostTalkativeTokenizer) {
  auto what = task_of("one two three four five six seven eight nine ten");
  auto with_claude = route(what).input_tokens;
  keep_only({"ollama"});
  EXPECT_GT(with_claude, route(what).input_tokens);
}

TEST_F(Selection, DecidesTheSameEveryTime) {
  outlooks_["grok"].room = {"grok", 0.3, ""};
  rest("gemini", 5s);
  auto what = task_of("Compare two designs of a distributed cache.");
  auto first = route(what);
  for (int i = 0; i < 20; ++i) {
    auto again = route(what);
    EXPECT_EQ(names_of(again.ranked), names_of(first.ranked));
    EXPECT_EQ(again.features, first.features);
  }
}

// -- tokens -------------------------------------------------------------------

TEST_F(Selection, CountsTokensAsEachModelWasSeenToCount) {
  auto before = route(task_of("Some words to count, and some more of them."));
  auto ratios = std::make_shared<token_ratios>();
  for (int i = 0; i < 50; ++i)
    ratios->learn("grok", "grok-small",
                  ratios->scaled("grok", "grok-small", 1100), 2000);
  options_.ratios = ratios;
  auto after = route(task_of("Some words to count, and some more of them."));
  for (const auto& x : before.ranked)
    for (const auto& y : after.ranked)
      if (name_of(x) == name_of(y)) {
        EXPECT_GT(x.input_tokens, 0u);
        auto factor = static_cast<double>(y.input_tokens)
                      / static_cast<double>(x.input_tokens);
        EXPECT_NEAR(factor, name_of(x) == "grok/grok-small" ? 2 : 1, 0.1)
          << name_of(x);
      }
}

// -- profiles, budget and experience ------------------------------------------

namespace {

ledger_row answer_of(const std::string& provider, const std::string& model,
                     caf::timespan first, caf::timespan whole) {
  ledger_row row;
  row.provider = provider;
  row.model = model;
  row.type = "code";
  row.outcome = "answered";
  row.first_byte = first;
  row.elapsed = whole;
  row.tokens.output = 500;
  row.tokens.uncached_input = 1000;
  return row;
}

} // namespace

TEST_F(Selection, KeepsATaskOnThisMachineWhenToldSo) {
  auto d = route(given(code, 9, "auto:local-only"));
  EXPECT_THAT(names_of(d.ranked), ElementsAre("ollama/qwen3:8b"));
  EXPECT_EQ(d.ranked[0].tier, 1);
  EXPECT_EQ(why_not(d, "claude"), "claude is not on this machine");
}

TEST_F(Selection, FindsTheFastestThatSuffices) {
  auto learned = std::make_shared<model_experience>();
  options_.experience = learned;
  learned->learn(answer_of("claude", "sonnet", 1s, 3s));
  learned->learn(answer_of("chatgpt", "sol", 5s, 30s));
  auto d = route(given(code, 7, "auto:fast"));
  EXPECT_EQ(name_of(d.ranked[0]), "claude/sonnet");
  EXPECT_THAT(d.ranked[0].reason, HasSubstr("suffices for complexity 7 in"));
  EXPECT_THAT(d.ranked.back().reason, HasSubstr("too weak for complexity 7"));
}

TEST_F(Selection, PassesOverWhatCostsTooMuch) {
  options_.max_cost_usd = 0.01;
  auto d = route(given(code, 8));
  EXPECT_THAT(why_not(d, "claude"),
              HasSubstr("more than routing.max_cost_usd"));
  EXPECT_THAT(names_of(d.ranked), Contains("ollama/qwen3:8b"));
}

TEST_F(Selection, LeavesAPreferredProviderThatKeepsFailing) {
  auto learned = std::make_shared<model_experience>();
  options_.experience = learned;
  EXPECT_EQ(name_of(route(given(code, 6)).ranked[0]), "chatgpt/terra");
  auto row = answer_of("chatgpt", "terra", 0s, 1s);
  row.outcome = "timeout";
  for (int i = 0; i < 8; ++i)
    learned->learn(row);
  auto d = route(given(code, 6));
  EXPECT_NE(d.ranked[0].provider, "chatgpt");
  EXPECT_THAT(d.rule, HasSubstr("chatgpt"));
  EXPECT_THAT(names_of(d.ranked), Contains("chatgpt/terra"));
  learned->enable(false);
  EXPECT_EQ(name_of(route(given(code, 6)).ranked[0]), "chatgpt/terra");
}

TEST_F(Selection, ListensToRatings) {
  keep_only({"grok", "chatgpt"});
  options_.rules.clear();
  auto learned = std::make_shared<model_experience>();
  options_.experience = learned;
  auto before = route(given(code, 4)).ranked[0];
  for (int i = 0; i < 10; ++i)
    learned->rate(before.provider, before.model, "code", false);
  EXPECT_NE(name_of(route(given(code, 4)).ranked[0]), name_of(before));
}

TEST_F(Selection, ReckonsWithAWarmPromptCache) {
  auto learned = std::make_shared<model_experience>();
  options_.experience = learned;
  auto what = given(code, 8);
  what.conversation = "talk";
  auto cold = route(what);
  auto row = answer_of("gemini", "argon", 1s, 2s);
  row.tokens.uncached_input = cold.input_tokens;
  learned->learn(row, "talk", now_);
  auto warm = route(what);
  auto score = [](const decision& d) {
    for (const auto& x : d.ranked)
      if (name_of(x) == "gemini/argon")
        return x.score;
    return 0.0;
  };
  EXPECT_GT(score(warm), score(cold));
}

TEST_F(Selection, SaysWhyEachStandsBehind) {
  auto d = route(given(code, 6));
  EXPECT_THAT(d.ranked[0].reason, Not(HasSubstr("behind")));
  EXPECT_THAT(d.ranked[1].reason,
              HasSubstr("behind chatgpt: the rule prefers it"));
  EXPECT_THAT(d.ranked[1].reason, HasSubstr("quality 0."));
}

} // namespace smart_agents
