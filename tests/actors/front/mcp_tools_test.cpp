#include "actors/front/mcp_tools.hpp"

#include "messages/error.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace smart_agents {

namespace json = boost::json;

mcp_call call_of(std::string tool, std::string_view arguments) {
  mcp_call result;
  result.tool = std::move(tool);
  result.arguments =
    json::parse({arguments.data(), arguments.size()}).as_object();
  return result;
}

TEST(McpTools, AreFewAndShort) {
  auto tools = mcp_tools(skill_shelf{}.all());
  EXPECT_LE(tools.size(), 8u);
  auto bytes = mcp_instructions().size();
  for (const auto& x : tools) {
    EXPECT_EQ(x.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"),
              std::string::npos)
      << x.name;
    EXPECT_EQ(x.schema.at("type"), "object") << x.name;
    EXPECT_EQ(x.schema.at("additionalProperties"), false) << x.name;
    EXPECT_TRUE(x.annotations.contains("readOnlyHint")) << x.name;
    bytes +=
      x.name.size() + x.description.size() + json::serialize(x.schema).size();
  }
  // 3,000 tokens at three bytes each, which is few for English.
  EXPECT_LT(bytes, 9'000u);
  EXPECT_EQ(tools.front().name, "ask");
  EXPECT_EQ(tools.front().meta.at("anthropic/alwaysLoad"), true);
}

TEST(McpTools, TurnArgumentsIntoATask) {
  auto x = mcp_task_of(
    call_of("ask", R"({"prompt":"p","system":"s","type":"code","complexity":9,)"
                   R"("model":"grok/grok-4.7","max_output":100})"));
  ASSERT_TRUE(x) << render(x.error());
  EXPECT_EQ(x->origin, "mcp");
  EXPECT_EQ(x->model, "grok/grok-4.7");
  EXPECT_EQ(x->type, task_type::code);
  EXPECT_EQ(x->complexity, 9);
  EXPECT_EQ(x->request.max_output, 100u);
  ASSERT_EQ(x->request.messages.size(), 2u);
  EXPECT_EQ(x->request.messages[0].from, role::system);
  EXPECT_EQ(text_of(x->request.messages[1].parts), "p");
}

TEST(McpTools, LeaveTheRouterFreeWhereNothingIsSaid) {
  auto x = mcp_task_of(
    call_of("ask", R"({"prompt":"p","type":null,"complexity":null})"));
  ASSERT_TRUE(x) << render(x.error());
  EXPECT_EQ(x->model, "auto");
  EXPECT_FALSE(x->type);
  EXPECT_EQ(x->complexity, 0);
}

TEST(McpTools, TakeASkillAndItsInput) {
  auto call =
    call_of("orchestrate", R"({"skill":"code_review","input":"int x;"})");
  EXPECT_EQ(mcp_skill(call), "code_review");
  auto x = mcp_task_of(call);
  ASSERT_TRUE(x) << render(x.error());
  EXPECT_EQ(text_of(x->request.messages[0].parts), "int x;");
}

TEST(McpTools, NameTheSkillThatIsMissing) {
  auto x = mcp_task_of(call_of("orchestrate", R"({"input":"int x;"})"));
  ASSERT_FALSE(x);
  EXPECT_NE(render(x.error()).find("skill: is missing"), std::string::npos);
}

TEST(McpTools, NeedNoInputWhereFilesOrADiffAreNamed) {
  auto call = call_of("orchestrate", R"({"skill":"code_review","diff":"main",)"
                                     R"("files":["a.cpp","src/**"]})");
  ASSERT_TRUE(mcp_task_of(call));
  auto input = mcp_input(call);
  ASSERT_TRUE(input);
  EXPECT_EQ(input->diff, "main");
  EXPECT_EQ(input->files, (std::vector<std::string>{"a.cpp", "src/**"}));
  EXPECT_FALSE(mcp_task_of(call_of("orchestrate", R"({"skill":"debug"})")));
  EXPECT_FALSE(mcp_task_of(call_of("ask", R"({"files":["a.cpp"]})")))
    << "a question is needed";
  for (auto wrong : {R"({"files":"a.cpp"})", R"({"files":[1]})",
                     R"({"files":[""]})", R"({"diff":7})"})
    EXPECT_FALSE(mcp_input(call_of("ask", wrong))) << wrong;
}

TEST(McpTools, TakeAThreadAPlaceInTheQueueAndABudget) {
  auto call = call_of("ask", R"({"prompt":"p","thread":"t","background":true,)"
                             R"("priority":9,"budget_usd":0.25,)"
                             R"("budget_tokens":5000})");
  auto how = mcp_job(call);
  ASSERT_TRUE(how);
  EXPECT_EQ(how->thread, "t");
  EXPECT_TRUE(how->background);
  EXPECT_EQ(how->priority, 9);
  auto x = mcp_task_of(call);
  ASSERT_TRUE(x);
  EXPECT_DOUBLE_EQ(x->budget.usd, 0.25);
  EXPECT_EQ(x->budget.tokens, 5000u);
  EXPECT_FALSE(mcp_job(call_of("ask", R"({"priority":11})")));
  EXPECT_FALSE(mcp_job(call_of("ask", R"({"background":"yes"})")));
  for (auto wrong : {R"({"prompt":"p","budget_usd":0})",
                     R"({"prompt":"p","budget_usd":"1"})",
                     R"({"prompt":"p","budget_tokens":0})"})
    EXPECT_FALSE(mcp_task_of(call_of("ask", wrong))) << wrong;
}

TEST(McpTools, NameTheArgumentThatIsWrong) {
  const std::vector<std::pair<const char*, const char*>> wrong{
    {R"({})", "prompt"},
    {R"({"prompt":""})", "prompt"},
    {R"({"prompt":["p"]})", "prompt"},
    {R"({"prompt":"p","system":1})", "system"},
    {R"({"prompt":"p","type":"dance"})", "type"},
    {R"({"prompt":"p","model":7})", "model"},
    {R"({"prompt":"p","complexity":0})", "complexity"},
    {R"({"prompt":"p","complexity":11})", "complexity"},
    {R"({"prompt":"p","complexity":2.5})", "complexity"},
    {R"({"prompt":"p","complexity":"2"})", "complexity"},
    {R"({"prompt":"p","max_output":0})", "max_output"},
    {R"({"prompt":"p","max_output":1e30})", "max_output"},
  };
  for (const auto& [arguments, name] : wrong) {
    auto x = mcp_task_of(call_of("ask", arguments));
    ASSERT_FALSE(x) << arguments;
    EXPECT_EQ(x.error(), ec::bad_input);
    EXPECT_NE(render(x.error()).find(std::string{name} + ": "),
              std::string::npos)
      << render(x.error());
  }
}

TEST(McpTools, ReadAVerdict) {
  auto x = mcp_verdict_of(
    call_of("feedback", R"({"id": "req_1", "verdict": "good"})"));
  ASSERT_TRUE(x);
  EXPECT_EQ(x->id, "req_1");
  EXPECT_TRUE(x->good);
  for (const char* wrong :
       {R"({"id": "req_1"})", R"({"verdict": "bad"})",
        R"({"id": "", "verdict": "bad"})", R"({"id": "a", "verdict": "so"})",
        R"({"id": 7, "verdict": "bad"})"})
    EXPECT_EQ(mcp_verdict_of(call_of("feedback", wrong)).error(), ec::bad_input)
      << wrong;
}

TEST(McpTools, RefuseArgumentsTheyDoNotKnow) {
  EXPECT_TRUE(check_mcp_arguments(call_of("ask", R"({"prompt":"p"})")));
  EXPECT_TRUE(check_mcp_arguments(call_of("usage", "{}")));
  auto misspelt =
    check_mcp_arguments(call_of("route", R"({"prompt":"p","complexty":3})"));
  ASSERT_FALSE(misspelt);
  auto why = render(misspelt.error());
  EXPECT_NE(why.find("complexty: route takes only prompt, "), std::string::npos)
    << why;
  EXPECT_TRUE(
    check_mcp_arguments(call_of("usage", R"({"by":"day","since":"7d"})")));
}

} // namespace smart_agents
