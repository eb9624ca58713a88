// What clients see of the gateway as a whole, over real sockets.

#include "adapters/beast/io_threads.hpp"
#include "adapters/simulator/simulator.hpp"
#include "messages/error.hpp"
#include "runtime/commands.hpp"
#include "runtime/simulation.hpp"

#include <gtest/gtest.h>
#include <httplib.h>

#include <algorithm>
#include <filesystem>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

class DataPlane : public ::testing::Test {
protected:
  void SetUp() override {
    folder_ =
      std::filesystem::temp_directory_path() / ("data-plane-" + make_task_id());
    std::filesystem::create_directories(folder_);
    auto simulated = simulator::start(io_);
    ASSERT_TRUE(simulated) << render(simulated.error());
    simulator_ = std::move(*simulated);
  }

  void TearDown() override {
    plane_ = nullptr;
    agents_ = nullptr;
    simulator_ = nullptr;
    std::filesystem::remove_all(folder_);
  }

  /// Serves with the models that `chatgpt` is said to have.
  void serve(std::vector<std::string> models) {
    auto nothing = [](std::string_view) { return std::nullopt; };
    settings_source source;
    auto base = parse_settings("{}", "test", nothing, source);
    ASSERT_TRUE(base) << render(base.error());
    auto all = simulated_settings(*base, simulator_->base_urls());
    all.database = (folder_ / "ledger.db").string();
    all.threads = 1;
    all.listen_port = 0;
    auto chatgpt =
      std::find_if(all.providers.begin(), all.providers.end(),
                   [](const auto& x) { return x.name == "chatgpt"; });
    ASSERT_NE(chatgpt, all.providers.end());
    chatgpt->models = std::move(models);
    auto started = service::start(std::move(all), make_silent_log());
    ASSERT_TRUE(started) << render(started.error());
    agents_ = std::move(*started);
    auto opened = open_data_plane(*agents_, [] { return "{}"; });
    ASSERT_TRUE(opened) << render(opened.error());
    plane_ = std::move(*opened);
    client_ = std::make_unique<httplib::Client>("127.0.0.1", plane_->port());
    client_->set_keep_alive(true);
    client_->set_read_timeout(60s);
  }

  httplib::Result ask(const std::string& path, const std::string& model) {
    return client_->Post(path,
                         R"({"model":")" + model
                           + R"(","max_tokens":9,"messages":[{"role":"user",)"
                             R"("content":"What is 2+2?"}]})",
                         "application/json");
  }

  std::filesystem::path folder_;
  io_threads io_{1};
  std::unique_ptr<simulator> simulator_;
  std::unique_ptr<service> agents_;
  std::unique_ptr<data_plane> plane_;
  std::unique_ptr<httplib::Client> client_;
};

} // namespace

TEST_F(DataPlane, KnowsOnlyTheModelsThatAreListed) {
  serve({"gpt-5.6-sol"});
  auto listed = ask("/v1/chat/completions", "chatgpt/gpt-5.6-sol");
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->status, 200) << listed->body;
  EXPECT_EQ(listed->get_header_value("x-smart-agents-model"), "gpt-5.6-sol");
  auto openai = ask("/v1/chat/completions", "chatgpt/gpt-6-luna");
  ASSERT_TRUE(openai);
  EXPECT_EQ(openai->status, 404);
  EXPECT_NE(openai->body.find(R"("code":"model_not_found")"), std::string::npos)
    << openai->body;
  EXPECT_NE(openai->body.find("providers.chatgpt.models"), std::string::npos);
  auto anthropic = ask("/v1/messages", "chatgpt/gpt-6-luna");
  ASSERT_TRUE(anthropic);
  EXPECT_EQ(anthropic->status, 404);
  EXPECT_NE(anthropic->body.find(R"("type":"not_found_error")"),
            std::string::npos)
    << anthropic->body;
}

TEST_F(DataPlane, PassesAnyModelOnWhereNoneAreListed) {
  serve({});
  auto any = ask("/v1/chat/completions", "chatgpt/gpt-6-luna");
  ASSERT_TRUE(any);
  EXPECT_EQ(any->status, 200) << any->body;
  EXPECT_EQ(any->get_header_value("x-smart-agents-model"), "gpt-6-luna");
}

TEST_F(DataPlane, TellsWhoeverComesTooLateThatTheServiceStops) {
  serve({});
  auto early = ask("/v1/chat/completions", "auto");
  ASSERT_TRUE(early);
  EXPECT_EQ(early->status, 200) << early->body;
  plane_->stop_accepting();
  EXPECT_TRUE(agents_->shutdown(60s));
  // The connection is kept, but nobody is behind it any more.
  for (const auto* path : {"/v1/chat/completions", "/v1/messages"}) {
    auto late = ask(path, "auto");
    ASSERT_TRUE(late) << path;
    EXPECT_EQ(late->status, 503) << late->body;
    EXPECT_EQ(late->get_header_value("Content-Type"), "application/json");
    EXPECT_NE(late->body.find("is stopping"), std::string::npos) << late->body;
  }
}

} // namespace smart_agents
