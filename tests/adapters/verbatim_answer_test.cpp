// Answers to clients that speak their provider's format: byte for byte.

#include "adapters/client_codec.hpp"
#include "adapters/provider_codec.hpp"
#include "tests/support/fixtures.hpp"

namespace smart_agents {

namespace {

/// A fixture as a provider sends it to its own client, less what is meant for
/// the connection only: comments and pings.
std::string without_pings(std::string text) {
  for (std::string_view head : {"event: ping\n", ":"})
    for (size_t at = 0; (at = text.find(head, at)) != std::string::npos;) {
      if (at > 0 && text[at - 1] != '\n') {
        ++at;
        continue;
      }
      text.erase(at, text.find("\n\n", at) + 2 - at);
    }
  return text;
}

std::vector<stream_event> events_of(const char* format,
                                    const std::string& bytes, size_t read,
                                    bool keep = true) {
  auto codec = make_codec(format);
  auto decoder = codec->stream();
  if (keep)
    decoder->keep_wire(codec->format());
  std::vector<stream_event> result;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    auto piece = rest.substr(0, read);
    rest.remove_prefix(piece.size());
    auto bad = decoder->feed(piece, result);
    EXPECT_FALSE(bad) << bad->message;
  }
  EXPECT_FALSE(decoder->finish(result));
  return result;
}

std::string written(const char* format, answer_head head,
                    const std::vector<stream_event>& events,
                    bool verbatim = true) {
  head.verbatim = verbatim;
  auto writer = make_client_codec(format)->stream(head);
  std::string out;
  writer->start(out);
  // As a dispatch sends them: the end goes by its own way.
  stream_end end;
  for (const auto& x : events)
    if (const auto* last = std::get_if<stream_end>(&x))
      end = *last;
    else
      writer->write(x, out);
  writer->finish(end.finish, end.tokens, out);
  return out;
}

struct sample {
  const char* file;
  const char* format;
};

constexpr sample streams[] = {
  {"anthropic-stream.sse", "anthropic"},
  {"openai-chat-stream.sse", "openai-chat"},
  {"groq-chat-stream.sse", "openai-chat"},
  {"deepseek-chat-stream.sse", "openai-chat"},
  {"openrouter-chat-stream.sse", "openai-chat"},
  {"xai-chat-stream.sse", "openai-chat"},
  {"openai-responses-stream.sse", "openai-responses"},
  {"xai-responses-stream.sse", "openai-responses"},
};

} // namespace

TEST(VerbatimAnswers, PassStreamsByteForByteWhateverTheReads) {
  for (const auto& x : streams) {
    auto bytes = test::fixture(x.file);
    answer_head head;
    head.stream_usage = true;
    for (size_t read : {1, 7, 1 << 20})
      EXPECT_EQ(written(x.format, head, events_of(x.format, bytes, read)),
                without_pings(bytes))
        << x.file << " in reads of " << read;
  }
}

TEST(VerbatimAnswers, MeanTheSameToUsAsWithoutTheirBytes) {
  for (const auto& x : streams) {
    auto bytes = test::fixture(x.file);
    response_builder with;
    for (const auto& event : events_of(x.format, bytes, 11))
      with.add(event);
    response_builder without;
    for (const auto& event : events_of(x.format, bytes, 11, false))
      without.add(event);
    EXPECT_TRUE(with.complete());
    EXPECT_EQ(with.take(), without.take()) << x.file;
  }
}

TEST(VerbatimAnswers, LeaveOutTheUsageThatOnlyWeAskedFor) {
  auto bytes = test::fixture("openai-chat-stream.sse");
  ASSERT_NE(bytes.find(R"("choices":[])"), std::string::npos);
  auto out = written("openai-chat", {}, events_of("openai-chat", bytes, 64));
  EXPECT_EQ(out.find(R"("choices":[])"), std::string::npos);
  EXPECT_TRUE(out.ends_with("data: [DONE]\n\n"));
}

TEST(VerbatimAnswers, AreOnlyForClientsOfTheSameFormat) {
  auto events =
    events_of("anthropic", test::fixture("anthropic-stream.sse"), 9);
  auto plain =
    events_of("anthropic", test::fixture("anthropic-stream.sse"), 9, false);
  answer_head head;
  head.id = "1";
  head.model = "m";
  for (const char* format : {"openai-chat", "openai-responses"})
    EXPECT_EQ(written(format, head, events, false),
              written(format, head, plain, false));
}

TEST(VerbatimAnswers, EndWithAnHonestErrorWhenTheirProviderBreaks) {
  auto bytes = test::fixture("anthropic-stream.sse");
  auto codec = make_codec("anthropic");
  auto decoder = codec->stream();
  decoder->keep_wire(codec->format());
  std::vector<stream_event> events;
  ASSERT_FALSE(
    decoder->feed(std::string_view{bytes}.substr(0, bytes.size() / 2), events));
  answer_head head;
  head.verbatim = true;
  auto writer = make_client_codec("anthropic")->stream(head);
  std::string out;
  writer->start(out);
  for (const auto& x : events)
    writer->write(x, out);
  // Whole events only, so that the error is one of its own.
  EXPECT_TRUE(out.ends_with("\n\n"));
  auto before = out.size();
  writer->fail({failure_class::network, "gone", 0, "", {}}, out);
  EXPECT_EQ(out.find("event: error\n"), before);
  EXPECT_EQ(out.find("message_stop"), std::string::npos);
}

TEST(VerbatimAnswers, AreWhole) {
  const sample answers[] = {{"anthropic-message.json", "anthropic"},
                            {"openai-chat.json", "openai-chat"},
                            {"xai-chat.json", "openai-chat"},
                            {"openai-responses.json", "openai-responses"},
                            {"xai-responses.json", "openai-responses"}};
  for (const auto& x : answers) {
    auto bytes = test::fixture(x.file);
    chat_response response;
    ASSERT_FALSE(make_codec(x.format)->decode(bytes, response));
    response.verbatim =
      std::make_shared<wire_answer>(wire_answer{x.format, bytes});
    for (const auto& format : client_formats())
      EXPECT_EQ(make_client_codec(format)->render({}, response) == bytes,
                format == x.format)
        << x.file << " for " << format;
  }
}

} // namespace smart_agents
