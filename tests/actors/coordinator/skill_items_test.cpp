#include "actors/coordinator/skill_items.hpp"

#include "messages/error.hpp"

#include <gmock/gmock.h>

using testing::HasSubstr;

namespace smart_agents {

namespace {

std::string joined(const std::vector<skill_item>& items) {
  std::string out;
  for (const auto& x : items)
    out += x.text;
  return out;
}

TEST(SkillItems, CutsAtParagraphsAndLosesNothing) {
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += "Paragraph " + std::to_string(i) + " has a few words.\n\n";
  auto chunks = cut_into_chunks(text, 1000, 64);
  EXPECT_EQ(joined(chunks), text);
  EXPECT_GT(chunks.size(), 3u);
  for (const auto& x : chunks) {
    EXPECT_LE(x.text.size(), 1000u);
    EXPECT_TRUE(x.text.ends_with("\n\n"));
  }
}

TEST(SkillItems, KeepsToTheMostChunksHoweverLongTheText) {
  std::string text(2 << 20, 'x');
  auto chunks = cut_into_chunks(text, 1000, 8);
  EXPECT_LE(chunks.size(), 8u);
  EXPECT_EQ(joined(chunks), text);
}

TEST(SkillItems, NeverCutsACharacter) {
  std::string text;
  for (int i = 0; i < 1000; ++i)
    text += "\u20ac";
  auto chunks = cut_into_chunks(text, 1000, 64);
  EXPECT_EQ(joined(chunks), text);
  for (const auto& x : chunks)
    EXPECT_EQ(x.text.size() % 3, 0u);
}

TEST(SkillItems, FindsTheListWithinTalk) {
  auto list = read_list("Sure [as asked]:\n```json\n[\"a\", {\"b\": 1}]\n```\n"
                        "Done.",
                        4);
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ((*list)[0].text, "a");
  EXPECT_EQ((*list)[1].text, R"({"b":1})");
  EXPECT_THAT(render(read_list("none", 4).error()),
              HasSubstr("holds no JSON list"));
  EXPECT_THAT(render(read_list("[]", 4).error()), HasSubstr("is empty"));
  EXPECT_THAT(render(read_list("[1,2,3]", 2).error()),
              HasSubstr("has 3 entries, and at most 2"));
}

TEST(SkillItems, PutsAPlanInOrder) {
  auto plan = read_plan(
    R"([{"name": "b", "task": "join", "after": ["a"], "type": "code",
         "complexity": 42, "title": "the end"},
        {"name": "a", "task": "begin"}])",
    12);
  ASSERT_TRUE(plan) << render(plan.error());
  EXPECT_EQ((*plan)[0].name, "a");
  EXPECT_EQ((*plan)[1].title, "the end");
  EXPECT_EQ((*plan)[1].type, task_type::code);
  EXPECT_EQ((*plan)[1].complexity, 10);
}

TEST(SkillItems, RefusesAPlanThatCannotBeRun) {
  auto fault = [](const char* text) {
    return render(read_plan(text, 12).error());
  };
  EXPECT_THAT(fault(R"([{"name": "a", "task": "x", "after": ["b"]},
                        {"name": "b", "task": "y", "after": ["a"]}])"),
              HasSubstr("entry 'a' of the plan waits for itself"));
  EXPECT_THAT(fault(R"([{"name": "a", "task": "x", "after": ["c"]}])"),
              HasSubstr("waits for 'c', which is not in it"));
  EXPECT_THAT(fault(R"([{"name": "a", "task": "x"},
                        {"name": "a", "task": "y"}])"),
              HasSubstr("two entries 'a'"));
  EXPECT_THAT(fault(R"([{"name": "a"}])"),
              HasSubstr("entry 1 of the plan has no name or no task"));
}

} // namespace

} // namespace smart_agents
