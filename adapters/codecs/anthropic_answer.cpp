#include "adapters/codecs/anthropic_answer.hpp"

#include "adapters/codecs/answer_stream.hpp"

#include <algorithm>

namespace smart_agents::codecs {

namespace {

constexpr const char* origin = "anthropic";

/// Takes the counts that are there: those of `message_delta` are cumulative,
/// and servers leave out what did not change.
void update(usage& tokens, const json::object& x) {
  auto take = [](const json::object& from, const char* key, uint64_t& to) {
    if (auto count = maybe_count_at(from, key))
      to = *count;
  };
  take(x, "input_tokens", tokens.uncached_input);
  take(x, "cache_read_input_tokens", tokens.cache_read);
  take(x, "cache_creation_input_tokens", tokens.cache_write);
  take(x, "output_tokens", tokens.output);
  take(object_at(x, "output_tokens_details"), "thinking_tokens",
       tokens.reasoning);
  take(object_at(x, "cache_creation"), "ephemeral_1h_input_tokens",
       tokens.cache_write_hour);
}

finish_reason finish_of(std::string_view x) {
  if (x == "max_tokens")
    return finish_reason::length;
  if (x == "tool_use")
    return finish_reason::tool_calls;
  if (x == "refusal")
    return finish_reason::filtered;
  if (x == "model_context_window_exceeded")
    return finish_reason::context_full;
  if (x == "pause_turn")
    return finish_reason::resume;
  return finish_reason::stop;
}

class anthropic_stream final : public sse_decoder {
public:
  usage so_far() const override {
    return tokens_;
  }

private:
  /// What kind of block has an index: a delta only makes sense in its own.
  enum class block : uint8_t { other, text, thinking, call };

  std::optional<failure> on_event(std::string_view data, json_reader& reader,
                                  events& out) override {
    const auto* root = reader.parse_object(data);
    if (root == nullptr)
      return broken("an event of the stream is not JSON");
    const auto& x = *root;
    auto type = text_at(x, "type");
    if (type == "content_block_delta") {
      take_delta(index_at(x, "index"), object_at(x, "delta"), out);
    } else if (type == "content_block_start") {
      start_block(index_at(x, "index"), object_at(x, "content_block"), out);
    } else if (type == "content_block_stop") {
      end_block(index_at(x, "index"), out);
    } else if (type == "message_start") {
      const auto& message = object_at(x, "message");
      update(tokens_, object_at(message, "usage"));
      if (!started_)
        out.emplace_back(
          stream_start{string_at(message, "id"), string_at(message, "model")});
      started_ = true;
    } else if (type == "message_delta") {
      update(tokens_, object_at(x, "usage"));
      if (auto why = text_at(object_at(x, "delta"), "stop_reason");
          !why.empty())
        finish_ = finish_of(why);
    } else if (type == "message_stop") {
      ended_ = true;
      if (called_ && finish_ == finish_reason::stop)
        finish_ = finish_reason::tool_calls;
      out.emplace_back(stream_end{finish_, tokens_});
    } else if (type == "error" || find(x, "error")) {
      return classify_error(read_error(x));
    }
    return std::nullopt; // ping, and what is to come
  }

  std::optional<failure> on_end(events&) override {
    return broken(started_ ? "the stream broke off before message_stop"
                           : "the stream is empty");
  }

  bool ended() const override {
    return ended_;
  }

  block& kind(uint32_t index) {
    if (index >= kinds_.size())
      kinds_.resize(index + 1, block::other);
    return kinds_[index];
  }

  void start_block(uint32_t index, const json::object& x, events& out) {
    auto type = text_at(x, "type");
    if (type == "text") {
      kind(index) = block::text;
      if (auto text = text_at(x, "text"); !text.empty())
        out.emplace_back(text_delta{index, std::string{text}});
    } else if (type == "thinking") {
      kind(index) = block::thinking;
      out.emplace_back(thinking_delta{index, string_at(x, "thinking"),
                                      string_at(x, "signature"), false,
                                      origin});
    } else if (type == "redacted_thinking") {
      out.emplace_back(
        thinking_delta{index, {}, string_at(x, "data"), true, origin});
    } else if (type == "tool_use") {
      kind(index) = block::call;
      called_ = true;
      // The input of a server that does not stream it comes here, whole.
      const auto& input = object_at(x, "input");
      out.emplace_back(
        tool_call_delta{index,
                        string_at(x, "id"),
                        string_at(x, "name"),
                        input.empty() ? std::string{} : text_of_json(input),
                        {}});
    } else {
      // A block of the format's own (a search that the provider runs, its
      // results): kept whole, for the next request wants to see it again.
      kept_.push_back({index, json::object(x, json::storage_ptr{}), {}});
    }
  }

  void end_block(uint32_t index, events& out) {
    auto found = std::find_if(kept_.begin(), kept_.end(),
                              [index](auto& k) { return k.index == index; });
    if (found == kept_.end())
      return;
    if (!found->input.empty()) {
      json_reader reader;
      if (const auto* input = reader.parse(found->input))
        found->head["input"] = *input;
    }
    out.emplace_back(opaque_delta{index, origin, text_of_json(found->head)});
    kept_.erase(found);
  }

  void take_delta(uint32_t index, const json::object& x, events& out) {
    auto in = index < kinds_.size() ? kinds_[index] : block::other;
    auto type = text_at(x, "type");
    if (type == "text_delta" && in == block::text) {
      out.emplace_back(text_delta{index, string_at(x, "text")});
    } else if (type == "thinking_delta" && in == block::thinking) {
      out.emplace_back(
        thinking_delta{index, string_at(x, "thinking"), {}, false, {}});
    } else if (type == "signature_delta" && in == block::thinking) {
      out.emplace_back(
        thinking_delta{index, {}, string_at(x, "signature"), false, {}});
    } else if (type == "input_json_delta" && in == block::call) {
      if (auto json = text_at(x, "partial_json"); !json.empty())
        out.emplace_back(tool_call_delta{index, {}, {}, std::string{json}, {}});
    } else if (type == "input_json_delta") {
      for (auto& block : kept_)
        if (block.index == index)
          block.input += text_at(x, "partial_json");
    }
  }

  /// A block of the format's own that is under way.
  struct kept_block {
    uint32_t index = 0;
    json::object head;
    std::string input;
  };

  usage tokens_;
  std::vector<block> kinds_;
  std::vector<kept_block> kept_;
  finish_reason finish_ = finish_reason::stop;
  bool started_ = false;
  bool called_ = false;
  bool ended_ = false;
};

part part_of(const json::value& item) {
  const auto& x = as_object(item);
  auto type = text_at(x, "type");
  if (type == "text")
    return text_part{string_at(x, "text")};
  if (type == "thinking")
    return thinking_part{string_at(x, "thinking"), string_at(x, "signature"),
                         false, origin};
  if (type == "redacted_thinking")
    return thinking_part{{}, string_at(x, "data"), true, origin};
  if (type == "tool_use") {
    const auto* input = find(x, "input");
    return tool_call_part{string_at(x, "id"),
                          string_at(x, "name"),
                          input ? text_of_json(*input) : "{}",
                          {}};
  }
  return opaque_part{"anthropic", text_of_json(item)};
}

} // namespace

std::optional<failure> decode_anthropic(std::string_view body,
                                        chat_response& out) {
  json_reader reader;
  const auto* root = reader.parse_object(body);
  if (root == nullptr)
    return broken("the answer is not a JSON object");
  const auto& x = *root;
  if (find(x, "error"))
    return classify_error(read_error(x));
  const auto* content = find(x, "content");
  if (content == nullptr || !content->is_array())
    return broken("the answer has no content");
  out = {};
  out.id = text_at(x, "id");
  out.model = text_at(x, "model");
  update(out.tokens, object_at(x, "usage"));
  out.finish = finish_of(text_at(x, "stop_reason"));
  for (const auto& item : content->get_array()) {
    out.parts.push_back(part_of(item));
    if (auto* thinking = std::get_if<thinking_part>(&out.parts.back());
        thinking && !thinking->signature.empty())
      thinking->signer = out.model;
    if (std::holds_alternative<tool_call_part>(out.parts.back())
        && out.finish == finish_reason::stop)
      out.finish = finish_reason::tool_calls;
  }
  return std::nullopt;
}

std::unique_ptr<stream_decoder> stream_anthropic() {
  return std::make_unique<anthropic_stream>();
}

} // namespace smart_agents::codecs
