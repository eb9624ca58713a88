#include "adapters/codecs/client_anthropic.hpp"

#include "adapters/codecs/client_request.hpp"
#include "adapters/codecs/json_reader.hpp"
#include "adapters/codecs/json_writer.hpp"
#include "adapters/codecs/wire.hpp"

#include <algorithm>
#include <utility>

namespace smart_agents::codecs {

namespace {

constexpr std::string_view format_name = "anthropic";
constexpr std::string_view family = "claude";

std::string_view stop_name(finish_reason x, bool called) {
  switch (x) {
  case finish_reason::length: return "max_tokens";
  case finish_reason::context_full: return "model_context_window_exceeded";
  case finish_reason::filtered: return "refusal";
  case finish_reason::resume: return "pause_turn";
  default: return called ? "tool_use" : "end_turn";
  }
}

void write_usage(json_writer& out, const usage& x) {
  auto hour = std::min(x.cache_write_hour, x.cache_write);
  out.begin_object().field("input_tokens", x.uncached_input);
  out.field("cache_creation_input_tokens", x.cache_write);
  out.field("cache_read_input_tokens", x.cache_read);
  out.key("cache_creation").begin_object();
  out.field("ephemeral_5m_input_tokens", x.cache_write - hour);
  out.field("ephemeral_1h_input_tokens", hour).end_object();
  out.field("output_tokens", x.output);
  out.key("output_tokens_details").begin_object();
  out.field("thinking_tokens", x.reasoning).end_object();
  out.key("server_tool_use").null().field("service_tier", "standard");
  out.end_object();
}

/// What a client gives back with a thought.
std::string seal_of(const thinking_part& x) {
  return seal({x.origin, x.signer, signed_thing::thought, x.signature},
              format_name, family);
}

/// The state of a call as a thought before it: clients give thoughts back
/// whole, and blocks of calls have no place for it.
std::string seal_of(const tool_call_part& x) {
  return seal({"gemini", x.signer, signed_thing::call, x.signature},
              format_name, family);
}

/// Thoughts are shown to those who asked. Claude's own are never changed: the
/// API refuses a signature with another text.
bool shows(std::string_view origin, const answer_head& head) {
  return head.show_thoughts || origin == format_name;
}

/// What is signed is sent in any case, without its text, since the model wants
/// to see it again.
bool is_sent(const thinking_part& x, const answer_head& head) {
  return !x.signature.empty() || (shows(x.origin, head) && !x.text.empty());
}

void write_thought(json_writer& out, std::string_view text,
                   std::string_view sealed) {
  out.begin_object().field("type", "thinking").field("thinking", text);
  out.field("signature", sealed).end_object();
}

void write_message_head(json_writer& out, const answer_head& head) {
  out.begin_object().key("id").joined("msg_", head.id);
  out.field("type", "message").field("role", "assistant");
  out.field("model", head.model).key("content").begin_array();
}

class writer final : public stream_writer {
public:
  explicit writer(answer_head head) : head_{std::move(head)} {}

  void start(std::string& out) override {
    auto x = begin("message_start");
    x.key("message");
    write_message_head(x, head_);
    x.end_array().key("stop_reason").null().key("stop_sequence").null();
    x.key("stop_details").null().key("container").null().key("usage");
    usage so_far;
    so_far.uncached_input = head_.input_tokens;
    so_far.output = 1;
    write_usage(x, so_far);
    x.end_object();
    emit("message_start", x, out);
  }

  /// Blocks follow one another here. What comes between the fragments of a
  /// call waits until the call is whole.
  void write(const stream_event& event, std::string& out) override {
    if (open_ == block::call && part_of(event) != part_) {
      waiting_.push_back(event);
      if (!is_json_object(arguments_))
        return;
      close(out);
      for (const auto& x : std::exchange(waiting_, {}))
        write(x, out);
      return;
    }
    if (const auto* text = std::get_if<text_delta>(&event)) {
      if (!text->text.empty())
        write_text(*text, out);
    } else if (const auto* thinking = std::get_if<thinking_delta>(&event)) {
      write_thinking(*thinking, out);
    } else if (const auto* call = std::get_if<tool_call_delta>(&event)) {
      write_call(*call, out);
    } else if (const auto* opaque = std::get_if<opaque_delta>(&event)) {
      if (opaque->format == format_name)
        write_block(opaque->json, out);
    }
  }

  void finish(finish_reason why, const usage& tokens,
              std::string& out) override {
    close(out);
    while (!waiting_.empty()) {
      for (const auto& event : std::exchange(waiting_, {}))
        write(event, out);
      close(out);
    }
    auto x = begin("message_delta");
    x.key("delta").begin_object();
    x.field("stop_reason", stop_name(why, called_)).key("stop_sequence").null();
    x.key("stop_details").null().key("container").null();
    x.end_object().key("usage");
    write_usage(x, tokens);
    emit("message_delta", x, out);
    auto end = begin("message_stop");
    emit("message_stop", end, out);
  }

  void fail(const failure& why, std::string& out) override;

  void ping(std::string& out) override {
    auto x = begin("ping");
    emit("ping", x, out);
  }

private:
  enum class block : uint8_t { none, text, thinking, call };

  /// The part of the answer that a piece belongs to.
  static uint32_t part_of(const stream_event& event) {
    return std::visit(
      [](const auto& x) {
        if constexpr (requires { x.index; })
          return x.index;
        else
          return UINT32_MAX;
      },
      event);
  }

  static json_writer begin(std::string_view type) {
    json_writer x{192};
    x.begin_object().field("type", type);
    return x;
  }

  static void emit(std::string_view type, json_writer& x, std::string& out) {
    x.end_object();
    out.append("event: ").append(type).append("\ndata: ");
    out.append(x.take()).append("\n\n");
  }

  /// Ends the open block, with what it must not end without.
  void close(std::string& out) {
    if (open_ == block::none)
      return;
    if (open_ == block::thinking) {
      auto x = begin_delta("signature_delta");
      x.field("signature",
              seal({origin_, head_.signer, signed_thing::thought, signature_},
                   format_name, family));
      end_delta(x, out);
    }
    auto x = begin("content_block_stop");
    x.field("index", index_);
    emit("content_block_stop", x, out);
    open_ = block::none;
    signature_.clear();
    arguments_.clear();
    ++index_;
  }

  /// Opens a block of this kind for a part, unless it is open already. A block
  /// is opened when its first content comes, by the type that this has.
  bool enter(block what, uint32_t part, std::string& out) {
    if (open_ == what && part_ == part)
      return false;
    close(out);
    open_ = what;
    part_ = part;
    return true;
  }

  json_writer begin_start() const {
    auto x = begin("content_block_start");
    x.field("index", index_).key("content_block").begin_object();
    return x;
  }

  static void end_start(json_writer& x, std::string& out) {
    x.end_object();
    emit("content_block_start", x, out);
  }

  json_writer begin_delta(std::string_view type) const {
    auto x = begin("content_block_delta");
    x.field("index", index_).key("delta").begin_object().field("type", type);
    return x;
  }

  static void end_delta(json_writer& x, std::string& out) {
    x.end_object();
    emit("content_block_delta", x, out);
  }

  void write_text(const text_delta& delta, std::string& out) {
    if (enter(block::text, delta.index, out)) {
      auto x = begin_start();
      x.field("type", "text").field("text", "").key("citations").null();
      end_start(x, out);
    }
    auto x = begin_delta("text_delta");
    x.field("text", delta.text);
    end_delta(x, out);
  }

  void write_thinking(const thinking_delta& delta, std::string& out) {
    if (delta.redacted && delta.origin == format_name) {
      json_writer x;
      x.begin_object().field("type", "redacted_thinking");
      x.field("data", delta.signature).end_object();
      write_block(x.take(), out);
      return;
    }
    if (!delta.origin.empty())
      origin_ = delta.origin;
    // An unseen thought is opened by its signature alone.
    auto shown = shows(origin_, head_) && !delta.text.empty();
    if (!shown && delta.signature.empty())
      return;
    if (enter(block::thinking, delta.index, out)) {
      auto x = begin_start();
      x.field("type", "thinking").field("thinking", "").field("signature", "");
      end_start(x, out);
    }
    if (shown) {
      auto x = begin_delta("thinking_delta");
      x.field("thinking", delta.text);
      end_delta(x, out);
    }
    signature_ += delta.signature;
  }

  void write_call(const tool_call_delta& delta, std::string& out) {
    auto fresh = open_ != block::call || part_ != delta.index;
    if (!delta.signature.empty() && fresh) {
      close(out);
      json_writer x;
      write_thought(
        x, "",
        seal_of(tool_call_part{{}, {}, {}, delta.signature, head_.signer}));
      write_block(x.take(), out);
    }
    if (enter(block::call, delta.index, out)) {
      called_ = true;
      auto x = begin_start();
      x.field("type", "tool_use").field("id", portable_id(delta.id));
      x.field("name", delta.name).key("input").begin_object().end_object();
      end_start(x, out);
    }
    if (delta.arguments.empty())
      return;
    arguments_ += delta.arguments;
    auto x = begin_delta("input_json_delta");
    x.field("partial_json", delta.arguments);
    end_delta(x, out);
  }

  /// A block that is whole.
  void write_block(std::string_view json, std::string& out) {
    close(out);
    auto x = begin("content_block_start");
    x.field("index", index_).key("content_block").raw(json);
    emit("content_block_start", x, out);
    auto stop = begin("content_block_stop");
    stop.field("index", index_);
    emit("content_block_stop", stop, out);
    ++index_;
  }

  answer_head head_;
  block open_ = block::none;
  /// Part of the answer that the open block belongs to.
  uint32_t part_ = UINT32_MAX;
  /// Number of the open block, or of the next one.
  uint32_t index_ = 0;
  std::string origin_;
  std::string signature_;
  /// Of the open call, so far.
  std::string arguments_;
  std::vector<stream_event> waiting_;
  bool called_ = false;
};

std::string_view error_type(failure_class what) {
  using enum failure_class;
  switch (what) {
  case bad_request:
  case context_too_long:
  case cancelled: return "invalid_request_error";
  case too_large: return "request_too_large";
  case model_not_found: return "not_found_error";
  case rate_limited:
  case quota_exhausted:
  case over_quota:
  case queue_full: return "rate_limit_error";
  case timeout: return "timeout_error";
  case overloaded:
  case resting: return "overloaded_error";
  default: return "api_error";
  }
}

std::string error_body(const failure& why, std::string_view request_id) {
  json_writer out;
  out.begin_object().field("type", "error").key("error").begin_object();
  out.field("type", error_type(why.what)).key("message");
  // Clients compact their conversation when they read these words.
  auto known = why.message.find("prompt is too long") != std::string::npos;
  out.joined(why.what == failure_class::context_too_long && !known
               ? "prompt is too long: "
               : "",
             why.message);
  out.key("details").begin_object();
  out.field("error_code", why.code.empty() ? to_string(why.what) : why.code);
  out.end_object().end_object();
  if (!request_id.empty())
    out.field("request_id", request_id);
  out.end_object();
  return out.take();
}

void writer::fail(const failure& why, std::string& out) {
  out.append("event: error\ndata: ");
  out.append(error_body(why, head_.id)).append("\n\n");
}

class codec final : public client_codec {
public:
  std::string_view format() const override {
    return format_name;
  }

  caf::expected<client_request> parse(std::string_view body) const override {
    return parse_client_anthropic(body, false);
  }

  caf::expected<client_request>
  parse_count(std::string_view body) const override {
    return parse_client_anthropic(body, true);
  }

  std::string render(const answer_head& head,
                     const chat_response& response) const override {
    json_writer out{512};
    write_message_head(out, head);
    auto called = false;
    for (const auto& x : response.parts) {
      called = called || std::holds_alternative<tool_call_part>(x);
      write_part(out, head, x);
    }
    out.end_array().field("stop_reason", stop_name(response.finish, called));
    out.key("stop_sequence").null().key("stop_details").null();
    out.key("container").null().key("usage");
    write_usage(out, response.tokens);
    out.end_object();
    return out.take();
  }

  std::unique_ptr<stream_writer> stream(answer_head head) const override {
    return std::make_unique<writer>(std::move(head));
  }

  std::string render_count(uint64_t input_tokens) const override {
    json_writer out;
    out.begin_object().field("input_tokens", input_tokens).end_object();
    return out.take();
  }

  int status_of(failure_class what) const override {
    using enum failure_class;
    switch (what) {
    case bad_request:
    case context_too_long: return 400;
    case model_not_found: return 404;
    case too_large: return 413;
    case cancelled: return 499;
    case rate_limited:
    case quota_exhausted:
    case over_quota:
    case queue_full: return 429;
    case timeout: return 504;
    case overloaded:
    case resting: return 529;
    default: return 500;
    }
  }

  std::string render_error(const failure& why,
                           std::string_view request_id) const override {
    return error_body(why, request_id);
  }

private:
  static void write_part(json_writer& out, const answer_head& head,
                         const part& x) {
    if (const auto* text = std::get_if<text_part>(&x)) {
      if (!text->text.empty())
        out.begin_object()
          .field("type", "text")
          .field("text", text->text)
          .key("citations")
          .null()
          .end_object();
    } else if (const auto* thinking = std::get_if<thinking_part>(&x)) {
      if (thinking->redacted && thinking->origin == format_name)
        out.begin_object()
          .field("type", "redacted_thinking")
          .field("data", thinking->signature)
          .end_object();
      else if (is_sent(*thinking, head))
        write_thought(out,
                      shows(thinking->origin, head)
                        ? std::string_view{thinking->text}
                        : std::string_view{},
                      seal_of(*thinking));
    } else if (const auto* call = std::get_if<tool_call_part>(&x)) {
      if (!call->signature.empty())
        write_thought(out, "", seal_of(*call));
      auto input = arguments_of(*call);
      out.begin_object().field("type", "tool_use");
      out.field("id", portable_id(call->id)).field("name", call->name);
      // A model's broken arguments must not break the answer.
      out.key("input").raw(input ? *input : std::string_view{"{}"});
      out.end_object();
    } else if (const auto* opaque = std::get_if<opaque_part>(&x)) {
      if (opaque->format == format_name)
        out.raw(opaque->json);
    }
  }
};

} // namespace

client_codec_ptr client_anthropic() {
  return std::make_shared<codec>();
}

} // namespace smart_agents::codecs
