#include "adapters/codecs/answer_stream.hpp"

#include <array>
#include <charconv>

namespace smart_agents::codecs {

std::optional<failure> sse_decoder::feed(std::string_view bytes, events& out) {
  json_reader reader;
  sse_splitter::event event;
  for (;;) {
    switch (splitter_.next(bytes, event)) {
    case frame_status::hungry: return std::nullopt;
    case frame_status::too_large:
      return broken("an event of the stream is larger than "
                    + std::to_string(default_max_frame >> 20) + " MB");
    case frame_status::ready: break;
    }
    if (ended())
      continue;
    if (auto bad = on_event(event.data, reader, out))
      return bad;
  }
}

std::optional<failure> sse_decoder::finish(events& out) {
  json_reader reader;
  sse_splitter::event event;
  if (splitter_.finish(event) == frame_status::ready && !ended())
    if (auto bad = on_event(event.data, reader, out))
      return bad;
  if (ended())
    return std::nullopt;
  auto bad = on_end(out);
  // An error body that came without framing, in place of events or after some.
  if (bad && !splitter_.stray().empty())
    if (auto facts = read_error(splitter_.stray()); facts.known)
      return classify_error(facts);
  return bad;
}

std::string made_up_call_id(std::string_view answer, std::string_view tool,
                            uint32_t ordinal) {
  // FNV-1a, 64 bits.
  uint64_t hash = 0xcbf29ce484222325;
  for (auto text : {answer, tool})
    for (char c : text)
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash = (hash ^ ordinal) * 0x100000001b3;
  std::array<char, 16> digits;
  auto end =
    std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16);
  return "call_" + std::string{digits.data(), end.ptr};
}

void build(const events& parts, chat_response& out) {
  response_builder builder;
  for (const auto& x : parts)
    builder.add(x);
  out = builder.take();
}

} // namespace smart_agents::codecs
