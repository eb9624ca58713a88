// Every stream fixture through its codec: whole, and cut at every byte with the
// neighbouring cuts near and far, which must all give the same answer; and cut
// short at every byte, which must never pass for an answer.
//
// A decoding of a whole stream per byte would be quadratic. Near cuts come from
// reads of a few sizes, each begun at every offset. Far ones are made in short
// streams: an event between the first and the last one, which is what a cut
// inside that event meets.

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
               const std::vector<std::string_view>& pieces) {
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

/// The bytes in reads of `size`, the first of `first` bytes.
std::vector<std::string_view> reads(std::string_view bytes, size_t first,
                                    size_t size) {
  std::vector<std::string_view> result;
  for (auto next = first; !bytes.empty(); next = size) {
    result.push_back(bytes.substr(0, next));
    bytes.remove_prefix(result.back().size());
  }
  return result;
}

/// The events of a stream, each with its blank line; or its lines.
std::vector<std::string_view> split(std::string_view bytes, bool lines) {
  std::vector<std::string_view> result;
  while (!bytes.empty()) {
    auto end = bytes.size();
    for (std::string_view mark : {lines ? "\n" : "\n\n", "\r\n\r\n"})
      if (auto at = bytes.find(mark); at != bytes.npos)
        end = std::min(end, at + mark.size());
    result.push_back(bytes.substr(0, end));
    bytes.remove_prefix(end);
  }
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
  std::vector<std::string_view> events_ =
    split(bytes_, std::string_view{GetParam().file}.ends_with(".ndjson"));
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

TEST_P(Streams, ReadTheSameInReadsOfEverySizeAtEveryOffset) {
  for (size_t size : {1, 2, 3, 7, 32})
    for (size_t first = 1; first <= size; ++first) {
      auto got = decode(*codec_, reads(bytes_, first, size));
      ASSERT_EQ(got.response, whole_.response) << size << " from " << first;
      ASSERT_EQ(got.problem.has_value(), whole_.problem.has_value())
        << size << " from " << first;
    }
}

TEST_P(Streams, ReadTheSameWhereverAnEventIsCut) {
  for (size_t i = 0; i < events_.size(); ++i) {
    std::string text{i > 0 ? events_[0] : ""};
    auto begin = text.size();
    text += events_[i];
    auto end = text.size();
    if (i + 1 < events_.size())
      text += events_.back();
    std::string_view all = text;
    auto want = decode(*codec_, {all});
    for (auto cut = begin + 1; cut <= end; ++cut) {
      auto got = decode(*codec_, {all.substr(0, cut), all.substr(cut)});
      ASSERT_EQ(got.response, want.response) << "event " << i << " at " << cut;
      ASSERT_EQ(got.problem.has_value(), want.problem.has_value())
        << "event " << i << " at " << cut;
    }
  }
}

TEST_P(Streams, NeverPassForWholeWhenTheyAreNot) {
  if (GetParam().fails)
    return; // they fail in any case
  std::string_view all = bytes_;
  auto check = [&](std::string_view part) {
    auto got = decode(*codec_, {part});
    // What remains after the terminal event may be missing.
    if (!got.problem) {
      EXPECT_EQ(got.response.parts, whole_.response.parts)
        << part.size() << " bytes";
    }
  };
  // At the end of every event, and a byte to either side.
  size_t at = 0;
  for (auto event : events_) {
    at += event.size();
    for (auto size : {at - 1, at, at + 1})
      check(all.substr(0, size));
  }
  // Inside an event: none but the last may pass for an end.
  for (size_t i = 0; i + 2 < events_.size(); ++i)
    for (size_t size = 0; size < events_[i].size(); ++size) {
      std::string text{i > 0 ? events_[0] : ""};
      text += events_[i].substr(0, size);
      ASSERT_TRUE(decode(*codec_, {text}).problem)
        << size << " bytes of event " << i;
    }
  // The last ones, exactly.
  auto tail = events_.size() > 1 ? events_[events_.size() - 2].size() : 0;
  for (auto size = all.size() - events_.back().size() - tail; size < all.size();
       ++size)
    check(all.substr(0, size));
}

INSTANTIATE_TEST_SUITE_P(Wire, Streams, ::testing::ValuesIn(streams), name_of);

} // namespace smart_agents
