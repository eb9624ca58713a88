#include "adapters/codecs/client_anthropic.hpp"

#include "adapters/codecs/client_anthropic_shapes.hpp"
#include "adapters/codecs/client_request.hpp"
#include "adapters/codecs/wire.hpp"

#include <utility>

namespace smart_agents::codecs {

namespace {

using namespace messages_api;

constexpr std::string_view format_name = "anthropic";

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
    if (const auto* own = own_words(response, format_name))
      return *own;
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
    auto pass = head.verbatim;
    auto result = stream_client_anthropic(std::move(head));
    return pass ? pass_on(true, std::move(result)) : std::move(result);
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
    case auth:
    case forbidden:
    case billing: return 403;
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

  std::string render_unauthorized(std::string_view message,
                                  std::string_view request_id) const override {
    json_writer out;
    out.begin_object().field("type", "error").key("error").begin_object();
    out.field("type", "authentication_error").field("message", message);
    out.end_object().field("request_id", request_id).end_object();
    return out.take();
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
