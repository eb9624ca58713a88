#include "adapters/codecs/openai_chat.hpp"

#include "adapters/codecs/errors.hpp"
#include "adapters/codecs/json_reader.hpp"
#include "adapters/codecs/openai_chat_answer.hpp"
#include "adapters/codecs/wire.hpp"
#include "adapters/verbatim.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace smart_agents::codecs {

namespace {

constexpr std::string_view format_name = "openai-chat";

/// A `data:` URL's head.
std::string data_prefix(const media_part& x) {
  return "data:" + x.mime_type + ";base64,";
}

caf::error write_media(json_writer& out, const media_part& x) {
  auto inline_data = x.url.empty();
  switch (x.what) {
  case media_part::kind::image:
    out.begin_object().field("type", "image_url").key("image_url");
    out.begin_object().key("url");
    if (inline_data)
      out.joined(data_prefix(x), x.base64);
    else
      out.value(x.url);
    if (!x.detail.empty())
      out.field("detail", x.detail);
    out.end_object().end_object();
    return {};
  case media_part::kind::document:
    if (!inline_data)
      return unsupported(format_name, "a document by URL; send it inline");
    out.begin_object().field("type", "file").key("file");
    out.begin_object();
    out.field("filename", x.name.empty() ? std::string_view{"document"}
                                         : std::string_view{x.name});
    out.key("file_data").joined(data_prefix(x), x.base64);
    out.end_object().end_object();
    return {};
  case media_part::kind::audio: {
    if (!inline_data)
      return unsupported(format_name, "audio by URL; send it inline");
    auto wav = x.mime_type.find("wav") != std::string::npos;
    if (!wav && x.mime_type.find("mp3") == std::string::npos
        && x.mime_type.find("mpeg") == std::string::npos)
      return unsupported(format_name, x.mime_type + "; it takes wav and mp3");
    out.begin_object().field("type", "input_audio").key("input_audio");
    out.begin_object().field("data", x.base64);
    out.field("format", wav ? "wav" : "mp3").end_object().end_object();
    return {};
  }
  case media_part::kind::video: break;
  }
  return unsupported(format_name, "video");
}

/// How a request departs from OpenAI's own.
struct habits {
  explicit habits(const std::vector<std::string>& quirks)
    : system_role{has_quirk(quirks, "system-role") ? "system" : "developer"},
      replays_reasoning{has_quirk(quirks, "replay-reasoning")},
      replays_details{has_quirk(quirks, "reasoning-details")},
      short_ids{has_quirk(quirks, "short-tool-ids")}, strict{!has_quirk(
                                                        quirks, "no-strict")},
      parallel{!has_quirk(quirks, "no-parallel-calls")} {}

  const char* system_role;
  bool replays_reasoning;
  bool replays_details;
  bool short_ids;
  bool strict;
  bool parallel;

  std::string id(std::string_view x) const {
    return short_ids ? short_id(x) : portable_id(x);
  }

  /// Nine letters and digits, which is all that Mistral takes.
  static std::string short_id(std::string_view x) {
    constexpr size_t length = 9;
    constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    if (x.size() == length && x.find_first_not_of(letters) == x.npos)
      return std::string{x};
    // FNV-1a, 64 bits.
    uint64_t hash = 0xcbf29ce484222325;
    for (char c : x)
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    std::string result;
    for (; result.size() < length; hash /= letters.size())
      result += letters[hash % letters.size()];
    return result;
  }
};

/// Tool results are messages of their own, text only.
void write_results(json_writer& out, const message& from, const habits& as) {
  for (const auto& x : from.parts)
    if (const auto* result = std::get_if<tool_result_part>(&x)) {
      out.begin_object().field("role", "tool");
      out.field("tool_call_id", as.id(result->call_id)).key("content");
      out.joined(result->is_error ? "ERROR: " : "", text_of_result(*result));
      out.end_object();
    }
}

/// What a user says, and the media that results hold: the format has no other
/// place for those.
caf::error write_user(json_writer& out, const message& from) {
  size_t texts = 0;
  size_t media = 0;
  auto count = [&](const auto& x) {
    texts += std::holds_alternative<text_part>(x);
    media += std::holds_alternative<media_part>(x);
  };
  for (const auto& x : from.parts) {
    count(x);
    if (const auto* result = std::get_if<tool_result_part>(&x))
      for (const auto& piece : result->content)
        media += std::holds_alternative<media_part>(piece);
  }
  if (texts + media == 0)
    return {};
  out.begin_object().field("role", "user").key("content");
  if (texts == 1 && media == 0) {
    out.value(text_of(from.parts)).end_object();
    return {};
  }
  out.begin_array();
  caf::error bad;
  auto write = [&](const auto& x) {
    const auto* found = std::get_if<media_part>(&x);
    if (found && !bad)
      bad = write_media(out, *found);
  };
  for (const auto& x : from.parts) {
    if (const auto* text = std::get_if<text_part>(&x))
      out.begin_object()
        .field("type", "text")
        .field("text", text->text)
        .end_object();
    write(x);
    if (const auto* result = std::get_if<tool_result_part>(&x))
      for (const auto& piece : result->content)
        write(piece);
  }
  out.end_array().end_object();
  return bad;
}

/// What the model thought, for servers that want to see it again.
std::string thoughts_of(const message& from) {
  std::string result;
  for (const auto& x : from.parts)
    if (const auto* thinking = std::get_if<thinking_part>(&x);
        thinking && thinking->origin == format_name)
      result += thinking->text;
  return result;
}

/// The state of the model's reasoning, as an array of what the server sent.
std::string details_of(const chat_request& request, const message& from) {
  std::string result;
  for (const auto& x : from.parts)
    if (const auto* thinking = std::get_if<thinking_part>(&x);
        thinking && !thinking->signature.empty()
        && is_own_thought(*thinking, format_name, request))
      result.append(result.empty() ? "[" : ",").append(thinking->signature);
  return result.empty() ? result : result + "]";
}

void write_assistant(json_writer& out, const chat_request& request,
                     const message& from, const habits& as) {
  auto text = text_of(from.parts);
  auto calls = false;
  for (const auto& x : from.parts)
    calls = calls || std::holds_alternative<tool_call_part>(x);
  if (text.empty() && !calls)
    return;
  out.begin_object().field("role", "assistant").key("content");
  if (text.empty())
    out.null();
  else
    out.value(text);
  if (as.replays_reasoning)
    if (auto thoughts = thoughts_of(from); !thoughts.empty())
      out.field("reasoning_content", thoughts);
  if (as.replays_details)
    if (auto details = details_of(request, from); is_json(details))
      out.key("reasoning_details").raw(details);
  if (calls) {
    out.key("tool_calls").begin_array();
    for (const auto& x : from.parts)
      if (const auto* call = std::get_if<tool_call_part>(&x)) {
        out.begin_object().field("id", as.id(call->id));
        out.field("type", "function");
        if (!call->signature.empty()
            && request.model.find("gemini") != std::string::npos
            && same_model(call->signer, request.model))
          out.key("extra_content")
            .begin_object()
            .key("google")
            .begin_object()
            .field("thought_signature", call->signature)
            .end_object()
            .end_object();
        out.key("function").begin_object();
        out.field("name", tool_name_for(format_name, call->name));
        out.field("arguments", call->arguments.empty()
                                 ? std::string_view{"{}"}
                                 : std::string_view{call->arguments});
        out.end_object().end_object();
      }
    out.end_array();
  }
  out.end_object();
}

caf::error write_messages(json_writer& out, const chat_request& request,
                          const habits& as) {
  const auto& all = request.messages;
  out.key("messages").begin_array();
  for (size_t i = 0; i < all.size();) {
    auto end = end_of_turn(request, i);
    // Results first, all of them: they must follow their calls directly, and
    // the media that some hold come in a message of the user's.
    for (auto at = i; at < end; ++at)
      if (all[at].from != role::assistant)
        write_results(out, all[at], as);
    for (; i < end; ++i) {
      const auto& from = all[i];
      if (from.from == role::assistant)
        write_assistant(out, request, from, as);
      else if (from.from == role::system)
        out.begin_object()
          .field("role", as.system_role)
          .field("content", text_of(from.parts))
          .end_object();
      else if (auto bad = write_user(out, from))
        return bad;
    }
  }
  out.end_array();
  return {};
}

void write_tools(json_writer& out, const chat_request& request,
                 const habits& as) {
  auto hosted = [](const tool_definition& x) { return !x.format.empty(); };
  if (std::all_of(request.tools.begin(), request.tools.end(), hosted))
    return;
  out.key("tools").begin_array();
  for (const auto& x : request.tools) {
    if (hosted(x))
      continue;
    out.begin_object().field("type", "function").key("function");
    out.begin_object().field("name", tool_name_for(format_name, x.name));
    if (!x.description.empty())
      out.field("description", x.description);
    out.key("parameters").raw(x.schema);
    if (x.strict && as.strict)
      out.field("strict", true);
    out.end_object().end_object();
  }
  out.end_array().key("tool_choice");
  switch (request.choice.how) {
  case tool_choice::mode::automatic: out.value("auto"); break;
  case tool_choice::mode::none: out.value("none"); break;
  case tool_choice::mode::required: out.value("required"); break;
  case tool_choice::mode::named:
    out.begin_object().field("type", "function").key("function");
    out.begin_object();
    out.field("name", tool_name_for(format_name, request.choice.name));
    out.end_object().end_object();
  }
  if (!request.choice.parallel && as.parallel)
    out.field("parallel_tool_calls", false);
}

void write_output_format(json_writer& out, const chat_request& request) {
  if (!request.output_schema.empty()) {
    out.key("response_format").begin_object().field("type", "json_schema");
    out.key("json_schema").begin_object().field("name", "answer");
    out.key("schema").raw(request.output_schema);
    out.end_object().end_object();
  } else if (request.json_output) {
    out.key("response_format").begin_object().field("type", "json_object");
    out.end_object();
  }
}

class openai_chat_codec final : public provider_codec {
public:
  explicit openai_chat_codec(std::vector<std::string> quirks)
    : quirks_{std::move(quirks)}, reasoning_excluded_{
                                    has_quirk(quirks_, "reasoning-excluded")} {}

  std::string_view format() const override {
    return format_name;
  }

  caf::expected<http_request> encode(const chat_request& original,
                                     const endpoint& to) const override {
    if (auto bad = check_quirks(to, format_name))
      return bad;
    // A server with quirks may refuse what its client takes for granted.
    if (to.quirks.empty())
      if (auto body = own_body::of(original, format_name))
        return passing(post(to, "/chat/completions",
                            body->with(changes_of(original)), bearer(to)));
    if (auto bad = check_request(original))
      return bad;
    std::optional<chat_request> room;
    const auto& request = mended(original, room);
    json_writer out{body_size(request)};
    out.begin_object().field("model", request.model);
    // Tools and messages first, in this order: prompt caches compare prefixes.
    habits as{to.quirks};
    write_tools(out, request, as);
    if (auto bad = write_messages(out, request, as))
      return bad;
    if (request.stream) {
      out.field("stream", true);
      if (!has_quirk(to.quirks, "no-stream-options"))
        out.key("stream_options")
          .begin_object()
          .field("include_usage", true)
          .end_object();
    }
    if (request.max_output)
      out.field(has_quirk(to.quirks, "max-tokens") ? "max_tokens"
                                                   : "max_completion_tokens",
                *request.max_output);
    if (takes_sampling({}, request)) {
      if (request.temperature)
        out.field("temperature", *request.temperature);
      if (request.top_p)
        out.field("top_p", *request.top_p);
    }
    write_stops(out, "stop", request.stop, 4);
    // `max` is known to Responses only.
    if (auto name = openai_effort(request); !name.empty())
      out.field("reasoning_effort", name == "max" ? "xhigh" : name);
    write_output_format(out, request);
    // Servers with quirks are not OpenAI, and some refuse what they do not
    // know.
    if (!request.cache_key.empty() && to.quirks.empty())
      out.field("prompt_cache_key", request.cache_key);
    out.end_object();
    return post(to, "/chat/completions", out.take(), bearer(to));
  }

  std::vector<std::string> losses(const chat_request& request) const override {
    auto result = losses_in(format_name, request);
    auto add = [&result](bool lost, const char* what) {
      if (lost && std::find(result.begin(), result.end(), what) == result.end())
        result.emplace_back(what);
    };
    auto strict = std::any_of(request.tools.begin(), request.tools.end(),
                              [](auto& x) { return x.strict; });
    add(strict && has_quirk(quirks_, "no-strict"), "tools.strict");
    add(!request.tools.empty() && !request.choice.parallel
          && has_quirk(quirks_, "no-parallel-calls"),
        "parallel_tool_calls");
    add(!request.cache_key.empty() && !quirks_.empty(), "prompt_cache_key");
    for (const auto& from : request.messages)
      add(!has_quirk(quirks_, "reasoning-details")
            && !details_of(request, from).empty(),
          "thinking");
    return result;
  }

  std::optional<failure> decode(std::string_view body,
                                chat_response& out) const override {
    return decode_openai_chat(body, reasoning_excluded_, out);
  }

  std::unique_ptr<stream_decoder> stream() const override {
    return stream_openai_chat(reasoning_excluded_);
  }

  failure classify(const http_head& head,
                   std::string_view body) const override {
    return classify_answer(head, body);
  }

  caf::expected<http_request> probe(const endpoint& to) const override {
    return get(to, "/models", bearer(to));
  }

private:
  /// What is ours to say in a client's own body: usage is always asked for,
  /// since it is billed.
  static std::vector<body_change> changes_of(const chat_request& request) {
    auto changes = common_changes(request, {});
    if (request.stream)
      changes.push_back({"stream_options", R"({"include_usage":true})"});
    if (request.max_output) {
      changes.push_back({"max_tokens", std::nullopt});
      changes.push_back(
        {"max_completion_tokens", std::to_string(*request.max_output)});
    }
    return changes;
  }

  std::vector<std::string> quirks_;
  bool reasoning_excluded_;
};

} // namespace

codec_ptr openai_chat(const std::vector<std::string>& quirks) {
  return std::make_shared<openai_chat_codec>(quirks);
}

} // namespace smart_agents::codecs
