#include "actors/front/mcp_protocol.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <gtest/gtest.h>

namespace smart_agents {

namespace json = boost::json;

class McpProtocol : public ::testing::Test {
protected:
  static mcp_offer offer() {
    mcp_tool echo;
    echo.name = "echo";
    echo.title = "Echo";
    echo.description = "Says it again.";
    echo.schema = {{"type", "object"}};
    echo.annotations = {{"readOnlyHint", true}};
    auto zs = [](std::string_view prefix) {
      return std::vector<std::string>(150, std::string{prefix} + "z");
    };
    auto greeting = [](std::string_view who) {
      return "Greet " + std::string{who};
    };
    return {{echo},
            {{"x://all", "all", "All", "Everything."}},
            {{"x://one/", "name", "one", "One", "One thing.", zs}},
            {{"greet", "Greet", "A greeting.", {{"who", "Whom."}}, greeting}}};
  }

  /// A request of the modern era.
  static std::string modern(std::string method, json::object params = {},
                            json::object more_meta = {}) {
    more_meta["io.modelcontextprotocol/protocolVersion"] = "2026-07-28";
    more_meta["io.modelcontextprotocol/clientCapabilities"] = json::object{};
    params["_meta"] = std::move(more_meta);
    return legacy(std::move(method), std::move(params));
  }

  static std::string legacy(std::string method, json::object params = {}) {
    return json::serialize(json::object{{"jsonrpc", "2.0"},
                                        {"id", 7},
                                        {"method", std::move(method)},
                                        {"params", std::move(params)}});
  }

  /// The message that answers a line.
  json::value answer(const std::string& line) const {
    auto step = protocol_.handle(line);
    if (const auto* reply = std::get_if<mcp_reply>(&step))
      return json::parse(reply->text);
    const auto* hello = std::get_if<mcp_hello>(&step);
    return hello ? json::parse(hello->reply.text) : json::value{};
  }

  json::value result(const std::string& line) const {
    auto reply = answer(line);
    EXPECT_EQ(reply.at("id"), 7) << reply;
    return reply.at("result");
  }

  int64_t code(const std::string& line) const {
    auto reply = answer(line);
    return reply.is_null() ? 0
                           : reply.at_pointer("/error/code").to_number<int>();
  }

  /// What HTTP makes of the answer.
  int status(const std::string& line) const {
    auto step = protocol_.handle(line);
    return std::get<mcp_reply>(step).status;
  }

  mcp_protocol protocol_{{"agents", "1.2", "Ask."}, offer()};
};

TEST_F(McpProtocol, AnswersDiscoverInTheModernEra) {
  auto x = result(modern("server/discover"));
  EXPECT_EQ(x.at("resultType"), "complete");
  EXPECT_EQ(x.at("supportedVersions"), json::array{"2026-07-28"});
  EXPECT_TRUE(x.at("capabilities").at("tools").is_object());
  EXPECT_EQ(x.at("instructions"), "Ask.");
  EXPECT_GT(x.at("ttlMs").to_number<int>(), 0);
  EXPECT_EQ(x.at("cacheScope"), "public");
  EXPECT_EQ(x.at("_meta").at("io.modelcontextprotocol/serverInfo"),
            (json::object{{"name", "agents"}, {"version", "1.2"}}));
}

TEST_F(McpProtocol, InitializesInTheLegacyEra) {
  for (auto version : {"2025-11-25", "2025-06-18", "2024-11-05"})
    EXPECT_EQ(result(legacy("initialize", {{"protocolVersion", version}}))
                .at("protocolVersion"),
              version);
  auto x = result(legacy("initialize", {{"protocolVersion", "1999-01-01"}}));
  EXPECT_EQ(x.at("protocolVersion"), "2025-11-25") << "the newest of its era";
  auto step = protocol_.handle(
    legacy("initialize", {{"protocolVersion", "2025-06-18"},
                          {"capabilities", {{"roots", json::object{}}}}}));
  EXPECT_EQ(std::get<mcp_hello>(step).version, "2025-06-18");
  EXPECT_TRUE(std::get<mcp_hello>(step).capabilities.contains("roots"));
  EXPECT_EQ(x.at("serverInfo").at("name"), "agents");
  EXPECT_FALSE(x.as_object().contains("resultType"));
  EXPECT_EQ(result(legacy("ping")), json::object{});
}

TEST_F(McpProtocol, KeepsTheErasApart) {
  EXPECT_EQ(code(modern("initialize")), mcp_error::no_method);
  EXPECT_EQ(code(modern("ping")), mcp_error::no_method);
  EXPECT_EQ(code(legacy("server/discover")), mcp_error::invalid_params);
  EXPECT_EQ(code(legacy("subscriptions/listen")), mcp_error::no_method);
}

TEST_F(McpProtocol, InsistsOnWhatModernRequestsMustSay) {
  const std::string version = "io.modelcontextprotocol/protocolVersion";
  const std::string can = "io.modelcontextprotocol/clientCapabilities";
  auto with = [](json::object meta) {
    return legacy("tools/list", {{"_meta", std::move(meta)}});
  };
  EXPECT_EQ(code(with({{version, "2026-07-28"}})), mcp_error::invalid_params);
  EXPECT_EQ(code(with({{version, "2026-07-28"}, {can, "none"}})),
            mcp_error::invalid_params);
  EXPECT_EQ(code(with({{can, json::object{}}})), mcp_error::invalid_params);
  EXPECT_EQ(code(with({{version, 2026}, {can, json::object{}}})),
            mcp_error::invalid_params);
  auto refused = answer(with({{version, "2030-01-01"}, {can, json::object{}}}));
  EXPECT_EQ(refused.at_pointer("/error/code"), mcp_error::no_version);
  EXPECT_EQ(
    refused.at_pointer("/error/data"),
    (json::object{{"supported", {"2026-07-28"}}, {"requested", "2030-01-01"}}));
}

TEST_F(McpProtocol, ListsToolsInBothEras) {
  auto now = result(modern("tools/list", {{"cursor", ""}}));
  EXPECT_EQ(now.at("resultType"), "complete");
  EXPECT_TRUE(now.as_object().contains("ttlMs"));
  auto before = result(legacy("tools/list"));
  EXPECT_EQ(before.as_object().size(), 1u);
  EXPECT_EQ(before.at("tools"), now.at("tools"));
  const auto& echo = now.at("tools").at(0);
  EXPECT_EQ(echo.at("name"), "echo");
  EXPECT_EQ(echo.at("inputSchema"), (json::object{{"type", "object"}}));
  EXPECT_EQ(echo.at("annotations").at("readOnlyHint"), true);
  EXPECT_EQ(code(modern("tools/list", {{"cursor", "2"}})),
            mcp_error::invalid_params);
  EXPECT_EQ(code(modern("tools/list", {{"cursor", 2}})),
            mcp_error::invalid_params);
}

TEST_F(McpProtocol, ListsWhatElseThereIs) {
  auto resources = result(modern("resources/list"));
  EXPECT_EQ(resources.at_pointer("/resources/0"),
            (json::object{{"uri", "x://all"},
                          {"name", "all"},
                          {"title", "All"},
                          {"description", "Everything."},
                          {"mimeType", "application/json"}}));
  EXPECT_TRUE(resources.as_object().contains("cacheScope"));
  EXPECT_EQ(result(legacy("resources/templates/list"))
              .at_pointer("/resourceTemplates/0/uriTemplate"),
            "x://one/{name}");
  auto prompts = result(legacy("prompts/list"));
  EXPECT_EQ(prompts.at_pointer("/prompts/0/name"), "greet");
  EXPECT_EQ(prompts.at_pointer("/prompts/0/arguments/0/name"), "who");
  auto can = result(modern("server/discover")).at("capabilities").as_object();
  for (auto x : {"tools", "resources", "prompts", "completions", "logging"})
    EXPECT_TRUE(can.contains(x)) << x;
}

TEST_F(McpProtocol, HandsReadsOver) {
  for (auto uri : {"x://all", "x://one/two"}) {
    auto step = protocol_.handle(modern("resources/read", {{"uri", uri}}));
    auto& call = std::get<mcp_call>(step);
    EXPECT_EQ(call.uri, uri);
    auto reply =
      json::parse(protocol_.complete(call, json_contents(call.uri, "{}")));
    EXPECT_EQ(reply.at_pointer("/result/contents/0/uri"), uri);
    EXPECT_EQ(reply.at_pointer("/result/contents/0/text"), "{}");
    EXPECT_EQ(reply.at_pointer("/result/ttlMs"), 0);
    EXPECT_EQ(reply.at_pointer("/result/cacheScope"), "private");
    auto broken = json::parse(protocol_.result(call, "broken", true));
    EXPECT_EQ(broken.at_pointer("/error/code"), mcp_error::internal);
  }
  auto missing = answer(modern("resources/read", {{"uri", "x://none"}}));
  EXPECT_EQ(missing.at_pointer("/error/code"), mcp_error::invalid_params);
  EXPECT_EQ(missing.at_pointer("/error/data/uri"), "x://none");
  EXPECT_EQ(code(legacy("resources/read", {{"uri", "x://one/"}})),
            mcp_error::no_resource);
  EXPECT_EQ(code(legacy("resources/read")), mcp_error::no_resource);
}

TEST_F(McpProtocol, WritesPrompts) {
  json::object bo{{"name", "greet"},
                  {"arguments", json::object{{"who", "Bo"}}}};
  auto x = result(modern("prompts/get", bo));
  EXPECT_EQ(x.at_pointer("/messages/0/role"), "user");
  EXPECT_EQ(x.at_pointer("/messages/0/content"),
            (json::object{{"type", "text"}, {"text", "Greet Bo"}}));
  EXPECT_EQ(x.at("resultType"), "complete");
  EXPECT_EQ(result(legacy("prompts/get", {{"name", "greet"}}))
              .at_pointer("/messages/0/content/text"),
            "Greet ");
  EXPECT_EQ(code(legacy("prompts/get", {{"name", "none"}})),
            mcp_error::invalid_params);
  bo["arguments"] = json::object{{"whom", "Bo"}};
  EXPECT_EQ(code(legacy("prompts/get", bo)), mcp_error::invalid_params);
}

TEST_F(McpProtocol, CompletesArguments) {
  auto complete = [](json::object ref, std::string name) {
    json::object argument{{"name", std::move(name)}, {"value", "a"}};
    return legacy("completion/complete",
                  {{"ref", std::move(ref)}, {"argument", std::move(argument)}});
  };
  const json::object resource{{"type", "ref/resource"},
                              {"uri", "x://one/{name}"}};
  const json::object prompt{{"type", "ref/prompt"}, {"name", "greet"}};
  auto x = result(complete(resource, "name")).at("completion");
  EXPECT_EQ(x.at("values").as_array().size(), 100u) << "no more are allowed";
  EXPECT_EQ(x.at_pointer("/values/0"), "az");
  EXPECT_EQ(x.at("total"), 150);
  EXPECT_EQ(x.at("hasMore"), true);
  EXPECT_TRUE(result(complete(prompt, "who"))
                .at_pointer("/completion/values")
                .as_array()
                .empty());
  EXPECT_EQ(code(complete(resource, "none")), mcp_error::invalid_params);
  EXPECT_EQ(code(complete(prompt, "none")), mcp_error::invalid_params);
  EXPECT_EQ(code(complete({{"type", "ref/prompt"}, {"name", "none"}}, "who")),
            mcp_error::invalid_params);
  EXPECT_EQ(code(complete({{"type", "ref/tool"}}, "who")),
            mcp_error::invalid_params);
  EXPECT_EQ(code(legacy("completion/complete")), mcp_error::invalid_params);
}

TEST_F(McpProtocol, KnowsWhatIsToBeLogged) {
  auto step =
    protocol_.handle(legacy("logging/setLevel", {{"level", "error"}}));
  auto& wish = std::get<mcp_set_level>(step);
  EXPECT_EQ(wish.level, mcp_level::error);
  EXPECT_EQ(json::parse(wish.reply.text).at("result"), json::object{});
  EXPECT_EQ(code(legacy("logging/setLevel", {{"level", "loud"}})),
            mcp_error::invalid_params);
  EXPECT_EQ(code(modern("logging/setLevel", {{"level", "error"}})),
            mcp_error::no_method);
  step =
    protocol_.handle(modern("tools/call", {{"name", "echo"}},
                            {{"io.modelcontextprotocol/logLevel", "warning"}}));
  EXPECT_EQ(std::get<mcp_call>(step).log_level, mcp_level::warning);
}

TEST_F(McpProtocol, HandsCallsOver) {
  auto step = protocol_.handle(modern(
    "tools/call", {{"name", "echo"}, {"arguments", json::object{{"a", 1}}}},
    {{"progressToken", "p"},
     {"traceparent",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}}));
  auto& call = std::get<mcp_call>(step);
  EXPECT_EQ(call.id, 7);
  EXPECT_EQ(call.tool, "echo");
  EXPECT_EQ(call.arguments, (json::object{{"a", 1}}));
  EXPECT_EQ(call.progress_token, json::value("p"));
  EXPECT_EQ(call.traceparent,
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  EXPECT_TRUE(call.modern);

  step = protocol_.handle(
    R"({"jsonrpc":"2.0","id":"7","method":"tools/call","params":)"
    R"({"name":"echo","arguments":null}})");
  auto& bare = std::get<mcp_call>(step);
  EXPECT_EQ(bare.id, "7") << "a string stays a string";
  EXPECT_TRUE(bare.arguments.empty());
  EXPECT_FALSE(bare.progress_token);
  EXPECT_FALSE(bare.modern);
}

TEST_F(McpProtocol, NamesWhatIsWrongWithACall) {
  EXPECT_EQ(code(modern("tools/call", {{"name", "juggle"}})),
            mcp_error::invalid_params);
  EXPECT_EQ(code(modern("tools/call")), mcp_error::invalid_params);
  EXPECT_EQ(
    code(modern("tools/call", {{"name", "echo"}, {"arguments", {1, 2, 3}}})),
    mcp_error::invalid_params);
}

TEST_F(McpProtocol, NamesWhatIsWrongWithALine) {
  using namespace std::string_literals;
  struct wrong {
    std::string line;
    int code;
    json::value id;
  };
  const std::vector<wrong> lines{
    {"{nonsense", mcp_error::parse, nullptr},
    {R"({"jsonrpc":"2.0","id":1,"method":"ping"} x)", mcp_error::parse, {}},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}",
     mcp_error::parse,
     {}},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\0\"}"s, mcp_error::parse, {}},
    {std::string(100, '['), mcp_error::parse, nullptr},
    {R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])",
     mcp_error::invalid_request,
     {}},
    {"7", mcp_error::invalid_request, nullptr},
    {R"({"jsonrpc":"1.0","id":1,"method":"ping"})", mcp_error::invalid_request,
     1},
    {R"({"id":"x","method":"ping"})", mcp_error::invalid_request, "x"},
    {R"({"jsonrpc":"2.0","id":1})", mcp_error::invalid_request, 1},
    {R"({"jsonrpc":"2.0","id":1,"method":5})", mcp_error::invalid_request, 1},
    {R"({"jsonrpc":"2.0","id":null,"method":"ping"})",
     mcp_error::invalid_request, nullptr},
    {R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})",
     mcp_error::invalid_request, nullptr},
    {R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[]})",
     mcp_error::invalid_params, 1},
    {R"({"jsonrpc":"2.0","id":1,"method":"no/such"})", mcp_error::no_method, 1},
  };
  for (const auto& x : lines) {
    auto reply = answer(x.line);
    ASSERT_TRUE(reply.is_object()) << x.line;
    EXPECT_EQ(reply.at_pointer("/error/code"), x.code) << x.line;
    EXPECT_EQ(reply.at("id"), x.id) << x.line;
  }
  auto quoted = answer(std::string(1000, 'x'));
  EXPECT_LT(quoted.at_pointer("/error/message").as_string().size(), 200u);
}

TEST_F(McpProtocol, NeverAnswersWhatIsNoRequest) {
  const auto* without_id =
    R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":)"
    R"({"requestId":[]}})";
  for (const auto* line :
       {"", "  \r", R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
        R"({"jsonrpc":"2.0","method":"no/such","params":[]})",
        R"({"jsonrpc":"2.0","method":"notifications/cancelled"})", without_id})
    EXPECT_TRUE(std::holds_alternative<std::monostate>(protocol_.handle(line)))
      << line;
}

TEST_F(McpProtocol, TellsWhatIsCancelled) {
  auto step = protocol_.handle(
    R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":)"
    R"({"requestId":"listen:0","reason":"enough"}})");
  EXPECT_EQ(std::get<mcp_cancel>(step).id, "listen:0");
}

TEST_F(McpProtocol, HandsAnswersToOurQuestionsOver) {
  auto step = protocol_.handle(R"({"jsonrpc":"2.0","id":"q1","result":{}})");
  EXPECT_EQ(std::get<mcp_response>(step).id, "q1");
  EXPECT_FALSE(std::get<mcp_response>(step).failed);
  step = protocol_.handle(
    R"({"jsonrpc":"2.0","id":"q1","error":{"code":1,"message":""}})");
  EXPECT_TRUE(std::get<mcp_response>(step).failed);
}

TEST_F(McpProtocol, HonoursWishesForWhatCanChange) {
  auto listen = modern("subscriptions/listen",
                       {{"notifications",
                         {{"toolsListChanged", true},
                          {"promptsListChanged", true},
                          {"resourceSubscriptions", {"x://all", "x://none"}},
                          {"taskIds", {"t"}}}}});
  auto step = protocol_.handle(listen);
  auto nothing = std::get<mcp_listen>(step);
  EXPECT_EQ(nothing.id, 7);
  EXPECT_FALSE(nothing.tools || nothing.prompts);
  EXPECT_TRUE(nothing.uris.empty() && nothing.tasks.empty());
  auto changing = offer();
  changing.tools_change = changing.resources_change = changing.tasks = true;
  mcp_protocol other{{"agents", "1.2", ""}, changing};
  step = other.handle(listen);
  auto some = std::get<mcp_listen>(step);
  EXPECT_TRUE(some.tools);
  EXPECT_FALSE(some.prompts);
  EXPECT_EQ(some.uris, std::vector<std::string>{"x://all"});
  EXPECT_EQ(some.tasks, std::vector<std::string>{"t"});
}

TEST_F(McpProtocol, SpeaksOfTasksWithThoseWhoKnowThem) {
  auto with_tasks = offer();
  with_tasks.tasks = true;
  mcp_protocol other{{"agents", "1.2", ""}, with_tasks};
  auto get = [](json::object extensions) {
    json::object can{{"extensions", std::move(extensions)}};
    return legacy(
      "tasks/get",
      {{"taskId", "t"},
       {"_meta",
        {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
         {"io.modelcontextprotocol/clientCapabilities", std::move(can)}}}});
  };
  auto step = other.handle(get({{mcp_tasks_extension, json::object{}}}));
  EXPECT_EQ(std::get<mcp_task_request>(step).task, "t");
  step = other.handle(get({}));
  auto refused = std::get<mcp_reply>(step);
  EXPECT_EQ(refused.status, 400);
  auto error = json::parse(refused.text).at("error");
  EXPECT_EQ(error.at("code"), mcp_error::no_capability);
  EXPECT_TRUE(error.at("data")
                .at("requiredCapabilities")
                .at("extensions")
                .as_object()
                .contains(mcp_tasks_extension));
  EXPECT_EQ(code(get({})), mcp_error::no_method) << "we have none";
  EXPECT_EQ(status(modern("tasks/list")), 404);
}

TEST_F(McpProtocol, GivesEveryAnswerItsStatus) {
  EXPECT_EQ(status(modern("tools/list")), 200);
  EXPECT_EQ(status(modern("ping")), 404);
  EXPECT_EQ(status(legacy("no/such")), 200);
  EXPECT_EQ(status("{nonsense"), 400);
  EXPECT_EQ(status(modern("tools/call", {{"name", "juggle"}})), 200);
  EXPECT_EQ(status(legacy(
              "tools/list",
              {{"_meta",
                {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"}}}})),
            400);
}

TEST_F(McpProtocol, TakesAnswersAndStateOfACall) {
  auto step = protocol_.handle(
    modern("tools/call",
           {{"name", "echo"},
            {"inputResponses", {{"a", {{"action", "accept"}}}, {"b", 12345}}},
            {"requestState", "sealed"}}));
  auto& call = std::get<mcp_call>(step);
  EXPECT_TRUE(call.answers.contains("a"));
  EXPECT_FALSE(call.answers.contains("b")) << "it is asked for again";
  EXPECT_EQ(call.sealed, "sealed");
  EXPECT_EQ(
    code(modern("tools/call", {{"name", "echo"}, {"inputResponses", nullptr}})),
    mcp_error::invalid_params);
  EXPECT_EQ(code(modern("tools/call", {{"name", "echo"}, {"requestState", 1}})),
            mcp_error::invalid_params);
}

TEST_F(McpProtocol, WritesResultsForTheEraOfTheCall) {
  mcp_call call;
  call.id = "q";
  auto before = json::parse(protocol_.result(call, "four", false));
  EXPECT_EQ(before.at("id"), "q");
  EXPECT_EQ(before.at_pointer("/result/content/0"),
            (json::object{{"type", "text"}, {"text", "four"}}));
  EXPECT_EQ(before.at("result").as_object().size(), 1u);
  call.modern = true;
  auto now = json::parse(protocol_.result(call, "no", true));
  EXPECT_EQ(now.at_pointer("/result/isError"), true);
  EXPECT_EQ(now.at_pointer("/result/resultType"), "complete");
  EXPECT_FALSE(now.at("result").as_object().contains("ttlMs"));
}

TEST_F(McpProtocol, LetsOnlyTextOut) {
  using namespace std::string_literals;
  mcp_call call;
  auto text = [](const std::string& line, std::string_view where) {
    EXPECT_EQ(line.find('\n'), std::string::npos);
    return json::value_to<std::string>(
      json::parse(line).at_pointer({where.data(), where.size()}));
  };
  EXPECT_EQ(text(protocol_.result(call, "a\xff\xc3\n\0\xc3\xa4"s, false),
                 "/result/content/0/text"),
            "a\uFFFD\uFFFD\n\0\u00e4"s);
  EXPECT_EQ(text(mcp_protocol::progress("p", 1, "\xe2\x82"), "/params/message"),
            "\uFFFD\uFFFD");
  EXPECT_EQ(text(mcp_protocol::error(1, -1, "\x80"), "/error/message"),
            "\uFFFD");
}

} // namespace smart_agents
