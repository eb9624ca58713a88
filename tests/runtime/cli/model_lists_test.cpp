#include "runtime/cli/model_lists.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace smart_agents::cli;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(ModelLists, ReadOpenAisAndAnthropics) {
  EXPECT_THAT(
    read_model_list(R"({"object":"list","data":[
    {"id":"gpt-5.9","object":"model"},
    {"id":"b","context_length":131072},
    {"id":"gpt-5.9"}, {"nothing":1}, 7]})"),
    ElementsAre(listed_model{"b", 131072}, listed_model{"gpt-5.9", 0}));
}

TEST(ModelLists, ReadGeminisThatGenerate) {
  EXPECT_THAT(read_model_list(R"({"models":[
    {"name":"models/gemini-4","inputTokenLimit":1048576,
     "supportedGenerationMethods":["generateContent","countTokens"]},
    {"name":"models/embedding","supportedGenerationMethods":["embedContent"]}]})"),
              ElementsAre(listed_model{"gemini-4", 1048576}));
}

TEST(ModelLists, ReadOllamas) {
  EXPECT_THAT(read_model_list(R"({"models":[{"name":"qwen3:8b","size":1}]})"),
              ElementsAre(listed_model{"qwen3:8b", 0}));
}

TEST(ModelLists, AreEmptyForAnythingElse) {
  for (const char* body : {"", "[]", "{}", "{\"data\":{}}", "<html>", "null"})
    EXPECT_THAT(read_model_list(body), IsEmpty()) << body;
}
