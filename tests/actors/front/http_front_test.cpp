#include "actors/front/http_front.hpp"

#include "adapters/secrets.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/fakes.hpp"

#include <optional>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

/// A client that records what it gets and takes bytes when told.
class fake_responder : public http_responder {
public:
  void send(int code, http_headers head, std::string text) override {
    status = code;
    headers = std::move(head);
    body = std::move(text);
  }
  void start(int code, http_headers head) override {
    status = code;
    headers = std::move(head);
  }
  void write(std::string bytes, std::function<void(bool)> done) override {
    EXPECT_FALSE(writing) << "one write at a time";
    body += bytes;
    writing = std::move(done);
  }
  void end() override {
    ended = true;
  }
  void abort() override {
    aborted = true;
  }
  void on_gone(std::function<void()> x) override {
    gone = std::move(x);
  }
  bool answered() const override {
    return status != 0;
  }

  int status = 0;
  http_headers headers;
  std::string body;
  bool ended = false;
  bool aborted = false;
  std::function<void(bool)> writing;
  std::function<void()> gone;
};

/// What the fakes behind the front saw.
struct backstage {
  std::vector<run_task> tasks;
  uint32_t credit = 0;
  std::vector<cancel_task> cancels;
  std::optional<caf::error> refuse;
  int supervisor_asked = 0;
};

} // namespace

class HttpFront : public test::deterministic {
protected:
  dispatch_actor dispatch_ = system_.spawn(
    [this](dispatch_actor::pointer) -> dispatch_actor::behavior_type {
      return {
        [](const call_started&) {},
        [](const call_progress&) {},
        [](const call_finished&) {},
        [](const call_failed&) {},
        [this](const grant_credit& x) { seen_.credit += x.events; },
        [this](const cancel_task& x) { seen_.cancels.push_back(x); },
        [](deadline_passed) {},
      };
    });

  coordinator_actor new_coordinator() {
    return system_.spawn(
      [this](coordinator_actor::pointer) -> coordinator_actor::behavior_type {
        return {
          [this](const run_task& x) -> caf::result<task_accepted> {
            if (seen_.refuse)
              return *seen_.refuse;
            seen_.tasks.push_back(x);
            return task_accepted{x.what->id, dispatch_};
          },
          [](const run_skill&) -> caf::result<task_accepted> {
            return make_error(ec::not_found, "no skills here");
          },
          [](const cancel_task&) {},
          [](get_load) { return load_report{}; },
          [](drain) { return drained{}; },
          [](const services_changed&) {},
          [](sweep) {},
        };
      });
  }

  coordinator_actor coordinator_ = new_coordinator();
  /// Whom the supervisor knows beside it.
  services peers_;

  supervisor_actor supervisor_ = system_.spawn(
    [this](supervisor_actor::pointer) -> supervisor_actor::behavior_type {
      return {
        [this](get_services) {
          ++seen_.supervisor_asked;
          auto now = std::make_shared<services>(peers_);
          now->coordinator = coordinator_;
          return services_changed{std::move(now)};
        },
        [](get_children) { return children_report{}; },
        [](const stop_all&) { return all_stopped{}; },
        [](const start_child&) {},
      };
    });

  http_front_actor front_ = system_.spawn(http_front, options());

  /// Starts anew with rules.
  void obey(gateway_rules rules, uint32_t most = 100) {
    crash(front_);
    auto with = options();
    with.door = door_ = std::make_shared<admission>(most);
    with.rules = std::make_shared<const gateway_rules>(std::move(rules));
    front_ = system_.spawn(http_front, with);
  }

  http_front_options options() {
    http_front_options result;
    result.supervisor = supervisor_;
    result.models = {"claude/claude-opus-5-5"};
    result.wall_clock = [] { return wall_time{}; };
    result.make_id = [n = 0]() mutable { return "req_" + std::to_string(++n); };
    return result;
  }

  std::shared_ptr<fake_responder> send(server_request request) {
    auto client = std::make_shared<fake_responder>();
    tell(front_,
         http_incoming{
           std::make_shared<const server_request>(std::move(request)), client});
    return client;
  }

  std::shared_ptr<fake_responder>
  post(std::string body, std::string target = "/v1/chat/completions") {
    server_request request;
    request.method = "POST";
    request.target = std::move(target);
    request.body = std::move(body);
    return send(std::move(request));
  }

  std::shared_ptr<fake_responder> chat(bool stream) {
    return post(std::string{R"({"model":"auto","stream":)"}
                + (stream ? "true" : "false")
                + R"(,"messages":[{"role":"user","content":"hi"}]})");
  }

  static answer_ptr good_answer(const std::string& text) {
    auto result = std::make_shared<answer>();
    result->task_id = "req_1";
    result->response.parts = {text_part{text}};
    result->provider = "claude";
    result->model = "claude-opus-5-5";
    result->reason = "code, complexity 9:\nthe strongest";
    result->complexity = 9;
    result->attempts.resize(1);
    return result;
  }

  static failure failed(failure_class what, std::string message) {
    failure result;
    result.what = what;
    result.message = std::move(message);
    return result;
  }

  void TearDown() override {
    crash(front_);
    stop(dispatch_);
    stop(coordinator_);
    stop(supervisor_);
  }

  backstage seen_;
  std::shared_ptr<admission> door_;
};

TEST_F(HttpFront, AnswersWholeWithTheStoryInHeaders) {
  auto client = chat(false);
  ASSERT_EQ(seen_.tasks.size(), 1u);
  EXPECT_EQ(seen_.tasks[0].what->origin, "gateway");
  EXPECT_FALSE(seen_.tasks[0].what->limits_bind);
  tell(front_, answer_finished{"req_1", good_answer("hello")});
  EXPECT_EQ(client->status, 200);
  EXPECT_NE(client->body.find("hello"), std::string::npos);
  EXPECT_EQ(find_header(client->headers, "x-smart-agents-provider"), "claude");
  EXPECT_EQ(find_header(client->headers, "x-smart-agents-reason"),
            "code, complexity 9: the strongest");
}

TEST_F(HttpFront, StreamsOneWriteAtATimeAndGrantsCreditForWhatWasTaken) {
  auto client = chat(true);
  tell(front_, answer_started{"req_1", good_answer("")});
  ASSERT_TRUE(client->writing);
  tell(front_, answer_delta{"req_1", {text_delta{0, "he"}}});
  tell(front_, answer_delta{"req_1", {text_delta{0, "llo"}}});
  EXPECT_EQ(seen_.credit, 0u);
  auto take = [&] {
    std::exchange(client->writing, nullptr)(true);
    settle_all();
  };
  take(); // the head's event
  EXPECT_EQ(seen_.credit, 0u);
  take(); // both pieces, in one write
  EXPECT_EQ(seen_.credit, 2u);
  tell(front_, answer_finished{"req_1", good_answer("hello")});
  EXPECT_FALSE(client->ended);
  take();
  EXPECT_TRUE(client->ended);
  EXPECT_NE(client->body.find("[DONE]"), std::string::npos);
}

TEST_F(HttpFront, PingsAStreamThatIsSilent) {
  auto client = chat(true);
  tell(front_, answer_started{"req_1", good_answer("")});
  auto take = [&] {
    std::exchange(client->writing, nullptr)(true);
    settle_all();
  };
  take();
  client->body.clear();
  advance(10s);
  EXPECT_EQ(client->body, "");
  advance(5s);
  EXPECT_EQ(client->body, ": keep-alive\n\n");
  // A reader that does not read gets no more of them.
  advance(60s);
  EXPECT_EQ(client->body, ": keep-alive\n\n");
  take();
  advance(15s);
  take();
  EXPECT_EQ(client->body, ": keep-alive\n\n: keep-alive\n\n");
  EXPECT_EQ(seen_.credit, 0u);
}

TEST_F(HttpFront, SendsTheHeadOfAStreamThatWaitsTooLong) {
  auto client = chat(true);
  advance(40s);
  EXPECT_EQ(client->status, 0);
  advance(5s);
  EXPECT_EQ(client->status, 200);
  EXPECT_EQ(find_header(client->headers, "x-smart-agents-request-id"), "req_1");
  EXPECT_EQ(client->body, ": waiting for an answer\n\n");
  auto take = [&] {
    std::exchange(client->writing, nullptr)(true);
    settle_all();
  };
  take();
  tell(front_, answer_started{"req_1", good_answer("")});
  take();
  EXPECT_NE(client->body.find("\n: x-smart-agents-provider: claude\n"),
            std::string::npos);
  tell(front_, answer_delta{"req_1", {text_delta{0, "hello"}}});
  tell(front_, answer_finished{"req_1", good_answer("hello")});
  while (client->writing)
    take();
  EXPECT_NE(client->body.find("hello"), std::string::npos);
  EXPECT_TRUE(client->ended);
}

TEST_F(HttpFront, TellsAFailureAfterALongWaitByAnEvent) {
  auto client = post(R"({"model":"auto","max_tokens":9,"stream":true,
      "messages":[{"role":"user","content":"hi"}]})",
                     "/v1/messages");
  advance(45s);
  ASSERT_TRUE(client->writing);
  tell(front_,
       answer_failed{"req_1", failed(failure_class::timeout, "too slow"), {}});
  while (client->writing) {
    std::exchange(client->writing, nullptr)(true);
    settle_all();
  }
  EXPECT_NE(client->body.find("event: error\n"), std::string::npos);
  EXPECT_EQ(client->body.find("message_start"), std::string::npos);
  EXPECT_TRUE(client->ended);
}

TEST_F(HttpFront, EndsABrokenStreamWithAnErrorEventAndNoFakeStop) {
  auto client = chat(true);
  tell(front_, answer_started{"req_1", good_answer("")});
  std::exchange(client->writing, nullptr)(true);
  settle_all();
  tell(front_, answer_failed{
                 "req_1", failed(failure_class::broken_answer, "cut off"), {}});
  EXPECT_NE(client->body.find("cut off"), std::string::npos);
  EXPECT_EQ(client->body.find("[DONE]"), std::string::npos);
  EXPECT_EQ(client->body.find(R"("finish_reason":"stop")"), std::string::npos);
}

TEST_F(HttpFront, TellsWhenToComeBack) {
  auto client = chat(false);
  auto why = failed(failure_class::over_quota, "claude is used up");
  why.retry_after = std::chrono::milliseconds{1500};
  tell(front_, answer_failed{"req_1", why, {}});
  EXPECT_EQ(client->status, 429);
  EXPECT_EQ(find_header(client->headers, "Retry-After"), "2");
}

TEST_F(HttpFront, CancelsTheTaskWhenTheClientGoes) {
  auto client = chat(true);
  client->gone();
  settle_all();
  ASSERT_EQ(seen_.cancels.size(), 1u);
  EXPECT_EQ(seen_.cancels[0].task_id, "req_1");
}

TEST_F(HttpFront, CancelsTheTaskWhenAWriteFails) {
  auto client = chat(true);
  tell(front_, answer_started{"req_1", good_answer("")});
  std::exchange(client->writing, nullptr)(false);
  settle_all();
  EXPECT_EQ(seen_.cancels.size(), 1u);
}

TEST_F(HttpFront, FindsTheNextCoordinatorWhenOneDies) {
  chat(false);
  crash(coordinator_);
  coordinator_ = new_coordinator();
  chat(false);
  EXPECT_EQ(seen_.tasks.size(), 2u);
  EXPECT_EQ(seen_.supervisor_asked, 2);
}

TEST_F(HttpFront, PassesOnThatTheServiceIsFull) {
  seen_.refuse = make_error(ec::overloaded, "4096 tasks are running");
  auto client = chat(false);
  EXPECT_EQ(client->status, 429);
  EXPECT_NE(client->body.find("4096 tasks are running"), std::string::npos);
}

TEST_F(HttpFront, TellsThoseItTurnsAwayWhenThereIsRoom) {
  for (int i = 1; i <= 3; ++i) {
    chat(false);
    advance(2s);
    auto done = std::make_shared<answer>(*good_answer("hello"));
    done->task_id = "req_" + std::to_string(i);
    tell(front_, answer_finished{done->task_id, done});
  }
  seen_.refuse = make_error(ec::overloaded, "4096 tasks are running");
  EXPECT_EQ(find_header(chat(false)->headers, "Retry-After"), "2");
  EXPECT_EQ(find_header(chat(false)->headers, "Retry-After"), "4");
}

TEST_F(HttpFront, ServesEachFormatAtItsEndpoint) {
  auto messages = post(R"({"model":"auto","max_tokens":9,"top_k":3,
    "messages":[{"role":"user","content":"hi"}]})",
                       "/v1/messages?beta=true");
  // The client's own bytes go along, for a provider of its format.
  ASSERT_EQ(seen_.tasks.size(), 1u);
  const auto& verbatim = seen_.tasks[0].what->request.verbatim;
  ASSERT_TRUE(verbatim);
  EXPECT_EQ(verbatim->format, "anthropic");
  EXPECT_NE(verbatim->json->find("top_k"), std::string::npos);
  tell(front_, answer_finished{"req_1", good_answer("hello")});
  EXPECT_EQ(messages->status, 200);
  EXPECT_NE(messages->body.find(R"("type":"message")"), std::string::npos);
  EXPECT_EQ(find_header(messages->headers, "x-smart-agents-losses"), "top_k");
  auto responses =
    post(R"({"model":"auto","stream":true,"input":"hi"})", "/v1/responses");
  tell(front_, answer_started{"req_2", good_answer("")});
  tell(front_, answer_delta{"req_2", {text_delta{0, "hello"}}});
  tell(front_, answer_finished{"req_2", good_answer("hello")});
  while (responses->writing) {
    std::exchange(responses->writing, nullptr)(true);
    settle_all();
  }
  EXPECT_TRUE(responses->ended);
  EXPECT_EQ(responses->body.find("event: response.created\n"), 0u);
  EXPECT_NE(responses->body.find("event: response.completed\n"),
            std::string::npos);
}

TEST_F(HttpFront, CountsTokensWithoutAProvider) {
  auto counted =
    post(R"({"model":"auto","messages":[{"role":"user","content":"hi"}]})",
         "/v1/messages/count_tokens");
  EXPECT_EQ(counted->status, 200);
  EXPECT_EQ(counted->body.find(R"({"input_tokens":)"), 0u);
  counted =
    post(R"({"model":"auto","input":"hi"})", "/v1/responses/input_tokens");
  EXPECT_NE(counted->body.find(R"("object":"response.input_tokens")"),
            std::string::npos);
  EXPECT_TRUE(seen_.tasks.empty());
}

TEST_F(HttpFront, CountsTokensByTheProviderThatWouldBeAsked) {
  auto routing = std::make_shared<test::router_script>();
  candidate first;
  first.provider = "claude";
  first.model = "opus";
  first.input_tokens = 77;
  routing->answer.ranked = {first};
  auto claude = std::make_shared<test::provider_script>();
  claude->count = 1234;
  peers_.router = system_.spawn(test::fake_router, routing);
  peers_.providers["claude"] = system_.spawn(test::fake_provider, claude);
  auto count = [this] {
    auto body =
      R"({"model":"auto","messages":[{"role":"user","content":"hi"}]})";
    return post(body, "/v1/messages/count_tokens")->body;
  };
  EXPECT_EQ(count(), R"({"input_tokens":1234})");
  ASSERT_EQ(claude->counts.size(), 1u);
  EXPECT_EQ(claude->counts[0].request->model, "opus");
  // What it cannot count is estimated as its model was seen to count.
  claude->count.reset();
  EXPECT_EQ(count(), R"({"input_tokens":77})");
  // A dead provider, and a dead router.
  stop(peers_.providers["claude"]);
  EXPECT_EQ(count(), R"({"input_tokens":77})");
  stop(peers_.router);
  auto body = count();
  EXPECT_EQ(body.find(R"({"input_tokens":)"), 0u);
  EXPECT_EQ(body.find("77"), std::string::npos);
  EXPECT_TRUE(seen_.tasks.empty());
}

TEST_F(HttpFront, TellsWhatTheProviderWasNotTold) {
  const std::string body =
    R"({"model":"auto","seed":1,"messages":[{"role":"user","content":"x"}]})";
  auto client = post(body);
  auto told = std::make_shared<answer>(*good_answer("x"));
  told->losses = {"stop", "seed"};
  tell(front_, answer_finished{"req_1", told});
  EXPECT_EQ(find_header(client->headers, "x-smart-agents-losses"),
            "seed, stop");
  // A client's own body is told whole.
  client = post(body);
  told = std::make_shared<answer>(*good_answer("x"));
  told->task_id = "req_2";
  told->verbatim = true;
  tell(front_, answer_finished{"req_2", told});
  EXPECT_EQ(find_header(client->headers, "x-smart-agents-losses"), "");
}

TEST_F(HttpFront, RefusesInTheShapeOfTheFormat) {
  auto client = post("{}", "/v1/messages");
  EXPECT_EQ(client->status, 400);
  EXPECT_NE(client->body.find(R"("type":"error")"), std::string::npos);
  client = chat(false);
  tell(front_, answer_failed{
                 "req_2", failed(failure_class::over_quota, "used up"), {}});
  EXPECT_EQ(client->status, 429);
  EXPECT_EQ(find_header(client->headers, "x-should-retry"), "false");
}

TEST_F(HttpFront, ListsModelsInTheShapeOfTheClientsHeaders) {
  server_request request;
  request.method = "GET";
  request.target = "/v1/models?limit=1000";
  auto openai = send(request);
  EXPECT_NE(openai->body.find(R"("id":"auto:cheap")"), std::string::npos);
  request.headers = {{"anthropic-version", "2023-06-01"}};
  auto anthropic = send(request);
  EXPECT_EQ(anthropic->status, 200);
  EXPECT_NE(anthropic->body.find(R"("id":"claude-smart-agents-auto")"),
            std::string::npos);
}

TEST_F(HttpFront, TakesTheNamesThatItListsForClaudeCode) {
  post(R"({"model":"claude-smart-agents-auto:best","max_tokens":9,
           "messages":[{"role":"user","content":"hi"}]})",
       "/v1/messages");
  ASSERT_EQ(seen_.tasks.size(), 1u);
  EXPECT_EQ(seen_.tasks[0].what->model, "auto:best");
}

TEST_F(HttpFront, SaysThatItIsThere) {
  server_request request;
  request.method = "HEAD";
  for (const char* path : {"/", "/api/hello"}) {
    request.target = path;
    EXPECT_EQ(send(request)->status, 200);
  }
}

TEST_F(HttpFront, RefusesBadBodiesAndUnknownPaths) {
  EXPECT_EQ(post("{")->status, 400);
  auto lost = post("{}", "/v2/nothing");
  EXPECT_EQ(lost->status, 404);
  EXPECT_NE(lost->body.find("/v1/chat/completions"), std::string::npos);
  EXPECT_TRUE(seen_.tasks.empty());
}

TEST_F(HttpFront, AsksForAKeyInTheShapeOfTheFormat) {
  gateway_rules rules;
  rules.gate.keys_required = true;
  obey(std::move(rules));
  auto openai = chat(false);
  EXPECT_EQ(openai->status, 401);
  EXPECT_NE(openai->body.find(R"("code":"invalid_api_key")"),
            std::string::npos);
  auto anthropic = post("{}", "/v1/messages");
  EXPECT_EQ(anthropic->status, 401);
  EXPECT_NE(anthropic->body.find(R"("type":"authentication_error")"),
            std::string::npos);
  EXPECT_EQ(find_header(anthropic->headers, "x-should-retry"), "false");
  EXPECT_NE(find_header(anthropic->headers, "x-smart-agents-request-id"), "");
  EXPECT_TRUE(seen_.tasks.empty());
}

TEST_F(HttpFront, HoldsAKeyToItsModels) {
  auto key = make_client_key();
  gateway_rules rules;
  rules.gate.keys.add(sha256_hex(key), {"alice", {"auto:cheap"}, 0});
  rules.names.aliases = {{"claude-haiku-*", "auto:cheap"}};
  obey(std::move(rules));
  auto ask = [&](const std::string& model) {
    server_request request;
    request.method = "POST";
    request.target = "/v1/messages";
    request.headers = {{"x-api-key", key}};
    request.body = R"({"max_tokens":9,"messages":[{"role":"user",)"
                   R"("content":"hi"}],"model":")"
                   + model + "\"}";
    return send(request);
  };
  auto refused = ask("claude-opus-5-5");
  EXPECT_EQ(refused->status, 403);
  EXPECT_NE(refused->body.find("permission_error"), std::string::npos);
  EXPECT_TRUE(seen_.tasks.empty());
  ask("claude-haiku-5-5");
  ASSERT_EQ(seen_.tasks.size(), 1u);
  EXPECT_EQ(seen_.tasks[0].what->model, "auto:cheap");
  EXPECT_EQ(seen_.tasks[0].what->key, "alice");
}

TEST_F(HttpFront, TellsTheStoryOfAFailureToo) {
  auto client = chat(false);
  answer_failed x;
  x.task_id = "req_1";
  x.why = failed(failure_class::overloaded, "busy");
  x.attempts.resize(2);
  x.attempts[1].provider = "grok";
  x.attempts[1].model = "grok-5";
  x.attempts[1].cost_usd = 0.25;
  x.type = task_type::code;
  x.complexity = 7;
  tell(front_, x);
  EXPECT_EQ(client->status, 503);
  auto told = [&client](const char* name) {
    return find_header(client->headers, name);
  };
  EXPECT_EQ(told("x-smart-agents-provider"), "grok");
  EXPECT_EQ(told("x-smart-agents-model"), "grok-5");
  EXPECT_EQ(told("x-smart-agents-reason"), "overloaded");
  EXPECT_EQ(told("x-smart-agents-task-type"), "code");
  EXPECT_EQ(told("x-smart-agents-complexity"), "7");
  EXPECT_EQ(told("x-smart-agents-attempts"), "2");
  EXPECT_EQ(told("x-smart-agents-cost-usd"), "0.250000");
  EXPECT_EQ(told("x-smart-agents-request-id"), "req_1");
}

TEST_F(HttpFront, FinishesWhatIsUnderWayBeforeItEnds) {
  auto early = chat(false);
  stop(front_);
  auto late = chat(false);
  EXPECT_EQ(late->status, 503);
  EXPECT_EQ(early->status, 0);
  tell(front_, answer_finished{"req_1", good_answer("hello")});
  EXPECT_EQ(early->status, 200);
  // Nobody is there any more.
  auto nobody = chat(false);
  EXPECT_EQ(nobody->status, 0);
}

TEST_F(HttpFront, AnswersForAFrontThatIsGone) {
  for (auto [path, mark] :
       {std::pair{"/v1/chat/completions", R"("code":"server_is_overloaded")"},
        std::pair{"/v1/messages", R"("type":"overloaded_error")"}}) {
    server_request request;
    request.method = "POST";
    request.target = path;
    fake_responder client;
    answer_for_nobody(request, client, "req_9");
    EXPECT_EQ(client.status, 503);
    EXPECT_NE(client.body.find(mark), std::string::npos) << client.body;
    EXPECT_EQ(find_header(client.headers, "x-smart-agents-request-id"),
              "req_9");
  }
}

TEST_F(HttpFront, TurnsAwayTheRequestsThatAreTooMany) {
  obey({}, 2);
  auto first = chat(false);
  auto second = chat(true);
  auto third = chat(false);
  EXPECT_EQ(third->status, 429);
  EXPECT_NE(find_header(third->headers, "Retry-After"), "");
  EXPECT_EQ(seen_.tasks.size(), 2u);
  tell(front_, answer_finished{"req_1", good_answer("hello")});
  second->gone();
  settle_all();
  EXPECT_EQ(door_->running(), 0u);
  EXPECT_EQ(chat(false)->status, 0);
  crash(front_);
  EXPECT_EQ(door_->running(), 0u) << "a front that is killed counts no more";
}

} // namespace smart_agents
