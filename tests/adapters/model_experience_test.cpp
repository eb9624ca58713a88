#include "adapters/model_experience.hpp"

#include "messages/error.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace std::chrono_literals;

namespace smart_agents {

namespace {

ledger_row answered(caf::timespan first, caf::timespan whole, uint64_t output) {
  ledger_row row;
  row.provider = "claude";
  row.model = "opus";
  row.type = "code";
  row.outcome = "answered";
  row.first_byte = first;
  row.elapsed = whole;
  row.tokens.output = output;
  row.tokens.uncached_input = 5000;
  return row;
}

ledger_row failed(const std::string& how) {
  auto row = answered(0s, 1s, 0);
  row.outcome = how;
  return row;
}

/// A file of its own that is gone afterwards.
class ModelExperience : public testing::Test {
protected:
  void SetUp() override {
    auto name =
      (std::filesystem::temp_directory_path() / "experience-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    file_ = folder_ + "/experience.json";
  }

  void TearDown() override {
    std::filesystem::remove_all(folder_);
  }

  learned_of_model code() const {
    return x_.of("claude", "opus", "code");
  }

  std::string folder_;
  std::string file_;
  model_experience x_;
};

} // namespace

TEST_F(ModelExperience, KnowsNothingAtFirst) {
  EXPECT_EQ(code().calls, 0u);
  EXPECT_EQ(code().health, 1);
  EXPECT_EQ(code().quality_shift, 0);
}

TEST_F(ModelExperience, MeasuresHowFastAModelIs) {
  x_.learn(answered(2s, 12s, 500));
  EXPECT_NEAR(code().first_byte, 2, 1e-9);
  EXPECT_NEAR(code().tokens_per_second, 50, 1e-9);
  for (int i = 0; i < 40; ++i)
    x_.learn(answered(1s, 6s, 500));
  EXPECT_NEAR(code().first_byte, 1, 0.01);
  EXPECT_NEAR(code().tokens_per_second, 100, 1);
}

TEST_F(ModelExperience, BlamesAModelForItsOwnFailuresOnly) {
  for (const auto* how : {"rate_limited", "over_quota", "cancelled",
                          "bad_request", "auth", "resting"})
    x_.learn(failed(how));
  EXPECT_EQ(code().calls, 0u);
  for (int i = 0; i < 10; ++i)
    x_.learn(failed("timeout"));
  EXPECT_LT(code().health, 0.3);
  EXPECT_LT(code().quality_shift, -0.1);
  for (int i = 0; i < 20; ++i)
    x_.learn(answered(1s, 2s, 100));
  EXPECT_GT(code().health, 0.95);
}

TEST_F(ModelExperience, RatesByTypeWithinBounds) {
  x_.rate("claude", "opus", "code", false);
  // One verdict moves it by a few per cent, eight by a quarter.
  EXPECT_NEAR(code().quality_shift, -0.048, 0.001);
  for (int i = 1; i < 8; ++i)
    x_.rate("claude", "opus", "code", false);
  EXPECT_NEAR(code().quality_shift, -0.22, 0.03);
  for (int i = 0; i < 100; ++i)
    x_.rate("claude", "opus", "code", false);
  EXPECT_EQ(code().quality_shift, -0.3);
  // Old evidence fades: it never weighs more than some 50 answers.
  EXPECT_LT(code().evidence, 60);
  EXPECT_EQ(x_.of("claude", "opus", "text").quality_shift, 0);
  for (int i = 0; i < 100; ++i)
    x_.rate("claude", "opus", "code", true);
  EXPECT_GT(code().quality_shift, 0.03);
}

TEST_F(ModelExperience, RemembersWhereAConversationIsCached) {
  auto now = instant{} + 1h;
  x_.learn(answered(1s, 2s, 10), "talk", now);
  EXPECT_EQ(x_.cached("claude", "opus", "talk", now + 4min), 5000u);
  EXPECT_EQ(x_.cached("claude", "opus", "talk", now + 6min), 0u);
  EXPECT_EQ(x_.cached("claude", "sonnet", "talk", now), 0u);
  EXPECT_EQ(x_.cached("claude", "opus", "", now), 0u);
}

TEST_F(ModelExperience, ForgetsTheOldestConversation) {
  auto now = instant{} + 1h;
  for (size_t i = 0; i <= model_experience::max_conversations; ++i)
    x_.learn(answered(1s, 2s, 10), std::to_string(i),
             now + std::chrono::milliseconds{i});
  EXPECT_EQ(x_.cached("claude", "opus", "0", now), 0u);
  EXPECT_EQ(x_.cached("claude", "opus", "1", now), 5000u);
}

TEST_F(ModelExperience, AddsToWhatOtherProcessesLearned) {
  model_experience other;
  x_.rate("claude", "opus", "code", false);
  other.rate("claude", "opus", "code", false);
  auto alone = code();
  ASSERT_FALSE(x_.sync(file_));
  ASSERT_FALSE(other.sync(file_));
  ASSERT_FALSE(x_.sync(file_));
  EXPECT_LT(code().quality_shift, alone.quality_shift);
  model_experience later;
  ASSERT_FALSE(later.load(file_));
  EXPECT_EQ(later.of("claude", "opus", "code").quality_shift,
            code().quality_shift);
}

TEST_F(ModelExperience, RatesAnAnswerByItsTask) {
  auto row = answered(1s, 2s, 100);
  row.task_id = "req_7";
  x_.learn(row);
  auto before = code().quality_shift;
  EXPECT_EQ(x_.rate_answer("req_7", false), "claude/opus (code)");
  EXPECT_LT(code().quality_shift, before);
  EXPECT_EQ(x_.rate_answer("req_8", true).error(), ec::not_found);
  EXPECT_EQ(x_.rate_answer("", true).error(), ec::not_found);
  // Saying it again says no more.
  auto once = code();
  EXPECT_TRUE(x_.rate_answer("req_7", false));
  EXPECT_EQ(code().evidence, once.evidence);
  // Another process knows that, and can change it.
  ASSERT_FALSE(x_.sync(file_));
  model_experience later;
  ASSERT_FALSE(later.load(file_));
  EXPECT_TRUE(later.rate_answer("req_7", false));
  EXPECT_EQ(later.of("claude", "opus", "code").evidence, once.evidence);
  EXPECT_TRUE(later.rate_answer("req_7", true));
  ASSERT_FALSE(later.sync(file_));
  ASSERT_FALSE(x_.sync(file_));
  EXPECT_GT(code().quality_shift, once.quality_shift);
}

TEST_F(ModelExperience, RatesTheStepsOfARequestInEqualParts) {
  auto row = answered(1s, 2s, 100);
  for (const char* id : {"req_7/quick", "req_7/deep", "req_70"}) {
    row.task_id = id;
    x_.learn(row);
  }
  auto before = code().evidence;
  EXPECT_EQ(x_.rate_answer("req_7", false),
            "claude/opus (code), claude/opus (code)");
  EXPECT_NEAR(code().evidence - before, 4, 0.3);
}

TEST_F(ModelExperience, TakesNoteOfAnAnswerOfTheLedger) {
  auto row = answered(1s, 2s, 100);
  row.task_id = "req_7";
  x_.add_answer(row);
  x_.add_answer(row);
  EXPECT_EQ(code().evidence, 0);
  EXPECT_EQ(x_.rate_answer("req_7", true), "claude/opus (code)");
  row.task_id = "req_8";
  row.outcome = "timeout";
  x_.add_answer(row);
  EXPECT_FALSE(x_.rate_answer("req_8", true));
}

TEST_F(ModelExperience, TrustsACheckLessThanAPerson) {
  x_.rate("claude", "opus", "code", false, model_experience::rater::check);
  EXPECT_NEAR(code().evidence, 1, 1e-9);
}

TEST_F(ModelExperience, RemembersTheLastAnswersOnly) {
  auto row = answered(1s, 2s, 100);
  for (size_t i = 0; i <= model_experience::max_answers; ++i) {
    row.task_id = std::to_string(i);
    x_.learn(row);
  }
  EXPECT_FALSE(x_.rate_answer("0", true));
  EXPECT_TRUE(x_.rate_answer("1", true));
}

TEST_F(ModelExperience, TakesAnyFile) {
  std::ofstream{file_} << R"({"a/b": {"code": {"good": "x", "bad": 1e300,
    "calls": -5}, "text": 7}, "c": []})";
  EXPECT_FALSE(x_.load(file_));
  EXPECT_EQ(x_.of("a", "b", "code").quality_shift, -0.3);
  std::ofstream{file_} << "not json";
  EXPECT_TRUE(x_.load(file_));
  x_.rate("claude", "opus", "code", true);
  EXPECT_FALSE(x_.sync(file_));
  model_experience later;
  EXPECT_FALSE(later.load(file_));
  EXPECT_GT(later.of("claude", "opus", "code").evidence, 3);
}

TEST_F(ModelExperience, LearnsNothingWhenOff) {
  x_.rate("claude", "opus", "code", false);
  x_.enable(false);
  EXPECT_EQ(code().quality_shift, 0);
  x_.rate("claude", "opus", "code", false);
  x_.enable(true);
  EXPECT_NEAR(code().evidence, 4, 1e-9);
}

} // namespace smart_agents
