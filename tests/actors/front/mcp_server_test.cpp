#include "tests/actors/front/mcp_http_fixture.hpp"

/// What the server promises whatever the transport; HTTP is how the tests
/// speak to it.

namespace smart_agents {

using namespace std::chrono_literals;

class McpServer : public McpHttpTest {
protected:
  static json::object question() {
    return {{"name", json::object{{"method", "elicitation/create"},
                                  {"params", json::object{}}}}};
  }

  static json::object can_be_asked() {
    return {{"elicitation", json::object{}}};
  }

  static json::object knows_tasks() {
    return {
      {"elicitation", json::object{}},
      {"extensions", json::object{{mcp_tasks_extension, json::object{}}}}};
  }

  json::value about_task(const std::string& method, const std::string& id,
                         json::object more = {}) {
    more["taskId"] = id;
    more["_meta"] = meta(knows_tasks());
    return modern(method, std::move(more), id)->answer();
  }

  /// Begins a task, and returns its id.
  std::string begin_task() {
    auto x = call(knows_tasks());
    mcp_task task;
    task.keep = 60s;
    EXPECT_TRUE(begun_.back()->become(task));
    EXPECT_EQ(x->answer().at_pointer("/result/resultType"), "task");
    return json::value_to<std::string>(
      x->answer().at_pointer("/result/taskId"));
  }
};

TEST_F(McpServer, AsksModernClientsToComeBack) {
  auto x = call(can_be_asked());
  begun_.at(0)->ask(question(), "kept");
  auto result = x->answer().at("result");
  EXPECT_EQ(result.at("resultType"), "input_required");
  EXPECT_TRUE(result.at("inputRequests").as_object().contains("name"));
  EXPECT_EQ(server_.calls(), 0u);
  json::object again{{"inputResponses", {{"name", {{"action", "accept"}}}}},
                     {"requestState", result.at("requestState")}};
  call(can_be_asked(), again);
  ASSERT_EQ(begun_.size(), 2u);
  EXPECT_EQ(begun_[1]->call().state, "kept");
  EXPECT_TRUE(begun_[1]->call().answers.contains("name"));
  // For another call, changed, or too late it is worth nothing.
  auto other = again;
  other["arguments"] = json::object{{"more", true}};
  auto code = [](const fake_socket_ptr& socket) {
    return socket->answer().at_pointer("/error/code").to_number<int>();
  };
  EXPECT_EQ(code(call(can_be_asked(), other)), mcp_error::invalid_params);
  auto tampered = again;
  tampered["requestState"] =
    json::value_to<std::string>(again["requestState"]) + "A";
  EXPECT_EQ(code(call(can_be_asked(), tampered)), mcp_error::invalid_params);
  wall_ += 31min;
  EXPECT_EQ(code(call(can_be_asked(), again)), mcp_error::invalid_params);
  EXPECT_EQ(begun_.size(), 2u);
}

TEST_F(McpServer, AsksNobodyWhoCannotAnswer) {
  auto x = call();
  begun_.at(0)->ask(question());
  EXPECT_EQ(x->status, 400);
  EXPECT_EQ(x->answer().at_pointer("/error/code"), mcp_error::no_capability);
  EXPECT_EQ(
    x->answer().at_pointer("/error/data/requiredCapabilities/elicitation"),
    json::object{});
}

TEST_F(McpServer, KeepsTasksForThoseWhoKnowThem) {
  auto id = begin_task();
  EXPECT_EQ(server_.calls(), 0u) << "the call is answered";
  begun_.at(0)->note("half");
  auto now = about_task("tasks/get", id).at("result");
  EXPECT_EQ(now.at("status"), "working");
  EXPECT_EQ(now.at("statusMessage"), "half");
  EXPECT_EQ(now.at("ttlMs"), 60'000);
  begun_.at(0)->finish("broken", true);
  auto then = about_task("tasks/get", id).at("result");
  EXPECT_EQ(then.at("status"), "completed") << "the protocol did not fail";
  EXPECT_EQ(then.at_pointer("/result/isError"), true);
  EXPECT_EQ(about_task("tasks/cancel", id).at_pointer("/result/resultType"),
            "complete");
  EXPECT_EQ(about_task("tasks/get", "none").at_pointer("/error/code"),
            mcp_error::invalid_params);
  wall_ += 60s;
  server_.sweep();
  EXPECT_EQ(about_task("tasks/get", id).at_pointer("/error/code"),
            mcp_error::invalid_params);
}

TEST_F(McpServer, AnswersOthersWhenTheWorkIsDone) {
  auto x = call();
  EXPECT_FALSE(begun_.at(0)->become({}));
  begun_.at(0)->finish("done", false);
  EXPECT_EQ(x->answer().at_pointer("/result/resultType"), "complete");
}

TEST_F(McpServer, AsksInTheMiddleOfATask) {
  auto id = begin_task();
  begun_.at(0)->ask(question(), 1);
  auto asking = about_task("tasks/get", id).at("result");
  EXPECT_EQ(asking.at("status"), "input_required");
  EXPECT_TRUE(asking.at("inputRequests").as_object().contains("name"));
  about_task("tasks/update", id,
             {{"inputResponses", {{"other", json::object{}}}}});
  EXPECT_EQ(begun_.size(), 1u);
  about_task("tasks/update", id,
             {{"inputResponses", {{"name", {{"action", "accept"}}}}}});
  ASSERT_EQ(begun_.size(), 2u);
  EXPECT_TRUE(begun_[1]->call().answers.contains("name"));
  EXPECT_EQ(about_task("tasks/get", id).at_pointer("/result/status"),
            "working");
}

TEST_F(McpServer, CancelsTasksOnce) {
  auto id = begin_task();
  about_task("tasks/cancel", id);
  about_task("tasks/cancel", id);
  EXPECT_EQ(cancelled_.size(), 1u);
  begun_.at(0)->finish("late", false);
  EXPECT_EQ(about_task("tasks/get", id).at_pointer("/result/status"),
            "cancelled");
}

TEST_F(McpServer, TellsWhoWatchesATask) {
  auto id = begin_task();
  json::object wish{{"notifications", json::object{{"taskIds", {id}}}},
                    {"_meta", meta(knows_tasks())}};
  auto x = modern("subscriptions/listen", wish);
  begun_.at(0)->finish("done", false);
  auto events = x->events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].at("method"), "notifications/tasks");
  EXPECT_EQ(events[1].at_pointer("/params/status"), "completed");
}

TEST_F(McpServer, FindsTasksOfOthers) {
  std::vector<std::string> stopped;
  mcp_host host;
  host.begin = [](const mcp_work_ptr&) {};
  host.find_task = [](const std::string& id, const std::string&,
                      const mcp_host::found& found) {
    if (id != "theirs")
      return found(std::nullopt);
    mcp_task task;
    task.id = id;
    found(task);
  };
  host.cancel_task = [&stopped](const std::string& id, const std::string&) {
    stopped.push_back(id);
  };
  server_.serve(host);
  EXPECT_EQ(about_task("tasks/get", "theirs").at_pointer("/result/status"),
            "working");
  EXPECT_EQ(about_task("tasks/get", "none").at_pointer("/error/code"),
            mcp_error::invalid_params);
  about_task("tasks/cancel", "theirs");
  EXPECT_EQ(stopped, std::vector<std::string>{"theirs"});
}

TEST_F(McpServer, ShowsATaskOnlyToItsOwner) {
  std::string who = "ann";
  options_.admit = [&who](const server_request&) {
    return std::variant<std::string, turned_away>{who};
  };
  http_ = std::make_unique<mcp_http>(server_, options_);
  auto id = begin_task();
  json::object wish{
    {"notifications",
     json::object{{"taskIds", {id}}, {"resourceSubscriptions", {"x://a"}}}},
    {"_meta", meta(knows_tasks())}};
  auto mine = modern("subscriptions/listen", wish);
  who = "bob";
  auto theirs = modern("subscriptions/listen", wish);
  EXPECT_EQ(about_task("tasks/get", id).at_pointer("/error/code"),
            mcp_error::invalid_params);
  about_task("tasks/cancel", id);
  EXPECT_TRUE(cancelled_.empty());
  server_.resource_changed("x://a", "ann");
  begun_.at(0)->finish("done", false);
  EXPECT_EQ(mine->events().size(), 3u);
  EXPECT_EQ(theirs->events().size(), 1u) << "that it listens";
  who = "ann";
  EXPECT_EQ(about_task("tasks/get", id).at_pointer("/result/status"),
            "completed");
}

TEST_F(McpServer, GivesASuccessorWhatIsInHand) {
  call();
  begin_task();
  std::vector<mcp_work_ptr> again;
  server_.serve({[&again](const mcp_work_ptr& x) { again.push_back(x); }, {}});
  EXPECT_EQ(again.size(), 2u);
}

TEST_F(McpServer, RefusesMoreThanItCanHold) {
  for (size_t i = 0; i < mcp_server::max_works; ++i)
    call();
  auto x = call();
  EXPECT_EQ(x->answer().at_pointer("/result/isError"), true);
  EXPECT_EQ(begun_.size(), mcp_server::max_works);
}

} // namespace smart_agents
