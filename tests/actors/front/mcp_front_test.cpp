#include "actors/front/mcp_front.hpp"

#include "actors/front/mcp_resources.hpp"
#include "tests/support/fakes.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include <thread>

namespace smart_agents {

namespace json = boost::json;

/// A client that remembers what it was told.
struct fake_client : line_channel {
  std::vector<json::value> told;
  void write(std::string line) override {
    told.push_back(json::parse(line));
  }
};

/// The front among fakes. Tasks stay open until the test ends them.
class McpFront : public test::deterministic {
protected:
  McpFront() {
    now_.coordinator = system_.spawn(
      [this](coordinator_actor::pointer) -> coordinator_actor::behavior_type {
        return {
          [this](const run_task& x) {
            tasks_.push_back(x.what);
            return task_accepted{x.what->id, dispatch_};
          },
          [](const run_skill& x) -> caf::result<task_accepted> {
            return make_error(ec::not_found, "skill '" + x.name + "'");
          },
          [](const cancel_task&) {},
          [](get_load) { return load_report{}; },
          [](drain) { return drained{}; },
          [](const services_changed&) {},
          [](sweep) {},
        };
      });
    now_.router = system_.spawn(test::fake_router, router_);
    now_.quota =
      system_.spawn(test::fake_quota, std::make_shared<test::quota_script>());
    now_.storage = system_.spawn(test::fake_storage,
                                 std::make_shared<test::storage_script>());
    now_.providers["ollama"] = system_.spawn(
      test::fake_provider, std::make_shared<test::provider_script>());
    now_.events = new_bus();
    start();
  }

  void TearDown() override {
    stop(front_);
    stop(dispatch_);
    stop(now_.coordinator);
    stop(now_.router);
    stop(now_.quota);
    stop(now_.storage);
    stop(now_.events);
    for (const auto& [name, who] : now_.providers)
      stop(who);
    stop(supervisor_);
  }

  event_actor new_bus() {
    return system_.spawn(
      [this](event_actor::pointer) -> event_actor::behavior_type {
        return {
          [](const event&) {},
          [this](const subscribe&) { ++subscriptions_; },
          [](const unsubscribe&) {},
        };
      });
  }

  /// Starts a front, the first or a successor.
  void start() {
    mcp_front_options options;
    options.supervisor = supervisor_;
    options.memory = memory_;
    options.channel = client_;
    options.version = "1.2";
    options.make_id = [this] { return "req_" + std::to_string(++last_id_); };
    options.answer_text = [](const answer& x) {
      return text_of(x.response.parts);
    };
    options.failure_text = [](const answer_failed& x) { return x.why.message; };
    options.decision_text = [](const decision&) { return "decided"; };
    options.usage_text = [](const quota_report&,
                            const std::vector<provider_status>& providers,
                            const usage_report&) {
      return std::to_string(providers.size()) + " providers";
    };
    options.resource_text = [](const std::string& uri, const quota_report&,
                               const std::vector<provider_status>& providers,
                               const usage_report&) {
      return uri == mcp_uri::providers ? std::to_string(providers.size()) : "";
    };
    options.on_end = [this] { ++ends_; };
    front_ = system_.spawn(mcp_front, std::move(options));
    settle_all();
  }

  void say(std::string line) {
    ASSERT_TRUE(memory_->push(std::move(line)));
    tell(front_, mcp_lines{});
  }

  static std::string call(json::value id, std::string tool,
                          json::object arguments, json::value token = nullptr) {
    json::object params{{"name", std::move(tool)},
                        {"arguments", std::move(arguments)}};
    if (!token.is_null())
      params["_meta"] = {{"progressToken", std::move(token)}};
    return json::serialize(json::object{{"jsonrpc", "2.0"},
                                        {"id", std::move(id)},
                                        {"method", "tools/call"},
                                        {"params", std::move(params)}});
  }

  void ask(json::value id, std::string prompt, json::value token = nullptr) {
    say(call(std::move(id), "ask", {{"prompt", std::move(prompt)}},
             std::move(token)));
  }

  void cancel(json::value id) {
    say(json::serialize(json::object{{"jsonrpc", "2.0"},
                                     {"method", "notifications/cancelled"},
                                     {"params", {{"requestId", id}}}}));
  }

  /// Ends the task with this place in `tasks_`.
  void finish(size_t task, std::string text) {
    auto what = std::make_shared<answer>();
    what->response.parts.emplace_back(text_part{std::move(text)});
    tell(front_, answer_finished{tasks_.at(task)->id, what});
  }

  void fail(size_t task, std::string why) {
    answer_failed x;
    x.task_id = tasks_.at(task)->id;
    x.why = test::failing(failure_class::internal, std::move(why));
    tell(front_, x);
  }

  /// Texts of the replies to a call; errors by their code.
  std::vector<std::string> replies(const json::value& id) const {
    std::vector<std::string> result;
    for (const auto& x : client_->told) {
      const auto& message = x.as_object();
      if (!message.contains("id") || message.at("id") != id)
        continue;
      if (message.contains("error"))
        result.push_back(json::serialize(x.at_pointer("/error/code")));
      else
        result.push_back(
          json::value_to<std::string>(x.at_pointer("/result/content/0/text")));
    }
    return result;
  }

  std::vector<double> progress(const json::value& token) const {
    std::vector<double> result;
    for (const auto& x : client_->told)
      if (const auto* method = x.as_object().if_contains("method");
          method && *method == "notifications/progress"
          && x.at_pointer("/params/progressToken") == token)
        result.push_back(x.at_pointer("/params/progress").to_number<double>());
    return result;
  }

  using strings = std::vector<std::string>;

  dispatch_actor dispatch_ = system_.spawn(
    [this](dispatch_actor::pointer) -> dispatch_actor::behavior_type {
      return {
        [](const call_started&) {},
        [](const call_progress&) {},
        [](const call_finished&) {},
        [](const call_failed&) {},
        [this](const grant_credit& x) { credit_ += x.events; },
        [this](const cancel_task& x) { cancelled_.push_back(x.task_id); },
        [](deadline_passed) {},
      };
    });

  supervisor_actor supervisor_ = system_.spawn(
    [this](supervisor_actor::pointer) -> supervisor_actor::behavior_type {
      return {
        [this](get_services) {
          return services_changed{std::make_shared<services>(now_)};
        },
        [](get_children) { return children_report{}; },
        [](const stop_all&) { return all_stopped{}; },
        [](const start_child&) {},
      };
    });

  services now_;
  std::shared_ptr<test::router_script> router_ =
    std::make_shared<test::router_script>();
  std::shared_ptr<mcp_memory> memory_ = std::make_shared<mcp_memory>();
  std::shared_ptr<fake_client> client_ = std::make_shared<fake_client>();
  mcp_front_actor front_;
  std::vector<task_ptr> tasks_;
  strings cancelled_;
  uint32_t credit_ = 0;
  int subscriptions_ = 0;
  int last_id_ = 0;
  int ends_ = 0;
};

TEST_F(McpFront, AnswersCallsAsTheirTasksEnd) {
  ask(1, "first");
  ask("two", "second");
  ASSERT_EQ(tasks_.size(), 2u);
  EXPECT_EQ(text_of(tasks_[0]->request.messages[0].parts), "first");
  EXPECT_EQ(tasks_[0]->deadline, now() + std::chrono::minutes{10});
  fail(1, "no provider can");
  finish(0, "four");
  EXPECT_EQ(replies("two"), strings{"no provider can"});
  EXPECT_EQ(replies(1), strings{"four"});
  EXPECT_TRUE(memory_->unanswered.empty());
}

TEST_F(McpFront, AnswersWrongArgumentsAndRefusedWork) {
  say(call(1, "ask", {{"promt", "x"}}));
  say(call(2, "ask", {{"prompt", "x"}, {"complexity", 11}}));
  say(call(3, "orchestrate", {{"skill", "juggling"}, {"input", "x"}}));
  EXPECT_TRUE(tasks_.empty());
  ASSERT_EQ(client_->told.size(), 3u);
  for (const auto& x : client_->told)
    EXPECT_EQ(x.at_pointer("/result/isError"), true);
  EXPECT_NE(replies(1)[0].find("promt"), std::string::npos);
  EXPECT_NE(replies(2)[0].find("complexity"), std::string::npos);
  EXPECT_NE(replies(3)[0].find("juggling"), std::string::npos);
}

TEST_F(McpFront, ReportsGrowingProgressToThoseWhoAsk) {
  ask(1, "watched", "p");
  ask(2, "unwatched");
  EXPECT_TRUE(tasks_[0]->request.stream);
  EXPECT_FALSE(tasks_[1]->request.stream);
  auto head = std::make_shared<answer>();
  for (const auto& x : tasks_) {
    tell(front_, event{event::kind::decided, {}, x->id, {}, {}, "to ollama"});
    tell(front_, answer_started{x->id, head});
    tell(front_, answer_delta{x->id, {60, text_delta{0, "a"}}});
  }
  EXPECT_EQ(progress("p"), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(credit_, 120u);
  EXPECT_EQ(client_->told.size(), 3u);
  finish(0, "done");
  auto so_far = client_->told.size();
  tell(front_,
       event{event::kind::failed_over, {}, tasks_[0]->id, {}, {}, "late"});
  tell(front_, answer_delta{tasks_[0]->id, {60, text_delta{0, "a"}}});
  EXPECT_EQ(client_->told.size(), so_far);
}

TEST_F(McpFront, CancelsAtTheDispatchAndStaysSilent) {
  ask("c", "long", "p");
  cancel("c");
  cancel("c");
  cancel("unknown");
  EXPECT_EQ(cancelled_, strings{tasks_[0]->id});
  tell(front_, answer_delta{tasks_[0]->id, {60, text_delta{0, "a"}}});
  fail(0, "cancelled by the client");
  EXPECT_TRUE(client_->told.empty());
}

TEST_F(McpFront, CancelsWhatIsNotYetAccepted) {
  // Both lines are taken before the coordinator can answer.
  ASSERT_TRUE(memory_->push(call("c", "ask", {{"prompt", "long"}})));
  cancel("c");
  ASSERT_EQ(tasks_.size(), 1u);
  EXPECT_EQ(cancelled_, strings{tasks_[0]->id});
  EXPECT_TRUE(memory_->unanswered.empty());
}

TEST_F(McpFront, KeepsCallsOfOneIdApart) {
  ask("x", "first");
  ask("x", "second");
  EXPECT_EQ(tasks_.size(), 1u);
  EXPECT_EQ(replies("x"), strings{"-32600"}) << "it is in use";
  cancel("x");
  ask("x", "third");
  ASSERT_EQ(tasks_.size(), 2u);
  fail(0, "cancelled by the client");
  finish(1, "fine");
  EXPECT_EQ(replies("x"), (strings{"-32600", "fine"}));
}

TEST_F(McpFront, RefusesMoreCallsThanItCanHold) {
  const auto most = mcp_front_state::max_requests;
  for (size_t i = 0; i < most; ++i)
    ask(i, "p");
  ask("more", "p");
  EXPECT_EQ(tasks_.size(), most);
  ASSERT_EQ(replies("more").size(), 1u);
  EXPECT_NE(replies("more")[0].find("Too many"), std::string::npos);
  finish(0, "done");
  ask("again", "p");
  EXPECT_EQ(tasks_.size(), most + 1);
}

TEST_F(McpFront, AnswersFromRouterAndLedger) {
  say(call(1, "route", {{"prompt", "x"}}));
  say(call(2, "usage", {}));
  EXPECT_EQ(replies(1), strings{"decided"});
  EXPECT_EQ(replies(2), strings{"1 providers"});
  // A part that fails leaves its place empty.
  crash(now_.providers["ollama"]);
  crash(now_.quota);
  say(call(3, "usage", {}));
  EXPECT_EQ(replies(3), strings{"0 providers"});
  crash(now_.router);
  say(call(4, "route", {{"prompt", "x"}}));
  ASSERT_EQ(replies(4).size(), 1u);
  EXPECT_EQ(client_->told.back().at_pointer("/result/isError"), true);
}

TEST_F(McpFront, ReadsResources) {
  auto read = [this](json::value id, std::string uri) {
    say(json::serialize(json::object{{"jsonrpc", "2.0"},
                                     {"id", std::move(id)},
                                     {"method", "resources/read"},
                                     {"params", {{"uri", std::move(uri)}}}}));
    return client_->told.back();
  };
  auto text = [](const json::value& reply) {
    return json::value_to<std::string>(
      reply.at_pointer("/result/contents/0/text"));
  };
  EXPECT_EQ(text(read(1, mcp_uri::providers)), "1");
  EXPECT_NE(text(read(2, mcp_uri::models)).find("claude-opus-5-5"),
            std::string::npos);
  EXPECT_EQ(
    read(3, "smart-agents://models/none-such").at_pointer("/error/code"),
    mcp_error::no_resource);
  // An empty list would say that there are no limits.
  crash(now_.quota);
  EXPECT_EQ(read(4, mcp_uri::quotas).at_pointer("/error/code"),
            mcp_error::internal);
  EXPECT_TRUE(memory_->unanswered.empty());
}

TEST_F(McpFront, LogsWhatTheClientWants) {
  auto happen = [this](size_t task) {
    const auto& id = tasks_.at(task)->id;
    tell(front_, event{event::kind::decided, {}, id, {}, {}, "to grok"});
    tell(front_, event{event::kind::failed_over, {}, id, {}, {}, "grok broke"});
  };
  ask(1, "p");
  happen(0);
  EXPECT_TRUE(client_->told.empty()) << "nobody asked for it";
  say(R"({"jsonrpc":"2.0","id":2,"method":"logging/setLevel","params":)"
      R"({"level":"warning"}})");
  EXPECT_EQ(client_->told.size(), 1u) << "the answer";
  crash(front_);
  start();
  happen(1);
  ASSERT_EQ(client_->told.size(), 2u);
  EXPECT_EQ(client_->told[1].at("method"), "notifications/message");
  EXPECT_EQ(client_->told[1].at("params"),
            (json::object{{"level", "warning"},
                          {"logger", "smart-agents"},
                          {"data", "grok broke"}}));
}

TEST_F(McpFront, CancelsEverythingAtTheEndOfInput) {
  ask(1, "long");
  ASSERT_TRUE(memory_->push(call(2, "route", {{"prompt", "x"}})));
  ASSERT_TRUE(memory_->push(call(3, "ask", {{"prompt", "last"}})));
  memory_->close();
  tell(front_, mcp_end{});
  EXPECT_GE(ends_, 1);
  EXPECT_EQ(cancelled_, (strings{tasks_[0]->id, tasks_[1]->id}));
  EXPECT_TRUE(client_->told.empty());
}

TEST_F(McpFront, FinishesFirstWhenItsInputWasAFile) {
  ask(1, "first");
  ASSERT_TRUE(memory_->push(call(2, "ask", {{"prompt", "last"}})));
  memory_->close();
  tell(front_, mcp_end{true});
  EXPECT_EQ(tasks_.size(), 2u);
  finish(0, "one");
  crash(front_);
  start();
  EXPECT_EQ(ends_, 0);
  finish(2, "two");
  EXPECT_EQ(replies(1), strings{"one"});
  EXPECT_EQ(replies(2), strings{"two"});
  EXPECT_TRUE(cancelled_.empty());
  EXPECT_EQ(ends_, 1);
}

TEST_F(McpFront, ItsSuccessorAnswersWhatItOwed) {
  ask(1, "first", "p");
  tell(front_, answer_started{tasks_[0]->id, std::make_shared<answer>()});
  ASSERT_TRUE(memory_->push(call(2, "ask", {{"prompt", "second"}})));
  crash(front_);
  start();
  ASSERT_EQ(tasks_.size(), 3u);
  EXPECT_EQ(text_of(tasks_[1]->request.messages[0].parts), "first");
  tell(front_, answer_started{tasks_[1]->id, std::make_shared<answer>()});
  finish(1, "one");
  finish(2, "two");
  EXPECT_EQ(replies(1), strings{"one"});
  EXPECT_EQ(replies(2), strings{"two"});
  EXPECT_EQ(progress("p"), (std::vector<double>{1, 2})) << "it must grow";
}

TEST_F(McpFront, GivesUpACallThatEndsEveryFront) {
  ask(1, "poison");
  ask(2, "bystander");
  for (int i = 0; i < mcp_front_state::max_fronts; ++i) {
    crash(front_);
    start();
  }
  ASSERT_EQ(replies(1).size(), 1u);
  EXPECT_EQ(replies(1), replies(2)) << "nobody knows which it was";
  EXPECT_NE(replies(1)[0].find("Internal error"), std::string::npos);
  ask(3, "new");
  finish(tasks_.size() - 1, "fine");
  EXPECT_EQ(replies(3), strings{"fine"});
}

TEST_F(McpFront, SubscribesToEveryNewEventBus) {
  EXPECT_EQ(subscriptions_, 1);
  auto old = std::exchange(now_.events, new_bus());
  crash(old);
  EXPECT_EQ(subscriptions_, 2);
}

TEST(McpMemory, SlowsAClientThatIsAheadOfUs) {
  constexpr size_t bound = 10;
  mcp_memory memory{bound};
  std::thread client{[&memory] {
    for (int i = 100; i < 600; ++i)
      EXPECT_TRUE(memory.push(std::to_string(i)));
  }};
  for (int i = 100; i < 600;) {
    EXPECT_LE(memory.waiting(), bound);
    if (auto line = memory.pop())
      EXPECT_EQ(line, std::to_string(i++));
    else
      std::this_thread::yield();
  }
  client.join();
}

TEST(McpMemory, LetsAWaitingClientGoWhenItCloses) {
  mcp_memory memory{10};
  EXPECT_TRUE(memory.push("longer than the bound")) << "alone it fits";
  std::thread client{[&memory] { EXPECT_FALSE(memory.push("second")); }};
  memory.close();
  client.join();
  EXPECT_EQ(memory.pop(), "longer than the bound");
}

} // namespace smart_agents
