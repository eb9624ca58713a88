// What providers answer: whole, streamed, and as errors.

#include "adapters/answer_shape.hpp"
#include "adapters/provider_codec.hpp"
#include "tests/fuzz/target.hpp"

namespace smart_agents {

namespace {

struct outcome {
  chat_response response;
  bool failed = false;
  size_t ends = 0;
};

outcome stream_in(const provider_codec& codec, std::string_view bytes,
                  size_t read, bool wire) {
  auto decoder = codec.stream();
  if (wire)
    decoder->keep_wire(codec.format());
  std::vector<stream_event> events;
  outcome result;
  while (!bytes.empty() && !result.failed) {
    auto piece = bytes.substr(0, read);
    bytes.remove_prefix(piece.size());
    result.failed = decoder->feed(piece, events).has_value();
  }
  if (!result.failed)
    result.failed = decoder->finish(events).has_value();
  response_builder builder;
  for (const auto& x : events) {
    builder.add(x);
    result.ends += std::holds_alternative<stream_end>(x);
  }
  result.response = builder.take();
  return result;
}

} // namespace

FUZZ_TARGET(provider_answers) {
  for (const auto& format : codec_formats()) {
    auto codec = make_codec(format);
    chat_response whole;
    (void)codec->decode(bytes, whole);
    (void)codec->decode_count(bytes);
    (void)shape_of(*codec, bytes);
    for (int status : {200, 400, 429, 500}) {
      http_head head;
      head.status = status;
      head.headers = {{"retry-after", std::string{bytes.substr(0, 40)}}};
      auto why = codec->classify(head, bytes);
      fuzz::must(why.message.find('\n') == std::string::npos, "one line");
      fuzz::must(why.message.size() < 1000, "a short message");
    }
    auto once = stream_in(*codec, bytes, bytes.size() + 1, false);
    fuzz::must(once.ends + once.failed >= 1, "a stream ends or fails");
    fuzz::must(once.ends <= 1, "a stream ends once");
    for (size_t read : {1, 5}) {
      auto cut = stream_in(*codec, bytes, read, read == 5);
      fuzz::must(cut.response == once.response, "the same whatever the reads");
      fuzz::must(cut.failed == once.failed, "failed whatever the reads");
    }
  }
}

} // namespace smart_agents
