#include "actors/router/analysis.hpp"

#include <gmock/gmock.h>

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Ge;
using ::testing::Le;

namespace smart_agents {

using enum task_type;

namespace {

analysis of(std::string text) {
  chat_request request;
  request.messages.push_back(text_message(role::user, std::move(text)));
  return analyse(request);
}

} // namespace

TEST(Analysis, KnowsTheTypeOfAPlainPrompt) {
  struct known {
    const char* prompt;
    task_type type;
  };
  for (const auto& [prompt, type] : {
         known{"What is 2+2?", text},
         known{"What is the capital of France?", text},
         known{"Translate this email into German, please.", text},
         known{"Write a Python function that reverses a list.", code},
         known{"Fix this:\n```cpp\nint main( {}\n```", code},
         known{"for (int i = 0; i < n; ++i) {\n  sum += a[i];\n}\nWhy is this "
               "slow?",
               code},
         known{"Prove that there are infinitely many primes.", reasoning},
         known{"Find the sum of the roots of $x^2 - 5x + 6 = 0$.", reasoning},
         known{"A train travels 60 miles per hour for 3 hours and then 40 "
               "miles per hour for 2 hours. How many miles does it travel in "
               "total?",
               reasoning},
         known{"Write a short story about a dragon who fears heights.",
               creative},
         known{"Write a haiku about autumn.", creative},
         known{"Create a picture of a red fox in the snow.", image},
         known{"Transcribe this podcast recording.", audio},
         known{"Generate a video of waves at sunset.", video},
       })
    EXPECT_EQ(of(prompt).type, type) << prompt << " " << to_string(type);
}

TEST(Analysis, TakesAGeneralQuestionAboutPicturesForWords) {
  for (std::string_view prompt : {
         "Is a photo of a passport legally valid?",
         "How do cameras focus on moving objects?",
         "Does a picture in an advertisement sell better than a sentence?",
         "Why do old films flicker?\n",
       })
    EXPECT_EQ(of(std::string{prompt}).type, text) << prompt;
  // Somebody wants something done.
  EXPECT_EQ(of("Can you remove the noise from my audio recording?").type,
            audio);
  EXPECT_EQ(of("Could you generate a video of waves at sunset?").type, video);
  EXPECT_EQ(of("A picture of a red fox in the snow").type, image);
  EXPECT_EQ(of("Can the noise be removed from this audio recording?").type,
            audio);
  // Only English persons are known.
  EXPECT_EQ(of("Kannst du mir ein Bild von einem Hund malen?").type, image);
  EXPECT_EQ(of("Was kannst du in diesem Video sehen?").type, video);
  EXPECT_EQ(of("¿Puedes generar un video de las olas al atardecer?").type,
            video);
}

TEST(Analysis, KeepsToTheScale) {
  EXPECT_THAT(of("What is 2+2?").complexity, Le(2));
  EXPECT_THAT(of("Who was the first man on the moon?").complexity, Le(2));
  EXPECT_THAT(of("Write a Python function that reverses a list.").complexity,
              AllOf(Ge(3), Le(5)));
  EXPECT_THAT(of("Implement a React login form with validation of email and "
                 "password, error messages and a loading state.")
                .complexity,
              AllOf(Ge(6), Le(7)));
  EXPECT_THAT(
    of("Design the architecture of a distributed rate limiter in Go and "
       "explain the trade offs.")
      .complexity,
    AllOf(Ge(8), Le(9)));
  EXPECT_EQ(of("Design a multi-region distributed system with consensus, "
               "automatic failover, sharding and exactly-once delivery; "
               "analyze its throughput, latency and security in depth.")
              .complexity,
            10);
}

TEST(Analysis, LetsAttachmentsDecideTheModality) {
  chat_request request;
  auto turn = text_message(role::user, "Write C++ code for this.");
  media_part media;
  media.what = media_part::kind::document;
  turn.parts.emplace_back(media);
  request.messages = {turn};
  EXPECT_EQ(analyse(request).type, code);
  media.what = media_part::kind::image;
  request.messages.edit()[0].parts.emplace_back(media);
  EXPECT_EQ(analyse(request).type, image);
  media.what = media_part::kind::audio;
  request.messages.edit()[0].parts.emplace_back(media);
  EXPECT_EQ(analyse(request).type, audio);
  media.what = media_part::kind::video;
  request.messages.edit()[0].parts.emplace_back(media);
  EXPECT_EQ(analyse(request).type, video);
}

TEST(Analysis, JudgesWhatTheUserSaidLast) {
  chat_request request;
  request.messages = {
    text_message(role::system, "You write C++ code and Python scripts."),
    text_message(role::user, "Write a Python script."),
    text_message(role::assistant, "```python\nprint(1)\n```"),
    text_message(role::user, "Now a poem about a dragon."),
  };
  EXPECT_EQ(analyse(request).type, creative);
  // The answer of a tool is nobody's wish.
  message result;
  result.from = role::user;
  result.parts.emplace_back(tool_result_part{});
  request.messages.push_back(result);
  EXPECT_EQ(analyse(request).type, creative);
}

TEST(Analysis, JudgesOtherLanguagesByTheirShape) {
  EXPECT_EQ(of("Исправь ошибку:\n```\nint main() { return x; }\n```").type,
            code);
  EXPECT_EQ(of("求 $\\int_0^1 x^2 dx$ 的值").type, reasoning);
  EXPECT_EQ(of("你好").type, text);
  EXPECT_THAT(of("你好").complexity, Le(2));
}

TEST(Analysis, KnowsSomeWordsOfOtherLanguages) {
  EXPECT_EQ(of("Напиши стихотворение о море").type, creative);
  EXPECT_EQ(of("Schreibe ein Gedicht über den Herbst").type, creative);
  EXPECT_EQ(of("写一首诗").type, creative);
  EXPECT_EQ(of("帮我写一段代码").type, code);
  EXPECT_EQ(of("Докажите, что уравнение не имеет решений").type, reasoning);
}

TEST(Analysis, KnowsCodeByHowItsLinesBegin) {
  EXPECT_EQ(of("def total(xs):\n    \"\"\"The sum of the odd numbers.\n    "
               ">>> total([1, 2])\n    1\n    \"\"\"")
              .type,
            code);
}

TEST(Analysis, SaysWhatDroveIt) {
  auto x = of("Refactor this Python class.\n```python\nclass A: pass\n```");
  EXPECT_EQ(x.features.at(0), "code: code fence");
  EXPECT_THAT(x.features, Contains("code: \"refactor\""));
  EXPECT_LE(x.features.size(), 6u);
}

TEST(Analysis, TakesAnything) {
  EXPECT_EQ(of("").type, text);
  EXPECT_EQ(of("").complexity, 1);
  EXPECT_EQ(analyse({}).type, text);
  EXPECT_EQ(of(std::string(1000, '\0')).type, text);
  EXPECT_EQ(of("\xff\xfe\x80 broken \xc3").type, text);
  EXPECT_EQ(of("C++").type, code);
  of("c");
  of("c+");
  of("\n\n```");
}

TEST(Analysis, ReadsOnlyHeadAndTailOfAHugePrompt) {
  std::string huge(50u << 20, ' ');
  huge.replace(0, 20, "Write a Python code:");
  EXPECT_EQ(of(huge).type, code);
  huge.replace(0, 20, std::string(20, ' '));
  huge.replace(huge.size() - 25, 25, " fix this Python code now");
  EXPECT_EQ(of(huge).type, code);
  EXPECT_EQ(of(huge), of(huge));
}

} // namespace smart_agents
