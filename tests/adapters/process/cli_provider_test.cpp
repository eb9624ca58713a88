#include "adapters/cli_provider.hpp"

#include "adapters/beast/io_threads.hpp"
#include "messages/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <future>
#include <optional>
#include <thread>

namespace smart_agents {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// What came of a run, and a future for its end.
struct recorder final : http_listener {
  void on_head(http_head head) override {
    status = head.status;
  }
  bool on_body(std::string_view bytes) override {
    body += bytes;
    if (!began_) {
      began_ = true;
      began.set_value();
    }
    return true;
  }
  void on_end() override {
    over.set_value();
  }
  void on_failure(http_failure why) override {
    failed = std::move(why);
    over.set_value();
  }

  int status = 0;
  std::string body;
  std::optional<http_failure> failed;
  std::promise<void> began;
  std::promise<void> over;

private:
  bool began_ = false;
};

class CliClient : public testing::Test {
protected:
  /// Starts a shell script.
  std::shared_ptr<http_exchange> start(const std::string& script,
                                       const std::string& input = {}) {
    return start(std::vector<std::string>{"sh", "-c", script}, input);
  }

  std::shared_ptr<http_exchange> start(std::vector<std::string> command,
                                       const std::string& input) {
    client_ = make_cli_client(io_, {std::move(command), "/"});
    http_request request;
    request.body = input;
    request.headers = {{"model", "big-model"}};
    request.limits = limits_;
    return client_->send(std::move(request), seen_);
  }

  /// True when it ended within a generous time.
  bool ended() {
    return seen_->over.get_future().wait_for(30s) == std::future_status::ready;
  }

  void wait_until_gone(pid_t pid) {
    auto end = std::chrono::steady_clock::now() + 20s;
    while (::kill(pid, 0) == 0 && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
    EXPECT_NE(::kill(pid, 0), 0) << pid << " lives";
  }

  io_threads io_{1};
  http_limits limits_;
  std::shared_ptr<http_client> client_;
  std::shared_ptr<recorder> seen_ = std::make_shared<recorder>();
};

} // namespace

TEST_F(CliClient, HandsThePromptInAndTheOutputOut) {
  auto prompt = std::string(300'000, 'x') + "\nend";
  auto run = start("cat", prompt);
  ASSERT_TRUE(ended());
  EXPECT_FALSE(seen_->failed);
  EXPECT_EQ(seen_->status, 200);
  EXPECT_EQ(seen_->body, prompt);
}

TEST_F(CliClient, PutsTheModelInAndKeepsOurKeysBack) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else reads it meanwhile.
  setenv("SOME_API_KEY", "secret", 1);
  auto run =
    start({"sh", "-c", "echo \"$0 $SOME_API_KEY $HOME\"", "{model}"}, "");
  ASSERT_TRUE(ended());
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  unsetenv("SOME_API_KEY");
  EXPECT_THAT(seen_->body, testing::StartsWith("big-model  /"));
}

TEST_F(CliClient, TellsWhatAFailedCommandSaid) {
  auto run = start("echo 'Please log in first' >&2; exit 3");
  ASSERT_TRUE(ended());
  EXPECT_EQ(seen_->status, 500);
  EXPECT_THAT(seen_->body, HasSubstr("code 3: Please log in first"));
  auto why = make_cli_codec("text")->classify({500, {}}, seen_->body);
  EXPECT_EQ(why.what, failure_class::auth);
}

TEST_F(CliClient, BreaksAnAnswerWhoseCommandFailsInTheMiddle) {
  auto run = start("echo begun; exit 1");
  ASSERT_TRUE(ended());
  ASSERT_TRUE(seen_->failed);
  EXPECT_EQ(seen_->failed->what, http_failure::kind::reset);
}

TEST_F(CliClient, SaysThatThereIsNoSuchCommand) {
  auto run = start(std::vector<std::string>{"no-such-command-here"}, "");
  ASSERT_TRUE(ended());
  ASSERT_TRUE(seen_->failed);
  EXPECT_EQ(seen_->failed->what, http_failure::kind::connect);
  EXPECT_THAT(seen_->failed->message, HasSubstr("no-such-command-here"));
}

TEST_F(CliClient, EndsTheWholeGroupWhenItIsCancelled) {
  auto run = start("sleep 1000 & echo $! $$; wait");
  ASSERT_EQ(seen_->began.get_future().wait_for(30s), std::future_status::ready);
  run->cancel();
  ASSERT_TRUE(ended());
  ASSERT_TRUE(seen_->failed);
  EXPECT_EQ(seen_->failed->what, http_failure::kind::cancelled);
  auto both = seen_->body;
  wait_until_gone(std::stoi(both));
  wait_until_gone(std::stoi(both.substr(both.find(' '))));
}

TEST_F(CliClient, EndsThoseThatIgnoreAPoliteWord) {
  auto run = start("trap '' TERM; echo $$; while :; do sleep 1; done");
  ASSERT_EQ(seen_->began.get_future().wait_for(30s), std::future_status::ready);
  run->cancel();
  ASSERT_TRUE(ended());
  wait_until_gone(std::stoi(seen_->body));
}

TEST_F(CliClient, KeepsTimeAndBound) {
  limits_.first_byte = 50ms;
  auto slow = start("sleep 1000");
  ASSERT_TRUE(ended());
  ASSERT_TRUE(seen_->failed);
  EXPECT_EQ(seen_->failed->what, http_failure::kind::timeout);
  seen_ = std::make_shared<recorder>();
  limits_ = {};
  limits_.max_body = 100'000;
  auto flood = start("yes");
  ASSERT_TRUE(ended());
  ASSERT_TRUE(seen_->failed);
  EXPECT_EQ(seen_->failed->what, http_failure::kind::too_large);
}

TEST(CliCodec, WritesAConversationAsText) {
  auto codec = make_cli_codec("text");
  chat_request request;
  request.messages = {text_message(role::system, "Be brief."),
                      text_message(role::user, "Hi")};
  EXPECT_EQ(codec->encode(request, {})->body.text(), "Be brief.\n\nHi");
  request.messages.push_back(text_message(role::assistant, "Hello"));
  request.messages.push_back(text_message(role::user, "Bye"));
  EXPECT_EQ(codec->encode(request, {})->body.text(),
            "Be brief.\n\nUser: Hi\n\nAssistant: Hello\n\nUser: Bye\n\n");
  request.tools.edit().resize(1);
  EXPECT_EQ(codec->encode(request, {}).error(), ec::unsupported);
}

TEST(CliCodec, TakesTextWithoutItsLastLineBreakWhateverTheCuts) {
  const std::string text = "Grüße\n\naus 東京 🗼\n";
  for (size_t size = 1; size < text.size(); ++size) {
    auto decoder = make_cli_codec("text")->stream();
    std::vector<stream_event> events;
    for (size_t i = 0; i < text.size(); i += size)
      EXPECT_FALSE(decoder->feed(text.substr(i, size), events));
    EXPECT_FALSE(decoder->finish(events));
    response_builder builder;
    for (const auto& x : events)
      builder.add(x);
    EXPECT_TRUE(builder.complete());
    EXPECT_EQ(text_of(builder.take().parts), "Grüße\n\naus 東京 🗼");
  }
}

TEST(CliCodec, ReadsClaudesLinesAndUsage) {
  const std::string lines =
    R"({"type":"system","subtype":"init","model":"claude-opus-5-5"}
not json: a warning
{"type":"assistant","message":{"content":[{"type":"text","text":"Four."}]}}
{"type":"result","subtype":"success","is_error":false,"result":"Four.",)"
    R"("usage":{"input_tokens":3,"cache_read_input_tokens":100,)"
    R"("cache_creation_input_tokens":7,"output_tokens":2}})";
  chat_response answer;
  ASSERT_FALSE(make_cli_codec("claude-json")->decode(lines, answer));
  EXPECT_EQ(text_of(answer.parts), "Four.");
  EXPECT_EQ(answer.tokens.uncached_input, 3u);
  EXPECT_EQ(answer.tokens.cache_read, 100u);
  EXPECT_EQ(answer.tokens.cache_write, 7u);
  EXPECT_EQ(answer.tokens.output, 2u);
}

TEST(CliCodec, ReadsClaudesPiecesOnce) {
  const std::string lines =
    R"({"type":"stream_event","event":{"type":"content_block_delta",)"
    R"("delta":{"type":"text_delta","text":"Fo"}}}
{"type":"stream_event","event":{"type":"content_block_delta",)"
    R"("delta":{"type":"text_delta","text":"ur."}}}
{"type":"assistant","message":{"content":[{"type":"text","text":"Four."}]}}
{"type":"result","is_error":false,"result":"Four.","usage":{}}
)";
  chat_response answer;
  ASSERT_FALSE(make_cli_codec("claude-json")->decode(lines, answer));
  EXPECT_EQ(text_of(answer.parts), "Four.");
}

TEST(CliCodec, KnowsAPlanThatIsUsedUpAndAnEndWithoutAResult) {
  auto codec = make_cli_codec("claude-json");
  chat_response answer;
  auto why = codec->decode(
    R"({"type":"result","is_error":true,"result":"Claude usage limit reached"})",
    answer);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->what, failure_class::quota_exhausted);
  why = codec->decode(R"({"type":"system"})", answer);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->what, failure_class::broken_answer);
  why = make_cli_codec("text")->decode("", answer);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->what, failure_class::broken_answer);
}

} // namespace smart_agents
