#include "adapters/codecs/client_chat.hpp"
#include "adapters/codecs/client_request.hpp"

#include <algorithm>

namespace smart_agents::codecs {

namespace {

constexpr std::string_view format_name = "openai-chat";

/// A mark as compatible clients send it to models that want marks.
cache_mark mark_at(const fields& x) {
  if (x.at("cache_control") == nullptr)
    return cache_mark::none;
  return x.object("cache_control").text("ttl") == "1h"
           ? cache_mark::one_hour
           : cache_mark::five_minutes;
}

media_part read_image(const fields& x) {
  auto image = x.object("image_url");
  auto result =
    media_from_url(media_part::kind::image, image.text("url", true));
  result.detail = image.text("detail");
  result.cache = mark_at(x);
  return result;
}

media_part read_audio(const fields& x) {
  auto audio = x.object("input_audio");
  media_part result;
  result.what = media_part::kind::audio;
  result.base64 = audio.text("data", true);
  result.mime_type = "audio/" + audio.text("format", true);
  return result;
}

part read_file(const fields& x, const json::value& item) {
  auto file = x.object("file");
  if (file.at("file_data") == nullptr)
    return opaque_part{std::string{format_name}, text_of_json(item)};
  auto result =
    media_from_url(media_part::kind::document, file.text("file_data"));
  result.name = file.text("filename");
  result.cache = mark_at(x);
  return result;
}

void read_part(const json::value& item, const std::string& where, findings& out,
               std::vector<part>& parts) {
  fields x{item, where, out};
  auto type = x.text("type", true);
  if (type == "text")
    parts.emplace_back(text_part{x.text("text", true), mark_at(x)});
  else if (type == "refusal")
    parts.emplace_back(text_part{x.text("refusal", true)});
  else if (type == "image_url")
    parts.emplace_back(read_image(x));
  else if (type == "input_audio")
    parts.emplace_back(read_audio(x));
  else if (type == "file")
    parts.push_back(read_file(x, item));
  else if (!type.empty())
    x.wrong("type", "must be text, image_url, input_audio, file or refusal, "
                    "not '"
                      + type.substr(0, 40) + "'");
}

std::vector<part> read_content(const fields& from, bool required) {
  std::vector<part> result;
  const auto* content = from.at("content");
  if (content == nullptr) {
    if (required)
      from.wrong("content", "is missing");
  } else if (content->is_string()) {
    result.emplace_back(text_part{std::string{view(*content)}, mark_at(from)});
  } else if (content->is_array()) {
    from.each("content", [&](const json::value& item, const std::string& at) {
      read_part(item, at, from.out(), result);
    });
  } else {
    from.wrong("content", "must be a string or an array of parts");
  }
  return result;
}

tool_call_part read_call(const fields& x) {
  tool_call_part result;
  auto function = x.object("function");
  result.id = x.text("id", true);
  result.name = function.text("name", true);
  result.arguments = function.text("arguments");
  if (result.arguments.empty())
    result.arguments = "{}";
  // Google's extension, which clients give back with the call.
  auto extra = x.object("extra_content").object("google");
  auto opened = unseal(extra.text("thought_signature"), format_name, {});
  result.signature = opened.text;
  result.signer = opened.signer;
  return result;
}

void read_assistant(const fields& x, std::vector<message>& to) {
  std::vector<part> parts;
  auto thoughts = x.text("reasoning_content");
  if (thoughts.empty())
    thoughts = x.text("reasoning");
  std::string details;
  x.each("reasoning_details", [&](const json::value& item, const std::string&) {
    details.append(details.empty() ? "" : ",").append(text_of_json(item));
  });
  if (!thoughts.empty() || !details.empty())
    parts.emplace_back(thinking_part{std::move(thoughts), std::move(details),
                                     false, std::string{format_name}});
  for (auto& y : read_content(x, false))
    parts.push_back(std::move(y));
  if (auto refusal = x.text("refusal"); !refusal.empty())
    parts.emplace_back(text_part{std::move(refusal)});
  x.each("tool_calls", [&](const json::value& item, const std::string& at) {
    fields call{item, at, x.out()};
    if (auto type = call.text("type"); !type.empty() && type != "function")
      call.wrong("type", "must be function");
    parts.emplace_back(read_call(call));
  });
  x.lose({"audio"});
  append(to, role::assistant, std::move(parts));
}

void read_result(const fields& x, std::vector<message>& to) {
  tool_result_part result;
  result.call_id = x.text("tool_call_id", true);
  result.name = x.text("name");
  for (auto& piece : read_content(x, true)) {
    if (auto* text = std::get_if<text_part>(&piece))
      result.content.emplace_back(std::move(*text));
    else if (auto* media = std::get_if<media_part>(&piece))
      result.content.emplace_back(std::move(*media));
    else if (auto* opaque = std::get_if<opaque_part>(&piece))
      result.content.emplace_back(std::move(*opaque));
  }
  append(to, role::tool, {std::move(result)});
}

void read_message(const json::value& item, const std::string& where,
                  findings& out, std::vector<message>& to) {
  fields x{item, where, out};
  auto from = x.text("role");
  if (from == "system" || from == "developer")
    to.push_back({role::system, read_content(x, true)});
  else if (from == "user")
    to.push_back({role::user, read_content(x, true)});
  else if (from == "assistant")
    read_assistant(x, to);
  else if (from == "tool")
    read_result(x, to);
  else
    x.wrong("role", "must be system, developer, user, assistant or tool");
}

tool_definition read_tool(const json::value& item, const std::string& where,
                          findings& out) {
  fields x{item, where, out};
  auto function = x.object("function");
  tool_definition result;
  if (x.text("type", true) != "function") {
    x.wrong("type", "must be function");
    return result;
  }
  result.name = function.text("name", true);
  result.description = function.text("description");
  if (auto schema = function.object_text("parameters"); !schema.empty())
    result.schema = std::move(schema);
  result.strict = function.flag("strict");
  result.cache = mark_at(x);
  return result;
}

/// Only these may be called: the others are not offered.
void keep_allowed(const fields& allowed, chat_request& chat) {
  std::vector<std::string> names;
  allowed.each("tools", [&](const json::value& item, const std::string& at) {
    fields tool{item, at, allowed.out()};
    names.push_back(tool.object("function").text("name"));
  });
  std::erase_if(chat.tools.edit(), [&](auto& x) {
    return std::find(names.begin(), names.end(), x.name) == names.end();
  });
  chat.choice.how = allowed.text("mode") == "required"
                      ? tool_choice::mode::required
                      : tool_choice::mode::automatic;
}

void read_choice(const fields& from, chat_request& chat) {
  chat.choice.parallel = from.flag("parallel_tool_calls", true);
  const auto* x = from.at("tool_choice");
  if (x == nullptr)
    return;
  if (x->is_object()) {
    auto choice = from.object("tool_choice");
    if (choice.text("type") == "allowed_tools")
      return keep_allowed(choice.object("allowed_tools"), chat);
    chat.choice.how = tool_choice::mode::named;
    chat.choice.name = choice.object("function").text("name", true);
    return;
  }
  auto how = view(*x);
  if (how == "none")
    chat.choice.how = tool_choice::mode::none;
  else if (how == "required")
    chat.choice.how = tool_choice::mode::required;
  else if (how != "auto")
    from.wrong("tool_choice",
               "must be none, auto, required or a named function");
}

void read_output_format(const fields& from, chat_request& chat) {
  auto format = from.object("response_format");
  auto type = format.text("type");
  if (type == "json_schema")
    chat.output_schema = format.object("json_schema").object_text("schema");
  chat.json_output = type == "json_object"
                     || (type == "json_schema" && chat.output_schema.empty());
}

void check_unsupported(const fields& from) {
  if (from.count("n").value_or(1) != 1)
    from.wrong("n", "must be 1: one answer a request");
  for (const char* old : {"functions", "function_call"})
    if (from.at(old) != nullptr)
      from.wrong(old, "is an old form; use tools and tool_choice");
  from.lose({"audio", "frequency_penalty", "logit_bias", "logprobs", "metadata",
             "moderation", "modalities", "prediction", "presence_penalty",
             "safety_identifier", "seed", "service_tier", "store",
             "top_logprobs", "user", "verbosity", "web_search_options"});
}

} // namespace

caf::expected<client_request> parse_client_chat(std::string_view body,
                                                bool count_only) {
  findings out;
  client_request result;
  auto& chat = result.chat;
  json_reader reader;
  auto root = parse_body(reader, body);
  if (!root)
    return std::move(root.error());
  fields from{**root, "", out};
  chat.model = from.text("model");
  if (chat.model.empty())
    out.wrong("model", "must be a string, for example \"auto\"");
  from.each("messages", [&](const json::value& item, const std::string& at) {
    read_message(item, at, out, chat.messages.edit());
  });
  if (chat.messages.empty() && !count_only)
    out.wrong("messages", "must be an array with at least one message");
  from.each("tools", [&](const json::value& item, const std::string& at) {
    chat.tools.push_back(read_tool(item, at, out));
  });
  read_choice(from, chat);
  chat.max_output = from.count("max_completion_tokens");
  if (!chat.max_output)
    chat.max_output = from.count("max_tokens");
  chat.temperature = from.number("temperature");
  chat.top_p = from.number("top_p");
  chat.stop = from.texts("stop");
  chat.reasoning =
    effort_from(from.text("reasoning_effort"), "reasoning_effort", out);
  chat.cache_key = from.text("prompt_cache_key");
  chat.stream = from.flag("stream");
  read_output_format(from, chat);
  check_unsupported(from);
  result.head.stream_usage =
    from.object("stream_options").flag("include_usage");
  // Thoughts come in a field of their own that clients ignore who do not know
  // it.
  result.head.show_thoughts = true;
  if (auto bad = out.fault())
    return bad;
  result.losses = out.take_losses();
  return result;
}

} // namespace smart_agents::codecs
