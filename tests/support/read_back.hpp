#pragma once

#include "adapters/codecs/json_reader.hpp"
#include "adapters/http_client.hpp"
#include "messages/chat.hpp"

#include <string>
#include <string_view>

/// Reads requests of the formats that we do not serve, Gemini's and Ollama's,
/// back into the canonical model: as much as the random conversations need.

namespace smart_agents::test {

namespace read {

using namespace codecs;

inline void add(chat_request& to, role from, part x) {
  if (to.messages.empty() || to.messages.back().from != from)
    to.messages.push_back({from, {}});
  to.messages.edit().back().parts.push_back(std::move(x));
}

inline media_part media(std::string_view type, std::string_view data) {
  media_part result;
  result.what = type.starts_with("image")   ? media_part::kind::image
                : type.starts_with("audio") ? media_part::kind::audio
                                            : media_part::kind::document;
  result.mime_type = type;
  result.base64 = data;
  return result;
}

inline void gemini_part(chat_request& to, bool model, const json::object& x) {
  auto from = model ? role::assistant : role::user;
  auto signature = string_at(x, "thoughtSignature");
  if (const auto* call = find(x, "functionCall")) {
    const auto& fields = as_object(*call);
    add(to, from,
        tool_call_part{string_at(fields, "id"),
                       string_at(fields, "name"),
                       text_of_json(fields.at("args")),
                       {}});
  } else if (const auto* response = find(x, "functionResponse")) {
    const auto& fields = as_object(*response);
    const auto& said = object_at(fields, "response");
    tool_result_part result;
    result.call_id = string_at(fields, "id");
    result.is_error = find(said, "error") != nullptr;
    result.content.emplace_back(
      text_part{string_at(said, result.is_error ? "error" : "result")});
    add(to, role::tool, std::move(result));
  } else if (const auto* data = find(x, "inlineData")) {
    const auto& fields = as_object(*data);
    add(to, from, media(text_at(fields, "mimeType"), text_at(fields, "data")));
  } else if (true_at(x, "thought") || !signature.empty()) {
    add(to, from,
        thinking_part{string_at(x, "text"), signature, false, "gemini",
                      "gemini*"});
  } else {
    add(to, from, text_part{string_at(x, "text")});
  }
}

inline chat_request gemini(const http_request& sent, const json::object& x) {
  chat_request result;
  constexpr std::string_view models = "/models/";
  auto path = std::string_view{sent.to.target};
  path.remove_prefix(path.find(models) + models.size());
  result.model = path.substr(0, path.find(':'));
  result.stream = path.find("stream") != path.npos;
  for (const auto& item : array_at(object_at(x, "systemInstruction"), "parts"))
    add(result, role::system, text_part{string_at(as_object(item), "text")});
  for (const auto& turn : array_at(x, "contents"))
    for (const auto& item : array_at(as_object(turn), "parts"))
      gemini_part(result, text_at(as_object(turn), "role") == "model",
                  as_object(item));
  for (const auto& tools : array_at(x, "tools"))
    for (const auto& item :
         array_at(as_object(tools), "functionDeclarations")) {
      const auto& tool = as_object(item);
      result.tools.push_back({string_at(tool, "name"),
                              string_at(tool, "description"),
                              text_of_json(tool.at("parametersJsonSchema"))});
    }
  const auto& choice =
    object_at(object_at(x, "toolConfig"), "functionCallingConfig");
  const auto& allowed = array_at(choice, "allowedFunctionNames");
  if (text_at(choice, "mode") == "NONE")
    result.choice.how = tool_choice::mode::none;
  else if (text_at(choice, "mode") == "ANY")
    result.choice.how =
      allowed.empty() ? tool_choice::mode::required : tool_choice::mode::named;
  if (!allowed.empty())
    result.choice.name = view(allowed[0]);
  const auto& config = object_at(x, "generationConfig");
  result.max_output = count_at(config, "maxOutputTokens");
  if (const auto* found = find(config, "temperature"))
    result.temperature = found->to_number<double>();
  if (const auto* schema = find(config, "responseJsonSchema"))
    result.output_schema = text_of_json(*schema);
  return result;
}

inline void ollama_message(chat_request& to, const json::object& x) {
  auto who = text_at(x, "role");
  auto text = string_at(x, "content");
  if (who == "tool") {
    tool_result_part result;
    result.call_id = string_at(x, "tool_call_id");
    result.content.emplace_back(text_part{std::move(text)});
    return add(to, role::tool, std::move(result));
  }
  auto from = who == "system"      ? role::system
              : who == "assistant" ? role::assistant
                                   : role::user;
  // Each message is one, also where two of a role follow one another.
  to.messages.push_back({from, {}});
  if (!text.empty())
    add(to, from, text_part{std::move(text)});
  for (const auto& item : array_at(x, "images"))
    // It does not say what they are; PNG and WAV begin differently.
    add(to, from,
        media(view(item).starts_with("UklG") ? "audio/wav" : "image/png",
              view(item)));
  for (const auto& item : array_at(x, "tool_calls")) {
    const auto& call = as_object(item);
    const auto& function = object_at(call, "function");
    add(to, from,
        tool_call_part{string_at(call, "id"),
                       string_at(function, "name"),
                       text_of_json(function.at("arguments")),
                       {}});
  }
}

inline chat_request ollama(const json::object& x) {
  chat_request result;
  result.model = string_at(x, "model");
  result.stream = true_at(x, "stream");
  for (const auto& item : array_at(x, "messages"))
    ollama_message(result, as_object(item));
  for (const auto& item : array_at(x, "tools")) {
    const auto& tool = object_at(as_object(item), "function");
    result.tools.push_back({string_at(tool, "name"),
                            string_at(tool, "description"),
                            text_of_json(tool.at("parameters"))});
  }
  const auto& options = object_at(x, "options");
  result.max_output = count_at(options, "num_predict");
  if (const auto* found = find(options, "temperature"))
    result.temperature = found->to_number<double>();
  if (const auto* schema = find(x, "format"))
    result.output_schema = text_of_json(*schema);
  return result;
}

} // namespace read

/// The request as it was, for `gemini` and `ollama`.
inline chat_request read_back(std::string_view format,
                              const http_request& sent) {
  codecs::json_reader reader;
  auto body = sent.body.text();
  const auto* x = reader.parse_object(body);
  if (x == nullptr)
    return {};
  return format == "gemini" ? read::gemini(sent, *x) : read::ollama(*x);
}

} // namespace smart_agents::test
