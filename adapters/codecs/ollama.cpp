#include "adapters/codecs/ollama.hpp"

#include "adapters/codecs/errors.hpp"
#include "adapters/codecs/ollama_answer.hpp"
#include "adapters/codecs/wire.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace smart_agents::codecs {

namespace {

constexpr std::string_view format_name = "ollama";

/// Images, and sounds for models that hear, are bare base64 beside the text.
caf::error write_media(json_writer& out, const message& from) {
  std::vector<const media_part*> found;
  for (const auto& x : from.parts) {
    if (const auto* media = std::get_if<media_part>(&x))
      found.push_back(media);
    if (const auto* result = std::get_if<tool_result_part>(&x))
      for (const auto& piece : result->content)
        if (const auto* media = std::get_if<media_part>(&piece))
          found.push_back(media);
  }
  if (found.empty())
    return {};
  out.key("images").begin_array();
  for (const auto* x : found) {
    if (x->what != media_part::kind::image
        && x->what != media_part::kind::audio)
      return unsupported(format_name, "a document or video");
    if (!x->url.empty())
      return unsupported(format_name, "an image by URL; send it inline");
    out.value(x->base64);
  }
  out.end_array();
  return {};
}

caf::error write_assistant(json_writer& out, const message& from) {
  out.begin_object().field("role", "assistant");
  out.field("content", text_of(from.parts));
  // Templates of models that think between calls show it to them again.
  std::string thoughts;
  for (const auto& x : from.parts)
    if (const auto* thinking = std::get_if<thinking_part>(&x);
        thinking && thinking->origin == format_name)
      thoughts += thinking->text;
  if (!thoughts.empty())
    out.field("thinking", thoughts);
  auto first = true;
  uint32_t index = 0;
  for (const auto& x : from.parts)
    if (const auto* call = std::get_if<tool_call_part>(&x)) {
      auto arguments = arguments_of(*call);
      if (!arguments)
        return arguments.error();
      if (std::exchange(first, false))
        out.key("tool_calls").begin_array();
      out.begin_object().field("id", portable_id(call->id)).key("function");
      out.begin_object().field("index", index++).field("name", call->name);
      out.key("arguments").raw(*arguments).end_object().end_object();
    }
  if (!first)
    out.end_array();
  out.end_object();
  return {};
}

void write_results(json_writer& out, const chat_request& request,
                   const message& from) {
  for (const auto& x : from.parts)
    if (const auto* result = std::get_if<tool_result_part>(&x)) {
      out.begin_object().field("role", "tool").key("content");
      out.joined(result->is_error ? "ERROR: " : "", text_of_result(*result));
      out.field("tool_name", tool_name_of(request, *result));
      out.field("tool_call_id", portable_id(result->call_id)).end_object();
    }
}

caf::error write_user(json_writer& out, const message& from) {
  auto anything_else = false;
  for (const auto& x : from.parts) {
    anything_else = anything_else || std::holds_alternative<text_part>(x)
                    || std::holds_alternative<media_part>(x);
    if (const auto* result = std::get_if<tool_result_part>(&x))
      for (const auto& piece : result->content)
        anything_else =
          anything_else || std::holds_alternative<media_part>(piece);
  }
  if (!anything_else)
    return {};
  out.begin_object().field("role", "user");
  out.field("content", text_of(from.parts));
  auto bad = write_media(out, from);
  out.end_object();
  return bad;
}

caf::error write_messages(json_writer& out, const chat_request& request) {
  const auto& all = request.messages;
  out.key("messages").begin_array();
  for (size_t i = 0; i < all.size();) {
    auto end = end_of_turn(request, i);
    // Results directly after their calls; the media that some hold follow.
    for (auto at = i; at < end; ++at)
      write_results(out, request, all[at]);
    for (; i < end; ++i) {
      caf::error bad;
      if (all[i].from == role::assistant)
        bad = write_assistant(out, all[i]);
      else if (all[i].from == role::system)
        out.begin_object()
          .field("role", "system")
          .field("content", text_of(all[i].parts))
          .end_object();
      else
        bad = write_user(out, all[i]);
      if (bad)
        return bad;
    }
  }
  out.end_array();
  return {};
}

void write_tools(json_writer& out, const chat_request& request) {
  // The format has no tool_choice: "none" is to offer none.
  auto hosted = [](const tool_definition& x) { return !x.format.empty(); };
  if (request.choice.how == tool_choice::mode::none
      || std::all_of(request.tools.begin(), request.tools.end(), hosted))
    return;
  out.key("tools").begin_array();
  for (const auto& x : request.tools) {
    if (hosted(x))
      continue;
    out.begin_object().field("type", "function").key("function");
    out.begin_object().field("name", x.name);
    out.field("description", x.description);
    out.key("parameters").raw(x.schema).end_object().end_object();
  }
  out.end_array();
}

void write_options(json_writer& out, const chat_request& request) {
  if (!request.max_output && !request.temperature && !request.top_p
      && request.stop.empty())
    return;
  out.key("options").begin_object();
  if (request.max_output)
    out.field("num_predict", *request.max_output);
  if (request.temperature)
    out.field("temperature", *request.temperature);
  if (request.top_p)
    out.field("top_p", *request.top_p);
  if (!request.stop.empty()) {
    out.key("stop").begin_array();
    for (const auto& x : request.stop)
      out.value(x);
    out.end_array();
  }
  out.end_object();
}

/// A model that cannot think refuses to be asked for it, and there is no list
/// of those that can: these families are known to.
bool thinks(std::string_view model) {
  for (std::string_view family :
       {"gpt-oss", "qwen3", "deepseek-r1", "magistral", "deepseek-v3",
        "nemotron", "glm", "kimi", "minimax"})
    if (model.find(family) != model.npos)
      return true;
  return false;
}

void write_think(json_writer& out, const chat_request& request) {
  if (!thinks(request.model))
    return;
  switch (request.reasoning) {
  case effort::unset: break;
  case effort::none: out.field("think", false); break;
  case effort::minimal: out.field("think", "low"); break;
  default: out.field("think", effort_name(request.reasoning));
  }
}

class ollama_codec final : public provider_codec {
public:
  std::string_view format() const override {
    return format_name;
  }

  caf::expected<http_request> encode(const chat_request& original,
                                     const endpoint& to) const override {
    if (auto bad = check_quirks(to, format_name))
      return bad;
    if (auto bad = check_request(original))
      return bad;
    std::optional<chat_request> room;
    const auto& request = mended(original, room);
    auto forced = request.choice.how == tool_choice::mode::required
                  || request.choice.how == tool_choice::mode::named;
    if (forced && !request.tools.empty())
      return unsupported(format_name, "a forced tool call");
    json_writer out{body_size(request)};
    out.begin_object().field("model", request.model);
    // Streams are its default.
    out.field("stream", request.stream);
    // By default the oldest messages go without a word.
    out.field("truncate", false).field("shift", false);
    write_tools(out, request);
    if (auto bad = write_messages(out, request))
      return bad;
    if (!request.output_schema.empty())
      out.key("format").raw(request.output_schema);
    else if (request.json_output)
      out.field("format", "json");
    write_think(out, request);
    write_options(out, request);
    out.end_object();
    return post(to, "/api/chat", out.take(), bearer(to));
  }

  std::optional<failure> decode(std::string_view body,
                                chat_response& out) const override {
    return decode_ollama(body, out);
  }

  std::unique_ptr<stream_decoder> stream() const override {
    return stream_ollama();
  }

  failure classify(const http_head& head,
                   std::string_view body) const override {
    return classify_answer(head, body);
  }

  caf::expected<http_request> probe(const endpoint& to) const override {
    return get(to, "/api/version", bearer(to));
  }
};

} // namespace

codec_ptr ollama() {
  return std::make_shared<ollama_codec>();
}

} // namespace smart_agents::codecs
