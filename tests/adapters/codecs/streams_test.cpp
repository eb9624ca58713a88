// Every stream fixture through its codec: whole, cut in two at every byte, and
// byte by byte, which must all give the same answer; and cut short at every
// byte, which must never pass for an answer.

#include "adapters/provider_codec.hpp"
#include "tests/support/fixtures.hpp"

namespace smart_agents {

namespace {

/// What a stream gave.
struct decoded {
  chat_response response;
  std::optional<failure> problem;
};

decoded decode(const provider_codec& codec,
               std::initializer_list<std::string_view> pieces) {
  auto decoder = codec.stream();
  std::vector<stream_event> events;
  decoded result;
  for (auto piece : pieces)
    if (!result.problem)
      result.problem = decoder->feed(piece, events);
  if (!result.problem)
    result.problem = decoder->finish(events);
  response_builder builder;
  for (const auto& x : events)
    builder.add(x);
  result.response = builder.take();
  return result;
}

struct stream_fixture {
  const char* file;
  const char* format;
  /// Unset for a good stream.
  std::optional<failure_class> fails = {};
};

const stream_fixture streams[] = {
  {"anthropic-stream.sse", "anthropic"},
  {"anthropic-stream-error.sse", "anthropic", failure_class::overloaded},
  {"openai-chat-stream.sse", "openai-chat"},
  {"openai-chat-stream-error.sse", "openai-chat", failure_class::server_error},
  {"openrouter-chat-stream.sse", "openai-chat"},
  {"openrouter-chat-stream-error.sse", "openai-chat",
   failure_class::server_error},
  {"groq-chat-stream.sse", "openai-chat"},
  {"deepseek-chat-stream.sse", "openai-chat"},
  {"xai-chat-stream.sse", "openai-chat"},
  {"ollama-openai-stream.sse", "openai-chat"},
  {"openai-responses-stream.sse", "openai-responses"},
  {"openai-responses-stream-error.sse", "openai-responses",
   failure_class::rate_limited},
  {"openai-responses-stream-failed.sse", "openai-responses",
   failure_class::server_error},
  {"xai-responses-stream.sse", "openai-responses"},
  {"gemini-stream.sse", "gemini"},
  {"gemini-stream-error.sse", "gemini", failure_class::overloaded},
  {"gemini-stream-continuation.sse", "gemini"},
  {"ollama-chat-stream.ndjson", "ollama"},
  {"ollama-chat-stream-error.ndjson", "ollama", failure_class::server_error},
};

std::string name_of(const ::testing::TestParamInfo<stream_fixture>& info) {
  std::string result = info.param.file;
  for (char& c : result)
    if (!std::isalnum(static_cast<unsigned char>(c)))
      c = '_';
  return result;
}

} // namespace

class Streams : public ::testing::TestWithParam<stream_fixture> {
protected:
  codec_ptr codec_ = make_codec(GetParam().format);
  std::string bytes_ = test::fixture(GetParam().file);
  decoded whole_ = decode(*codec_, {bytes_});
};

TEST_P(Streams, EndAsTheyShould) {
  if (!GetParam().fails) {
    EXPECT_FALSE(whole_.problem) << whole_.problem->message;
    EXPECT_FALSE(whole_.response.parts.empty());
    EXPECT_GT(whole_.response.tokens.input(), 0u);
    EXPECT_GT(whole_.response.tokens.output, 0u);
    return;
  }
  ASSERT_TRUE(whole_.problem);
  EXPECT_EQ(to_string(whole_.problem->what), to_string(*GetParam().fails));
}

TEST_P(Streams, ReadTheSameWhereverTheyAreCut) {
  std::string_view all = bytes_;
  for (size_t cut = 1; cut < all.size(); ++cut) {
    auto got = decode(*codec_, {all.substr(0, cut), all.substr(cut)});
    ASSERT_EQ(got.response, whole_.response) << "cut at byte " << cut;
    ASSERT_EQ(got.problem.has_value(), whole_.problem.has_value())
      << "cut at byte " << cut;
  }
}

TEST_P(Streams, ReadTheSameByteByByte) {
  auto decoder = codec_->stream();
  std::vector<stream_event> events;
  std::optional<failure> problem;
  for (size_t i = 0; i < bytes_.size() && !problem; ++i)
    problem = decoder->feed(std::string_view{bytes_}.substr(i, 1), events);
  if (!problem)
    problem = decoder->finish(events);
  response_builder builder;
  for (const auto& x : events)
    builder.add(x);
  EXPECT_EQ(builder.take(), whole_.response);
  EXPECT_EQ(problem.has_value(), whole_.problem.has_value());
}

TEST_P(Streams, NeverPassForWholeWhenTheyAreNot) {
  if (GetParam().fails)
    return; // they fail in any case
  std::string_view all = bytes_;
  for (size_t size = 0; size < all.size(); ++size) {
    auto got = decode(*codec_, {all.substr(0, size)});
    // What remains after the terminal event may be missing.
    if (!got.problem) {
      ASSERT_EQ(got.response.parts, whole_.response.parts) << size << " bytes";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Wire, Streams, ::testing::ValuesIn(streams), name_of);

} // namespace smart_agents
