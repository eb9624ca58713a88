#pragma once

#include "adapters/client_codec.hpp"
#include "adapters/provider_codec.hpp"
#include "adapters/simulator/writer.hpp"
#include "messages/error.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// Exchanges without sockets: our codecs on one side, the simulator's readers
/// and writers on the other. Its readers refuse what the real services refuse.

namespace smart_agents::test {

/// A provider format with the vendor that the simulator plays for it.
struct peer {
  const char* format;
  sim::wire wire;
  sim::vendor vendor;
  const char* model;
};

inline constexpr std::array peers{
  peer{"anthropic", sim::wire::anthropic, sim::vendor::anthropic,
       "claude-opus-5-5"},
  peer{"openai-chat", sim::wire::chat, sim::vendor::openai, "gpt-5.6-sol"},
  peer{"openai-responses", sim::wire::responses, sim::vendor::openai,
       "gpt-6.1-sol"},
  peer{"gemini", sim::wire::gemini, sim::vendor::gemini, "gemini-3.8-flash"},
  peer{"ollama", sim::wire::ollama_chat, sim::vendor::ollama, "qwen3:8b"},
};

inline const peer& peer_of(std::string_view format) {
  for (const auto& x : peers)
    if (format == x.format)
      return x;
  ADD_FAILURE() << "no peer for " << format;
  return peers[0];
}

/// Base URL and key of nobody.
inline endpoint nowhere() {
  endpoint result;
  result.base_url = "http://127.0.0.1:1";
  result.api_key = "key-1";
  return result;
}

/// What the simulated service reads of a request, or why it refuses.
inline std::variant<sim::ask, sim::refusal> judge(const peer& to,
                                                  const http_request& sent) {
  return sim::read_ask(to.wire, to.vendor, sent.to.target, sent.headers,
                       sent.body.text());
}

/// Writes the service's answer to what it read.
inline std::string speak(const peer& to, const sim::ask& asked) {
  auto turn = sim::make_turn(asked, {1, 0, 0.25});
  turn.id = "0123456789abcdef";
  turn.created = 1'795'428'000;
  auto writer = sim::make_writer(asked, to.vendor, turn);
  if (!asked.stream)
    return writer->whole();
  std::string out;
  sim::step_cursor cursor{turn, 3};
  for (sim::step x; cursor.next(x);)
    writer->write(x, out);
  return out;
}

/// One answer as its provider codec read it.
struct heard {
  std::string problem;
  chat_response response;
  std::vector<stream_event> events;
};

inline heard listen(const provider_codec& codec, const std::string& bytes,
                    bool stream) {
  heard result;
  std::optional<failure> bad;
  if (stream) {
    auto decoder = codec.stream();
    // Small reads, so that nothing depends on whole events.
    for (size_t at = 0; at < bytes.size() && !bad; at += 7)
      bad = decoder->feed(std::string_view{bytes}.substr(at, 7), result.events);
    if (!bad)
      bad = decoder->finish(result.events);
    response_builder builder;
    for (const auto& x : result.events)
      builder.add(x);
    result.response = builder.take();
  } else {
    bad = codec.decode(bytes, result.response);
  }
  if (bad)
    result.problem = bad->message;
  return result;
}

/// Sends a request to a simulated service and reads its answer. `problem` is
/// the service's refusal, where it refuses.
inline heard exchange(const peer& to, chat_request request) {
  heard result;
  request.model = to.model;
  auto codec = make_codec(to.format);
  auto sent = codec->encode(request, nowhere());
  if (!sent) {
    result.problem = render(sent.error());
    return result;
  }
  auto asked = judge(to, *sent);
  if (const auto* no = std::get_if<sim::refusal>(&asked)) {
    result.problem = "refused: " + no->message;
    return result;
  }
  return listen(*codec, speak(to, std::get<sim::ask>(asked)), request.stream);
}

/// Renders an answer, whole or streamed, for a client.
inline std::string render_for(const client_codec& client,
                              const answer_head& head, const heard& what,
                              bool stream) {
  if (!stream)
    return client.render(head, what.response);
  auto writer = client.stream(head);
  std::string out;
  writer->start(out);
  for (const auto& x : what.events)
    writer->write(x, out);
  writer->finish(what.response.finish, what.response.tokens, out);
  return out;
}

template <class Part>
std::vector<Part> parts_of(const chat_response& x) {
  std::vector<Part> result;
  for (const auto& piece : x.parts)
    if (const auto* found = std::get_if<Part>(&piece))
      result.push_back(*found);
  return result;
}

inline std::string thoughts_of(const chat_response& x) {
  std::string result;
  for (const auto& piece : parts_of<thinking_part>(x))
    result += piece.text;
  return result;
}

} // namespace smart_agents::test
