#include "adapters/codecs/client_responses_shapes.hpp"

#include "adapters/codecs/client_errors.hpp"
#include "adapters/codecs/client_request.hpp"

namespace smart_agents::codecs::responses_api {

namespace {

constexpr std::string_view format_name = "openai-responses";
constexpr std::string_view family = "gpt";

} // namespace

void write_usage(json_writer& out, const usage& x) {
  out.begin_object().field("input_tokens", x.input());
  out.key("input_tokens_details").begin_object();
  out.field("cached_tokens", x.cache_read);
  out.field("cache_write_tokens", x.cache_write).end_object();
  out.field("output_tokens", x.output);
  out.key("output_tokens_details").begin_object();
  out.field("reasoning_tokens", x.reasoning).end_object();
  out.field("total_tokens", x.total()).end_object();
}

std::string_view incomplete(finish_reason x) {
  switch (x) {
  case finish_reason::length:
  case finish_reason::context_full:
  case finish_reason::resume: return "max_output_tokens";
  case finish_reason::filtered: return "content_filter";
  default: return {};
  }
}

void write_response(json_writer& out, const answer_head& head,
                    std::string_view status, std::string_view why_incomplete,
                    const failure* error, std::string_view output,
                    const usage* tokens) {
  out.begin_object().key("id").joined("resp_", head.id);
  out.field("object", "response").field("created_at", head.created);
  out.field("status", status).field("background", false).key("completed_at");
  if (status == "completed")
    out.value(head.created);
  else
    out.null();
  out.key("error");
  if (error)
    out.begin_object()
      .field("code", openai_error_code(*error))
      .field("message", error->message)
      .end_object();
  else
    out.null();
  out.key("incomplete_details");
  if (why_incomplete.empty())
    out.null();
  else
    out.begin_object().field("reason", why_incomplete).end_object();
  out.field("model", head.model).key("output").raw(output);
  out.key("previous_response_id").null().field("store", false);
  out.field("truncation", "disabled").key("user").null();
  if (!head.echo.empty())
    out.raw(head.echo);
  out.key("usage");
  if (tokens)
    write_usage(out, *tokens);
  else
    out.null();
  out.end_object();
}

void write_text_part(json_writer& out, std::string_view text) {
  out.begin_object().field("type", "output_text").field("text", text);
  out.key("annotations").begin_array().end_array();
  out.key("logprobs").begin_array().end_array().end_object();
}

void write_summary_part(json_writer& out, std::string_view text) {
  out.begin_object().field("type", "summary_text").field("text", text);
  out.end_object();
}

void write_item(json_writer& out, const item& x, bool whole) {
  if (x.what == item::kind::kept) {
    out.raw(x.text);
    return;
  }
  out.begin_object().field("id", x.id);
  auto status = whole ? "completed" : "in_progress";
  switch (x.what) {
  case item::kind::message:
    out.field("type", "message").field("status", status);
    out.field("role", "assistant").key("content").begin_array();
    if (whole)
      write_text_part(out, x.text);
    out.end_array();
    break;
  case item::kind::reasoning:
    out.field("type", "reasoning").key("summary").begin_array();
    if (whole && !x.text.empty())
      write_summary_part(out, x.text);
    out.end_array();
    if (whole && !x.sealed.empty())
      out.field("encrypted_content", x.sealed);
    break;
  default:
    out.field("type", "function_call").field("status", status);
    out.field("arguments",
              whole ? std::string_view{x.text} : std::string_view{});
    out.field("call_id", x.call_id).field("name", x.name);
  }
  out.end_object();
}

std::string id_of(const answer_head& head, item::kind what, size_t ordinal) {
  constexpr const char* prefixes[] = {"msg_", "rs_", "fc_", ""};
  return prefixes[static_cast<size_t>(what)] + head.id + "_"
         + std::to_string(ordinal);
}

std::string output_of(const std::vector<item>& items) {
  json_writer out{256};
  out.begin_array();
  for (const auto& x : items)
    write_item(out, x, true);
  out.end_array();
  return out.take();
}

std::string seal_of_call(std::string_view signature, std::string_view signer) {
  return seal(
    {"gemini", std::string{signer}, signed_thing::call, std::string{signature}},
    format_name, family);
}

} // namespace smart_agents::codecs::responses_api
