#include "actors/router/input_estimate.hpp"

#include "adapters/token_estimate.hpp"

#include <gtest/gtest.h>

namespace smart_agents {

namespace {

chat_request saying(std::string text) {
  chat_request result;
  result.messages.push_back(text_message(role::user, std::move(text)));
  return result;
}

} // namespace

TEST(InputEstimate, IsExactForShortPrompts) {
  auto request = saying("How many tokens are these?");
  EXPECT_EQ(input_estimator::neutral(request), estimate_input(request, {}));
}

TEST(InputEstimate, ErrsOnTheSafeSideForLongOnes) {
  for (std::string_view piece : {"some plain words and a number 42\n",
                                 "наука и жизнь, ", "你好世界，"}) {
    std::string text;
    while (text.size() < 300'000)
      text += piece;
    auto request = saying(text);
    auto truth = static_cast<double>(estimate_input(request, {}));
    auto guess = static_cast<double>(input_estimator::neutral(request));
    EXPECT_GT(guess, truth) << piece;
    EXPECT_LT(guess, 1.2 * truth) << piece;
  }
}

TEST(InputEstimate, KnowsTheVendorsHabits) {
  input_estimator tokens{{"anthropic", "openai"}};
  auto request = saying(std::string(4000, 'a') + " and so on");
  request.tools.edit().emplace_back();
  auto neutral = input_estimator::neutral(request);
  for (std::string vendor : {"anthropic", "openai"}) {
    auto truth = static_cast<double>(estimate_input(request, vendor));
    EXPECT_NEAR(static_cast<double>(tokens.at(vendor, neutral, request)), truth,
                0.02 * truth + 2)
      << vendor;
  }
  EXPECT_EQ(tokens.at("nobody", neutral, request), neutral);
}

} // namespace smart_agents
