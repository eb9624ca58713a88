#include "adapters/codecs/openai_responses.hpp"

#include "adapters/codecs/errors.hpp"
#include "adapters/codecs/openai_responses_answer.hpp"
#include "adapters/codecs/wire.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace smart_agents::codecs {

namespace {

constexpr std::string_view format_name = "openai-responses";

/// The API takes no smaller cap.
constexpr uint32_t least_output = 16;

caf::error write_media(json_writer& out, const media_part& x) {
  auto head = "data:" + x.mime_type + ";base64,";
  if (x.what == media_part::kind::image) {
    out.begin_object().field("type", "input_image").key("image_url");
    if (x.url.empty())
      out.joined(head, x.base64);
    else
      out.value(x.url);
    out.end_object();
    return {};
  }
  if (x.what != media_part::kind::document)
    return unsupported(format_name, "audio or video");
  out.begin_object().field("type", "input_file");
  if (x.url.empty())
    out
      .field("filename", x.name.empty() ? std::string_view{"document"}
                                        : std::string_view{x.name})
      .key("file_data")
      .joined(head, x.base64);
  else
    out.field("file_url", x.url);
  out.end_object();
  return {};
}

void write_text(json_writer& out, std::string_view text) {
  out.begin_object()
    .field("type", "input_text")
    .field("text", text)
    .end_object();
}

/// A result's content is text, or a list once it holds media.
caf::error write_result(json_writer& out, const tool_result_part& x) {
  auto media = std::any_of(x.content.begin(), x.content.end(), [](auto& y) {
    return std::holds_alternative<media_part>(y);
  });
  out.begin_object().field("type", "function_call_output");
  out.field("call_id", x.call_id).key("output");
  if (!media) {
    out.joined(x.is_error ? "ERROR: " : "", text_of_result(x)).end_object();
    return {};
  }
  out.begin_array();
  if (x.is_error)
    write_text(out, "ERROR:");
  for (const auto& piece : x.content) {
    if (const auto* text = std::get_if<text_part>(&piece))
      write_text(out, text->text);
    else if (auto bad = write_media(out, std::get<media_part>(piece)))
      return bad;
  }
  out.end_array().end_object();
  return {};
}

void write_assistant(json_writer& out, const message& from) {
  if (auto text = text_of(from.parts); !text.empty())
    out.begin_object()
      .field("role", "assistant")
      .field("content", text)
      .end_object();
  for (const auto& x : from.parts)
    if (const auto* call = std::get_if<tool_call_part>(&x)) {
      out.begin_object().field("type", "function_call");
      out.field("call_id", call->id).field("name", call->name);
      out.field("arguments", call->arguments.empty()
                               ? std::string_view{"{}"}
                               : std::string_view{call->arguments});
      out.end_object();
    }
}

caf::error write_user(json_writer& out, const message& from) {
  auto spoken = false;
  for (const auto& x : from.parts) {
    if (const auto* result = std::get_if<tool_result_part>(&x)) {
      if (auto bad = write_result(out, *result))
        return bad;
    }
    spoken = spoken || std::holds_alternative<text_part>(x)
             || std::holds_alternative<media_part>(x);
  }
  if (!spoken)
    return {};
  out.begin_object().field("role", "user").key("content").begin_array();
  for (const auto& x : from.parts) {
    if (const auto* text = std::get_if<text_part>(&x)) {
      write_text(out, text->text);
    } else if (const auto* media = std::get_if<media_part>(&x)) {
      if (auto bad = write_media(out, *media))
        return bad;
    }
  }
  out.end_array().end_object();
  return {};
}

caf::error write_input(json_writer& out, const chat_request& request) {
  out.key("input").begin_array();
  for (auto i = leading_systems(request); i < request.messages.size(); ++i) {
    const auto& from = request.messages[i];
    switch (from.from) {
    case role::system:
      out.begin_object().field("role", "developer");
      out.field("content", text_of(from.parts)).end_object();
      break;
    case role::assistant: write_assistant(out, from); break;
    case role::user:
    case role::tool:
      if (auto bad = write_user(out, from))
        return bad;
    }
  }
  out.end_array();
  return {};
}

void write_tools(json_writer& out, const chat_request& request) {
  if (request.tools.empty())
    return;
  out.key("tools").begin_array();
  for (const auto& x : request.tools) {
    out.begin_object().field("type", "function").field("name", x.name);
    if (!x.description.empty())
      out.field("description", x.description);
    out.key("parameters").raw(x.schema);
    // Strict is the default here, and rewrites schemas.
    out.field("strict", x.strict).end_object();
  }
  out.end_array().key("tool_choice");
  switch (request.choice.how) {
  case tool_choice::mode::automatic: out.value("auto"); break;
  case tool_choice::mode::none: out.value("none"); break;
  case tool_choice::mode::required: out.value("required"); break;
  case tool_choice::mode::named:
    out.begin_object().field("type", "function");
    out.field("name", request.choice.name).end_object();
  }
  if (!request.choice.parallel)
    out.field("parallel_tool_calls", false);
}

void write_output_format(json_writer& out, const chat_request& request) {
  if (request.output_schema.empty() && !request.json_output)
    return;
  out.key("text").begin_object().key("format").begin_object();
  if (request.output_schema.empty())
    out.field("type", "json_object");
  else
    out.field("type", "json_schema")
      .field("name", "answer")
      .key("schema")
      .raw(request.output_schema)
      .field("strict", false);
  out.end_object().end_object();
}

class openai_responses_codec final : public provider_codec {
public:
  std::string_view format() const override {
    return format_name;
  }

  caf::expected<http_request> encode(const chat_request& request,
                                     const endpoint& to) const override {
    if (auto bad = check_quirks(to, {}))
      return bad;
    if (auto bad = check_request(request))
      return bad;
    if (!request.stop.empty())
      return unsupported(format_name, "stop sequences");
    json_writer out{body_size(request)};
    out.begin_object().field("model", request.model).field("store", false);
    // In the order in which the provider's cache compares them.
    write_tools(out, request);
    if (auto text = leading_system_text(request); !text.empty())
      out.field("instructions", text);
    if (auto bad = write_input(out, request))
      return bad;
    if (request.stream)
      out.field("stream", true);
    if (request.max_output)
      out.field("max_output_tokens",
                std::max(*request.max_output, least_output));
    if (takes_sampling({}, request)) {
      if (request.temperature)
        out.field("temperature", *request.temperature);
      if (request.top_p)
        out.field("top_p", *request.top_p);
    }
    if (request.reasoning != effort::unset)
      out.key("reasoning")
        .begin_object()
        .field("effort", effort_name(request.reasoning))
        .end_object();
    write_output_format(out, request);
    out.end_object();
    return post(to, "/responses", out.take(), bearer(to));
  }

  std::optional<failure> decode(std::string_view body,
                                chat_response& out) const override {
    return decode_openai_responses(body, out);
  }

  std::unique_ptr<stream_decoder> stream() const override {
    return stream_openai_responses();
  }

  failure classify(const http_head& head,
                   std::string_view body) const override {
    return classify_answer(head, body);
  }

  caf::expected<http_request> probe(const endpoint& to) const override {
    return get(to, "/models", bearer(to));
  }
};

} // namespace

codec_ptr openai_responses() {
  return std::make_shared<openai_responses_codec>();
}

} // namespace smart_agents::codecs
