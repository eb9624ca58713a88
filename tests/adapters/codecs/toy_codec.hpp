#pragma once

#include "adapters/codecs/answer_stream.hpp"
#include "adapters/codecs/errors.hpp"
#include "adapters/codecs/json_reader.hpp"
#include "adapters/codecs/wire.hpp"

/// The whole codec of a format that nobody speaks: how small a new one can be.
///
///   POST /talk {"who":MODEL,"most":77,"live":false,"say":[["user","hi"]]}
///   {"said":"hello","heard":3,"spoke":1}
///   {"piece":"hel"} {"piece":"lo"} {"end":true,"heard":3,"spoke":1}   (a line
///   each, when "live" is true)

namespace smart_agents::test {

/// Reads the lines of a stream; a whole answer is its last line.
class toy_stream final : public stream_decoder {
public:
  std::optional<failure> feed(std::string_view bytes,
                              std::vector<stream_event>& out) override {
    for (std::string_view line;;)
      switch (lines_.next(bytes, line)) {
      case frame_status::hungry: return std::nullopt;
      case frame_status::too_large:
        return codecs::broken("a line of the stream is too long");
      case frame_status::ready:
        if (auto bad = take(line, out))
          return bad;
      }
  }

  std::optional<failure> finish(std::vector<stream_event>& out) override {
    std::string_view line;
    if (lines_.finish(line) == frame_status::ready)
      if (auto bad = take(line, out))
        return bad;
    if (!ended_)
      return codecs::broken("the stream broke off before its end");
    return std::nullopt;
  }

  usage so_far() const override {
    return tokens_;
  }

private:
  std::optional<failure> take(std::string_view line,
                              std::vector<stream_event>& out) {
    codecs::json_reader reader;
    const auto* x = reader.parse_object(line);
    if (x == nullptr)
      return codecs::broken("a line of the stream is not JSON");
    if (codecs::find(*x, "error"))
      return codecs::classify_error(codecs::read_error(*x));
    for (const char* key : {"piece", "said"})
      if (auto text = codecs::text_at(*x, key); !text.empty())
        out.emplace_back(text_delta{0, std::string{text}});
    if (codecs::true_at(*x, "end") || codecs::find(*x, "said")) {
      tokens_.uncached_input = codecs::count_at(*x, "heard");
      tokens_.output = codecs::count_at(*x, "spoke");
      ended_ = true;
      out.emplace_back(stream_end{finish_reason::stop, tokens_});
    }
    return std::nullopt;
  }

  line_splitter lines_;
  usage tokens_;
  bool ended_ = false;
};

class toy_codec final : public provider_codec {
public:
  std::string_view format() const override {
    return "toy";
  }

  caf::expected<http_request> encode(const chat_request& original,
                                     const endpoint& to) const override {
    if (auto bad = codecs::check_quirks(to, format()))
      return bad;
    if (auto bad = codecs::check_request(original))
      return bad;
    std::optional<chat_request> room;
    const auto& request = codecs::mended(original, room);
    codecs::json_writer out{codecs::body_size(request)};
    out.begin_object().field("who", request.model);
    if (request.max_output)
      out.field("most", *request.max_output);
    out.field("live", request.stream).key("say").begin_array();
    for (const auto& x : request.messages)
      out.begin_array()
        .value(to_string(x.from))
        .value(text_of(x.parts))
        .end_array();
    out.end_array().end_object();
    return codecs::post(to, "/talk", out.take(), codecs::bearer(to));
  }

  std::optional<failure> decode(std::string_view body,
                                chat_response& out) const override {
    toy_stream whole;
    std::vector<stream_event> events;
    if (auto bad = whole.feed(body, events))
      return bad;
    if (auto bad = whole.finish(events))
      return bad;
    codecs::build(events, out);
    return std::nullopt;
  }

  std::unique_ptr<stream_decoder> stream() const override {
    return std::make_unique<toy_stream>();
  }

  failure classify(const http_head& head,
                   std::string_view body) const override {
    return codecs::classify_answer(head, body);
  }

  caf::expected<http_request> probe(const endpoint& to) const override {
    return codecs::get(to, "/", codecs::bearer(to));
  }
};

} // namespace smart_agents::test
