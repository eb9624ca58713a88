#include "actors/provider/provider.hpp"

#include "adapters/client_codec.hpp"
#include "adapters/tool_names.hpp"
#include "adapters/verbatim.hpp"
#include "messages/task.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/fake_http_client.hpp"

#include <caf/event_based_actor.hpp>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;

/// A toy format: a body is the text, a stream has one letter an event, `$`
/// ends it, and `!` breaks it.
class toy_codec : public provider_codec {
public:
  std::string_view format() const override {
    return "toy";
  }
  caf::expected<http_request> encode(const chat_request& request,
                                     const endpoint& to) const override {
    if (request.messages.empty())
      return make_error(ec::bad_input, "messages: none");
    http_request result;
    result.to = *url::parse(to.base_url);
    result.body = std::to_string(to.window);
    return result;
  }
  uint64_t window(const chat_request& request, const endpoint&) const override {
    if (request.messages.empty())
      return 0;
    auto size = text_of(request.messages[0].parts).size();
    return size > 10 ? size * 100 : 0;
  }
  std::vector<std::string> losses(const chat_request& request) const override {
    return {"all of " + text_of(request.messages[0].parts)};
  }
  caf::expected<http_request> encode_count(const chat_request& request,
                                           const endpoint& to) const override {
    auto result = encode(request, to);
    if (result)
      result->to.target = "/count";
    return result;
  }
  std::optional<uint64_t> decode_count(std::string_view body) const override {
    if (body == "many")
      return std::nullopt;
    return body.size();
  }
  std::optional<failure> decode(std::string_view body,
                                chat_response& out) const override {
    if (body == "!")
      return failure{failure_class::broken_answer, "no toy", 0, {}, {}};
    out.parts = {text_part{std::string{body}}};
    return std::nullopt;
  }
  class toy_stream : public stream_decoder {
  public:
    std::optional<failure> feed(std::string_view bytes,
                                std::vector<stream_event>& out) override {
      for (char c : bytes) {
        if (c == '#')
          throw std::runtime_error{"a bug"};
        if (c == '!')
          return failure{failure_class::server_error, "said !", 0, {}, {}};
        if (c == '$') {
          out.emplace_back(stream_end{});
          ended_ = true;
        } else {
          out.emplace_back(text_delta{0, std::string(1, c)});
        }
      }
      return std::nullopt;
    }
    std::optional<failure> finish(std::vector<stream_event>&) override {
      if (ended_)
        return std::nullopt;
      return failure{failure_class::broken_answer, "no $", 0, {}, {}};
    }
    usage so_far() const override {
      usage result;
      result.output = 3;
      return result;
    }

  private:
    bool ended_ = false;
  };
  std::unique_ptr<stream_decoder> stream() const override {
    return std::make_unique<toy_stream>();
  }
  failure classify(const http_head& head, std::string_view) const override {
    failure result;
    result.status = head.status;
    result.message = head.status == 401
                       ? "no such key: secret-1234"
                       : "status " + std::to_string(head.status);
    result.what = head.status == 404   ? failure_class::model_not_found
                  : head.status == 429 ? failure_class::rate_limited
                                       : failure_class::server_error;
    if (head.status == 429)
      result.retry_after = 30s;
    return result;
  }
  caf::expected<http_request> probe(const endpoint& to) const override {
    return encode({}, to);
  }
};

} // namespace

class Provider : public test::deterministic {
protected:
  std::shared_ptr<test::fake_http_client> client_ =
    std::make_shared<test::fake_http_client>();

  dispatch_actor dispatch_ = system_.spawn(
    [this](dispatch_actor::pointer) -> dispatch_actor::behavior_type {
      return {
        [this](const call_started& x) { started_.push_back(x); },
        [this](const call_progress& x) {
          for (const auto& event : x.events)
            if (const auto* text = std::get_if<text_delta>(&event))
              text_ += text->text;
        },
        [this](const call_finished& x) { finished_.push_back(x); },
        [this](const call_failed& x) { failed_.push_back(x); },
        [](const grant_credit&) {},
        [](const cancel_task&) {},
        [](deadline_passed) {},
      };
    });

  router_actor router_ =
    system_.spawn([this](router_actor::pointer) -> router_actor::behavior_type {
      return {
        [](const route_task&) { return routed{}; },
        [this](const provider_health& x) { health_.push_back(x); },
        [](const provider_headroom&) {},
      };
    });

  std::shared_ptr<metrics> counters_ = std::make_shared<metrics>();

  provider_options options() {
    provider_options result;
    result.name = "ollama";
    result.codec = std::make_shared<toy_codec>();
    result.to.base_url = "http://127.0.0.1:11434";
    result.to.api_key = "secret-1234";
    result.client = client_;
    result.local = true;
    result.max_concurrent = 2;
    result.max_queue = 2;
    result.counters = counters_;
    return result;
  }

  provider_actor provider_ = system_.spawn(provider, options());

  static std::shared_ptr<chat_request> request(std::string text) {
    auto result = std::make_shared<chat_request>();
    result->model = "qwen3:8b";
    result->messages = {text_message(role::user, std::move(text))};
    return result;
  }

  /// Asks for a count, which a test answers and then reads.
  auto count() {
    struct pending {
      std::optional<counted_input> got;
      caf::error failed;
    };
    auto result = std::make_shared<pending>();
    system_.spawn([this, result](caf::event_based_actor* self) {
      self->request(provider_, caf::infinite, count_input{request("hi")})
        .then([result](const counted_input& x) { result->got = x; },
              [result](caf::error& why) { result->failed = std::move(why); });
    });
    settle_all();
    return result;
  }

  void say(call_id id, std::string text) {
    start_call x;
    x.id = id;
    x.request = request(std::move(text));
    x.to = dispatch_;
    tell(provider_, x);
  }

  void call(call_id id, bool stream = false, int priority = 5,
            instant deadline = instant::max(), const std::string& key = "") {
    auto request = std::make_shared<chat_request>();
    request->model = "qwen3:8b";
    request->messages = {text_message(role::user, "hi")};
    request->stream = stream;
    start_call x;
    x.id = id;
    x.request = std::move(request);
    x.priority = priority;
    x.deadline = deadline;
    x.to = dispatch_;
    x.key = key;
    tell(provider_, x);
  }

  test::fake_exchange& peer(size_t i) {
    return *client_->exchanges.at(i);
  }

  void SetUp() override {
    auto now = std::make_shared<services>();
    now->router = router_;
    tell(provider_, services_changed{now});
  }

  void TearDown() override {
    stop(provider_);
    stop(dispatch_);
    stop(router_);
  }

  provider_status status() {
    return *ask<provider_status>(provider_, get_provider_status{});
  }

  std::vector<call_started> started_;
  std::vector<call_finished> finished_;
  std::vector<call_failed> failed_;
  std::vector<provider_health> health_;
  std::string text_;
};

TEST_F(Provider, AnswersWhole) {
  call(1);
  peer(0).answer(200, "four", {{"X-RateLimit-Remaining-Requests", "7"}});
  settle_all();
  ASSERT_EQ(finished_.size(), 1u);
  EXPECT_EQ(text_of(finished_[0].response->parts), "four");
  ASSERT_EQ(finished_[0].signals.size(), 1u);
  EXPECT_EQ(finished_[0].signals[0].first, "x-ratelimit-remaining-requests");
  EXPECT_EQ(status().answered, 1u);
  EXPECT_EQ(status().running, 0u);
}

TEST_F(Provider, TellsLimitsWhenTheHeadOfAnAnswerCame) {
  auto settings = options();
  settings.told = std::make_shared<told_limits>();
  auto other = system_.spawn(provider, settings);
  start_call x;
  x.id = 1;
  x.request = request("hi");
  x.credential = "home";
  x.to = dispatch_;
  tell(other, x);
  EXPECT_FALSE(settings.told->any());
  peer(0).head(200, {{"X-RateLimit-Remaining-Requests", "7"}});
  auto told = settings.told->take();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].provider, "ollama");
  EXPECT_EQ(told[0].credential, "home");
  EXPECT_EQ(told[0].model, "qwen3:8b");
  EXPECT_EQ(told[0].signals[0].second, "7");
  stop(other);
  settle_all();
}

TEST_F(Provider, RestsNotForOneFamilyOfModels) {
  auto settings = options();
  settings.codec = make_codec("anthropic");
  auto claude = system_.spawn(provider, settings);
  start_call x;
  x.id = 1;
  x.request = request("hi");
  x.to = dispatch_;
  tell(claude, x);
  peer(0).answer(429, "{}",
                 {{"anthropic-ratelimit-unified-status", "rejected"},
                  {"anthropic-ratelimit-unified-5h-status", "allowed"},
                  {"anthropic-ratelimit-unified-7d-status", "allowed_warning"},
                  {"retry-after", "7200"}});
  settle_all();
  ASSERT_EQ(failed_.size(), 1u);
  EXPECT_EQ(failed_[0].why.what, failure_class::quota_exhausted);
  EXPECT_EQ(failed_[0].why.retry_after, 2h);
  EXPECT_EQ(ask<provider_status>(claude, get_provider_status{})->circuit,
            circuit_state::closed);
  stop(claude);
}

TEST_F(Provider, SaysWhatItsFormatHasNoPlaceFor) {
  call(1);
  ASSERT_EQ(started_.size(), 1u);
  EXPECT_EQ(started_[0].losses, std::vector<std::string>{"all of hi"});
  EXPECT_FALSE(started_[0].verbatim);
}

TEST_F(Provider, GivesCallsTheNamesThatTheirClientKnows) {
  auto settings = options();
  settings.codec = make_codec("openai-chat");
  auto chat = system_.spawn(provider, settings);
  auto asked = request("hi");
  asked->tools.edit().resize(1);
  asked->tools.edit()[0].name = "files.read";
  auto theirs = tool_name_for("openai-chat", "files.read");
  start_call x;
  x.id = 1;
  x.request = asked;
  x.to = dispatch_;
  tell(chat, x);
  EXPECT_NE(peer(0).request.body.text().find(theirs), std::string::npos);
  peer(0).answer(
    200, R"({"choices":[{"message":{"tool_calls":[{"id":"c","function":)"
         R"({"name":")"
           + theirs + R"(","arguments":"{}"}}]},"finish_reason":"stop"}]})");
  settle_all();
  ASSERT_EQ(finished_.size(), 1u);
  const auto& parts = finished_[0].response->parts;
  EXPECT_EQ(std::get<tool_call_part>(parts.at(0)).name, "files.read");
  stop(chat);
}

TEST_F(Provider, GivesTheAnswerToAClientsOwnBodyAsItCame) {
  auto settings = options();
  settings.codec = make_codec("openai-chat");
  auto chat = system_.spawn(provider, settings);
  const std::string body =
    R"({"model":"m","new_field":1,"messages":[{"role":"user","content":"hi"}]})";
  auto parsed = make_client_codec("openai-chat")->parse(body);
  ASSERT_TRUE(parsed);
  auto asked = std::make_shared<chat_request>(parsed->chat);
  asked->verbatim =
    keep_body("openai-chat", std::make_shared<std::string>(body), {}, *asked);
  start_call x;
  x.id = 1;
  x.request = asked;
  x.to = dispatch_;
  tell(chat, x);
  EXPECT_NE(peer(0).request.body.text().find(R"("new_field":1)"),
            std::string::npos);
  ASSERT_EQ(started_.size(), 1u);
  EXPECT_TRUE(started_[0].verbatim);
  EXPECT_TRUE(started_[0].losses.empty());
  const std::string answer =
    R"({ "choices":[{"message":{"content":"yes"},"finish_reason":"stop"}],)"
    R"("mood":0.70})";
  peer(0).answer(200, answer);
  settle_all();
  ASSERT_EQ(finished_.size(), 1u);
  ASSERT_TRUE(finished_[0].response->verbatim);
  EXPECT_EQ(finished_[0].response->verbatim->json, answer);
  EXPECT_EQ(text_of(finished_[0].response->parts), "yes");
  stop(chat);
}

TEST_F(Provider, NeverShrinksTheWindowThatAModelIsLoadedWith) {
  say(1, "short");
  EXPECT_EQ(peer(0).request.body.text(), "0");
  say(2, std::string(50, 'x'));
  EXPECT_EQ(peer(1).request.body.text(), "5000");
  peer(0).answer(200, "x");
  peer(1).answer(200, "x");
  settle_all();
  say(3, "short");
  EXPECT_EQ(peer(2).request.body.text(), "5000");
  say(4, std::string(60, 'x'));
  EXPECT_EQ(peer(3).request.body.text(), "6000");
}

TEST_F(Provider, CountsByItsOwnEndpoint) {
  auto first = count();
  EXPECT_EQ(peer(0).request.to.target, "/count");
  EXPECT_FALSE(first->got) << "the provider thinks about it";
  peer(0).answer(200, "seven..");
  settle_all();
  ASSERT_TRUE(first->got);
  EXPECT_EQ(first->got->tokens, 7u);
  auto bad = count();
  peer(1).answer(429, "");
  auto strange = count();
  peer(2).answer(200, "many");
  auto broken = count();
  peer(3).fail(http_failure::kind::reset);
  settle_all();
  for (const auto& x : {bad, strange, broken}) {
    EXPECT_FALSE(x->got);
    EXPECT_EQ(x->failed, ec::overloaded);
  }
  EXPECT_EQ(status().failed, 0u) << "counts say nothing about its health";
}

TEST_F(Provider, CountsOnlySoManyAtOnce) {
  for (int i = 0; i < 32; ++i)
    count();
  auto more = count();
  EXPECT_EQ(more->failed, ec::overloaded);
  EXPECT_EQ(client_->exchanges.size(), 32u);
  for (size_t i = 0; i < 32; ++i)
    peer(i).answer(200, "x");
  settle_all();
  count();
  EXPECT_EQ(client_->exchanges.size(), 33u);
  peer(32).answer(200, "x");
}

TEST_F(Provider, StreamsUnderCredit) {
  call(1, true);
  peer(0).head(200);
  peer(0).body("ab");
  EXPECT_FALSE(peer(0).paused());
  peer(0).body(std::string(initial_credit, 'c'));
  EXPECT_TRUE(peer(0).paused());
  settle_all();
  EXPECT_EQ(text_, "ab" + std::string(initial_credit, 'c'));
  started_.at(0).upstream->grant(2); // pays the debt, leaves nothing
  EXPECT_TRUE(peer(0).paused());
  started_[0].upstream->grant(1);
  EXPECT_FALSE(peer(0).paused());
  peer(0).body("$");
  peer(0).end();
  settle_all();
  EXPECT_EQ(finished_.size(), 1u);
}

TEST_F(Provider, TellsABrokenStreamFromAWholeOne) {
  call(1, true);
  peer(0).head(200);
  peer(0).body("ab");
  peer(0).end();
  settle_all();
  ASSERT_EQ(failed_.size(), 1u);
  EXPECT_EQ(failed_[0].why.what, failure_class::broken_answer);
  EXPECT_TRUE(failed_[0].maybe_billed);
  EXPECT_EQ(failed_[0].tokens.output, 3u);
}

TEST_F(Provider, ClosesAStreamThatReportsAnError) {
  call(1, true);
  peer(0).head(200);
  peer(0).body("a!");
  settle_all();
  ASSERT_EQ(failed_.size(), 1u);
  EXPECT_EQ(failed_[0].why.what, failure_class::server_error);
  EXPECT_TRUE(peer(0).cancelled());
}

TEST_F(Provider, KeepsToItsConcurrencyAndServesByPriority) {
  for (call_id id = 1; id <= 3; ++id)
    call(id);
  call(4, false, 9);
  EXPECT_EQ(client_->exchanges.size(), 2u);
  EXPECT_EQ(status().waiting, 2u);
  peer(0).answer(200, "a");
  settle_all();
  ASSERT_EQ(started_.size(), 3u);
  EXPECT_EQ(started_[2].id, 4u);
}

TEST_F(Provider, ServesClientKeysInTurn) {
  for (call_id id = 1; id <= 4; ++id)
    call(id, false, 5, instant::max(), "greedy");
  peer(0).answer(200, "a");
  settle_all();
  call(5, false, 5, instant::max(), "modest");
  peer(1).answer(200, "b");
  settle_all();
  ASSERT_EQ(started_.size(), 4u);
  EXPECT_EQ(started_[2].id, 3u);
  EXPECT_EQ(started_[3].id, 5u);
}

TEST_F(Provider, CountsHowLongCallsWaited) {
  for (call_id id = 1; id <= 3; ++id)
    call(id);
  advance(3s);
  peer(0).answer(200, "a");
  settle_all();
  auto text = counters_->text();
  EXPECT_THAT(text, testing::HasSubstr("smart_agents_queue_wait_seconds_count{"
                                       "provider=\"ollama\"} 3"));
  EXPECT_THAT(text, testing::HasSubstr("smart_agents_queue_wait_seconds_sum{"
                                       "provider=\"ollama\"} 3"));
}

TEST_F(Provider, RefusesWhenItsQueueIsFull) {
  for (call_id id = 1; id <= 5; ++id)
    call(id);
  ASSERT_EQ(failed_.size(), 1u);
  EXPECT_EQ(failed_[0].id, 5u);
  EXPECT_EQ(failed_[0].why.what, failure_class::queue_full);
}

TEST_F(Provider, ExpiresCallsThatWaitedTooLong) {
  call(1);
  call(2);
  call(3, false, 5, now() + 300ms);
  advance(200ms);
  EXPECT_TRUE(failed_.empty());
  advance(200ms);
  ASSERT_EQ(failed_.size(), 1u);
  EXPECT_EQ(failed_[0].why.what, failure_class::timeout);
}

TEST_F(Provider, RestsAsLongAsItIsAskedTo) {
  call(1);
  peer(0).answer(429, "");
  settle_all();
  call(2);
  ASSERT_EQ(failed_.size(), 2u);
  EXPECT_EQ(failed_[1].why.what, failure_class::resting);
  EXPECT_EQ(failed_[1].why.retry_after, 30s);
  EXPECT_FALSE(health_.back().available);
  advance(30s);
  EXPECT_TRUE(health_.back().available);
  call(3);
  peer(1).answer(200, "back");
  settle_all();
  EXPECT_EQ(finished_.size(), 1u);
  EXPECT_EQ(status().circuit, circuit_state::closed);
}

TEST_F(Provider, TakesAClientsLoginForItsCallAloneAndRestsForNobodysPlan) {
  auto with = options();
  with.pass_logins = true;
  with.codec = make_codec("anthropic");
  with.to.base_url = "https://api.example";
  stop(provider_);
  provider_ = system_.spawn(provider, with);
  auto ask_with = [this](call_id id, std::shared_ptr<client_login> login) {
    start_call x;
    x.id = id;
    x.request = request("hi");
    x.to = dispatch_;
    x.login = std::move(login);
    tell(provider_, x);
  };
  auto login = std::make_shared<client_login>();
  login->token = "sk-ant-oat01-mine";
  login->id = "login-1";
  login->betas = "oauth-2025-04-20";
  ask_with(1, login);
  ask_with(2, nullptr);
  const auto& own = peer(0).request.headers;
  EXPECT_EQ(find_header(own, "Authorization"), "Bearer sk-ant-oat01-mine");
  EXPECT_EQ(find_header(own, "x-api-key"), "");
  EXPECT_EQ(find_header(own, "anthropic-beta"), "oauth-2025-04-20");
  const auto& ours = peer(1).request.headers;
  EXPECT_EQ(find_header(ours, "Authorization"), "");
  EXPECT_EQ(find_header(ours, "x-api-key"), "secret-1234");
  EXPECT_EQ(find_header(ours, "anthropic-beta"), "");
  // Their plan is used up, and their bearer repeated by the provider.
  peer(0).answer(429, R"({"type":"error","error":{"type":"rate_limit_error",)"
                      R"("message":"no more for sk-ant-oat01-mine"}})");
  settle_all();
  ASSERT_EQ(failed_.size(), 1u);
  EXPECT_EQ(failed_[0].why.message.find("oat01-mine"), std::string::npos);
  EXPECT_EQ(status().circuit, circuit_state::closed);
  peer(1).answer(429, R"({"type":"error","error":{"type":"rate_limit_error",)"
                      R"("message":"no more"}})");
  settle_all();
  EXPECT_EQ(status().circuit, circuit_state::open) << "ours concerns all";
}

TEST_F(Provider, AsksNobodyWithoutAKeyAndALogin) {
  auto with = options();
  with.pass_logins = true;
  with.to.api_key.clear();
  stop(provider_);
  provider_ = system_.spawn(provider, with);
  call(1);
  ASSERT_EQ(failed_.size(), 1u);
  EXPECT_EQ(failed_[0].why.what, failure_class::auth);
  EXPECT_TRUE(client_->exchanges.empty());
}

TEST_F(Provider, SendsThoseWhoWaitElsewhereWhenItStartsToRest) {
  for (call_id id = 1; id <= 4; ++id)
    call(id);
  peer(0).answer(429, "");
  settle_all();
  ASSERT_EQ(failed_.size(), 3u);
  EXPECT_EQ(failed_[1].why.what, failure_class::resting);
  EXPECT_EQ(failed_[2].why.what, failure_class::resting);
}

TEST_F(Provider, AdvisesOnOllama) {
  call(1);
  peer(0).fail(http_failure::kind::connect, "refused", false);
  call(2);
  peer(1).answer(404, "");
  settle_all();
  ASSERT_EQ(failed_.size(), 2u);
  EXPECT_EQ(failed_[0].why.what, failure_class::network);
  EXPECT_FALSE(failed_[0].maybe_billed);
  EXPECT_NE(failed_[0].why.message.find("ollama serve"), std::string::npos);
  EXPECT_NE(failed_[1].why.message.find("ollama pull qwen3:8b"),
            std::string::npos);
}

TEST_F(Provider, CancelsWaitingAndRunningCalls) {
  for (call_id id = 1; id <= 3; ++id)
    call(id);
  tell(provider_, cancel_call{3});
  tell(provider_, cancel_call{1});
  EXPECT_TRUE(peer(0).cancelled());
  ASSERT_EQ(failed_.size(), 2u);
  EXPECT_EQ(failed_[0].id, 3u);
  EXPECT_EQ(failed_[1].id, 1u);
  for (const auto& x : failed_)
    EXPECT_EQ(x.why.what, failure_class::cancelled);
  EXPECT_EQ(status().circuit, circuit_state::closed);
}

TEST_F(Provider, EndsEveryCallWhenItDies) {
  for (call_id id = 1; id <= 3; ++id)
    call(id);
  crash(provider_);
  EXPECT_TRUE(peer(0).cancelled());
  EXPECT_TRUE(peer(1).cancelled());
  ASSERT_EQ(failed_.size(), 3u);
  for (const auto& x : failed_)
    EXPECT_TRUE(may_fail_over(x.why.what)) << x.why.message;
}

TEST_F(Provider, NamesWhatItCannotEncode) {
  auto request = std::make_shared<chat_request>();
  start_call x;
  x.id = 1;
  x.request = request;
  x.to = dispatch_;
  tell(provider_, x);
  ASSERT_EQ(failed_.size(), 1u);
  EXPECT_EQ(failed_[0].why.what, failure_class::bad_request);
  EXPECT_EQ(failed_[0].why.message, "ollama: bad_input: messages: none");
}

TEST_F(Provider, SetsNoTimerWhileIdle) {
  call(1);
  peer(0).answer(200, "x");
  settle_all();
  EXPECT_EQ(status().waiting, 0u);
  advance(1h);
  EXPECT_EQ(status().answered, 1u);
}

TEST_F(Provider, TakesAResetInMidAnswerForABrokenAnswer) {
  call(1, true);
  peer(0).head(200);
  peer(0).body("ab");
  peer(0).fail(http_failure::kind::reset);
  call(2);
  peer(1).fail(http_failure::kind::reset);
  settle_all();
  ASSERT_EQ(failed_.size(), 2u);
  EXPECT_EQ(failed_[0].why.what, failure_class::broken_answer);
  EXPECT_EQ(failed_[1].why.what, failure_class::network);
}

TEST_F(Provider, ForgivesAResetAfterTheTerminalEvent) {
  call(1, true);
  peer(0).head(200);
  peer(0).body("ab$");
  peer(0).fail(http_failure::kind::reset);
  settle_all();
  EXPECT_EQ(finished_.size(), 1u);
  EXPECT_TRUE(failed_.empty());
}

TEST_F(Provider, JudgesABadAnswerThatBrokeOff) {
  call(1, true);
  peer(0).head(429);
  peer(0).fail(http_failure::kind::reset);
  settle_all();
  ASSERT_EQ(failed_.size(), 1u);
  EXPECT_EQ(failed_[0].why.what, failure_class::rate_limited);
  EXPECT_FALSE(failed_[0].maybe_billed);
}

TEST_F(Provider, SurvivesACodecThatThrows) {
  call(1, true);
  peer(0).head(200);
  peer(0).body("#");
  settle_all();
  ASSERT_EQ(failed_.size(), 1u);
  EXPECT_EQ(failed_[0].why.what, failure_class::internal);
  EXPECT_TRUE(peer(0).cancelled());
  EXPECT_EQ(status().running, 0u);
}

TEST_F(Provider, EndsACallOnceWhateverComesAfter) {
  call(1);
  peer(0).answer(200, "x");
  started_.at(0).upstream->cancel();
  started_[0].upstream->grant(5);
  settle_all();
  EXPECT_EQ(finished_.size() + failed_.size(), 1u);
}

TEST_F(Provider, NeverRepeatsTheKey) {
  call(1);
  peer(0).answer(401, "");
  settle_all();
  ASSERT_EQ(failed_.size(), 1u);
  EXPECT_EQ(failed_[0].why.message, "ollama: no such key: ***");
}

} // namespace smart_agents
