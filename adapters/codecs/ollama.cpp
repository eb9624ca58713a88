#include "adapters/codecs/ollama.hpp"

#include "adapters/codecs/errors.hpp"
#include "adapters/codecs/ollama_answer.hpp"
#include "adapters/codecs/wire.hpp"
#include "adapters/token_estimate.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace smart_agents::codecs {

namespace {

constexpr std::string_view format_name = "ollama";

/// What every server gives without being asked: its default is more on large
/// graphics cards, and never less.
constexpr uint64_t least_window = 4096;

/// Room that is kept for the answer, however large its cap is.
constexpr uint64_t most_answer_room = 2048;

/// True for tools that the model is told of. The format has no tool_choice:
/// "none" is to offer none, and a named tool is the only one on offer.
bool is_offered(const chat_request& request, const tool_definition& x) {
  return x.format.empty() && request.choice.how != tool_choice::mode::none
         && (request.choice.how != tool_choice::mode::named
             || request.choice.name == x.name);
}

bool offers_tools(const chat_request& request) {
  return std::any_of(request.tools.begin(), request.tools.end(),
                     [&](auto& x) { return is_offered(request, x); });
}

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

bool forces_tool(const chat_request& request) {
  return request.choice.how == tool_choice::mode::required
         || request.choice.how == tool_choice::mode::named;
}

void write_system(json_writer& out, std::string_view text) {
  out.begin_object().field("role", "system").field("content", text);
  out.end_object();
}

caf::error write_messages(json_writer& out, const chat_request& request) {
  const auto& all = request.messages;
  out.key("messages").begin_array();
  auto head = leading_systems(request);
  for (size_t i = 0; i < all.size();) {
    auto end = end_of_turn(request, i);
    // Results directly after their calls; the media that some hold follow.
    for (auto at = i; at < end; ++at)
      write_results(out, request, all[at]);
    for (; i < end; ++i) {
      // There is no tool_choice: the model is told behind its other orders.
      if (i == head && forces_tool(request) && offers_tools(request))
        write_system(out, request.choice.how == tool_choice::mode::named
                            ? "Answer by calling the tool "
                                + request.choice.name
                                + "; do not answer in text."
                            : "Answer by calling one or more of your tools; "
                              "do not answer in text.");
      caf::error bad;
      if (all[i].from == role::assistant)
        bad = write_assistant(out, all[i]);
      else if (all[i].from == role::system)
        write_system(out, text_of(all[i].parts));
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
  if (!offers_tools(request))
    return;
  out.key("tools").begin_array();
  for (const auto& x : request.tools) {
    if (!is_offered(request, x))
      continue;
    out.begin_object().field("type", "function").key("function");
    out.begin_object().field("name", x.name);
    out.field("description", x.description);
    out.key("parameters").raw(x.schema).end_object().end_object();
  }
  out.end_array();
}

void write_options(json_writer& out, const chat_request& request,
                   uint64_t window) {
  if (!request.max_output && !request.temperature && !request.top_p
      && request.stop.empty() && window == 0)
    return;
  out.key("options").begin_object();
  if (window > 0)
    out.field("num_ctx", window);
  if (request.max_output)
    out.field("num_predict", *request.max_output);
  if (request.temperature)
    out.field("temperature", *request.temperature);
  if (request.top_p)
    out.field("top_p", *request.top_p);
  write_stops(out, "stop", request.stop);
  out.end_object();
}

} // namespace

bool ollama_thinks(std::string_view model) {
  for (std::string_view family :
       {"gpt-oss", "qwen3", "deepseek-r1", "magistral", "deepseek-v3",
        "nemotron", "glm", "kimi", "minimax"})
    if (model.find(family) != model.npos)
      return true;
  return false;
}

namespace {

void write_think(json_writer& out, const chat_request& request) {
  if (!ollama_thinks(request.model))
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
    write_options(out, request, window(request, to));
    out.end_object();
    return post(to, "/api/chat", out.take(), bearer(to));
  }

  /// Ollama drops what does not fit, or refuses it where it is told not to, so
  /// the window has to fit the request. It is a power of two, since every other
  /// window loads the model anew.
  uint64_t window(const chat_request& request,
                  const endpoint& to) const override {
    if (to.window > 0)
      return to.window;
    auto room = std::min<uint64_t>(
      request.max_output.value_or(most_answer_room), most_answer_room);
    auto need = estimate_input(request, format_name) + room;
    return need > least_window ? std::bit_ceil(need) : 0;
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
