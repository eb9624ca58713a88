#include "runtime/cli/manual.hpp"

#include "tests/support/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

using namespace smart_agents::cli;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

command_help small() {
  command_help ask{"ask", "Ask it's way", {}, {}, {"smart-agents ask hi"}, {}};
  ask.positionals.push_back({{"PROMPT"}, "", "The question"});
  ask.options.push_back({{"--model"}, "MODEL", "Which one"});
  command_help check{"check", "Check it", {}, {{{"--deep"}, "", "All"}},
                     {},      {}};
  command_help config{"config", "Configuration", {}, {}, {}, {check}};
  return {
    "smart-agents", "One service", {}, {{{"--json"}, "", "Print JSON"}}, {},
    {ask, config}};
}

/// What bash offers after `line`, one word a line.
std::string offered(const std::string& script, const std::string& words) {
  auto path = testing::TempDir() + "completion.bash";
  std::ofstream{path} << script << "\nCOMP_WORDS=(" << words
                      << ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                         "_smart_agents\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
  std::string result;
  std::array<char, 256> piece{};
  auto* shell = popen(("bash --norc " + path + " 2>&1").c_str(), "r");
  while (fgets(piece.data(), piece.size(), shell) != nullptr)
    result += piece.data();
  EXPECT_EQ(pclose(shell), 0) << result;
  std::remove(path.c_str());
  return result;
}

} // namespace

TEST(Manual, TellsOfEveryCommandAndOption) {
  auto page = manual_page(small(), "smart-agents 1");
  for (const char* part :
       {".TH SMART\\-AGENTS 1", ".SS \"smart\\-agents ask [PROMPT]\"",
        "\\fB\\-\\-model\\fR \\fIMODEL\\fR", "smart\\-agents config check"})
    EXPECT_THAT(page, HasSubstr(part));
}

TEST(Manual, IsInTheDocumentationAsTheParserHasIt) {
  std::ifstream file{smart_agents::test::tests_dir
                     + std::string{"/../docs/CLI.md"}};
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_THAT(page.str(), HasSubstr(commands_markdown(describe_commands())))
    << "write it again: smart-agents config commands";
}

TEST(Manual, MakesATableOfEveryCommand) {
  auto odd = small();
  odd.commands[0].options[0].about = "This|that";
  auto text = commands_markdown(odd);
  EXPECT_THAT(text, HasSubstr("### `ask`\n\nAsk it's way.\n"));
  EXPECT_THAT(text, HasSubstr("| `--model MODEL` | This\\|that |\n"));
  EXPECT_THAT(text, HasSubstr("### `config check`\n"));
}

TEST(Manual, LeavesNoTextToBeReadAsARequest) {
  auto odd = small();
  odd.commands[0].about = ".so /etc/passwd \\n";
  auto page = manual_page(odd, "smart-agents 1");
  EXPECT_THAT(page, Not(HasSubstr("\n.so")));
  EXPECT_THAT(page, HasSubstr("\\&.so /etc/passwd \\en"));
}

TEST(Completions, OfBashOfferWhatFitsTheCommand) {
  auto script = completions(small(), "bash");
  EXPECT_EQ(offered(script, "smart-agents a"), "ask\n");
  EXPECT_EQ(offered(script, "smart-agents ask --m"), "--model\n");
  EXPECT_EQ(offered(script, "smart-agents --json ask --j"), "--json\n");
  EXPECT_EQ(offered(script, "smart-agents config c"), "check\n");
  EXPECT_EQ(offered(script, "smart-agents config check --d"), "--deep\n");
}

TEST(Completions, OfFishQuoteWhatTheySay) {
  auto script = completions(small(), "fish");
  EXPECT_THAT(script, HasSubstr("-a ask -d 'Ask it'\\''s way'"));
  EXPECT_THAT(script, HasSubstr("-l model -r -d 'Which one'"));
}

TEST(Completions, AreNoneForAShellThatIsNotKnown) {
  EXPECT_THAT(completions(small(), "tcsh"), IsEmpty());
}

TEST(DescribeCommands, KnowsWhatTheParserKnows) {
  auto top = describe_commands();
  std::vector<std::string> names;
  for (const auto& x : top.commands)
    names.push_back(x.name);
  for (const char* name : {"ask", "serve", "mcp", "init", "config"})
    EXPECT_THAT(names, Contains(name));
  EXPECT_EQ(top.commands[0].name, "ask");
  EXPECT_FALSE(top.commands[0].examples.empty());
  EXPECT_EQ(top.commands[0].positionals.at(0).names.at(0), "PROMPT");
}
