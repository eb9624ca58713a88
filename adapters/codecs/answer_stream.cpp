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
    if (auto bad = take(event, reader, out))
      return bad;
  }
}

std::optional<failure> sse_decoder::take(const sse_splitter::event& event,
                                         json_reader& reader, events& out) {
  auto place = out.size();
  if (auto bad = on_event(event.data, reader, out))
    return bad;
  // Pings are between a server and its own client.
  if (wire_format_.empty() || event.name == "ping")
    return std::nullopt;
  wire_event wire{wire_format_, {}};
  wire.text.reserve(event.name.size() + event.data.size() + 24);
  if (!event.name.empty())
    wire.text.append("event: ").append(event.name).append("\n");
  for (auto rest = event.data;;) {
    auto end = rest.find('\n');
    wire.text.append("data: ").append(rest.substr(0, end)).append("\n");
    if (end == rest.npos)
      break;
    rest.remove_prefix(end + 1);
  }
  wire.text += '\n';
  out.insert(out.begin() + static_cast<ptrdiff_t>(place), std::move(wire));
  return std::nullopt;
}

std::optional<failure> sse_decoder::finish(events& out) {
  json_reader reader;
  sse_splitter::event event;
  if (splitter_.finish(event) == frame_status::ready && !ended())
    if (auto bad = take(event, reader, out))
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
