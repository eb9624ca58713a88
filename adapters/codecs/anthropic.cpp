#include "adapters/codecs/anthropic.hpp"

#include "adapters/codecs/anthropic_answer.hpp"
#include "adapters/codecs/errors.hpp"
#include "adapters/codecs/json_reader.hpp"
#include "adapters/codecs/wire.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace smart_agents::codecs {

namespace {

constexpr std::string_view format_name = "anthropic";

/// `max_tokens` is required; this is for models that the catalogue does not
/// know, and within what every Claude since 3.5 gives.
constexpr uint64_t default_max_tokens = 8192;

/// The API takes four cache marks and refuses more, so the last four count.
class cache_marks {
public:
  explicit cache_marks(size_t total) : skip_{total - std::min(total, most)} {}

  void write(json_writer& out, cache_mark x) {
    if (x == cache_mark::none)
      return;
    if (skip_ > 0) {
      --skip_;
      return;
    }
    out.key("cache_control").begin_object().field("type", "ephemeral");
    if (x == cache_mark::one_hour)
      out.field("ttl", "1h");
    out.end_object();
  }

private:
  static constexpr size_t most = 4;
  size_t skip_;
};

cache_mark mark_of(const part& x) {
  if (const auto* text = std::get_if<text_part>(&x))
    return text->text.empty() ? cache_mark::none : text->cache;
  if (const auto* media = std::get_if<media_part>(&x))
    return media->cache;
  if (const auto* result = std::get_if<tool_result_part>(&x))
    return result->cache;
  return cache_mark::none;
}

size_t count_marks(const chat_request& request) {
  size_t result = 0;
  for (const auto& x : request.tools)
    result += x.cache != cache_mark::none;
  for (const auto& message : request.messages)
    for (const auto& x : message.parts)
      result += mark_of(x) != cache_mark::none;
  return result;
}

/// Writes the blocks of one request.
class block_writer {
public:
  block_writer(json_writer& out, cache_marks& marks)
    : out_{out}, marks_{marks} {}

  /// False for parts that are left out: empty texts, which the API refuses,
  /// and what binds to another provider.
  static bool has_block(const part& x) {
    if (const auto* text = std::get_if<text_part>(&x))
      return !text->text.empty();
    if (const auto* thinking = std::get_if<thinking_part>(&x))
      return thinking->origin == format_name && !thinking->signature.empty();
    if (const auto* opaque = std::get_if<opaque_part>(&x))
      return opaque->format == format_name;
    return true;
  }

  caf::error write(const part& x) {
    if (const auto* text = std::get_if<text_part>(&x)) {
      write_text(*text);
    } else if (const auto* media = std::get_if<media_part>(&x)) {
      return write_media(*media);
    } else if (const auto* thinking = std::get_if<thinking_part>(&x)) {
      write_thinking(*thinking);
    } else if (const auto* call = std::get_if<tool_call_part>(&x)) {
      auto input = arguments_of(*call);
      if (!input)
        return input.error();
      out_.begin_object().field("type", "tool_use").field("id", call->id);
      out_.field("name", call->name).key("input").raw(*input).end_object();
    } else if (const auto* result = std::get_if<tool_result_part>(&x)) {
      return write_result(*result);
    } else {
      const auto& json = std::get<opaque_part>(x).json;
      if (!is_json_object(json))
        return make_error(ec::bad_input, "a kept block is not a JSON object");
      out_.raw(json);
    }
    return {};
  }

  void write_text(const text_part& x) {
    out_.begin_object().field("type", "text").field("text", x.text);
    marks_.write(out_, x.cache);
    out_.end_object();
  }

private:
  caf::error write_media(const media_part& x) {
    if (x.what != media_part::kind::image
        && x.what != media_part::kind::document)
      return unsupported(format_name, "audio or video");
    out_.begin_object();
    out_.field("type",
               x.what == media_part::kind::image ? "image" : "document");
    out_.key("source").begin_object();
    if (x.url.empty())
      out_.field("type", "base64")
        .field("media_type", x.mime_type)
        .field("data", x.base64);
    else
      out_.field("type", "url").field("url", x.url);
    out_.end_object();
    if (x.what == media_part::kind::document && !x.name.empty())
      out_.field("title", x.name);
    marks_.write(out_, x.cache);
    out_.end_object();
    return {};
  }

  void write_thinking(const thinking_part& x) {
    out_.begin_object();
    if (x.redacted)
      out_.field("type", "redacted_thinking").field("data", x.signature);
    else
      out_.field("type", "thinking")
        .field("thinking", x.text)
        .field("signature", x.signature);
    out_.end_object();
  }

  caf::error write_result(const tool_result_part& x) {
    out_.begin_object().field("type", "tool_result");
    out_.field("tool_use_id", x.call_id);
    if (!x.content.empty()) {
      out_.key("content").begin_array();
      for (const auto& piece : x.content) {
        if (const auto* text = std::get_if<text_part>(&piece)) {
          if (!text->text.empty())
            out_.begin_object()
              .field("type", "text")
              .field("text", text->text)
              .end_object();
        } else {
          auto media = std::get<media_part>(piece);
          media.cache = cache_mark::none; // the block itself carries the mark
          if (auto bad = write_media(media))
            return bad;
        }
      }
      out_.end_array();
    }
    if (x.is_error)
      out_.field("is_error", true);
    marks_.write(out_, x.cache);
    out_.end_object();
    return {};
  }

  json_writer& out_;
  cache_marks& marks_;
};

bool is_result(const part& x) {
  return std::holds_alternative<tool_result_part>(x);
}

/// Neighbours of one role become one message; all results of a turn go into
/// one user message, before its text. A system message in mid-conversation is
/// a user's text: only some models take that role there.
caf::error write_messages(json_writer& out, const chat_request& request,
                          block_writer& blocks) {
  const auto& all = request.messages;
  out.key("messages").begin_array();
  for (auto i = leading_systems(request); i < all.size();) {
    auto assistant = all[i].from == role::assistant;
    auto end = i;
    auto any = false;
    for (; end < all.size() && (all[end].from == role::assistant) == assistant;
         ++end)
      any = any
            || std::any_of(all[end].parts.begin(), all[end].parts.end(),
                           block_writer::has_block);
    if (any) {
      out.begin_object().field("role", assistant ? "assistant" : "user");
      out.key("content").begin_array();
      for (auto results : {true, false})
        for (auto at = i; at < end; ++at)
          for (const auto& x : all[at].parts)
            if (is_result(x) == results && block_writer::has_block(x))
              if (auto bad = blocks.write(x))
                return bad;
      out.end_array().end_object();
    }
    i = end;
  }
  out.end_array();
  return {};
}

/// The system messages at the head: one string, or blocks when marked.
void write_system(json_writer& out, const chat_request& request,
                  block_writer& blocks) {
  auto count = leading_systems(request);
  auto marked = false;
  for (size_t i = 0; i < count; ++i)
    for (const auto& x : request.messages[i].parts)
      marked = marked || mark_of(x) != cache_mark::none;
  if (!marked) {
    if (auto text = leading_system_text(request); !text.empty())
      out.field("system", text);
    return;
  }
  out.key("system").begin_array();
  for (size_t i = 0; i < count; ++i)
    for (const auto& x : request.messages[i].parts)
      if (const auto* text = std::get_if<text_part>(&x);
          text && !text->text.empty())
        blocks.write_text(*text);
  out.end_array();
}

void write_tools(json_writer& out, const chat_request& request,
                 cache_marks& marks) {
  if (request.tools.empty())
    return;
  out.key("tools").begin_array();
  for (const auto& x : request.tools) {
    out.begin_object().field("name", x.name);
    if (!x.description.empty())
      out.field("description", x.description);
    out.key("input_schema").raw(x.schema);
    if (x.strict)
      out.field("strict", true);
    if (x.defer_loading)
      out.field("defer_loading", true);
    marks.write(out, x.cache);
    out.end_object();
  }
  out.end_array().key("tool_choice").begin_object();
  switch (request.choice.how) {
  case tool_choice::mode::automatic: out.field("type", "auto"); break;
  case tool_choice::mode::none: out.field("type", "none"); break;
  case tool_choice::mode::required: out.field("type", "any"); break;
  case tool_choice::mode::named:
    out.field("type", "tool").field("name", request.choice.name);
  }
  if (!request.choice.parallel && request.choice.how != tool_choice::mode::none)
    out.field("disable_parallel_tool_use", true);
  out.end_object();
}

/// Effort is taken by reasoning models after 4.5; it says nothing about
/// thinking itself, which some models cannot switch off.
void write_output_config(json_writer& out, const chat_request& request,
                         const model_info& model) {
  auto older = model.name.find("-4-5") != std::string::npos;
  auto with_effort = model.known && model.reasoning && !older
                     && request.reasoning != effort::unset
                     && request.reasoning != effort::none;
  if (!with_effort && request.output_schema.empty())
    return;
  out.key("output_config").begin_object();
  if (with_effort)
    out.field("effort", request.reasoning == effort::minimal
                          ? std::string_view{"low"}
                          : effort_name(request.reasoning));
  if (!request.output_schema.empty())
    out.key("format")
      .begin_object()
      .field("type", "json_schema")
      .key("schema")
      .raw(request.output_schema)
      .end_object();
  out.end_object();
}

uint64_t max_tokens(const chat_request& request, const model_info& model) {
  if (!request.max_output)
    return model.max_output > 0 ? model.max_output : default_max_tokens;
  return model.max_output > 0
           ? std::min<uint64_t>(*request.max_output, model.max_output)
           : *request.max_output;
}

class anthropic_codec final : public provider_codec {
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
    if (request.json_output && request.output_schema.empty())
      return unsupported(format_name, "JSON of any shape; give a schema");
    auto model = catalogue::built_in().find("anthropic", request.model);
    json_writer out{body_size(request)};
    cache_marks marks{count_marks(request)};
    block_writer blocks{out, marks};
    out.begin_object().field("model", request.model);
    out.field("max_tokens", max_tokens(request, model));
    // In the order in which the provider's cache compares them.
    write_tools(out, request, marks);
    write_system(out, request, blocks);
    if (auto bad = write_messages(out, request, blocks))
      return bad;
    if (request.stream)
      out.field("stream", true);
    if (takes_sampling(format_name, request)) {
      if (request.temperature)
        out.field("temperature", *request.temperature);
      if (request.top_p)
        out.field("top_p", *request.top_p);
    }
    if (!request.stop.empty()) {
      out.key("stop_sequences").begin_array();
      for (const auto& x : request.stop)
        out.value(x);
      out.end_array();
    }
    write_output_config(out, request, model);
    out.end_object();
    return post(to, below(to, "/v1", "/v1/messages"), out.take(), headers(to));
  }

  std::optional<failure> decode(std::string_view body,
                                chat_response& out) const override {
    return decode_anthropic(body, out);
  }

  std::unique_ptr<stream_decoder> stream() const override {
    return stream_anthropic();
  }

  failure classify(const http_head& head,
                   std::string_view body) const override {
    return classify_answer(head, body);
  }

  caf::expected<http_request> probe(const endpoint& to) const override {
    return get(to, below(to, "/v1", "/v1/models?limit=1"), headers(to));
  }

private:
  /// OAuth tokens go as a bearer, keys by the header of their own; never both.
  static http_headers headers(const endpoint& to) {
    http_headers result{{"anthropic-version", "2023-06-01"}};
    if (to.api_key.starts_with("sk-ant-oat"))
      result.emplace_back("Authorization", "Bearer " + to.api_key);
    else if (!to.api_key.empty())
      result.emplace_back("x-api-key", to.api_key);
    return result;
  }
};

} // namespace

codec_ptr anthropic() {
  return std::make_shared<anthropic_codec>();
}

} // namespace smart_agents::codecs
