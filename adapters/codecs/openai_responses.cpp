#include "adapters/codecs/openai_responses.hpp"

#include "adapters/codecs/errors.hpp"
#include "adapters/codecs/json_reader.hpp"
#include "adapters/codecs/openai_responses_answer.hpp"
#include "adapters/codecs/wire.hpp"
#include "adapters/verbatim.hpp"
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
    if (!x.detail.empty())
      out.field("detail", x.detail);
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
  out.field("call_id", portable_id(x.call_id)).key("output");
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
    else if (const auto* opaque = std::get_if<opaque_part>(&piece))
      write_text(out, opaque->json);
    else if (auto bad = write_media(out, std::get<media_part>(piece)))
      return bad;
  }
  out.end_array().end_object();
  return {};
}

/// A thought and its opaque state, which the model wants to see again where it
/// called tools. Nothing is stored, so the state itself goes along, and no id.
void write_reasoning(json_writer& out, const thinking_part& x) {
  out.begin_object().field("type", "reasoning").key("summary").begin_array();
  if (!x.text.empty())
    out.begin_object()
      .field("type", "summary_text")
      .field("text", x.text)
      .end_object();
  out.end_array().field("encrypted_content", x.signature).end_object();
}

/// Items in their order. A thought that nothing follows is left out: the
/// service refuses a reasoning item without the item that it led to.
caf::error write_assistant(json_writer& out, const chat_request& request,
                           const message& from) {
  auto follows = from.parts.begin();
  for (auto i = from.parts.begin(); i != from.parts.end(); ++i)
    if (!std::holds_alternative<thinking_part>(*i))
      follows = i + 1;
  std::string text;
  auto flush = [&] {
    if (!text.empty())
      out.begin_object()
        .field("role", "assistant")
        .field("content", text)
        .end_object();
    text.clear();
  };
  for (auto i = from.parts.begin(); i != from.parts.end(); ++i) {
    if (const auto* words = std::get_if<text_part>(&*i)) {
      text += words->text;
      continue;
    }
    flush();
    if (const auto* call = std::get_if<tool_call_part>(&*i)) {
      out.begin_object().field("type", "function_call");
      out.field("call_id", portable_id(call->id));
      out.field("name", tool_name_for(format_name, call->name));
      out.field("arguments", call->arguments.empty()
                               ? std::string_view{"{}"}
                               : std::string_view{call->arguments});
      out.end_object();
    } else if (const auto* thinking = std::get_if<thinking_part>(&*i)) {
      if (i < follows && !thinking->signature.empty()
          && is_own_thought(*thinking, format_name, request))
        write_reasoning(out, *thinking);
    } else if (const auto* opaque = std::get_if<opaque_part>(&*i);
               opaque && opaque->format == format_name) {
      if (!is_json_object(opaque->json))
        return make_error(ec::bad_input, "a kept item is not a JSON object");
      out.raw(opaque->json);
    }
  }
  flush();
  return {};
}

/// A kept piece of this format: a part of a message (`input_image`, ...), or an
/// item that stands beside messages.
enum class kept : uint8_t { no, part, item };

kept kind_of(const part& x) {
  const auto* opaque = std::get_if<opaque_part>(&x);
  if (opaque == nullptr || opaque->format != format_name)
    return kept::no;
  json_reader reader;
  const auto* json = reader.parse_object(opaque->json);
  if (json == nullptr)
    return kept::no;
  return text_at(*json, "type").starts_with("input_") ? kept::part : kept::item;
}

caf::error write_user(json_writer& out, const message& from) {
  auto spoken = false;
  for (const auto& x : from.parts) {
    if (const auto* result = std::get_if<tool_result_part>(&x)) {
      if (auto bad = write_result(out, *result))
        return bad;
    }
    auto what = kind_of(x);
    if (what == kept::item)
      out.raw(std::get<opaque_part>(x).json);
    spoken = spoken || std::holds_alternative<text_part>(x)
             || std::holds_alternative<media_part>(x) || what == kept::part;
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
    } else if (kind_of(x) == kept::part) {
      out.raw(std::get<opaque_part>(x).json);
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
    case role::assistant:
      if (auto bad = write_assistant(out, request, from))
        return bad;
      break;
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
  auto foreign = [](const tool_definition& x) {
    return !x.format.empty() && x.format != format_name;
  };
  if (std::all_of(request.tools.begin(), request.tools.end(), foreign))
    return;
  out.key("tools").begin_array();
  for (const auto& x : request.tools) {
    if (foreign(x))
      continue;
    if (!x.format.empty()) {
      out.raw(x.json);
      continue;
    }
    out.begin_object().field("type", "function");
    out.field("name", tool_name_for(format_name, x.name));
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
    out.field("name", tool_name_for(format_name, request.choice.name));
    out.end_object();
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

/// Nothing is stored, so the opaque state of a model's reasoning has to come
/// with the answer; models that do not reason refuse to be asked for it.
void write_reasoning_options(json_writer& out, const chat_request& request,
                             bool count) {
  auto model = catalogue::built_in().find({}, request.model);
  if (model.known && !model.reasoning)
    return;
  if (!count && (model.known || request.show_thoughts))
    out.key("include")
      .begin_array()
      .value("reasoning.encrypted_content")
      .end_array();
  auto name = openai_effort(request);
  if (name.empty() && !request.show_thoughts)
    return;
  out.key("reasoning").begin_object();
  if (!name.empty())
    out.field("effort", name);
  if (request.show_thoughts)
    out.field("summary", "auto");
  out.end_object();
}

class openai_responses_codec final : public provider_codec {
public:
  std::string_view format() const override {
    return format_name;
  }

  caf::expected<http_request> encode(const chat_request& original,
                                     const endpoint& to) const override {
    if (auto bad = check_quirks(to, format_name))
      return bad;
    if (auto body = own_body::of(original, format_name))
      return passing(
        post(to, "/responses", body->with(changes_of(original)), bearer(to)));
    if (auto bad = check_request(original))
      return bad;
    auto body = body_of(original, false);
    if (!body)
      return std::move(body.error());
    return post(to, "/responses", std::move(*body), bearer(to));
  }

  caf::expected<http_request> encode_count(const chat_request& request,
                                           const endpoint& to) const override {
    if (auto bad = check_quirks(to, format_name))
      return bad;
    if (auto bad = check_request(request))
      return bad;
    auto body = body_of(request, true);
    if (!body)
      return std::move(body.error());
    return post(to, "/responses/input_tokens", std::move(*body), bearer(to));
  }

  std::optional<uint64_t> decode_count(std::string_view body) const override {
    json_reader reader;
    const auto* x = reader.parse_object(body);
    return x ? maybe_count_at(*x, "input_tokens") : std::nullopt;
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

private:
  /// `count` leaves out what only an answer needs.
  static caf::expected<std::string> body_of(const chat_request& original,
                                            bool count) {
    std::optional<chat_request> room;
    const auto& request = mended(original, room);
    json_writer out{body_size(request)};
    out.begin_object().field("model", request.model);
    if (!count)
      out.field("store", false);
    // In the order in which the provider's cache compares them.
    write_tools(out, request);
    if (auto text = leading_system_text(request); !text.empty())
      out.field("instructions", text);
    if (auto bad = write_input(out, request))
      return bad;
    if (!count)
      write_answer_options(out, request);
    write_reasoning_options(out, request, count);
    write_output_format(out, request);
    if (!request.cache_key.empty() && !count)
      out.field("prompt_cache_key", request.cache_key);
    out.end_object();
    return out.take();
  }

  static void write_answer_options(json_writer& out,
                                   const chat_request& request) {
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
  }

  /// What is ours to say in a client's own body: nothing is stored.
  static std::vector<body_change> changes_of(const chat_request& request) {
    auto changes = common_changes(request, {});
    changes.push_back({"store", "false"});
    if (request.max_output)
      changes.push_back(
        {"max_output_tokens",
         std::to_string(std::max(*request.max_output, least_output))});
    return changes;
  }
};

} // namespace

codec_ptr openai_responses() {
  return std::make_shared<openai_responses_codec>();
}

} // namespace smart_agents::codecs
