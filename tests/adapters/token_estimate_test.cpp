#include "adapters/token_estimate.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace smart_agents {

// Reference counts: o200k by the official tokenizer's published characters per
// token (docs/PROVIDERS.md), so the bounds are those of the fit, not tight.

TEST(TokenEstimate, IsNearOnEnglishProse) {
  std::string text;
  for (int i = 0; i < 50; ++i)
    text += "Everyone has the right to life, liberty and the security of "
            "person. No one shall be held in slavery or servitude. ";
  auto expected = static_cast<double>(text.size()) / 5.3;
  auto got = static_cast<double>(estimate_tokens(text));
  EXPECT_NEAR(got / expected, 1, 0.2);
}

TEST(TokenEstimate, IsNearOnChinese) {
  std::string text;
  for (int i = 0; i < 50; ++i)
    text += "人人生而自由在尊严和权利上一律平等";
  auto expected = 50 * 17 / 1.3;
  EXPECT_NEAR(static_cast<double>(estimate_tokens(text)) / expected, 1, 0.25);
}

TEST(TokenEstimate, KnowsThatBase64IsDense) {
  EXPECT_NEAR(static_cast<double>(estimate_tokens(std::string(3000, 'Q'))),
              2000, 10);
}

TEST(TokenEstimate, SurvivesBytesThatAreNoText) {
  EXPECT_EQ(estimate_tokens(""), 0u);
  EXPECT_GE(estimate_tokens(std::string(10, '\xFF')), 10u);
  EXPECT_GT(estimate_tokens("\xE4\xBA"), 0u);
}

TEST(TokenEstimate, CountsMessagesToolsAndVendors) {
  chat_request request;
  request.messages = {text_message(role::user, "hello")};
  auto plain = estimate_input(request, "openai");
  EXPECT_GT(estimate_input(request, "anthropic"), plain);
  request.tools.push_back({});
  EXPECT_GT(estimate_input(request, "openai"), plain);
  EXPECT_GT(estimate_input(request, "anthropic"),
            estimate_input(request, "openai") + 300);
}

TEST(TokenEstimate, KnowsThatLaterClaudesCountMore) {
  chat_request request;
  request.messages = {text_message(role::user, std::string(10000, '.'))};
  request.model = "claude-sonnet-4-5";
  auto older = estimate_input(request, "anthropic");
  request.model = "claude-opus-5-5";
  auto later = estimate_input(request, "anthropic");
  EXPECT_NEAR(static_cast<double>(later) / static_cast<double>(older), 1.3,
              0.01);
}

TEST(TokenEstimate, TakesALargePromptInOnePass) {
  // Runs that look like base64 but are too short, over and over: a scan that
  // starts anew at every byte would not end in a lifetime.
  std::string text;
  while (text.size() < 2u << 20)
    text += "a/b+c=d/e\n";
  EXPECT_GT(estimate_tokens(text), text.size() / 4);
  EXPECT_GT(estimate_tokens(std::string(2u << 20, 'x')), 1u << 20);
}

TEST(TokenEstimate, CountsLongTextsAsTheSumOfTheirLines) {
  // A line is counted on its own, so long texts must be the sum of short ones,
  // wherever blocks begin and end.
  std::mt19937 random{1};
  const std::vector<std::string> words{"queue",
                                       "x",
                                       "grows",
                                       "in",
                                       "C3PO",
                                       "2026",
                                       "a+b",
                                       "/usr/lib",
                                       "caf\xC3\xA9",
                                       "\xE4\xBA\xBA",
                                       "...",
                                       "(",
                                       "value_of",
                                       std::string(40, 'Q'),
                                       std::string(70, 'z'),
                                       std::string(31, '7'),
                                       "k=" + std::string(64, 'd'),
                                       "\xFF"};
  for (int round = 0; round < 200; ++round) {
    std::string text;
    double sum = 0;
    for (int i = 0; i < 40; ++i) {
      std::string line;
      // Short enough that no block fits.
      while (line.empty() || (line.size() < 12 && random() % 3 != 0))
        line += words[random() % words.size()] + (random() % 4 ? " " : "");
      line += '\n';
      sum += static_cast<double>(estimate_tokens(line));
      text += line;
    }
    // Each is rounded up, by less than one.
    auto whole = static_cast<double>(estimate_tokens(text));
    EXPECT_LE(whole, sum) << text;
    EXPECT_GT(whole, sum - 41) << text;
  }
}

TEST(TokenEstimate, ForgetsNoWordAtTheEdgeOfABlock) {
  // One word of each length behind blanks, and blanks behind it.
  for (size_t before = 0; before < 70; ++before)
    for (size_t length : {1u, 5u, 31u, 32u, 33u, 63u, 64u}) {
      auto text = std::string(before, ' ') + std::string(length, 'w');
      EXPECT_EQ(estimate_tokens(text + std::string(70, ' ')),
                (288 + 157 * length + 999) / 1000)
        << before << ", " << length;
    }
  for (size_t before = 0; before < 70; ++before)
    EXPECT_EQ(estimate_tokens(std::string(before, ' ') + std::string(65, 'w')
                              + std::string(70, ' ')),
              (667u * 65 + 999) / 1000)
      << before;
}

} // namespace smart_agents
