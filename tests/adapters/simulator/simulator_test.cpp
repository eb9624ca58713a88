#include "adapters/simulator/simulator.hpp"

#include "adapters/beast/http_client.hpp"
#include "adapters/provider_codec.hpp"
#include "messages/error.hpp"
#include "tests/adapters/simulator/shapes.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

#include <future>
#include <thread>

namespace smart_agents {

using namespace std::chrono_literals;
using namespace sim::test;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

/// Long enough that only a hang gets there.
constexpr auto patience = 20s;

/// Collects one exchange.
class collector : public http_listener {
public:
  void on_head(http_head x) override {
    head = std::move(x);
  }
  bool on_body(std::string_view bytes) override {
    body += bytes;
    if (!std::exchange(began_, true))
      first.set_value();
    return true;
  }
  void on_end() override {
    over_.set_value();
  }
  void on_failure(http_failure why) override {
    failure = std::move(why);
    over_.set_value();
  }
  void wait() {
    ASSERT_EQ(over_.get_future().wait_for(patience), std::future_status::ready);
  }

  http_head head;
  std::string body;
  std::optional<http_failure> failure;
  std::promise<void> first;

private:
  std::promise<void> over_;
  bool began_ = false;
};

struct known {
  const char* provider;
  const char* codec;
  const char* model;
};

constexpr known all[] = {{"claude", "anthropic", "claude-opus-5-5"},
                         {"chatgpt", "openai-responses", "gpt-6.1-sol"},
                         {"chatgpt", "openai-chat", "gpt-6.1-sol"},
                         {"grok", "openai-responses", "grok-4.7"},
                         {"gemini", "gemini", "gemini-3.8-flash"},
                         {"ollama", "ollama", "qwen3:8b"}};

} // namespace

class Simulator : public ::testing::Test {
protected:
  Simulator() {
    auto started = simulator::start(io_);
    EXPECT_TRUE(started) << render(started.error());
    simulator_ = std::move(*started);
  }

  std::shared_ptr<collector> begin(http_request what) {
    auto result = std::make_shared<collector>();
    exchange_ = client_->send(std::move(what), result);
    return result;
  }

  std::shared_ptr<collector> run(http_request what) {
    auto result = begin(std::move(what));
    result->wait();
    return result;
  }

  http_request request(const known& who, bool stream,
                       const std::string& prompt = "hi") {
    chat_request x;
    x.model = who.model;
    x.messages = {text_message(role::user, prompt)};
    x.max_output = 4096;
    x.stream = stream;
    endpoint to;
    to.base_url = simulator_->base_url(who.provider);
    to.api_key = "any";
    auto result = make_codec(who.codec)->encode(x, to);
    EXPECT_TRUE(result) << render(result.error());
    return *result;
  }

  /// A request to the root of a provider's server.
  http_request plain(const char* provider, std::string method,
                     const std::string& target, std::string body = {}) {
    auto base = simulator_->base_url(provider);
    http_request x;
    x.method = std::move(method);
    x.to = *url::parse(base.substr(0, base.find('/', 7)) + target);
    x.headers = {{"Authorization", "Bearer k"},
                 {"x-goog-api-key", "k"},
                 {"anthropic-version", "2023-06-01"}};
    x.body = std::move(body);
    return x;
  }

  void update(const char* provider, const std::string& json) {
    auto error = simulator_->update(provider, json);
    EXPECT_FALSE(error) << render(error);
  }

  sim::counts total(const char* provider) {
    return simulator_->stats(provider)->total;
  }

  /// Waits until nothing runs at a provider.
  sim::counts settled(const char* provider) {
    auto until = std::chrono::steady_clock::now() + patience;
    while (total(provider).running != 0
           && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    return total(provider);
  }

  io_threads io_{1};
  std::unique_ptr<simulator> simulator_;
  std::shared_ptr<http_client> client_ = *make_http_client(io_, {});
  std::shared_ptr<http_exchange> exchange_;
};

TEST_F(Simulator, AnswersEveryProvidersClient) {
  for (const auto& who : all)
    for (auto stream : {false, true}) {
      auto got = run(request(who, stream, "What is 2+2?"));
      ASSERT_FALSE(got->failure) << who.codec << got->failure->message;
      ASSERT_EQ(got->head.status, 200) << who.codec << got->body;
      chat_response answer;
      auto codec = make_codec(who.codec);
      if (stream) {
        auto decoder = codec->stream();
        std::vector<stream_event> events;
        EXPECT_FALSE(decoder->feed(got->body, events));
        EXPECT_FALSE(decoder->finish(events));
        response_builder builder;
        for (const auto& x : events)
          builder.add(x);
        answer = builder.take();
      } else {
        EXPECT_FALSE(codec->decode(got->body, answer)) << got->body;
      }
      EXPECT_EQ(text_of(answer.parts),
                "[simulated " + std::string{who.model} + "] 2 + 2 = 4.");
      EXPECT_GT(answer.tokens.output, 0u);
    }
  EXPECT_EQ(total("chatgpt").answered, 4u);
  EXPECT_EQ(total("claude").answered, 2u);
}

TEST_F(Simulator, BreaksOffInEveryWay) {
  update("claude", R"({"script": ["reset", "truncate", "cut", "stream_error",
    "garbage"]})");
  auto got = run(request(all[0], true));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::reset);
  EXPECT_EQ(got->body, "");

  got = run(request(all[0], true));
  EXPECT_FALSE(got->failure);
  EXPECT_THAT(got->body, StartsWith("event: message_start"));
  EXPECT_EQ(got->body.find("message_stop"), std::string::npos);

  got = run(request(all[0], true));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::reset);
  EXPECT_THAT(got->body, StartsWith("event: message_start"));

  got = run(request(all[0], true));
  EXPECT_FALSE(got->failure);
  EXPECT_THAT(got->body, HasSubstr("event: error"));

  got = run(request(all[0], true));
  EXPECT_EQ(got->head.status, 200);
  EXPECT_THAT(got->body, StartsWith("<html>"));

  auto x = settled("claude");
  EXPECT_EQ(x.received, 5u);
  EXPECT_EQ(x.cut_off, 5u);
  // Three streams began and told their input and one token.
  EXPECT_EQ(x.broken_output_tokens, 3u);
}

TEST_F(Simulator, BreaksOffWholeAnswersToo) {
  update("gemini", R"({"script": ["truncate", "cut", "stream_error"]})");
  auto got = run(request(all[4], false));
  EXPECT_FALSE(got->failure);
  boost::json::error_code bad;
  boost::json::parse(got->body, bad);
  EXPECT_TRUE(bad) << got->body;
  got = run(request(all[4], false));
  EXPECT_TRUE(got->failure);
  got = run(request(all[4], false));
  EXPECT_EQ(got->head.status, 500);
  auto x = settled("gemini");
  EXPECT_EQ(x.cut_off, 2u);
  EXPECT_EQ(x.refused.at(failure_class::server_error), 1u);
}

TEST_F(Simulator, HangsUntilTheClientGoes) {
  for (auto what : {"hang", "stall"}) {
    update("ollama", R"({"script": [")" + std::string{what} + R"("]})");
    auto slow = request(all[5], true);
    slow.limits.first_byte = 50ms;
    slow.limits.idle = 50ms;
    auto got = run(slow);
    ASSERT_TRUE(got->failure);
    EXPECT_EQ(got->failure->what, http_failure::kind::timeout);
    EXPECT_EQ(got->body.empty(), std::string_view{what} == "hang");
  }
  auto x = settled("ollama");
  EXPECT_EQ(x.cancelled, 2u);
  EXPECT_EQ(x.max_concurrent, 1u);
}

TEST_F(Simulator, SeesThatAClientCancels) {
  update("grok", R"({"tokens_per_second": 1, "output_tokens": 1000})");
  auto got = begin(request(all[3], true));
  ASSERT_EQ(got->first.get_future().wait_for(patience),
            std::future_status::ready);
  exchange_->cancel();
  got->wait();
  EXPECT_EQ(got->failure->what, http_failure::kind::cancelled);
  EXPECT_EQ(settled("grok").cancelled, 1u);
}

TEST_F(Simulator, DribblesASlowBody) {
  update("chatgpt", R"({"slow_ms": 1, "faults": {"slow_body": 1}})");
  auto got = run(request(all[1], false));
  EXPECT_EQ(shape(got->body), shape(run(request(all[1], false))->body));
  got = run(request(all[1], true));
  EXPECT_THAT(got->body, HasSubstr("response.completed"));
  EXPECT_EQ(settled("chatgpt").answered, 3u);
  // A patience shorter than the pauses runs out.
  update("chatgpt", R"({"slow_ms": 10000})");
  auto hasty = request(all[1], true);
  hasty.limits.idle = 50ms;
  EXPECT_EQ(run(hasty)->failure->what, http_failure::kind::timeout);
}

TEST_F(Simulator, TakesItsTime) {
  update("claude", R"({"latency_ms": 30, "tokens_per_second": 1000,
    "output_tokens": 40})");
  for (auto stream : {false, true}) {
    auto before = std::chrono::steady_clock::now();
    run(request(all[0], stream));
    EXPECT_GE(std::chrono::steady_clock::now() - before, 70ms);
  }
}

TEST_F(Simulator, RefusesConnectionsWhileDown) {
  update("claude", R"({"down": true})");
  auto got = run(request(all[0], false));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->what, http_failure::kind::connect);
  // The others live, and can bring it back.
  got = run(plain("ollama", "PUT", "/_sim/behaviour?provider=claude",
                  R"({"down": false})"));
  EXPECT_EQ(got->head.status, 200);
  EXPECT_EQ(run(request(all[0], false))->head.status, 200);
}

TEST_F(Simulator, CutsOffWhatRunsWhenItGoesDown) {
  update("claude", R"({"tokens_per_second": 1, "output_tokens": 1000})");
  auto got = begin(request(all[0], true));
  ASSERT_EQ(got->first.get_future().wait_for(patience),
            std::future_status::ready);
  update("claude", R"({"down": true})");
  got->wait();
  EXPECT_TRUE(got->failure);
  EXPECT_EQ(settled("claude").cut_off, 1u);
}

TEST_F(Simulator, IsSteeredByHttp) {
  run(request(all[0], false));
  auto got = run(plain("claude", "GET", "/_sim/stats"));
  auto counted = boost::json::parse(got->body);
  EXPECT_EQ(counted.at("total").at("answered"), 1);
  EXPECT_EQ(counted.at("models").at("claude-opus-5-5").at("received"), 1);

  got = run(plain("claude", "PUT", "/_sim/behaviour",
                  R"({"script": ["rate_limited"]})"));
  EXPECT_EQ(got->head.status, 200);
  EXPECT_EQ(run(request(all[0], false))->head.status, 429);

  got = run(plain("claude", "PUT", "/_sim/behaviour", R"({"speed": 1})"));
  EXPECT_EQ(got->head.status, 400);
  EXPECT_THAT(got->body, HasSubstr("unknown key \\\"speed\\\""));
  EXPECT_EQ(run(plain("claude", "GET", "/_sim/nothing"))->head.status, 404);
  EXPECT_EQ(
    run(plain("claude", "GET", "/_sim/stats?provider=you"))->head.status, 404);

  got = run(plain("claude", "POST", "/_sim/reset"));
  EXPECT_EQ(got->head.status, 200);
  EXPECT_EQ(total("claude"), sim::counts{});
}

TEST_F(Simulator, ListsAndCountsAsRecorded) {
  auto same = [this](const char* provider, const char* target,
                     const char* file) {
    auto got = run(plain(provider, "GET", target));
    EXPECT_EQ(got->head.status, 200) << target;
    EXPECT_EQ(shape(got->body), shape(fixture(file))) << target;
  };
  same("claude", "/v1/models", "anthropic-models.json");
  same("chatgpt", "/v1/models", "openai-models.json");
  same("gemini", "/v1beta/models?pageSize=1", "gemini-models.json");
  same("ollama", "/api/tags", "ollama-tags.json");
  same("ollama", "/api/ps", "ollama-ps.json");
  auto posted = [this](const char* provider, const char* target,
                       const char* body, const char* file) {
    auto got = run(plain(provider, "POST", target, body));
    EXPECT_EQ(got->head.status, 200) << got->body;
    EXPECT_EQ(shape(got->body), shape(fixture(file))) << target;
  };
  posted("ollama", "/api/show", R"({"model":"qwen3:8b"})", "ollama-show.json");
  posted("claude", "/v1/messages/count_tokens",
         R"({"model":"m","messages":[{"role":"user","content":"hi"}]})",
         "anthropic-count_tokens.json");
  posted("chatgpt", "/v1/responses/input_tokens",
         R"({"model":"m","input":"hi"})", "openai-input_tokens.json");
  posted("gemini", "/v1beta/models/gemini-3.8-flash:countTokens",
         R"({"contents":[{"parts":[{"text":"hi"}]}]})",
         "gemini-countTokens.json");
  EXPECT_EQ(run(plain("ollama", "GET", "/"))->body, "Ollama is running");
  EXPECT_EQ(run(plain("ollama", "GET", "/api/version"))->head.status, 200);
  auto one = plain("claude", "GET", "/v1/models?limit=1");
  EXPECT_THAT(run(one)->body, HasSubstr("\"has_more\":true"));
  EXPECT_EQ(run(plain("grok", "GET", "/v1/nothing"))->head.status, 404);
  EXPECT_EQ(run(plain("ollama", "POST", "/api/show", "{}"))->head.status, 404);
  EXPECT_EQ(simulator_->stats("claude")->total.received, 0u);
  EXPECT_EQ(simulator_->stats("claude")->other_requests, 3u);
}

TEST_F(Simulator, AsksForAKey) {
  for (const auto& who : all) {
    if (std::string_view{who.provider} == "ollama")
      continue;
    auto x = request(who, false);
    x.headers.erase(std::remove_if(x.headers.begin(), x.headers.end(),
                                   [](auto& h) {
                                     return h.second.find("any")
                                            != std::string::npos;
                                   }),
                    x.headers.end());
    auto got = run(x);
    auto why = make_codec(who.codec)->classify(got->head, got->body);
    EXPECT_EQ(to_string(why.what), "auth") << who.codec << got->body;
  }
}

TEST_F(Simulator, GivesTheSameAnswersAndFaultsForTheSameSeed) {
  auto play = [this](uint64_t seed) {
    simulator_options options;
    options.seed = seed;
    auto started = simulator::start(io_, std::move(options));
    simulator_ = std::move(*started);
    update("chatgpt", R"({"faults": {"server_error": 0.3, "truncate": 0.2}})");
    std::string result;
    for (int i = 0; i < 20; ++i) {
      auto got = run(request(all[2], false, "Question " + std::to_string(i)));
      chat_response answer;
      auto read = make_codec("openai-chat")->decode(got->body, answer);
      result += std::to_string(got->head.status)
                + (read ? "!" : text_of(answer.parts)) + "\n";
    }
    return result;
  };
  auto first = play(3);
  EXPECT_EQ(first, play(3));
  EXPECT_NE(first, play(4));
}

TEST_F(Simulator, CountsExactlyUnderLoad) {
  // No resets: our client asks again when a kept connection dies at once.
  update("claude", R"({"faults": {"server_error": 0.1, "cut": 0.1,
    "truncate": 0.1, "rate_limited": 0.1}, "output_tokens": 30})");
  std::vector<std::shared_ptr<collector>> running;
  running.reserve(400);
  for (int i = 0; i < 400; ++i)
    running.push_back(begin(request(all[0], i % 2 == 0)));
  uint64_t answered = 0;
  uint64_t refused = 0;
  uint64_t broken = 0;
  for (auto& x : running) {
    x->wait();
    auto good = x->body.find("end_turn") != std::string::npos;
    if (x->head.status >= 400)
      ++refused;
    else if (!x->failure && good)
      ++answered;
    else
      ++broken;
  }
  auto counted = settled("claude");
  uint64_t refusals = 0;
  for (auto [what, n] : counted.refused)
    refusals += n;
  EXPECT_EQ(counted.received, 400u);
  EXPECT_EQ(counted.answered, answered);
  EXPECT_EQ(refusals, refused);
  EXPECT_EQ(counted.cut_off, broken);
  EXPECT_EQ(counted.cancelled, 0u);
  EXPECT_EQ(counted.output_tokens, answered * 30);
  EXPECT_GT(answered, 150u);
}

TEST_F(Simulator, StopsWithStreamsAndHangingRequestsUnderWay) {
  update("claude", R"({"tokens_per_second": 1, "output_tokens": 1000})");
  update("gemini", R"({"faults": {"hang": 1}})");
  auto a = begin(request(all[0], true));
  auto b = begin(request(all[4], true));
  simulator_->stop();
  a->wait();
  b->wait();
  EXPECT_TRUE(a->failure);
  EXPECT_TRUE(b->failure);
}

TEST_F(Simulator, SaysWhatIsWrongWithItsOptions) {
  simulator_options twice;
  twice.providers.push_back(twice.providers.front());
  auto x = simulator::start(io_, std::move(twice));
  ASSERT_FALSE(x);
  EXPECT_THAT(render(x.error()), HasSubstr("stands twice"));
  simulator_options taken;
  auto base = simulator_->base_url("claude");
  taken.providers = {default_simulated_providers().back()};
  taken.providers[0].port =
    static_cast<uint16_t>(std::stoi(base.substr(base.rfind(':') + 1)));
  x = simulator::start(io_, std::move(taken));
  ASSERT_FALSE(x);
  EXPECT_THAT(render(x.error()), HasSubstr("in use"));
  EXPECT_TRUE(simulator_->update("you", "{}"));
  EXPECT_EQ(simulator_->base_url("you"), "");
}

} // namespace smart_agents
