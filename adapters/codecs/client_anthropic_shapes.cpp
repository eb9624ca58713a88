#include "adapters/codecs/client_anthropic_shapes.hpp"

#include "adapters/codecs/client_request.hpp"

#include <algorithm>

namespace smart_agents::codecs::messages_api {

namespace {

constexpr std::string_view format_name = "anthropic";
constexpr std::string_view family = "claude";

std::string_view error_type(failure_class what) {
  using enum failure_class;
  switch (what) {
  case bad_request:
  case context_too_long:
  case cancelled: return "invalid_request_error";
  case too_large: return "request_too_large";
  case auth:
  case forbidden:
  case billing: return "permission_error";
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

} // namespace

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

std::string seal_of(const thinking_part& x) {
  return seal({x.origin, x.signer, signed_thing::thought, x.signature},
              format_name, family);
}

std::string seal_of(const tool_call_part& x) {
  return seal({"gemini", x.signer, signed_thing::call, x.signature},
              format_name, family);
}

bool shows(std::string_view origin, const answer_head& head) {
  return head.show_thoughts || origin == format_name;
}

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

} // namespace smart_agents::codecs::messages_api
