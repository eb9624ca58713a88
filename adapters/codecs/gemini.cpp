#include "adapters/codecs/gemini.hpp"

#include "adapters/codecs/errors.hpp"
#include "adapters/codecs/gemini_answer.hpp"
#include "adapters/codecs/json_reader.hpp"
#include "adapters/codecs/wire.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <utility>

namespace smart_agents::codecs {

namespace {

constexpr std::string_view format_name = "gemini";

/// Google's documented stand-in for the signature of a call that another
/// model made.
constexpr std::string_view foreign_signature =
  "skip_thought_signature_validator";

void write_media(json_writer& out, const media_part& x) {
  out.begin_object();
  if (x.url.empty())
    out.key("inlineData")
      .begin_object()
      .field("mimeType", x.mime_type)
      .field("data", x.base64);
  else
    out.key("fileData")
      .begin_object()
      .field("mimeType", x.mime_type)
      .field("fileUri", x.url);
  out.end_object().end_object();
}

/// Text goes into the response; media follow as parts of their own.
void write_result(json_writer& out, const chat_request& request,
                  const tool_result_part& x) {
  out.begin_object().key("functionResponse").begin_object();
  if (!x.call_id.empty())
    out.field("id", portable_id(x.call_id));
  out.field("name", tool_name_for(format_name, tool_name_of(request, x)));
  out.key("response").begin_object();
  out.field(x.is_error ? "error" : "result", text_of_result(x));
  out.end_object().end_object().end_object();
  for (const auto& piece : x.content)
    if (const auto* media = std::get_if<media_part>(&piece))
      write_media(out, *media);
}

/// Only the first call of a turn must be signed.
caf::error write_call(json_writer& out, const chat_request& request,
                      const tool_call_part& x, bool first) {
  auto arguments = arguments_of(x);
  if (!arguments)
    return arguments.error();
  out.begin_object().key("functionCall").begin_object();
  if (!x.id.empty())
    out.field("id", portable_id(x.id));
  out.field("name", tool_name_for(format_name, x.name));
  out.key("args").raw(*arguments).end_object();
  if (!x.signature.empty() && same_model(x.signer, request.model))
    out.field("thoughtSignature", x.signature);
  else if (first)
    out.field("thoughtSignature", foreign_signature);
  out.end_object();
  return {};
}

void write_thinking(json_writer& out, const thinking_part& x) {
  out.begin_object().field("text", x.text);
  // A signature alone came with a text, and is none of the thoughts.
  if (!x.text.empty())
    out.field("thought", true);
  if (!x.signature.empty())
    out.field("thoughtSignature", x.signature);
  out.end_object();
}

/// The token of an answer that stopped to be asked for again.
constexpr std::string_view continuation = "continuationToken";

/// The token, where an opaque part is one.
std::string continuation_in(const part& x) {
  const auto* opaque = std::get_if<opaque_part>(&x);
  if (opaque == nullptr || opaque->format != format_name)
    return {};
  json_reader reader;
  const auto* json = reader.parse_object(opaque->json);
  return json ? string_at(*json, continuation) : std::string{};
}

bool has_part(const chat_request& request, const part& x) {
  if (const auto* text = std::get_if<text_part>(&x))
    return !text->text.empty();
  if (const auto* thinking = std::get_if<thinking_part>(&x))
    return is_own_thought(*thinking, format_name, request);
  if (const auto* opaque = std::get_if<opaque_part>(&x))
    return opaque->format == format_name && is_json_object(opaque->json)
           && continuation_in(x).empty();
  return true;
}

caf::error write_part(json_writer& out, const chat_request& request,
                      const part& x, bool& called) {
  if (!has_part(request, x))
    return {};
  if (const auto* text = std::get_if<text_part>(&x)) {
    out.begin_object().field("text", text->text).end_object();
  } else if (const auto* media = std::get_if<media_part>(&x)) {
    write_media(out, *media);
  } else if (const auto* thinking = std::get_if<thinking_part>(&x)) {
    write_thinking(out, *thinking);
  } else if (const auto* call = std::get_if<tool_call_part>(&x)) {
    return write_call(out, request, *call, !std::exchange(called, true));
  } else if (const auto* result = std::get_if<tool_result_part>(&x)) {
    write_result(out, request, *result);
  } else {
    out.raw(std::get<opaque_part>(x).json);
  }
  return {};
}

/// Neighbours of one role become one turn, results first. A system message in
/// mid-conversation is a user's text: there is no such role.
caf::error write_contents(json_writer& out, const chat_request& request,
                          size_t count) {
  const auto& all = request.messages;
  out.key("contents").begin_array();
  auto begun = false;
  for (auto i = leading_systems(request); i < count;) {
    auto assistant = all[i].from == role::assistant;
    auto end = std::min(end_of_turn(request, i), count);
    auto any = false;
    for (auto at = i; at < end; ++at)
      for (const auto& x : all[at].parts)
        any = any || has_part(request, x);
    if (any) {
      // A user speaks first, whatever was cut away before.
      if (!std::exchange(begun, true) && assistant)
        out.raw(R"x({"role":"user","parts":[)x"
                R"x({"text":"(earlier messages were left out)"}]})x");
      out.begin_object().field("role", assistant ? "model" : "user");
      out.key("parts").begin_array();
      auto called = false;
      for (auto results : {true, false})
        for (auto at = i; at < end; ++at)
          for (const auto& x : all[at].parts)
            if (std::holds_alternative<tool_result_part>(x) == results)
              if (auto bad = write_part(out, request, x, called))
                return bad;
      out.end_array().end_object();
    }
    i = end;
  }
  out.end_array();
  return {};
}

void write_tools(json_writer& out, const chat_request& request) {
  auto hosted = [](const tool_definition& x) { return !x.format.empty(); };
  if (std::all_of(request.tools.begin(), request.tools.end(), hosted))
    return;
  out.key("tools").begin_array().begin_object();
  out.key("functionDeclarations").begin_array();
  for (const auto& x : request.tools) {
    if (hosted(x))
      continue;
    out.begin_object().field("name", tool_name_for(format_name, x.name));
    out.field("description", x.description);
    out.key("parametersJsonSchema").raw(x.schema).end_object();
  }
  out.end_array().end_object().end_array();
  out.key("toolConfig").begin_object();
  out.key("functionCallingConfig").begin_object();
  switch (request.choice.how) {
  case tool_choice::mode::automatic: out.field("mode", "AUTO"); break;
  case tool_choice::mode::none: out.field("mode", "NONE"); break;
  case tool_choice::mode::required: out.field("mode", "ANY"); break;
  case tool_choice::mode::named:
    out.field("mode", "ANY").key("allowedFunctionNames").begin_array();
    out.value(tool_name_for(format_name, request.choice.name)).end_array();
  }
  out.end_object().end_object();
}

std::string_view level_of(effort x) {
  switch (x) {
  case effort::unset: return {};
  case effort::none:
  case effort::minimal: return "MINIMAL";
  case effort::low: return "LOW";
  case effort::medium: return "MEDIUM";
  case effort::high:
  case effort::max: return "HIGH";
  }
  return {};
}

/// Levels are those of 3.x and later; 2.5 counts in budgets.
void write_thinking_config(json_writer& out, const chat_request& request) {
  auto by_budget = request.model.find("gemini-2") != std::string::npos;
  auto level = by_budget ? std::string_view{} : level_of(request.reasoning);
  auto has_budget = by_budget && request.thinking_budget;
  if (level.empty() && !has_budget && !request.show_thoughts)
    return;
  out.key("thinkingConfig").begin_object();
  if (!level.empty())
    out.field("thinkingLevel", level);
  if (has_budget)
    out.field("thinkingBudget", *request.thinking_budget);
  if (request.show_thoughts)
    out.field("includeThoughts", true);
  out.end_object();
}

void write_config(json_writer& out, const chat_request& request) {
  out.key("generationConfig").begin_object();
  if (request.max_output)
    out.field("maxOutputTokens", *request.max_output);
  if (takes_sampling(format_name, request)) {
    if (request.temperature)
      out.field("temperature", *request.temperature);
    if (request.top_p)
      out.field("topP", *request.top_p);
  }
  write_stops(out, "stopSequences", request.stop, 5);
  write_thinking_config(out, request);
  if (!request.output_schema.empty() || request.json_output)
    out.field("responseMimeType", "application/json");
  if (!request.output_schema.empty())
    out.key("responseJsonSchema").raw(request.output_schema);
  out.end_object();
}

/// `/v1beta/` unless the base URL ends with a version.
std::string path_to(const endpoint& to, std::string_view what) {
  std::string full{"/v1beta/"};
  full += what;
  for (std::string_view version : {"/v1beta", "/v1", "/v1alpha"})
    if (auto path = below(to, version, full); path.size() != full.size())
      return full.substr(std::string_view{"/v1beta"}.size());
  return full;
}

class gemini_codec final : public provider_codec {
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
    json_writer out{body_size(original)};
    out.begin_object();
    if (auto bad = write_body(out, original))
      return bad;
    out.end_object();
    auto path = path_to(to, model_path(original));
    path +=
      original.stream ? ":streamGenerateContent?alt=sse" : ":generateContent";
    return post(to, path, out.take(), headers(to));
  }

  caf::expected<http_request> encode_count(const chat_request& request,
                                           const endpoint& to) const override {
    if (auto bad = check_quirks(to, format_name))
      return bad;
    if (auto bad = check_request(request))
      return bad;
    json_writer out{body_size(request)};
    out.begin_object().key("generateContentRequest").begin_object();
    out.key("model").joined("models/", bare_model(request));
    if (auto bad = write_body(out, request))
      return bad;
    out.end_object().end_object();
    return post(to, path_to(to, model_path(request)) + ":countTokens",
                out.take(), headers(to));
  }

  std::optional<uint64_t> decode_count(std::string_view body) const override {
    json_reader reader;
    const auto* x = reader.parse_object(body);
    return x ? maybe_count_at(*x, "totalTokens") : std::nullopt;
  }

  std::optional<failure> decode(std::string_view body,
                                chat_response& out) const override {
    return decode_gemini(body, out);
  }

  std::unique_ptr<stream_decoder> stream() const override {
    return stream_gemini();
  }

  failure classify(const http_head& head,
                   std::string_view body) const override {
    return classify_answer(head, body);
  }

  caf::expected<http_request> probe(const endpoint& to) const override {
    return get(to, path_to(to, "models?pageSize=1"), headers(to));
  }

private:
  static std::string_view bare_model(const chat_request& request) {
    std::string_view result = request.model;
    if (result.starts_with("models/"))
      result.remove_prefix(7);
    return result;
  }

  static std::string model_path(const chat_request& request) {
    return "models/" + percent_encoded(bare_model(request));
  }

  /// The fields of a request, without its braces.
  static caf::error write_body(json_writer& out, const chat_request& original) {
    std::optional<chat_request> room;
    const auto& request = mended(original, room);
    if (auto text = leading_system_text(request); !text.empty()) {
      out.key("systemInstruction").begin_object().key("parts").begin_array();
      out.begin_object().field("text", text).end_object();
      out.end_array().end_object();
    }
    write_tools(out, request);
    // An answer that is to go on: the same request, with its token.
    auto count = request.messages.size();
    if (auto token = continuation_of(request); !token.empty()) {
      out.field(continuation, token);
      --count;
    }
    if (auto bad = write_contents(out, request, count))
      return bad;
    write_config(out, request);
    return {};
  }

  /// Only the last answer can go on.
  static std::string continuation_of(const chat_request& request) {
    if (request.messages.empty()
        || request.messages.back().from != role::assistant)
      return {};
    for (const auto& x : request.messages.back().parts)
      if (auto token = continuation_in(x); !token.empty())
        return token;
    return {};
  }

  static http_headers headers(const endpoint& to) {
    if (to.api_key.empty())
      return {};
    return {{"x-goog-api-key", to.api_key}};
  }
};

} // namespace

codec_ptr gemini() {
  return std::make_shared<gemini_codec>();
}

} // namespace smart_agents::codecs
