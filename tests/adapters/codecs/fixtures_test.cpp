// The tally: every file of tests/wire is replayed, whole and cut at every byte,
// and none is forgotten. What each means in detail, the other tests say.

#include "tests/support/fixtures.hpp"

#include "tests/support/simulated_exchange.hpp"

#include <filesystem>
#include <iostream>
#include <map>
#include <set>

namespace smart_agents {

namespace {

enum class kind : uint8_t {
  stream,
  /// A stream that tells of an error.
  failed_stream,
  answer,
  error,
  request,
  count,
  /// A list of models and their like, which only the simulator writes.
  listing,
};

struct use {
  const char* file;
  kind what;
  const char* format;
};

using enum kind;

constexpr use uses[] = {
  {"anthropic-400-context.http", error, "anthropic"},
  {"anthropic-429-spend-cap.http", error, "anthropic"},
  {"anthropic-429-unified.http", error, "anthropic"},
  {"anthropic-429.http", error, "anthropic"},
  {"anthropic-529.http", error, "anthropic"},
  {"anthropic-count_tokens.json", count, "anthropic"},
  {"anthropic-message.json", answer, "anthropic"},
  {"anthropic-models.json", listing, "anthropic"},
  {"anthropic-request.json", request, "anthropic"},
  {"anthropic-stream-error.sse", failed_stream, "anthropic"},
  {"anthropic-stream.sse", stream, "anthropic"},
  {"deepseek-402.http", error, "openai-chat"},
  {"deepseek-chat-stream.sse", stream, "openai-chat"},
  {"gemini-400-context.http", error, "gemini"},
  {"gemini-400-key.http", error, "gemini"},
  {"gemini-402-prepay.http", error, "gemini"},
  {"gemini-429-daily.http", error, "gemini"},
  {"gemini-429.http", error, "gemini"},
  {"gemini-blocked.json", answer, "gemini"},
  {"gemini-countTokens.json", count, "gemini"},
  {"gemini-generateContent.json", answer, "gemini"},
  {"gemini-models.json", listing, "gemini"},
  {"gemini-request.json", request, "gemini"},
  {"gemini-stream-continuation.sse", stream, "gemini"},
  {"gemini-stream-error.sse", failed_stream, "gemini"},
  {"gemini-stream.sse", stream, "gemini"},
  {"groq-429.http", error, "openai-chat"},
  {"groq-chat-stream.sse", stream, "openai-chat"},
  {"llamacpp-400-context.http", error, "openai-chat"},
  {"llamacpp-503-loading.http", error, "openai-chat"},
  {"ollama-404.http", error, "ollama"},
  {"ollama-429.http", error, "ollama"},
  {"ollama-503.http", error, "ollama"},
  {"ollama-chat-request.json", request, "ollama"},
  {"ollama-chat-stream-error.ndjson", failed_stream, "ollama"},
  {"ollama-chat-stream.ndjson", stream, "ollama"},
  {"ollama-chat.json", answer, "ollama"},
  {"ollama-openai-stream.sse", stream, "openai-chat"},
  {"ollama-ps.json", listing, "ollama"},
  {"ollama-show.json", listing, "ollama"},
  {"ollama-tags.json", listing, "ollama"},
  {"openai-400-context.http", error, "openai-chat"},
  {"openai-429-credits.http", error, "openai-chat"},
  {"openai-429.http", error, "openai-chat"},
  {"openai-503.http", error, "openai-chat"},
  {"openai-chat-request.json", request, "openai-chat"},
  {"openai-chat-stream-error.sse", failed_stream, "openai-chat"},
  {"openai-chat-stream.sse", stream, "openai-chat"},
  {"openai-chat.json", answer, "openai-chat"},
  {"openai-input_tokens.json", count, "openai-responses"},
  {"openai-models.json", listing, "openai-chat"},
  {"openai-responses-stream-error.sse", failed_stream, "openai-responses"},
  {"openai-responses-stream-failed.sse", failed_stream, "openai-responses"},
  {"openai-responses-stream.sse", stream, "openai-responses"},
  {"openai-responses.json", answer, "openai-responses"},
  {"openrouter-402.http", error, "openai-chat"},
  {"openrouter-429.http", error, "openai-chat"},
  {"openrouter-chat-stream-error.sse", failed_stream, "openai-chat"},
  {"openrouter-chat-stream.sse", stream, "openai-chat"},
  {"xai-400-context.http", error, "openai-chat"},
  {"xai-403-credits.http", error, "openai-chat"},
  {"xai-429-credits.http", error, "openai-chat"},
  {"xai-429.http", error, "openai-chat"},
  {"xai-chat-stream.sse", stream, "openai-chat"},
  {"xai-chat.json", answer, "openai-chat"},
  {"xai-responses-stream.sse", stream, "openai-responses"},
  {"xai-responses.json", answer, "openai-responses"},
};

struct outcome {
  chat_response response;
  std::optional<failure> problem;
};

outcome read(const provider_codec& codec, std::string_view first,
             std::string_view second) {
  auto decoder = codec.stream();
  std::vector<stream_event> events;
  outcome result;
  result.problem = decoder->feed(first, events);
  if (!result.problem)
    result.problem = decoder->feed(second, events);
  if (!result.problem)
    result.problem = decoder->finish(events);
  response_builder builder;
  for (const auto& x : events)
    builder.add(x);
  result.response = builder.take();
  return result;
}

void replay_stream(const use& x, std::string_view bytes) {
  auto codec = make_codec(x.format);
  auto whole = read(*codec, bytes, {});
  EXPECT_EQ(whole.problem.has_value(), x.what == failed_stream);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    auto got = read(*codec, bytes.substr(0, cut), bytes.substr(cut));
    ASSERT_EQ(got.response, whole.response) << "cut at " << cut;
    ASSERT_EQ(got.problem.has_value(), whole.problem.has_value());
    if (whole.problem) {
      ASSERT_EQ(got.problem->what, whole.problem->what) << "cut at " << cut;
    }
  }
}

/// The bytes without the line ends behind them, which nobody misses.
std::string_view trimmed(std::string_view bytes) {
  while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r'))
    bytes.remove_suffix(1);
  return bytes;
}

void replay_answer(const use& x, std::string_view bytes) {
  auto codec = make_codec(x.format);
  chat_response whole;
  auto bad = codec->decode(bytes, whole);
  EXPECT_FALSE(bad) << bad->message;
  for (size_t cut = 0; cut < trimmed(bytes).size(); ++cut) {
    chat_response part;
    ASSERT_TRUE(codec->decode(bytes.substr(0, cut), part)) << "cut at " << cut;
  }
}

void replay_error(const use& x) {
  auto codec = make_codec(x.format);
  auto [head, body] = test::http_fixture(x.file);
  EXPECT_GE(head.status, 400);
  for (size_t cut = 0; cut <= body.size(); ++cut) {
    auto why = codec->classify(head, std::string_view{body}.substr(0, cut));
    ASSERT_EQ(why.status, head.status) << "cut at " << cut;
    ASSERT_NE(why.message, "") << "cut at " << cut;
    ASSERT_EQ(why.message.find('\n'), std::string::npos) << "cut at " << cut;
  }
}

bool is_taken(const use& x, std::string_view body) {
  if (auto client = make_client_codec(x.format))
    return static_cast<bool>(client->parse(body));
  const auto& to = test::peer_of(x.format);
  http_request sent;
  sent.body = std::string{body};
  sent.to.target = std::string_view{x.format} == "gemini"
                     ? "/v1beta/models/gemini-3.8-flash:generateContent"
                     : "/api/chat";
  return std::holds_alternative<sim::ask>(test::judge(to, sent));
}

void replay_request(const use& x, std::string_view bytes) {
  EXPECT_TRUE(is_taken(x, bytes));
  for (size_t cut = 0; cut < trimmed(bytes).size(); ++cut)
    ASSERT_FALSE(is_taken(x, bytes.substr(0, cut))) << "cut at " << cut;
}

void replay_count(const use& x, std::string_view bytes) {
  auto codec = make_codec(x.format);
  EXPECT_GT(codec->decode_count(bytes).value_or(0), 0u);
  for (size_t cut = 0; cut < trimmed(bytes).size(); ++cut)
    ASSERT_FALSE(codec->decode_count(bytes.substr(0, cut)));
}

std::string name_of(const ::testing::TestParamInfo<use>& info) {
  std::string result = info.param.file;
  for (char& c : result)
    if (!std::isalnum(static_cast<unsigned char>(c)))
      c = '_';
  return result;
}

} // namespace

class Fixtures : public ::testing::TestWithParam<use> {};

TEST_P(Fixtures, IsReplayedCutAtEveryByte) {
  const auto& x = GetParam();
  auto bytes = test::fixture(x.file);
  ASSERT_FALSE(bytes.empty());
  switch (x.what) {
  case stream:
  case failed_stream: return replay_stream(x, bytes);
  case answer: return replay_answer(x, bytes);
  case error: return replay_error(x);
  case request: return replay_request(x, bytes);
  case count: return replay_count(x, bytes);
  case listing:
    // Nothing of ours reads it; it is no answer, and must not pass for one.
    chat_response none;
    EXPECT_TRUE(make_codec(x.format)->decode(bytes, none));
  }
}

INSTANTIATE_TEST_SUITE_P(Wire, Fixtures, ::testing::ValuesIn(uses), name_of);

TEST(FixtureTally, HasEveryFileOnce) {
  std::set<std::string> there;
  for (const auto& entry : std::filesystem::directory_iterator{
         std::string{test::tests_dir} + "/wire"})
    if (entry.path().extension() != ".md")
      there.insert(entry.path().filename());
  std::set<std::string> used;
  std::map<kind, int> tally;
  for (const auto& x : uses) {
    EXPECT_TRUE(used.insert(x.file).second) << x.file << " stands twice";
    ++tally[x.what];
  }
  EXPECT_EQ(used, there);
  EXPECT_EQ(there.size(), 67u);
  std::cout << there.size()
            << " fixtures: " << tally[stream] + tally[failed_stream]
            << " streams, " << tally[answer] << " answers, " << tally[error]
            << " errors, " << tally[request] << " requests, " << tally[count]
            << " counts, " << tally[listing] << " listings\n";
}

} // namespace smart_agents
