#include "adapters/codecs/ollama_answer.hpp"

#include "adapters/codecs/answer_stream.hpp"

namespace smart_agents::codecs {

namespace {

/// A stream of objects, or one object that holds all.
class ollama_answer {
public:
  std::optional<failure> take(const json::object& x, events& out) {
    if (find(x, "error"))
      return classify_error(read_error(x));
    if (!started_) {
      started_ = true;
      created_ = text_at(x, "created_at");
      out.emplace_back(stream_start{{}, string_at(x, "model")});
    }
    const auto& message = object_at(x, "message");
    auto fresh = false;
    if (auto text = text_at(message, "thinking"); !text.empty()) {
      auto index = parts_.grow(part_counter::kind::thinking, fresh);
      out.emplace_back(thinking_delta{
        index, std::string{text}, {}, false, fresh ? "ollama" : ""});
    }
    if (auto text = text_at(message, "content"); !text.empty()) {
      auto index = parts_.grow(part_counter::kind::text, fresh);
      out.emplace_back(text_delta{index, std::string{text}});
    }
    for (const auto& item : array_at(message, "tool_calls"))
      take_call(as_object(item), out);
    if (auto count = maybe_count_at(x, "prompt_eval_count"))
      tokens_.uncached_input = *count;
    if (auto count = maybe_count_at(x, "eval_count"))
      tokens_.output = *count;
    if (true_at(x, "done"))
      end(text_at(x, "done_reason"), out);
    return std::nullopt;
  }

  bool started() const {
    return started_;
  }

  bool ended() const {
    return ended_;
  }

  const usage& tokens() const {
    return tokens_;
  }

private:
  void take_call(const json::object& x, events& out) {
    const auto& function = object_at(x, "function");
    auto name = string_at(function, "name");
    auto id = string_at(x, "id");
    if (id.empty())
      id = made_up_call_id(created_, name, calls_);
    ++calls_;
    const auto* arguments = find(function, "arguments");
    auto json = arguments == nullptr     ? std::string{"{}"}
                : arguments->is_string() ? std::string{view(*arguments)}
                                         : text_of_json(*arguments);
    out.emplace_back(tool_call_delta{parts_.open(part_counter::kind::call),
                                     std::move(id),
                                     std::move(name),
                                     std::move(json),
                                     {}});
  }

  void end(std::string_view why, events& out) {
    ended_ = true;
    auto finish = finish_reason::stop;
    if (why == "length")
      finish = finish_reason::length;
    else if (calls_ > 0)
      finish = finish_reason::tool_calls;
    out.emplace_back(stream_end{finish, tokens_});
  }

  std::string created_;
  usage tokens_;
  part_counter parts_;
  uint32_t calls_ = 0;
  bool started_ = false;
  bool ended_ = false;
};

class ollama_stream final : public stream_decoder {
public:
  std::optional<failure> feed(std::string_view bytes, events& out) override {
    json_reader reader;
    std::string_view line;
    for (;;) {
      switch (splitter_.next(bytes, line)) {
      case frame_status::hungry: return std::nullopt;
      case frame_status::too_large:
        return broken("a line of the stream is larger than "
                      + std::to_string(default_max_frame >> 20) + " MB");
      case frame_status::ready: break;
      }
      if (auto bad = take(line, reader, out))
        return bad;
    }
  }

  std::optional<failure> finish(events& out) override {
    json_reader reader;
    std::string_view line;
    if (splitter_.finish(line) == frame_status::ready)
      if (auto bad = take(line, reader, out))
        return bad;
    if (answer_.ended())
      return std::nullopt;
    return broken(answer_.started() ? "the stream broke off before done:true"
                                    : "the stream is empty");
  }

  usage so_far() const override {
    return answer_.tokens();
  }

private:
  std::optional<failure> take(std::string_view line, json_reader& reader,
                              events& out) {
    if (answer_.ended())
      return std::nullopt;
    const auto* x = reader.parse_object(line);
    if (x == nullptr)
      return broken("a line of the stream is not JSON");
    return answer_.take(*x, out);
  }

  line_splitter splitter_;
  ollama_answer answer_;
};

} // namespace

std::optional<failure> decode_ollama(std::string_view body,
                                     chat_response& out) {
  json_reader reader;
  const auto* x = reader.parse_object(body);
  if (x == nullptr)
    return broken("the answer is not a JSON object");
  ollama_answer answer;
  events parts;
  if (auto bad = answer.take(*x, parts))
    return bad;
  if (!answer.ended())
    return broken("the answer is not done");
  build(parts, out);
  return std::nullopt;
}

std::unique_ptr<stream_decoder> stream_ollama() {
  return std::make_unique<ollama_stream>();
}

} // namespace smart_agents::codecs
