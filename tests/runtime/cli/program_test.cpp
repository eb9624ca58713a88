#include "tests/support/paths.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <poll.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

/// What a run of the program left behind.
struct ran {
  int exit = -1;
  std::string out;
  std::string err;
};

/// The program as a child process, in a folder and state of its own, with no
/// variable of the tester's.
class program {
public:
  program(const std::filesystem::path& home, std::vector<std::string> args,
          const std::string& input) {
    std::ofstream{home / "in"} << input;
    if (pipe(err_.data()) != 0)
      throw std::runtime_error{"no pipe for the program's stderr"};
    child_ = fork();
    if (child_ == 0)
      become(home, args);
    close(err_[1]);
    home_ = home;
  }

  ~program() {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
    close(err_[0]);
  }

  /// Reads stderr until `text` came; false at its end or after 30 s.
  bool wait_for(const std::string& text) {
    std::array<char, 4096> piece{};
    while (said_.find(text) == std::string::npos) {
      pollfd ready{err_[0], POLLIN, 0};
      if (poll(&ready, 1, 30000) != 1)
        return false;
      auto got = read(err_[0], piece.data(), piece.size());
      if (got <= 0)
        return false;
      said_.append(piece.data(), static_cast<size_t>(got));
    }
    return true;
  }

  pid_t pid() const {
    return child_;
  }

  void signal(int number) const {
    kill(child_, number);
  }

  /// Waits for the end.
  ran finish() {
    std::array<char, 4096> piece{};
    for (ssize_t got = 1; got > 0;) {
      got = read(err_[0], piece.data(), piece.size());
      said_.append(piece.data(),
                   static_cast<size_t>(std::max<ssize_t>(got, 0)));
    }
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = -1;
    std::stringstream out;
    out << std::ifstream{home_ / "out"}.rdbuf();
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            out.str(), said_};
  }

  const std::string& said() const {
    return said_;
  }

private:
  [[noreturn]] void become(const std::filesystem::path& home,
                           std::vector<std::string>& args) {
    std::filesystem::current_path(home);
    if (!freopen("in", "r", stdin) || !freopen("out", "w", stdout))
      _exit(126);
    dup2(err_[1], STDERR_FILENO);
    auto variable = "HOME=" + home.string();
    std::array<char*, 2> env{variable.data(), nullptr};
    std::string binary = smart_agents::test::binary;
    std::vector<char*> argv{binary.data()};
    for (auto& x : args)
      argv.push_back(x.data());
    argv.push_back(nullptr);
    execve(binary.c_str(), argv.data(), env.data());
    _exit(127);
  }

  std::filesystem::path home_;
  std::array<int, 2> err_{};
  pid_t child_ = -1;
  std::string said_;
};

class Program : public testing::Test {
protected:
  void SetUp() override {
    auto pattern = testing::TempDir() + "program-XXXXXX";
    home_ = mkdtemp(pattern.data());
    // No Ollama of the tester's either, and free ports.
    configure(R"("providers": {"ollama": {"enabled": false}})");
  }

  void TearDown() override {
    std::filesystem::remove_all(home_);
  }

  void configure(const std::string& members) {
    std::ofstream{home_ / "smart-agents.json"}
      << "{" << members << R"(, "server": {"port": 0, "control_port": 0}})";
  }

  ran run(std::vector<std::string> args, const std::string& input = {}) {
    return program{home_, std::move(args), input}.finish();
  }

  std::filesystem::path home_;
};

} // namespace

TEST_F(Program, NeverFallsBackToSimulatedAnswers) {
  for (const char* command : {"ask", "serve", "mcp"}) {
    auto x = run({command}, "hello");
    EXPECT_EQ(x.exit, 2) << command;
    EXPECT_THAT(x.out, IsEmpty()) << command;
    EXPECT_THAT(x.err, HasSubstr("no provider")) << command;
    EXPECT_THAT(x.err, HasSubstr("ANTHROPIC_API_KEY")) << command;
    EXPECT_THAT(x.err, HasSubstr("--simulate")) << command;
  }
  EXPECT_EQ(run({"config", "check", "--providers"}).exit, 3);
}

TEST_F(Program, NamesFileKeyAndRemedyOfAWrongConfiguration) {
  configure(R"("providers": {"claude": {"max_concurent": 1}})");
  auto x = run({"ask", "hello"});
  EXPECT_EQ(x.exit, 2);
  EXPECT_THAT(x.err, HasSubstr("smart-agents.json: "
                               "providers.claude.max_concurent: unknown key; "
                               "did you mean max_concurrent?"));
}

TEST_F(Program, SendsNoKeyWhereAFoundFileSays) {
  configure(R"("providers": {"ollama": {"enabled": false}, "claude":
               {"base_url": "https://elsewhere.example", "key_file": "key"}})");
  std::ofstream{home_ / "key"} << "sk-test-1234";
  std::filesystem::permissions(home_ / "key",
                               std::filesystem::perms::owner_read);
  auto found = run({"config", "check"});
  EXPECT_EQ(found.exit, 2);
  EXPECT_THAT(found.err, HasSubstr("--config smart-agents.json"));
  EXPECT_THAT(found.err, Not(HasSubstr("sk-test-1234")));
  auto named = run({"--config", "smart-agents.json", "config", "check"});
  EXPECT_EQ(named.exit, 0) << named.err;
}

TEST_F(Program, AnswersFromTheSimulatorAndSaysSo) {
  auto x = run({"--simulate", "ask", "What is 2+2?"});
  EXPECT_EQ(x.exit, 0) << x.err;
  EXPECT_THAT(x.out, Not(IsEmpty()));
  EXPECT_THAT(x.err, HasSubstr("SIMULATED"));
  for (const char* line :
       {"provider", "model", "complexity", "reason", "time", "cost", "saved"})
    EXPECT_THAT(x.err, HasSubstr(line));
}

TEST_F(Program, AsksClaudeForHardCode) {
  auto x = run({"ask", "--simulate", "--json", "--type", "code", "--complexity",
                "9", "Write a lock-free queue"});
  ASSERT_EQ(x.exit, 0) << x.err;
  auto answer = boost::json::parse(x.out);
  EXPECT_EQ(answer.at("provider"), boost::json::value("claude"));
  EXPECT_EQ(answer.at("simulated"), boost::json::value(true));
}

TEST_F(Program, GoesOnWhenALimitIsUsedUpAndSaysSo) {
  configure(R"("providers": {"ollama": {"enabled": false}, "claude": {"limits":
               {"requests_per_day": 1}, "key_env": ""}})");
  std::vector<std::string> args{"ask",          "--simulate",   "--type",
                                "code",         "--complexity", "9",
                                "Write a queue"};
  auto first = run(args);
  EXPECT_EQ(first.exit, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("provider    claude"));
  auto second = run(args);
  EXPECT_EQ(second.exit, 0) << second.err;
  EXPECT_THAT(second.err, Not(HasSubstr("provider    claude")));
  EXPECT_THAT(second.err, HasSubstr("claude has used 1 of 1 requests today"));
}

TEST_F(Program, RoutesWithoutAsking) {
  auto x = run({"route", "--simulate", "--json", "What is 2+2?"});
  ASSERT_EQ(x.exit, 0) << x.err;
  auto decision = boost::json::parse(x.out);
  EXPECT_EQ(decision.at("provider"), boost::json::value("ollama"));
  EXPECT_TRUE(run({"usage", "--simulate", "--json"}).out.find("\"sums\":[]")
              != std::string::npos);
}

TEST_F(Program, RefusesPromptsThatAreNone) {
  std::vector<std::pair<std::string, const char*>> cases{
    {std::string{"a\0b", 3}, "NUL byte"},
    {"a\xff", "not UTF-8"},
    {"", "is empty"},
    {std::string(50u << 20, 'x'), "longer than"}};
  for (auto& [input, expected] : cases) {
    auto x = run({"ask", "--simulate"}, input);
    EXPECT_EQ(x.exit, 2);
    EXPECT_THAT(x.err, HasSubstr(expected));
  }
}

TEST_F(Program, PrintsEveryReportAsJson) {
  for (const char* command : {"quota", "providers", "usage", "doctor"}) {
    auto x = run({command, "--simulate", "--json"});
    EXPECT_EQ(x.exit, 0) << command << x.err;
    boost::json::error_code error;
    boost::json::parse(x.out, error);
    EXPECT_FALSE(error) << command << x.out;
  }
}

TEST_F(Program, KeepsWhatItLearnedOfTokenCountsBesideTheLedger) {
  std::string text;
  for (int i = 0; i < 50; ++i)
    text += "Some words that have to be counted. ";
  auto x = run({"ask", "--simulate", "-"}, text);
  ASSERT_EQ(x.exit, 0) << x.err;
  std::string kept;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{home_})
    if (entry.path().string().ends_with(".tokens.json"))
      kept = entry.path();
  ASSERT_NE(kept, "");
  std::stringstream json;
  json << std::ifstream{kept}.rdbuf();
  EXPECT_THAT(json.str(), HasSubstr(R"(":{"ratio":)"));
}

TEST_F(Program, AsksEveryProviderOnceWhenTheDoctorIsToldTo) {
  auto x = run({"doctor", "--simulate", "--live", "--json"});
  EXPECT_EQ(x.exit, 0) << x.err << x.out;
  size_t live = 0;
  auto report = boost::json::parse(x.out);
  for (const auto& item : report.at("findings").as_array())
    if (item.at("what").as_string().ends_with(" live")) {
      ++live;
      EXPECT_EQ(item.at("state"), "ok") << item;
    }
  EXPECT_EQ(live, 5u) << x.out;
  // It costs something, so nobody is asked without the flag.
  x = run({"doctor", "--simulate"});
  EXPECT_THAT(x.out, Not(HasSubstr(" live")));
}

TEST_F(Program, FindsAnAnswerOfAnotherShape) {
  httplib::Server server;
  std::string answer;
  server.Get("/v1/models", [](const auto&, auto& to) {
    to.set_content(R"({"data":[]})", "application/json");
  });
  server.Post("/v1/chat/completions", [&answer](const auto&, auto& to) {
    to.set_content(answer, "application/json");
  });
  auto port = server.bind_to_any_port("127.0.0.1");
  std::thread listening{[&server] { server.listen_after_bind(); }};
  configure(R"("providers": {"ollama": {"enabled": false}, "house": {"format":
    "openai-chat", "model": "m", "base_url": "http://127.0.0.1:)"
            + std::to_string(port) + R"(/v1"}})");
  answer = R"({"id":"c","model":"m","choices":[{"message":{"role":"assistant",)"
           R"("content":"ok"},"finish_reason":"stop"}],"colour":"red"})";
  auto lacking = run({"doctor", "--live"});
  answer = R"({"result":"ok"})";
  auto strange = run({"doctor", "--live"});
  answer = R"({"error":{"message":"no such luck","code":429}})";
  auto refused = run({"doctor", "--live"});
  server.stop();
  listening.join();
  EXPECT_EQ(lacking.exit, 1);
  EXPECT_THAT(lacking.out,
              HasSubstr("its answer lacks what the format openai-chat has: "
                        "/usage/prompt_tokens, /usage/completion_tokens"));
  EXPECT_THAT(lacking.out, HasSubstr("fields that are new to us: colour"));
  EXPECT_EQ(strange.exit, 1);
  EXPECT_THAT(strange.out, HasSubstr("its answer is no openai-chat"));
  EXPECT_EQ(refused.exit, 1);
  EXPECT_THAT(refused.out, HasSubstr("no such luck"));
}

TEST_F(Program, WritesAConfigurationOnceAndKeepsTheEarlierOne) {
  auto file = home_ / ".config/smart-agents/smart-agents.json";
  auto first = run({"init"});
  EXPECT_EQ(first.exit, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr(file.string()));
  EXPECT_THAT(first.out, HasSubstr("claude mcp add --scope user smart-agents"));
  auto check = run({"--config", file.string(), "config", "check"});
  EXPECT_EQ(check.exit, 0) << check.err;

  std::ofstream{file} << "mine";
  auto refused = run({"init"});
  EXPECT_EQ(refused.exit, 2);
  EXPECT_THAT(refused.err, HasSubstr("init --replace"));
  auto replaced = run({"init", "--replace", "--json"});
  ASSERT_EQ(replaced.exit, 0) << replaced.err;
  auto backup = boost::json::parse(replaced.out).at("backup").as_string();
  std::string kept;
  std::ifstream{std::string{backup}} >> kept;
  EXPECT_EQ(kept, "mine");
  EXPECT_EQ(run({"--config", file.string(), "config", "check"}).exit, 0);
}

TEST_F(Program, ServesUntilASignalComes) {
  program serve{home_, {"serve", "--simulate"}, ""};
  ASSERT_TRUE(serve.wait_for("/status\n")) << serve.said();
  auto at = serve.said().find("status on http://127.0.0.1:");
  ASSERT_NE(at, std::string::npos);
  httplib::Client client{"127.0.0.1", std::stoi(serve.said().substr(at + 27))};
  auto ready = client.Get("/readyz");
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->status, 200) << ready->body;
  auto status = client.Get("/status");
  ASSERT_TRUE(status);
  EXPECT_EQ(boost::json::parse(status->body).at("providers").as_array().size(),
            5u);
  EXPECT_THAT(client.Get("/metrics")->body,
              HasSubstr("smart_agents_provider_available"));
  serve.signal(SIGTERM);
  auto x = serve.finish();
  EXPECT_EQ(x.exit, 0) << x.err;
  EXPECT_THAT(x.err, HasSubstr("stopped"));
}

TEST_F(Program, MakesListsAndRevokesKeys) {
  auto made = run({"keys", "create", "team/alice", "--limit", "5usd/day",
                   "--model", "auto:*"});
  ASSERT_EQ(made.exit, 0) << made.err;
  EXPECT_THAT(made.out, testing::StartsWith("sk-sa-"));
  auto key = made.out.substr(0, made.out.size() - 1);
  auto listed = run({"--json", "keys", "list"});
  ASSERT_EQ(listed.exit, 0) << listed.err;
  EXPECT_THAT(listed.out, Not(HasSubstr(key)));
  auto keys = boost::json::parse(listed.out).at("keys");
  EXPECT_EQ(keys.at(0).at("name"), "team/alice");
  EXPECT_EQ(keys.at(0).at("limits").at(0), "5usd/day");
  EXPECT_EQ(run({"keys", "create", "team/alice"}).exit, 2);
  EXPECT_EQ(run({"keys", "create", "a b"}).exit, 2);
  auto wrong = run({"keys", "create", "b", "--limit", "many"});
  EXPECT_EQ(wrong.exit, 2);
  EXPECT_THAT(wrong.err, HasSubstr("60requests/minute"));
  EXPECT_EQ(run({"keys", "revoke", "team/alice"}).exit, 0);
  EXPECT_EQ(run({"keys", "revoke", "team/alice"}).exit, 2);
  EXPECT_THAT(run({"keys", "list"}).out, HasSubstr("(revoked "));
}

TEST_F(Program, AsksAboutImagesAndOtherFiles) {
  using namespace std::string_literals;
  std::filesystem::create_directory(home_ / "pictures");
  std::ofstream{home_ / "pictures/dot"} << "\x89PNG\r\n\x1a\n"s
                                        << "rest";
  std::ofstream{home_ / "note.txt"} << "a note";
  for (const char* option : {"--image", "--file"}) {
    auto x = run({"--simulate", "--json", "ask", option, "pictures/dot",
                  "--file", "note.txt", "What is it?"});
    ASSERT_EQ(x.exit, 0) << x.err;
    auto answer = boost::json::parse(x.out);
    EXPECT_EQ(answer.at("provider"), boost::json::value("gemini"));
    EXPECT_EQ(answer.at("type"), boost::json::value("image"));
  }
  auto wrong =
    run({"--simulate", "ask", "--audio",
         "../" + home_.filename().string() + "/pictures/dot", "What is it?"});
  EXPECT_EQ(wrong.exit, 2);
  EXPECT_THAT(wrong.err, HasSubstr("is image/png; say --image instead"));
  auto text = run({"--simulate", "ask", "--image", "note.txt", "Look"});
  EXPECT_EQ(text.exit, 2);
  EXPECT_THAT(text.err, HasSubstr("is no image, sound, film or PDF"));
  auto none = run({"--simulate", "ask", "--video", "gone.mp4", "Look"});
  EXPECT_EQ(none.exit, 2);
  EXPECT_THAT(none.err, HasSubstr("gone.mp4"));
  auto inside =
    run({"--simulate", "ask", "--image", "http://127.0.0.1/x.png", "Look"});
  EXPECT_EQ(inside.exit, 2);
  configure(R"("providers": {"ollama": {"enabled": false}},
               "input": {"max_media_bytes": 5})");
  auto large = run({"--simulate", "ask", "--image", "pictures/dot", "Look"});
  EXPECT_EQ(large.exit, 2);
  EXPECT_THAT(large.err, HasSubstr("5 bytes"));
}

TEST_F(Program, NamesItsAuthorizationServers) {
  configure(R"("providers": {"ollama": {"enabled": false}}, "gateway":
               {"authorization_servers": ["https://login.example.com"]})");
  program serve{home_, {"serve", "--simulate"}, ""};
  ASSERT_TRUE(serve.wait_for("/status\n")) << serve.said();
  auto at = serve.said().find("gateway on http://127.0.0.1:");
  httplib::Client client{"127.0.0.1", std::stoi(serve.said().substr(at + 28))};
  auto answer = client.Get("/.well-known/oauth-protected-resource/mcp");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(boost::json::parse(answer->body).at("authorization_servers").at(0),
            boost::json::value("https://login.example.com"));
  serve.signal(SIGTERM);
  EXPECT_EQ(serve.finish().exit, 0);
}

TEST_F(Program, ServesNoOthersWithoutKeys) {
  std::ofstream{home_ / "smart-agents.json"}
    << R"({"server": {"host": "0.0.0.0", "port": 0, "control_port": 0}})";
  auto refused = run({"serve", "--simulate"});
  EXPECT_EQ(refused.exit, 2);
  EXPECT_THAT(refused.err, HasSubstr("smart-agents keys create NAME"));
  EXPECT_THAT(refused.err, HasSubstr("require_keys"));
}

TEST_F(Program, LooksAtTheFilesOfTlsWhenItChecksTheConfiguration) {
  std::ofstream{home_ / "smart-agents.json"}
    << R"({"server": {"tls": {"certificate": "none.pem", "key": "x.key"}}})";
  for (const auto& words : {std::vector<std::string>{"config", "check"},
                            std::vector<std::string>{"serve", "--simulate"}}) {
    auto refused = run(words);
    EXPECT_EQ(refused.exit, 2);
    EXPECT_THAT(refused.err, HasSubstr("server.tls: none.pem cannot be read"));
  }
}

TEST_F(Program, HoldsAKeyToItsBudget) {
  auto made = run({"--simulate", "--json", "keys", "create", "ci", "--limit",
                   "1requests/day"});
  ASSERT_EQ(made.exit, 0) << made.err;
  std::string key{boost::json::parse(made.out).at("key").as_string()};
  program serve{home_, {"serve", "--simulate"}, ""};
  ASSERT_TRUE(serve.wait_for("gateway on http://127.0.0.1:")) << serve.said();
  ASSERT_TRUE(serve.wait_for("/status\n")) << serve.said();
  auto at = serve.said().find("gateway on http://127.0.0.1:");
  httplib::Client client{"127.0.0.1", std::stoi(serve.said().substr(at + 28))};
  auto ask = [&client](const httplib::Headers& headers) {
    auto answer = client.Post(
      "/v1/chat/completions", headers,
      R"({"model":"auto","messages":[{"role":"user","content":"hi"}]})",
      "application/json");
    return answer ? answer->status : -1;
  };
  EXPECT_EQ(ask({{"Authorization", "Bearer " + key}}), 200);
  EXPECT_EQ(ask({{"Authorization", "Bearer " + key}}), 429);
  EXPECT_EQ(ask({}), 200);
  EXPECT_EQ(ask({{"Authorization", "Bearer " + key + "x"}}), 401);
  // What passes no credential on takes its own keys only, if any.
  auto mcp = [&client](const httplib::Headers& headers) {
    auto answer =
      client.Post("/mcp", headers,
                  R"({"jsonrpc":"2.0","id":1,"method":"initialize",)"
                  R"("params":{"protocolVersion":"2025-11-25",)"
                  R"("capabilities":{},)"
                  R"("clientInfo":{"name":"a","version":"1"}}})",
                  "application/json");
    return answer ? *answer : httplib::Response{};
  };
  EXPECT_EQ(mcp({}).status, 200);
  EXPECT_EQ(mcp({{"Authorization", "Bearer " + key}}).status, 200);
  for (const auto& stranger :
       {httplib::Headers{{"Authorization", "Bearer " + key + "x"}},
        httplib::Headers{{"Authorization", "Bearer sk-ant-oat01-x"}},
        httplib::Headers{{"x-api-key", "dummy"}}}) {
    auto refused = mcp(stranger);
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.get_header_value("WWW-Authenticate"), "Bearer");
    EXPECT_THAT(boost::json::parse(refused.body)
                  .at("error")
                  .at("message")
                  .as_string()
                  .c_str(),
                HasSubstr("x-smart-agents-key"));
    EXPECT_EQ(client.Get("/v1/tasks", stranger)->status, 401);
  }
  serve.signal(SIGTERM);
  auto x = serve.finish();
  EXPECT_THAT(x.err, Not(HasSubstr(key)));
  // In the ledger by its name.
  auto usage = run({"--simulate", "usage", "--json"});
  EXPECT_EQ(usage.exit, 0);
}

TEST_F(Program, HoldsAKeyToItsModelsAndToLimitsOnThem) {
  configure(R"("gateway": {"require_keys": "always"},
               "limits": [{"key": "ci", "model": "qwen3:8b", "requests": 1,
                           "per": "day"},
                          {"key": "home", "model": "qwen3:8b", "requests": 1,
                           "per": "day"}])");
  auto key = [this](std::vector<std::string> more) {
    std::vector<std::string> words{"--simulate", "--json", "keys", "create"};
    words.insert(words.end(), more.begin(), more.end());
    auto made = run(std::move(words));
    EXPECT_EQ(made.exit, 0) << made.err;
    return std::string{boost::json::parse(made.out).at("key").as_string()};
  };
  auto ci = key({"ci", "--model", "ollama/*", "--model", "grok/grok-4.3"});
  auto home = key({"home", "--model", "ollama/*"});
  auto other = key({"other"});
  program serve{home_, {"serve", "--simulate"}, ""};
  ASSERT_TRUE(serve.wait_for("/status\n")) << serve.said();
  auto at = serve.said().find("gateway on http://127.0.0.1:");
  httplib::Client client{"127.0.0.1", std::stoi(serve.said().substr(at + 28))};
  auto ask = [&client](const std::string& with, const std::string& model) {
    auto answer =
      client.Post("/v1/chat/completions", {{"Authorization", "Bearer " + with}},
                  R"({"model":")" + model
                    + R"(","messages":[{"role":"user","content":"hi"}]})",
                  "application/json");
    if (!answer)
      return std::string{"no answer"};
    auto who = answer->get_header_value("x-smart-agents-provider");
    return answer->status == 200 ? who : std::to_string(answer->status);
  };
  EXPECT_EQ(ask(ci, "claude/claude-opus-5-5"), "403");
  EXPECT_EQ(ask(ci, "auto"), "403");
  EXPECT_EQ(ask(ci, "ollama/qwen3:8b"), "ollama");
  // Its limit is on that model alone, and nobody else's.
  EXPECT_EQ(ask(ci, "ollama/qwen3:8b"), "grok");
  // Nor does failover lead to models that the key may not ask for.
  EXPECT_EQ(ask(home, "ollama/qwen3:8b"), "ollama");
  EXPECT_EQ(ask(home, "ollama/qwen3:8b"), "429");
  EXPECT_EQ(ask(ci, "grok/grok-4.3"), "grok");
  EXPECT_EQ(ask(other, "ollama/qwen3:8b"), "ollama");
  EXPECT_EQ(ask(other, "claude/claude-opus-5-5"), "claude");
  auto told = client.Post(
    "/mcp",
    {{"Authorization", "Bearer " + ci},
     {"Accept", "application/json, text/event-stream"},
     {"MCP-Protocol-Version", "2026-07-28"},
     {"Mcp-Method", "tools/call"},
     {"Mcp-Name", "ask"}},
    R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask",)"
    R"("arguments":{"prompt":"hi","model":"claude/claude-opus-5-5"},"_meta":{)"
    R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},)"
    R"("io.modelcontextprotocol/clientCapabilities":{}}}})",
    "application/json");
  ASSERT_TRUE(told);
  EXPECT_THAT(told->body, HasSubstr("the key ci may not ask for"));
  serve.signal(SIGTERM);
  EXPECT_EQ(serve.finish().exit, 0);
}

TEST_F(Program, GoesOnWhileItsLedgerIsInTroubleAndSaysSo) {
  configure(R"("database": "ledger.db",
    "limits": [{"requests": 100000, "per": "day"}])");
  program serve{home_, {"serve", "--simulate"}, ""};
  ASSERT_TRUE(serve.wait_for("/status\n")) << serve.said();
  auto client_at = [&serve](const std::string& text) {
    auto at = serve.said().find(text) + text.size();
    return std::make_unique<httplib::Client>(
      "127.0.0.1", std::stoi(serve.said().substr(at)));
  };
  auto gateway = client_at("gateway on http://127.0.0.1:");
  auto control = client_at("status on http://127.0.0.1:");
  int answered = 0;
  auto ask = [&] {
    auto x = gateway->Post(
      "/v1/chat/completions",
      R"({"model":"auto","messages":[{"role":"user","content":"hi"}]})",
      "application/json");
    ASSERT_TRUE(x);
    EXPECT_EQ(x->status, 200) << x->body;
    ++answered;
  };
  // The page is a second old at most.
  auto seen = [&](const char* page, int status, const std::string& text) {
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    std::string body;
    while (std::chrono::steady_clock::now() < end) {
      auto x = control->Get(page);
      body = x ? x->body : "";
      if (x && x->status == status && body.find(text) != std::string::npos)
        return;
      std::this_thread::yield();
    }
    FAIL() << "not " << status << " with \"" << text << "\" but " << body;
  };
  auto file = (home_ / "ledger.db.simulated").string();
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
  sqlite3_busy_timeout(db, 10'000);
  auto sql = [db](const std::string& text) {
    std::string first;
    auto read = [](void* to, int, char** values, char**) {
      *static_cast<std::string*>(to) = values[0];
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(db, text.c_str(), read, &first, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db);
    return first;
  };
  seen("/readyz", 200, "");
  for (int i = 0; i < 5; ++i)
    ask();

  // Locked by another program.
  sql("BEGIN IMMEDIATE");
  ask();
  seen("/readyz", 503, "ledger.db");
  ask();
  sql("ROLLBACK");
  seen("/readyz", 200, "");

  // No room on the disk.
  rlimit before{};
  ASSERT_EQ(prlimit(serve.pid(), RLIMIT_FSIZE, nullptr, &before), 0);
  rlimit none{1, before.rlim_max};
  ASSERT_EQ(prlimit(serve.pid(), RLIMIT_FSIZE, &none, nullptr), 0);
  ask();
  seen("/readyz", 503, "the disk is full");
  ask();
  ASSERT_EQ(prlimit(serve.pid(), RLIMIT_FSIZE, &before, nullptr), 0);
  seen("/readyz", 200, "");

  // A page breaks.
  sql("PRAGMA wal_checkpoint(TRUNCATE)");
  auto page = std::stol(sql("SELECT pageno FROM dbstat WHERE name = 'hours'"));
  {
    std::fstream broken{file, std::ios::in | std::ios::out | std::ios::binary};
    broken.seekp((page - 1) * 4096);
    broken << std::string(4096, 'x');
  }
  sql("INSERT INTO job_needs VALUES ('nobody', 'nothing')");
  ask();
  ASSERT_TRUE(serve.wait_for("was damaged; its bytes are kept as"));
  ask();
  seen("/readyz", 200, "");
  seen("/status", 200, "was damaged; its bytes are kept as");

  serve.signal(SIGTERM);
  EXPECT_EQ(serve.finish().exit, 0);
  EXPECT_EQ(sql("SELECT count(*) FROM ledger WHERE outcome = 'answered'"),
            std::to_string(answered));
  EXPECT_EQ(sql("SELECT sum(answered) FROM hours"), std::to_string(answered));
  sqlite3_close(db);
}

TEST_F(Program, ReloadsWholeOrNotAtAllAndHarmsNothingUnderWay) {
  program sim{home_, {"simulate", "--json", "--latency", "1500"}, ""};
  std::string said;
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (said.find('\n') == std::string::npos
         && std::chrono::steady_clock::now() < end) {
    std::stringstream out;
    out << std::ifstream{home_ / "out"}.rdbuf();
    said = out.str();
    std::this_thread::yield();
  }
  auto urls = boost::json::parse(said).at("base_urls");
  std::string ollama{urls.at("ollama").as_string()};
  std::filesystem::create_directory(home_ / "serving");
  auto use = [&](const std::string& aliases) {
    std::ofstream{home_ / "serving/smart-agents.json"}
      << R"({"providers": {"ollama": {"base_url": ")" + ollama
           + R"("}}, "gateway": {"aliases": {)" + aliases
           + R"(}}, "server": {"port": 0, "control_port": 0}})";
  };
  use(R"("old": "auto")");
  program serve{home_ / "serving", {"serve"}, ""};
  ASSERT_TRUE(serve.wait_for("/status\n")) << serve.said();
  auto port_after = [&serve](const std::string& text) {
    return std::stoi(
      serve.said().substr(serve.said().find(text) + text.size()));
  };
  auto port = port_after("gateway on http://127.0.0.1:");
  httplib::Client control{"127.0.0.1",
                          port_after("status on http://127.0.0.1:")};
  auto ask = [port](const std::string& model) {
    httplib::Client client{"127.0.0.1", port};
    client.set_read_timeout(30);
    auto answer = client.Post("/v1/chat/completions",
                              R"({"messages":[{"role":"user","content":"hi"}],)"
                              R"("model":")"
                                + model + "\"}",
                              "application/json");
    return answer ? answer->status : -1;
  };
  int early = 0;
  std::thread under_way{[&] { early = ask("old"); }};
  // Its latency is long enough for two reloads.
  use(R"("new": "auto")");
  auto done = control.Post("/reload");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->status, 200) << done->body;
  use(R"("new": 5)");
  EXPECT_EQ(control.Post("/reload")->status, 422);
  EXPECT_EQ(ask("new"), 200);
  EXPECT_NE(ask("old"), 200);
  under_way.join();
  EXPECT_EQ(early, 200);
  // Another mistake: the one above was told already.
  use(R"("newer": 5)");
  serve.signal(SIGHUP);
  EXPECT_TRUE(serve.wait_for("gateway.aliases.newer"));
  EXPECT_THAT(serve.said(),
              HasSubstr("the configuration stays as it was: bad_config"));
  // While it stops, nothing begins anew.
  use(R"("late": "auto")");
  // The page is a second old at most.
  auto wait_until_running = [&control](const std::string& number) {
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (control.Get("/status")->body.find("\"running\":" + number)
             == std::string::npos
           && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
  };
  wait_until_running("0");
  std::thread last{[&] { early = ask("new"); }};
  wait_until_running("1");
  serve.signal(SIGTERM);
  EXPECT_TRUE(serve.wait_for(": stopping;"));
  auto before = serve.said().size();
  serve.signal(SIGHUP);
  last.join();
  EXPECT_EQ(early, 200);
  auto end_of_all = serve.finish();
  EXPECT_EQ(end_of_all.exit, 0);
  EXPECT_THAT(end_of_all.err.substr(before), Not(HasSubstr("is in force")));
}
