#pragma once

#include "adapters/client_codec.hpp"
#include "adapters/provider_codec.hpp"
#include "messages/error.hpp"
#include "tests/support/read_back.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Random conversations and answers, written in a format by one of its codecs
/// and read back by the other: nothing changes that the format can carry.
/// Seeded, so that a failure can be repeated.

namespace smart_agents::test {

/// What a format keeps as it is; the generator makes nothing else.
struct scope {
  const char* format;
  const char* family;
  /// Several texts in one turn of the assistant.
  bool many_texts = false;
  bool thinking = false;
  bool failed_results = false;
  bool result_media = false;
  bool cache_marks = false;
  bool audio = false;
  bool documents = true;
  bool file_names = true;
  /// Tools that are strict, that must be called, and calls one at a time.
  bool strict = true;
  bool forced = true;
  bool serial = true;
  /// Reasoning tokens beside the output's.
  bool reasoning_tokens = true;
};

inline constexpr scope scopes[] = {
  {.format = "anthropic",
   .family = "claude*",
   .many_texts = true,
   .thinking = true,
   .failed_results = true,
   .result_media = true,
   .cache_marks = true,
   .reasoning_tokens = false},
  {.format = "openai-responses",
   .family = "gpt*",
   .thinking = true,
   .result_media = true},
  {.format = "openai-chat", .family = "", .audio = true},
  {.format = "gemini",
   .family = "gemini*",
   .many_texts = true,
   .thinking = true,
   .failed_results = true,
   .audio = true,
   .file_names = false,
   .strict = false,
   .serial = false},
  {.format = "ollama",
   .family = "",
   .audio = true,
   .documents = false,
   .strict = false,
   .forced = false,
   .serial = false},
};

/// A model of the format's family, where signatures have one.
inline std::string model_of(const scope& what) {
  std::string_view family = what.family;
  if (family.empty())
    return "a-model";
  return std::string{family.substr(0, family.size() - 1)} + "-x";
}

class generator {
public:
  generator(const scope& what, uint32_t seed) : what_{what}, random_{seed} {}

  chat_request make() {
    chat_request x;
    x.model = "a-model";
    x.max_output = 16 + pick(5000);
    if (coin())
      x.messages.push_back(text_message(role::system, text()));
    for (auto turns = 1 + pick(4); turns > 0; --turns)
      add_turn(x);
    for (auto n = pick(3); n > 0; --n)
      x.tools.push_back(tool(n));
    if (!x.tools.empty()) {
      if (what_.forced)
        x.choice.how = static_cast<tool_choice::mode>(pick(4));
      if (x.choice.how == tool_choice::mode::named)
        x.choice.name = x.tools[0].name;
      x.choice.parallel =
        x.choice.how == tool_choice::mode::none || !what_.serial || pick(3) > 0;
    }
    if (coin())
      x.temperature = pick(20) / 10.0;
    if (coin())
      x.output_schema = schema();
    x.stream = coin();
    return x;
  }

  /// An answer: thoughts, then text, then calls.
  chat_response answer() {
    chat_response x;
    x.model = model_of(what_);
    message said{role::assistant, {}};
    think(said);
    if (pick(4) > 0)
      said.parts.emplace_back(text_part{text()});
    for (auto n = pick(3); n > 0; --n)
      said.parts.emplace_back(tool_call_part{
        "call_" + std::to_string(++calls_), "tool_1", json(), {}});
    if (said.parts.empty())
      said.parts.emplace_back(text_part{"t"});
    x.parts = std::move(said.parts);
    for (auto& part : x.parts)
      if (auto* thinking = std::get_if<thinking_part>(&part))
        thinking->signer = x.model;
    x.finish = calls_ > 0     ? finish_reason::tool_calls
               : pick(5) == 0 ? finish_reason::length
                              : finish_reason::stop;
    x.tokens.uncached_input = 1 + pick(1000);
    x.tokens.cache_read = pick(1000);
    x.tokens.cache_write = pick(1000);
    x.tokens.output = 1 + pick(1000);
    if (what_.reasoning_tokens)
      x.tokens.reasoning = pick(static_cast<uint32_t>(x.tokens.output));
    return x;
  }

  /// The pieces of an answer, in fragments.
  std::vector<stream_event> pieces_of(const chat_response& x) {
    std::vector<stream_event> result;
    result.emplace_back(stream_start{x.id, x.model});
    uint32_t index = 0;
    for (const auto& part : x.parts) {
      if (const auto* said = std::get_if<text_part>(&part)) {
        for (auto piece : fragments(said->text))
          result.emplace_back(text_delta{index, std::string{piece}});
      } else if (const auto* thinking = std::get_if<thinking_part>(&part)) {
        auto origin = thinking->origin;
        for (auto piece : fragments(thinking->text))
          result.emplace_back(thinking_delta{
            index, std::string{piece}, {}, false, std::exchange(origin, {})});
        result.emplace_back(
          thinking_delta{index, {}, thinking->signature, false, origin});
      } else if (const auto* call = std::get_if<tool_call_part>(&part)) {
        result.emplace_back(
          tool_call_delta{index, call->id, call->name, {}, {}});
        for (auto piece : fragments(call->arguments))
          result.emplace_back(
            tool_call_delta{index, {}, {}, std::string{piece}, {}});
      }
      ++index;
    }
    return result;
  }

private:
  /// Pieces between characters, as providers cut them.
  std::vector<std::string_view> fragments(std::string_view from) {
    std::vector<std::string_view> result;
    while (!from.empty()) {
      size_t end = 1 + pick(9);
      while (end < from.size() && (from[end] & 0xC0) == 0x80)
        ++end;
      result.push_back(from.substr(0, end));
      from.remove_prefix(result.back().size());
    }
    return result;
  }

  uint32_t pick(uint32_t below) {
    return static_cast<uint32_t>(random_() % below);
  }
  bool coin() {
    return pick(2) == 0;
  }

  std::string text() {
    static const char* pieces[] = {"word", " ",    "\n",  "\"", "\\",
                                   "é",    "☂",    "😀",   "\t", "{}",
                                   "\x01", "</s>", "0.70"};
    std::string result = "t";
    for (auto n = 1 + pick(12); n > 0; --n)
      result += pieces[pick(std::size(pieces))];
    return result;
  }

  std::string json() {
    return R"({"a":)" + std::to_string(pick(1000)) + R"(,"b":[0.7,-1e+30,)"
           + (coin() ? "true" : "null") + R"(],"":{"é\n":""}})";
  }

  std::string schema() {
    return R"({"type":"object","$defs":{},"properties":{"a":{"const":)"
           + std::to_string(pick(9)) + "}}}";
  }

  cache_mark mark() {
    // At most a few, since the format takes four.
    return what_.cache_marks && marks_ < 4 && pick(8) == 0
             ? (++marks_, cache_mark::five_minutes)
             : cache_mark::none;
  }

  media_part media() {
    media_part x;
    x.what = what_.audio && pick(4) == 0       ? media_part::kind::audio
             : what_.documents && pick(4) == 0 ? media_part::kind::document
                                               : media_part::kind::image;
    x.base64 = (x.what == media_part::kind::audio ? "UklG" : "QUJD")
               + std::to_string(1000 + pick(1000));
    x.mime_type = x.what == media_part::kind::audio      ? "audio/wav"
                  : x.what == media_part::kind::document ? "application/pdf"
                                                         : "image/png";
    if (x.what == media_part::kind::document && what_.file_names)
      x.name = "a.pdf";
    return x;
  }

  tool_definition tool(uint32_t n) {
    tool_definition x;
    x.name = "tool_" + std::to_string(n);
    x.description = text();
    x.schema = schema();
    x.strict = what_.strict && coin();
    return x;
  }

  void add_turn(chat_request& x) {
    message user{role::user, {text_part{text(), mark()}}};
    if (pick(3) == 0)
      user.parts.emplace_back(media());
    x.messages.push_back(std::move(user));
    for (auto rounds = pick(3); rounds > 0; --rounds)
      add_round(x);
    message last{role::assistant, {}};
    think(last);
    last.parts.emplace_back(text_part{text()});
    if (what_.many_texts && coin())
      last.parts.emplace_back(text_part{text()});
    x.messages.push_back(std::move(last));
  }

  void think(message& to) {
    if (!what_.thinking || coin())
      return;
    to.parts.emplace_back(thinking_part{coin() ? "" : text(),
                                        "c2ln" + std::to_string(pick(100)),
                                        false, what_.format, what_.family});
  }

  /// Calls, and their results in one message.
  void add_round(chat_request& x) {
    message said{role::assistant, {}};
    message results{role::tool, {}};
    think(said);
    if (coin())
      said.parts.emplace_back(text_part{text()});
    for (auto n = 1 + pick(3); n > 0; --n) {
      auto id = "call_" + std::to_string(++calls_);
      said.parts.emplace_back(tool_call_part{id, "tool_1", json(), {}});
      tool_result_part result;
      result.call_id = id;
      result.content.emplace_back(text_part{text()});
      result.is_error = what_.failed_results && coin();
      if (what_.result_media && pick(3) == 0)
        result.content.emplace_back(media());
      results.parts.emplace_back(std::move(result));
    }
    // A turn that ends with calls is followed by their results, and what the
    // assistant says then is a turn of its own.
    x.messages.push_back(std::move(said));
    x.messages.push_back(std::move(results));
  }

  const scope& what_;
  std::mt19937 random_;
  uint32_t calls_ = 0;
  uint32_t marks_ = 0;
};

/// Writes a conversation as a request and reads it back. Empty, or what
/// changed.
inline std::string request_changes(const scope& what, uint32_t seed) {
  auto want = generator{what, seed}.make();
  // Signed by any model of the family, and asked of one of them.
  want.model = model_of(what);
  endpoint to;
  to.base_url = "http://127.0.0.1:1";
  auto provider = make_codec(what.format);
  auto sent = provider->encode(want, to);
  if (!sent)
    return render(sent.error());
  client_request parsed;
  if (auto client = make_client_codec(what.format)) {
    auto read = client->parse(sent->body.text());
    if (!read)
      return render(read.error()) + "\n" + sent->body.text();
    parsed = std::move(*read);
  } else {
    parsed.chat = read_back(what.format, *sent);
  }
  auto& got = parsed.chat;
  if (got.messages.size() != want.messages.size())
    return "another number of messages\n" + sent->body.text();
  for (size_t i = 0; i < want.messages.size(); ++i)
    if (got.messages[i] != want.messages[i])
      return "message " + std::to_string(i) + "\n" + sent->body.text();
  if (got != want)
    return "what is beside the messages\n" + sent->body.text();
  if (!parsed.losses.empty())
    return "lost " + parsed.losses[0] + "\n" + sent->body.text();
  // And the same bytes again, which is what caches compare.
  if (provider->encode(got, to)->body.text() != sent->body.text())
    return "other bytes\n" + sent->body.text();
  return {};
}

/// Writes an answer for a client, whole and as a stream, and reads both back.
inline std::string answer_changes(const scope& what, uint32_t seed) {
  generator random{what, seed};
  auto want = random.answer();
  auto provider = make_codec(what.format);
  auto client = make_client_codec(what.format);
  if (!client)
    return {}; // it has no writer of ours
  answer_head head;
  head.id = "1";
  head.model = want.model;
  head.signer = want.model;
  head.show_thoughts = true;
  head.stream_usage = true;
  auto differs = [&want](const chat_response& got) -> const char* {
    if (got.parts.size() != want.parts.size())
      return "another number of parts";
    for (size_t i = 0; i < want.parts.size(); ++i)
      if (got.parts[i] != want.parts[i])
        return "a part";
    if (got.finish != want.finish)
      return "the finish reason";
    return got.tokens == want.tokens ? nullptr : "the tokens";
  };
  auto whole = client->render(head, want);
  chat_response got;
  if (auto bad = provider->decode(whole, got))
    return bad->message + "\n" + whole;
  if (const auto* change = differs(got))
    return std::string{change} + "\n" + whole;
  auto writer = client->stream(head);
  std::string bytes;
  writer->start(bytes);
  for (const auto& x : random.pieces_of(want))
    writer->write(x, bytes);
  writer->finish(want.finish, want.tokens, bytes);
  auto decoder = provider->stream();
  std::vector<stream_event> events;
  auto bad = decoder->feed(bytes, events);
  if (!bad)
    bad = decoder->finish(events);
  if (bad)
    return bad->message + "\n" + bytes;
  response_builder builder;
  for (const auto& x : events)
    builder.add(x);
  if (const auto* change = differs(builder.take()))
    return std::string{change} + " of the stream\n" + bytes;
  return {};
}

} // namespace smart_agents::test
