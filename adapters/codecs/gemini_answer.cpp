#include "adapters/codecs/gemini_answer.hpp"

#include "adapters/codecs/answer_stream.hpp"

#include <algorithm>
#include <initializer_list>

namespace smart_agents::codecs {

namespace {

usage usage_of(const json::object& x) {
  usage result;
  auto input =
    count_at(x, "promptTokenCount") + count_at(x, "toolUsePromptTokenCount");
  result.cache_read = count_at(x, "cachedContentTokenCount");
  result.uncached_input = input - std::min(input, result.cache_read);
  result.reasoning = count_at(x, "thoughtsTokenCount");
  // Candidates do not hold the thoughts.
  result.output = count_at(x, "candidatesTokenCount") + result.reasoning;
  return result;
}

bool is_any(std::string_view x, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), x) != names.end();
}

/// None for reasons that say nothing.
std::optional<finish_reason> finish_of(std::string_view x) {
  if (x == "STOP")
    return finish_reason::stop;
  if (x == "MAX_TOKENS")
    return finish_reason::length;
  if (x == "CONTINUATION")
    return finish_reason::resume;
  if (is_any(x, {"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII",
                 "RECITATION", "LANGUAGE"})
      || x.starts_with("IMAGE_"))
    return finish_reason::filtered;
  if (is_any(x, {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL",
                 "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE"}))
    return finish_reason::malformed_call;
  return std::nullopt;
}

/// What is known of an answer, from one document or many.
class gemini_answer {
public:
  std::optional<failure> take(const json::object& x, events& out) {
    if (find(x, "error"))
      return classify_error(read_error(x));
    if (!started_) {
      started_ = true;
      id_ = text_at(x, "responseId");
      out.emplace_back(stream_start{id_, string_at(x, "modelVersion")});
    }
    // It repeats and grows: the last one counts.
    if (const auto& now = object_at(x, "usageMetadata"); !now.empty())
      tokens_ = usage_of(now);
    if (!text_at(object_at(x, "promptFeedback"), "blockReason").empty()) {
      finished_ = true;
      finish_ = finish_reason::filtered;
    }
    for (const auto& item : array_at(x, "candidates")) {
      const auto& candidate = as_object(item);
      if (count_at(candidate, "index") != 0)
        continue; // we never ask for more than one
      for (const auto& piece :
           array_at(object_at(candidate, "content"), "parts"))
        take_part(piece, out);
      if (auto token = text_at(candidate, "continuationToken"); !token.empty())
        keep(json::object{{"continuationToken", token}}, out);
      if (auto why = text_at(candidate, "finishReason"); !why.empty()) {
        finished_ = true;
        finish_ = finish_of(why);
        reason_ = why.substr(0, 40);
      }
    }
    return std::nullopt;
  }

  /// The body ended.
  std::optional<failure> end(events& out) {
    if (!started_)
      return broken("the stream is empty");
    if (!finished_)
      return broken("the answer broke off before a finishReason");
    if (!finish_ && !has_content_)
      return broken("the answer is empty: " + reason_);
    auto finish = finish_.value_or(finish_reason::stop);
    if (calls_ > 0 && finish == finish_reason::stop)
      finish = finish_reason::tool_calls;
    out.emplace_back(stream_end{finish, tokens_});
    return std::nullopt;
  }

  const usage& tokens() const {
    return tokens_;
  }

private:
  /// Keeps what is of the format's own, whole.
  void keep(const json::value& x, events& out) {
    auto index = parts_.open(part_counter::kind::call);
    parts_.close();
    out.emplace_back(opaque_delta{index, "gemini", text_of_json(x)});
  }

  void take_part(const json::value& piece, events& out) {
    const auto& x = as_object(piece);
    auto signature = string_at(x, "thoughtSignature");
    auto text = text_at(x, "text");
    if (const auto& call = object_at(x, "functionCall"); !call.empty()) {
      take_call(call, std::move(signature), out);
      return;
    }
    auto fresh = false;
    if (true_at(x, "thought")) {
      if (text.empty() && signature.empty())
        return;
      auto index = parts_.grow(part_counter::kind::thinking, fresh);
      out.emplace_back(thinking_delta{index, std::string{text},
                                      std::move(signature), false,
                                      fresh ? "gemini" : ""});
      // A signature ends its thought: they must not run together.
      if (!text_at(x, "thoughtSignature").empty())
        parts_.close();
      return;
    }
    if (!x.empty() && !find(x, "text") && !find(x, "thoughtSignature")) {
      has_content_ = true;
      keep(piece, out); // code that ran, its result, an image
      return;
    }
    if (!text.empty()) {
      has_content_ = true;
      auto index = parts_.grow(part_counter::kind::text, fresh);
      out.emplace_back(text_delta{index, std::string{text}});
    }
    if (!signature.empty()) {
      auto index = parts_.open(part_counter::kind::thinking);
      parts_.close();
      out.emplace_back(
        thinking_delta{index, {}, std::move(signature), false, "gemini"});
    }
  }

  void take_call(const json::object& x, std::string signature, events& out) {
    has_content_ = true;
    auto name = string_at(x, "name");
    auto id = string_at(x, "id");
    if (id.empty())
      id = made_up_call_id(id_, name, calls_);
    ++calls_;
    const auto* arguments = find(x, "args");
    out.emplace_back(tool_call_delta{
      parts_.open(part_counter::kind::call), std::move(id), std::move(name),
      arguments ? text_of_json(*arguments) : "{}", std::move(signature)});
  }

  std::string id_;
  std::string reason_;
  usage tokens_;
  part_counter parts_;
  std::optional<finish_reason> finish_;
  uint32_t calls_ = 0;
  bool started_ = false;
  bool finished_ = false;
  bool has_content_ = false;
};

class gemini_stream final : public sse_decoder {
public:
  usage so_far() const override {
    return answer_.tokens();
  }

private:
  std::optional<failure> on_event(std::string_view data, json_reader& reader,
                                  events& out) override {
    const auto* x = reader.parse_object(data);
    if (x == nullptr)
      return broken("an event of the stream is not JSON");
    return answer_.take(*x, out);
  }

  std::optional<failure> on_end(events& out) override {
    return answer_.end(out);
  }

  /// Usage may still come after the finish reason, so only the body's end is
  /// the end.
  bool ended() const override {
    return false;
  }

  gemini_answer answer_;
};

} // namespace

std::optional<failure> decode_gemini(std::string_view body,
                                     chat_response& out) {
  json_reader reader;
  const auto* x = reader.parse_object(body);
  if (x == nullptr)
    return broken("the answer is not a JSON object");
  gemini_answer answer;
  events parts;
  if (auto bad = answer.take(*x, parts))
    return bad;
  if (auto bad = answer.end(parts))
    return bad;
  build(parts, out);
  return std::nullopt;
}

std::unique_ptr<stream_decoder> stream_gemini() {
  return std::make_unique<gemini_stream>();
}

} // namespace smart_agents::codecs
