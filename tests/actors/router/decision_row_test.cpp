#include "actors/router/decision_row.hpp"

#include "actors/router/ranking.hpp"
#include "actors/router/selection.hpp"
#include "adapters/log.hpp"
#include "messages/error.hpp"
#include "tests/actors/router/router_fixture.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <random>
#include <sstream>
#include <string>

namespace smart_agents {

using namespace std::chrono_literals;
using test::five_providers;
using test::task_of;

namespace {

/// Everything that a decision may rest on, by chance.
class chance {
public:
  explicit chance(uint32_t seed) : random_{seed} {}

  bool one_in(uint32_t n) {
    return random_() % n == 0;
  }

  double share() {
    return std::uniform_real_distribution<double>{0, 1}(random_);
  }

  size_t below(size_t n) {
    return random_() % n;
  }

  std::shared_ptr<const roster> who(instant now) {
    auto options = five_providers();
    std::shuffle(options.providers.begin(), options.providers.end(), random_);
    options.providers.resize(1 + below(5));
    if (one_in(3))
      options.providers.front().models = {"sonnet", "terra"};
    if (one_in(3))
      options.rules.insert(options.rules.begin(), rule());
    if (one_in(4))
      options.default_providers[task_type::code] = "claude";
    if (one_in(4))
      options.fallback_provider = "grok";
    if (one_in(4))
      options.max_cost_usd = share() * 0.02;
    options.weights.thrift = share();
    auto known = std::make_shared<model_experience>();
    auto ratios = std::make_shared<token_ratios>();
    for (const auto& x : options.providers) {
      ratios->learn(x.name, x.model, 1000, 500 + below(2000));
      for (auto n = below(20); n > 0; --n)
        known->learn(row(x), "talk", now - 1s * below(600));
      if (one_in(2))
        known->rate(x.name, x.model, "code", one_in(2));
    }
    options.experience = known;
    options.ratios = ratios;
    return std::make_shared<const roster>(std::move(options));
  }

  task what() {
    static const char* texts[] = {
      "What is the capital of France?",
      "Write a \"SQL\" query\n\tfor me — bitte",
      "Prove that $x^2 \\ge 0$ for all real x, and derive a bound.",
      "Design a distributed, multi-region database with consensus.",
      "Create a picture of a cat.",
      ""};
    static const char* models[] = {
      "auto",        "auto",       "auto:cheap",
      "auto:best",   "auto:fast",  "auto:local-only",
      "claude",      "sonnet",     "terra",
      "grok/custom", "no-such-one"};
    auto result =
      task_of(texts[below(std::size(texts))], models[below(std::size(models))]);
    if (one_in(9))
      result.request.messages.edit().front().parts = {
        text_part{std::string(2'000'000, 'x'), {}}};
    if (one_in(3))
      result.type = static_cast<task_type>(below(7));
    if (one_in(3))
      result.complexity = static_cast<int>(1 + below(10));
    if (one_in(3))
      result.request.tools.edit().emplace_back();
    if (one_in(2))
      result.conversation = "talk";
    result.limits_bind = one_in(2);
    return result;
  }

  provider_outlooks outlooks(instant now) {
    provider_outlooks result;
    for (const char* name : {"ollama", "gemini", "grok", "chatgpt", "claude"}) {
      auto& x = result[name];
      x.room = {name, share(), one_in(5) ? "100 of 100 requests are used" : ""};
      if (one_in(2))
        x.health = {name, one_in(3), "3 failures in a row: \"HTTP 500\"",
                    now + 1ns * static_cast<int64_t>(below(90'000'000'000))};
    }
    if (one_in(8))
      for (auto& [name, x] : result)
        x.health = {name, false, "",
                    now + 1s * static_cast<int64_t>(below(90))};
    return result;
  }

private:
  route_rule rule() {
    route_rule result;
    result.provider = one_in(2) ? "claude" : "nobody";
    result.strongest = one_in(2);
    result.min_complexity = static_cast<int>(1 + below(5));
    if (one_in(2))
      result.pattern = "sql|prove";
    return result;
  }

  ledger_row row(const routable_provider& of) {
    ledger_row result;
    result.provider = of.name;
    result.model = of.model;
    result.type = to_string(static_cast<task_type>(below(7)));
    result.outcome = one_in(4) ? "server_error" : "answered";
    result.elapsed = 1ns * static_cast<int64_t>(below(20'000'000'000));
    result.first_byte = result.elapsed / 3;
    result.tokens.uncached_input = below(3000);
    result.tokens.output = below(3000);
    return result;
  }

  std::mt19937 random_;
};

} // namespace

TEST(DecisionRow, IsReplayedByteForByte) {
  size_t made = 0;
  size_t kinds[3] = {};
  for (uint32_t seed = 0; made < 1000; ++seed) {
    chance by{seed};
    instant now{1000s};
    auto who = by.who(now);
    auto what = by.what();
    auto outlooks = by.outlooks(now);
    auto seen = observe(*who, what, outlooks, now);
    if (!seen)
      continue; // a model that nobody knows
    auto decided = rank(*seen);
    auto row = decision_row("req_" + std::to_string(seed), *seen, decided);
    // What comes out is decided by the row alone.
    auto again = replay(row);
    ASSERT_TRUE(again) << render(again.error()) << "\n" << row;
    ASSERT_EQ(*again, row);
    ++made;
    ++kinds[decided.ranked.empty() ? 0 : decided.passed_over.empty() ? 1 : 2];
  }
  for (auto n : kinds)
    EXPECT_GT(n, 20u);
}

TEST(DecisionRow, ComesOutOtherwiseWhenOneOfItsNumbersIsAnother) {
  roster who{five_providers()};
  auto seen = observe(who, task_of("Write a function"), {}, instant{});
  ASSERT_TRUE(seen);
  auto row = decision_row("req_1", *seen, rank(*seen));
  auto at = row.find("\"cost_usd\":", row.find("\"case\""));
  ASSERT_NE(at, std::string::npos);
  at = row.find_first_of("123456789", at);
  row[at] = row[at] == '9' ? '8' : '9';
  auto again = replay(row);
  ASSERT_TRUE(again);
  EXPECT_NE(*again, row);
}

TEST(DecisionRow, HoldsNothingOfThePrompt) {
  roster who{five_providers()};
  auto what = task_of("My name is Rumpelstiltskin; write a function");
  auto seen = observe(who, what, {}, instant{});
  ASSERT_TRUE(seen);
  EXPECT_EQ(decision_row("req_1", *seen, rank(*seen)).find("umpelst"),
            std::string::npos);
}

TEST(DecisionRow, IsLoggedAtLevelDebug) {
  std::ostringstream text;
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text);
  auto options = five_providers();
  options.log = std::make_shared<spdlog::logger>("test", sink);
  roster who{options};
  ASSERT_TRUE(decide(who, task_of("hello"), {}, instant{}));
  EXPECT_EQ(text.str(), "");
  options.log->set_level(spdlog::level::debug);
  ASSERT_TRUE(decide(who, task_of("hello"), {}, instant{}));
  auto line = text.str();
  auto at = line.find(decision_mark);
  ASSERT_NE(at, std::string::npos);
  auto row = line.substr(at + decision_mark.size());
  row.pop_back();
  auto again = replay(row);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, row);
}

TEST(DecisionRow, TakesNothingElseForOne) {
  for (const char* text :
       {"", "{}", "[1]", R"({"request_id": "x", "case": 7})",
        R"({"request_id": "x", "case": {"complexity": 11, "weights": {}}})",
        R"({"request_id": "x", "case": {"how": "auto:no", "weights": {}}})",
        R"({"request_id": "x", "case": {"options": [7], "weights": {}}})",
        R"({"request_id": "x", "case": {}})"})
    EXPECT_EQ(replay(text).error(), ec::bad_input) << text;
  EXPECT_TRUE(replay(R"({"request_id": "x", "case": {"weights": {}}})"));
}

} // namespace smart_agents
