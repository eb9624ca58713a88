#include "actors/coordinator/skill_file.hpp"

#include "messages/error.hpp"

#include <gmock/gmock.h>

using testing::ElementsAre;
using testing::HasSubstr;

namespace smart_agents {

namespace {

std::string fault_of(const std::string& text) {
  auto x = parse_skill(text, "mine.skill");
  return x ? "none" : render(x.error());
}

/// A skill of one step with the given further members.
std::string with(const std::string& members) {
  return "{\"name\": \"mine\", \"description\": \"d\", \"steps\": [\n"
         "  {\"name\": \"one\", \"title\": \"the one\"},\n"
         "  {\"name\": \"two\", \"title\": \"the two\""
         + members
         + "}\n]}\n"
           "=== one: prompt\n{{input}}\n"
           "=== two: prompt\n{{one}}\n";
}

TEST(SkillFile, ReadsStepsAndTemplates) {
  auto x = parse_skill(R"({
  "name": "mine",
  "description": "Mine.",
  "budget": {"tokens": 5000, "usd": 0.5},
  "most_at_once": 3,
  "answer": ["join", "part"],
  "steps": [
    {"name": "join", "title": "the end", "type": "code", "complexity": 9,
     "model": "grok/grok-4", "required": true, "max_output": 700},
    {"name": "part", "title": "a part", "retries": 2,
     "retry_model": "auto:best",
     "for_each": {"chunks": 2000, "most": 7}},
    {"name": "extra", "title": "an extra",
     "when": {"step": "part", "contains": "MORE", "if_missing": false}}
  ]
}

=== instructions
Be short.

=== part: prompt

Piece {{index}} of {{count}}: {{item}}
{"not": "ours"}

=== prompt
{{part}} and {{input}}
)",
                       "mine.skill");
  ASSERT_TRUE(x) << render(x.error());
  EXPECT_EQ(x->budget.tokens, 5000u);
  EXPECT_DOUBLE_EQ(x->budget.usd, 0.5);
  EXPECT_EQ(x->most_at_once, 3u);
  EXPECT_THAT(x->answer, ElementsAre("join", "part"));
  ASSERT_EQ(x->steps.size(), 3u);
  const auto& part = x->steps[0];
  EXPECT_EQ(part.name, "part") << "behind nothing that it waits for";
  EXPECT_EQ(part.prompt,
            "Piece {{index}} of {{count}}: {{item}}\n{\"not\": \"ours\"}");
  EXPECT_EQ(part.for_each.bytes, 2000u);
  EXPECT_EQ(part.for_each.most, 7u);
  EXPECT_EQ(part.retries, 2);
  EXPECT_EQ(part.retry_model, "auto:best");
  const auto& join = x->steps[1];
  EXPECT_EQ(join.instructions, "Be short.");
  EXPECT_THAT(join.after, ElementsAre("part")) << "its template names it";
  EXPECT_EQ(join.type, task_type::code);
  EXPECT_EQ(join.model, "grok/grok-4");
  EXPECT_TRUE(join.required);
  EXPECT_EQ(join.max_output, 700u);
  ASSERT_TRUE(x->steps[2].when);
  EXPECT_FALSE(x->steps[2].when->if_missing);
}

TEST(SkillFile, SaysWhereTheJsonIsWrong) {
  EXPECT_THAT(fault_of("{\n\"name\": \"x\",\n oops\n}"),
              HasSubstr("mine.skill:3: the JSON is wrong here"));
  EXPECT_THAT(fault_of("{\n\"name\": \"x\"\n"),
              HasSubstr("is not closed: add the missing }"));
  EXPECT_THAT(fault_of(""), HasSubstr("mine.skill:1: "));
}

TEST(SkillFile, NamesTheStepTheLineAndTheKey) {
  EXPECT_THAT(fault_of(with(",\n\"complexity\": 11")),
              HasSubstr("mine.skill:4: step 'two': complexity: must be a whole "
                        "number from 1 to 10"));
  EXPECT_THAT(fault_of(with(",\n\"colour\": 1")),
              HasSubstr("mine.skill:4: step 'two': colour: there is no such "
                        "key; known are after, complexity"));
  EXPECT_THAT(fault_of(with(", \"type\": \"prose\"")),
              HasSubstr("step 'two': type: 'prose' is none of text, code"));
  EXPECT_THAT(fault_of(with(", \"for_each\": {}")),
              HasSubstr("for_each: must have chunks (bytes), or list"));
  EXPECT_THAT(fault_of(with(", \"when\": {\"step\": \"one\"}")),
              HasSubstr("when: must have contains or lacks"));
  EXPECT_THAT(fault_of(with(", \"after\": [\"three\"]")),
              HasSubstr("it waits for a step that does not exist"));
}

TEST(SkillFile, NamesTheLineOfATemplate) {
  EXPECT_THAT(fault_of(with("") + "=== three: prompt\nx\n"),
              HasSubstr("mine.skill:9: the template 'three: prompt' belongs to "
                        "no step"));
  auto text = with("");
  text.replace(text.find("{{one}}"), 7, "see\n{{ones}}");
  EXPECT_THAT(fault_of(text), HasSubstr("mine.skill:9: step 'two': {{ones}} is "
                                        "neither input nor a step"));
  text = with("");
  text.replace(text.find("{{one}}"), 7, "{{item}}");
  EXPECT_THAT(fault_of(text), HasSubstr("{{item}} is only there with "
                                        "for_each"));
  text = with("");
  text.resize(text.find("=== two"));
  EXPECT_THAT(fault_of(text),
              HasSubstr("mine.skill:3: step 'two': it has no prompt: add a "
                        "line '=== two: prompt'"));
  EXPECT_THAT(fault_of(with("") + "=== two: prompt\nx\n"),
              HasSubstr("there are two templates 'two: prompt'"));
  EXPECT_THAT(fault_of(with("") + "=== prompt\n\n"), HasSubstr("is empty"));
}

TEST(SkillFile, RefusesStepsThatWaitForEachOther) {
  auto text = with("");
  text.replace(text.find("{{input}}"), 9, "{{two}}");
  EXPECT_THAT(fault_of(text),
              HasSubstr("mine.skill:2: step 'one' waits for itself, by way of "
                        "others"));
}

TEST(SkillFile, RefusesWhatIsMissing) {
  EXPECT_THAT(fault_of("{\"name\": \"x\"}"),
              HasSubstr("description: is missing: add it"));
  EXPECT_THAT(fault_of("{\"name\": \"X y\"}"), HasSubstr("may only have a-z"));
  EXPECT_THAT(fault_of("[]"), HasSubstr("must begin with a JSON object"));
}

} // namespace

} // namespace smart_agents
