#include "adapters/codecs/client_chat.hpp"

#include "adapters/codecs/client_errors.hpp"
#include "adapters/codecs/client_request.hpp"
#include "adapters/codecs/json_writer.hpp"
#include "adapters/codecs/wire.hpp"

#include <utility>

namespace smart_agents::codecs {

namespace {

constexpr std::string_view format_name = "openai-chat";

std::string_view finish_name(finish_reason x, bool called) {
  switch (x) {
  case finish_reason::length:
  case finish_reason::context_full:
  case finish_reason::resume: return "length";
  case finish_reason::filtered: return "content_filter";
  default: return called ? "tool_calls" : "stop";
  }
}

void write_usage(json_writer& out, const usage& x) {
  out.begin_object().field("prompt_tokens", x.input());
  out.field("completion_tokens", x.output).field("total_tokens", x.total());
  out.key("prompt_tokens_details").begin_object();
  out.field("cached_tokens", x.cache_read);
  out.field("cache_write_tokens", x.cache_write).end_object();
  out.key("completion_tokens_details").begin_object();
  out.field("reasoning_tokens", x.reasoning).end_object().end_object();
}

/// `"id":..., "type":"function"` and what a client gives back with a call.
void write_call_head(json_writer& out, const tool_call_part& x) {
  out.field("id", portable_id(x.id)).field("type", "function");
  if (x.signature.empty())
    return;
  signature signed_by{"gemini", x.signer, signed_thing::call, x.signature};
  out.key("extra_content").begin_object().key("google").begin_object();
  out.field("thought_signature", seal(signed_by, format_name, {}));
  out.end_object().end_object();
}

void write_head(json_writer& out, const answer_head& head,
                std::string_view object) {
  out.begin_object().key("id").joined("chatcmpl-", head.id);
  out.field("object", object).field("created", head.created);
  out.field("model", head.model);
}

class writer final : public stream_writer {
public:
  explicit writer(answer_head head) : head_{std::move(head)} {}

  void start(std::string& out) override {
    auto x = begin_chunk();
    x.field("role", "assistant").field("content", "");
    end_chunk(x, {}, out);
  }

  void write(const stream_event& event, std::string& out) override {
    if (const auto* text = std::get_if<text_delta>(&event))
      say("content", text->text, out);
    else if (const auto* thinking = std::get_if<thinking_delta>(&event))
      write_thinking(*thinking, out);
    else if (const auto* call = std::get_if<tool_call_delta>(&event))
      write_call(*call, out);
  }

  void finish(finish_reason why, const usage& tokens,
              std::string& out) override {
    // A call without arguments would leave invalid JSON behind.
    for (auto& call : calls_)
      if (!std::exchange(call.has_arguments, true))
        write_arguments(call, "{}", out);
    auto x = begin_chunk();
    end_chunk(x, finish_name(why, !calls_.empty()), out);
    if (head_.stream_usage) {
      json_writer last;
      write_head(last, head_, "chat.completion.chunk");
      last.key("choices").begin_array().end_array().key("usage");
      write_usage(last, tokens);
      last.end_object();
      emit(last, out);
    }
    out += "data: [DONE]\n\n";
  }

  void fail(const failure& why, std::string& out) override {
    out.append("data: ").append(openai_error(why)).append("\n\n");
  }

  void ping(std::string& out) override {
    out += ": keep-alive\n\n";
  }

  /// A chunk without choices, as the one with the usage is.
  void note(std::string_view name, std::string_view text,
            std::string& out) override {
    json_writer x{192};
    write_head(x, head_, "chat.completion.chunk");
    x.key("choices").begin_array().end_array();
    x.key("smart_agents").begin_object().field(name, text).end_object();
    x.end_object();
    emit(x, out);
  }

private:
  /// A call that was begun; its place in the list is its index on the wire.
  struct call {
    uint32_t part = 0;
    bool has_arguments = false;
  };

  static void emit(json_writer& x, std::string& out) {
    out.append("data: ").append(x.take()).append("\n\n");
  }

  /// Up to and with the opening of the delta.
  json_writer begin_chunk() const {
    json_writer x{192};
    write_head(x, head_, "chat.completion.chunk");
    x.key("choices").begin_array().begin_object().field("index", uint64_t{0});
    x.key("delta").begin_object();
    return x;
  }

  void end_chunk(json_writer& x, std::string_view why, std::string& out) const {
    x.end_object().key("logprobs").null().key("finish_reason");
    if (why.empty())
      x.null();
    else
      x.value(why);
    x.end_object().end_array();
    if (head_.stream_usage)
      x.key("usage").null();
    x.end_object();
    emit(x, out);
  }

  void say(std::string_view field, const std::string& text, std::string& out) {
    if (text.empty())
      return;
    auto x = begin_chunk();
    x.field(field, text);
    end_chunk(x, {}, out);
  }

  void write_thinking(const thinking_delta& delta, std::string& out) {
    say("reasoning_content", delta.text, out);
    if (!delta.origin.empty())
      origin_ = delta.origin;
    if (delta.signature.empty() || origin_ != format_name)
      return;
    auto x = begin_chunk();
    x.key("reasoning_details").raw("[" + delta.signature + "]");
    end_chunk(x, {}, out);
  }

  void write_call(const tool_call_delta& delta, std::string& out) {
    size_t index = 0;
    while (index < calls_.size() && calls_[index].part != delta.index)
      ++index;
    if (index == calls_.size()) {
      calls_.push_back({delta.index, !delta.arguments.empty()});
      auto x = begin_chunk();
      x.key("tool_calls").begin_array().begin_object();
      x.field("index", uint64_t{index});
      write_call_head(
        x, {delta.id, delta.name, {}, delta.signature, head_.signer});
      x.key("function").begin_object().field("name", delta.name);
      x.field("arguments", delta.arguments).end_object();
      x.end_object().end_array();
      end_chunk(x, {}, out);
    } else if (!delta.arguments.empty()) {
      calls_[index].has_arguments = true;
      write_arguments(calls_[index], delta.arguments, out);
    }
  }

  void write_arguments(const call& to, std::string_view text,
                       std::string& out) {
    auto x = begin_chunk();
    x.key("tool_calls").begin_array().begin_object();
    x.field("index", static_cast<uint64_t>(&to - calls_.data()));
    x.key("function").begin_object().field("arguments", text).end_object();
    x.end_object().end_array();
    end_chunk(x, {}, out);
  }

  answer_head head_;
  /// Format of the thought under way.
  std::string origin_;
  std::vector<call> calls_;
};

class codec final : public client_codec {
public:
  std::string_view format() const override {
    return format_name;
  }

  caf::expected<client_request> parse(std::string_view body) const override {
    return parse_client_chat(body, false);
  }

  caf::expected<client_request>
  parse_count(std::string_view body) const override {
    return parse_client_chat(body, true);
  }

  std::string render(const answer_head& head,
                     const chat_response& response) const override {
    if (const auto* own = own_words(response, format_name))
      return *own;
    json_writer out{512};
    write_head(out, head, "chat.completion");
    out.key("choices").begin_array().begin_object();
    out.field("index", uint64_t{0}).key("message").begin_object();
    auto called = write_message(out, response);
    out.end_object().key("logprobs").null();
    out.field("finish_reason", finish_name(response.finish, called));
    out.end_object().end_array().key("usage");
    write_usage(out, response.tokens);
    out.end_object();
    return out.take();
  }

  std::unique_ptr<stream_writer> stream(answer_head head) const override {
    auto pass = head.verbatim;
    auto usage = head.stream_usage;
    std::unique_ptr<stream_writer> result =
      std::make_unique<writer>(std::move(head));
    return pass ? pass_on(usage, std::move(result)) : std::move(result);
  }

  std::string render_count(uint64_t input_tokens) const override {
    json_writer out;
    out.begin_object().field("input_tokens", input_tokens).end_object();
    return out.take();
  }

  int status_of(failure_class what) const override {
    return openai_status(what);
  }

  std::string render_error(const failure& why,
                           std::string_view) const override {
    return openai_error(why);
  }

  std::string render_unauthorized(std::string_view message,
                                  std::string_view) const override {
    return openai_unauthorized(message);
  }

private:
  /// True when there were calls.
  static bool write_message(json_writer& out, const chat_response& response) {
    auto text = text_of(response.parts);
    std::string thoughts;
    std::string details;
    auto called = false;
    for (const auto& x : response.parts) {
      if (const auto* thinking = std::get_if<thinking_part>(&x)) {
        thoughts += thinking->text;
        if (thinking->origin == format_name && !thinking->signature.empty())
          details.append(details.empty() ? "[" : ",")
            .append(thinking->signature);
      }
      called = called || std::holds_alternative<tool_call_part>(x);
    }
    out.field("role", "assistant").key("content");
    if (text.empty() && called)
      out.null();
    else
      out.value(text);
    out.key("refusal").null();
    if (!thoughts.empty())
      out.field("reasoning_content", thoughts);
    // OpenRouter's, which its clients give back.
    if (!details.empty())
      out.key("reasoning_details").raw(details + "]");
    if (!called)
      return false;
    out.key("tool_calls").begin_array();
    for (const auto& x : response.parts)
      if (const auto* call = std::get_if<tool_call_part>(&x)) {
        out.begin_object();
        write_call_head(out, *call);
        out.key("function").begin_object().field("name", call->name);
        out.field("arguments", call->arguments.empty()
                                 ? std::string_view{"{}"}
                                 : std::string_view{call->arguments});
        out.end_object().end_object();
      }
    out.end_array();
    return true;
  }
};

} // namespace

client_codec_ptr client_chat() {
  return std::make_shared<codec>();
}

} // namespace smart_agents::codecs
