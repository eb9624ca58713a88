#include "runtime/cli/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace smart_agents;
using namespace smart_agents::cli;
using namespace std::chrono;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

arguments good(std::vector<std::string> words) {
  auto x = parse_arguments(std::move(words));
  EXPECT_TRUE(x.run) << x.err;
  return x.run.value_or(arguments{});
}

std::string wrong(std::vector<std::string> words) {
  auto x = parse_arguments(std::move(words));
  EXPECT_FALSE(x.run);
  EXPECT_EQ(x.exit, 2);
  return x.err;
}

} // namespace

TEST(Arguments, OfAskAreTaken) {
  auto x = good({"ask", "--type", "code", "--complexity", "9", "--model",
                 "claude/opus", "--system", "Be brief.", "--max-output", "50",
                 "--no-stream", "write", "a queue"});
  EXPECT_EQ(x.what, command::ask);
  EXPECT_EQ(x.task.type, task_type::code);
  EXPECT_EQ(x.task.complexity, 9);
  EXPECT_EQ(x.task.model, "claude/opus");
  EXPECT_EQ(x.task.system, "Be brief.");
  EXPECT_EQ(x.task.max_output, 50u);
  EXPECT_FALSE(x.task.stream);
  EXPECT_THAT(x.task.prompt, ElementsAre("write", "a queue"));
}

TEST(Arguments, OfAllCommandsMayStandBeforeOrAfterTheCommand) {
  for (auto& words : std::vector<std::vector<std::string>>{
         {"--json", "--simulate", "--config", "f", "quota"},
         {"quota", "--json", "--simulate", "--config", "f"}}) {
    auto x = good(words);
    EXPECT_EQ(x.what, command::quota);
    EXPECT_TRUE(x.json);
    EXPECT_TRUE(x.simulate);
    EXPECT_EQ(x.config, "f");
  }
}

TEST(Arguments, TakeAPromptThatLooksLikeAnOptionAfterTwoDashes) {
  EXPECT_THAT(good({"ask", "--", "--help me"}).task.prompt,
              ElementsAre("--help me"));
  EXPECT_THAT(good({"ask", "-"}).task.prompt, ElementsAre("-"));
}

TEST(Arguments, OfASkillAreItsNameAndFiles) {
  auto x = good({"orchestrate", "code_review", "a.cpp", "b.cpp"});
  EXPECT_EQ(x.what, command::orchestrate);
  EXPECT_EQ(x.task.skill, "code_review");
  EXPECT_THAT(x.task.files, ElementsAre("a.cpp", "b.cpp"));
}

TEST(Arguments, OfConfigNameWhatToDo) {
  EXPECT_EQ(good({"config", "show"}).what, command::config_show);
  EXPECT_EQ(good({"config", "schema"}).what, command::config_schema);
  auto x = good({"config", "check", "--providers"});
  EXPECT_EQ(x.what, command::config_check);
  EXPECT_TRUE(x.check_providers);
}

TEST(Arguments, ThatAreWrongAreNamed) {
  EXPECT_THAT(wrong({}), HasSubstr("subcommand is required"));
  EXPECT_THAT(wrong({"asc", "hi"}), HasSubstr("did you mean ask?"));
  EXPECT_THAT(wrong({"ask", "--complexity", "11", "x"}),
              HasSubstr("--complexity"));
  EXPECT_THAT(wrong({"ask", "--complexity", "0", "x"}),
              HasSubstr("--complexity"));
  EXPECT_THAT(wrong({"ask", "--type", "poem", "x"}), HasSubstr("--type"));
  EXPECT_THAT(wrong({"ask", "--max-output", "-3", "x"}),
              HasSubstr("--max-output"));
  EXPECT_THAT(wrong({"usage", "--by", "moon"}), HasSubstr("--by"));
  EXPECT_THAT(wrong({"usage", "--since", "yesterday"}), HasSubstr("--since"));
  EXPECT_THAT(wrong({"serve", "extra"}), HasSubstr("extra"));
  EXPECT_THAT(wrong({"orchestrate"}), HasSubstr("SKILL"));
  EXPECT_THAT(wrong({"ask", "--nonsense", "x"}), HasSubstr("--nonsense"));
  EXPECT_THAT(wrong({"config"}), HasSubstr("smart-agents config --help"));
}

TEST(Arguments, HelpHasExamplesForEveryCommand) {
  for (const char* name :
       {"serve", "mcp", "ask", "route", "orchestrate", "quota", "providers",
        "usage", "simulate", "doctor"}) {
    auto x = parse_arguments({name, "--help"});
    EXPECT_EQ(x.exit, 0);
    EXPECT_FALSE(x.run);
    EXPECT_THAT(x.out, HasSubstr("Examples:")) << name;
    EXPECT_THAT(x.out, HasSubstr(std::string{"smart-agents "} + name)) << name;
  }
  for (const char* name : {"check", "show", "schema", "example"})
    EXPECT_THAT(parse_arguments({"config", name, "--help"}).out,
                HasSubstr("Examples:"))
      << name;
  EXPECT_THAT(parse_arguments({"--help"}).out, HasSubstr("Exit codes:"));
  EXPECT_THAT(parse_arguments({"--version"}).out, HasSubstr("smart-agents 0."));
}

TEST(Since, IsReadByUtc) {
  // 2026-11-23 15:00 UTC.
  wall_time now = sys_days{year{2026} / 11 / 23} + hours{15};
  EXPECT_EQ(parse_since("today", now), sys_days{year{2026} / 11 / 23});
  EXPECT_EQ(parse_since("month", now), sys_days{year{2026} / 11 / 1});
  EXPECT_EQ(parse_since("", now), sys_days{year{2026} / 11 / 1});
  EXPECT_EQ(parse_since("7d", now), now - days{7});
  EXPECT_EQ(parse_since("24h", now), now - hours{24});
  EXPECT_EQ(parse_since("2026-02-28", now), sys_days{year{2026} / 2 / 28});
  for (const char* x : {"2026-02-30", "2026-2-3", "7", "d", "-7d", "7w",
                        "2026-02-28x", "99999999999d"})
    EXPECT_FALSE(parse_since(x, now)) << x;
}
