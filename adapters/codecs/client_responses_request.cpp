#include "adapters/codecs/client_request.hpp"
#include "adapters/codecs/client_responses.hpp"
#include "adapters/codecs/json_writer.hpp"

#include <algorithm>

namespace smart_agents::codecs {

namespace {

constexpr std::string_view format_name = "openai-responses";
constexpr std::string_view family = "gpt";

opaque_part keep(const json::value& x) {
  return {std::string{format_name}, text_of_json(x)};
}

/// A part of a message, or of a tool's output.
part read_part(const json::value& item, const std::string& where,
               findings& out) {
  fields x{item, where, out};
  auto type = x.text("type", true);
  if (type == "input_text" || type == "output_text" || type == "text"
      || type == "summary_text")
    return text_part{x.text("text", true)};
  if (type == "refusal")
    return text_part{x.text("refusal", true)};
  if (type == "input_image" && x.at("image_url")) {
    auto result = media_from_url(media_part::kind::image, x.text("image_url"));
    result.detail = x.text("detail");
    return result;
  }
  if (type == "input_file" && (x.at("file_data") || x.at("file_url"))) {
    auto result =
      media_from_url(media_part::kind::document,
                     x.text(x.at("file_data") ? "file_data" : "file_url"));
    result.name = x.text("filename");
    return result;
  }
  if (type == "input_audio") {
    auto audio = x.object("input_audio");
    media_part result;
    result.what = media_part::kind::audio;
    result.base64 = audio.text("data", true);
    result.mime_type = "audio/" + audio.text("format", true);
    return result;
  }
  return keep(item);
}

std::vector<part> read_content(const fields& from, std::string_view key) {
  std::vector<part> result;
  const auto* content = from.at(key);
  if (content == nullptr)
    return result;
  if (content->is_string())
    return {text_part{std::string{view(*content)}}};
  if (content->is_array())
    from.each(key, [&](const json::value& item, const std::string& where) {
      result.push_back(read_part(item, where, from.out()));
    });
  else
    from.wrong(key, "must be a string or an array of parts");
  return result;
}

void read_message(const fields& x, std::vector<message>& to) {
  auto from = x.text("role");
  if (x.at("content") == nullptr)
    x.wrong("content", "is missing");
  auto parts = read_content(x, "content");
  if (from == "assistant")
    append(to, role::assistant, std::move(parts));
  else if (from == "user")
    append(to, role::user, std::move(parts));
  else if (from == "system" || from == "developer")
    to.push_back({role::system, std::move(parts)});
  else
    x.wrong("role", "must be user, assistant, system or developer");
}

tool_result_part read_output(const fields& x) {
  tool_result_part result;
  result.call_id = x.text("call_id", true);
  if (x.at("output") == nullptr)
    x.wrong("output", "is missing");
  for (auto& piece : read_content(x, "output")) {
    if (auto* text = std::get_if<text_part>(&piece))
      result.content.emplace_back(std::move(*text));
    else if (auto* media = std::get_if<media_part>(&piece))
      result.content.emplace_back(std::move(*media));
    else if (auto* opaque = std::get_if<opaque_part>(&piece))
      result.content.emplace_back(std::move(*opaque));
  }
  return result;
}

/// Reads the items of a conversation.
class item_reader {
public:
  item_reader(std::vector<message>& to, findings& out) : to_{to}, out_{out} {}

  void read(const json::value& item, const std::string& where) {
    fields x{item, where, out_};
    auto type = x.text("type");
    if (type.empty() || type == "message") {
      read_message(x, to_);
    } else if (type == "function_call") {
      read_call(x);
    } else if (type == "function_call_output") {
      append(to_, role::tool, {read_output(x)});
    } else if (type == "reasoning") {
      read_reasoning(x);
    } else if (type == "item_reference") {
      x.wrong("type", "item_reference: nothing is stored here; send the item "
                      "itself");
    } else {
      // Items that a tool's runner sends answer what the model said.
      auto ours = type.ends_with("_output") ? role::user : role::assistant;
      append(to_, ours, {keep(item)});
    }
  }

private:
  void read_call(const fields& x) {
    tool_call_part call;
    call.id = x.text("call_id", true);
    call.name = x.text("name", true);
    call.arguments = x.text("arguments");
    if (call.arguments.empty())
      call.arguments = "{}";
    auto state = std::exchange(for_call_, {});
    call.signature = std::move(state.text);
    call.signer = std::move(state.signer);
    append(to_, role::assistant, {std::move(call)});
  }

  void read_reasoning(const fields& x) {
    thinking_part result;
    for (const char* where : {"summary", "content"})
      for (const auto& piece : read_content(x, where))
        if (const auto* text = std::get_if<text_part>(&piece))
          result.text.append(result.text.empty() ? "" : "\n\n")
            .append(text->text);
    auto opened = unseal(x.text("encrypted_content"), format_name, family);
    if (opened.what == signed_thing::call) {
      for_call_ = std::move(opened);
      return;
    }
    result.signature = std::move(opened.text);
    result.origin = std::move(opened.origin);
    result.signer = std::move(opened.signer);
    append(to_, role::assistant, {std::move(result)});
  }

  std::vector<message>& to_;
  findings& out_;
  signature for_call_;
};

tool_definition read_tool(const json::value& item, const std::string& where,
                          findings& out) {
  fields x{item, where, out};
  tool_definition result;
  result.name = x.text("name");
  if (x.text("type", true) != "function") {
    result.format = format_name;
    result.json = text_of_json(item);
    return result;
  }
  if (result.name.empty())
    x.wrong("name", "is missing");
  result.description = x.text("description");
  if (auto schema = x.object_text("parameters"); !schema.empty())
    result.schema = std::move(schema);
  result.strict = x.flag("strict");
  result.defer_loading = x.flag("defer_loading");
  return result;
}

void read_choice(const fields& from, chat_request& chat) {
  chat.choice.parallel = from.flag("parallel_tool_calls", true);
  const auto* x = from.at("tool_choice");
  if (x == nullptr)
    return;
  if (!x->is_object()) {
    auto how = view(*x);
    if (how == "none")
      chat.choice.how = tool_choice::mode::none;
    else if (how == "required")
      chat.choice.how = tool_choice::mode::required;
    else if (how != "auto")
      from.wrong("tool_choice",
                 "must be none, auto, required or a named function");
    return;
  }
  auto choice = from.object("tool_choice");
  if (choice.text("type") == "allowed_tools") {
    // Only these may be called: the others are not offered.
    std::vector<std::string> names;
    choice.each("tools", [&](const json::value& item, const std::string& at) {
      names.push_back(fields{item, at, from.out()}.text("name"));
    });
    std::erase_if(chat.tools.edit(), [&](auto& tool) {
      return std::find(names.begin(), names.end(), tool.name) == names.end();
    });
    if (choice.text("mode") == "required")
      chat.choice.how = tool_choice::mode::required;
    return;
  }
  if (choice.text("type") != "function")
    return from.out().lost("tool_choice");
  chat.choice.how = tool_choice::mode::named;
  chat.choice.name = choice.text("name", true);
}

void check_unsupported(const fields& from) {
  for (const char* stored : {"previous_response_id", "conversation", "prompt"})
    if (from.at(stored) != nullptr)
      from.wrong(stored, "nothing is stored here; send the whole conversation "
                         "as input");
  if (from.flag("background"))
    from.wrong("background", "is not supported; use stream");
  from.lose({"context_management", "max_tool_calls", "moderation",
             "safety_identifier", "service_tier", "store", "top_logprobs",
             "user"});
  from.object("text").lose({"verbosity"});
  if (from.text("truncation") == "auto")
    from.out().lost("truncation");
}

/// What a response repeats of its request: the types demand it.
std::string echo_of(const json::object& from) {
  json_writer out{512};
  out.begin_object();
  auto repeat = [&](std::string_view key, std::string_view otherwise) {
    const auto* x = find(from, key);
    out.key(key).raw(x ? text_of_json(*x) : std::string{otherwise});
  };
  repeat("instructions", "null");
  repeat("max_output_tokens", "null");
  repeat("metadata", "{}");
  repeat("parallel_tool_calls", "true");
  repeat("prompt_cache_key", "null");
  repeat("reasoning", R"({"effort":null,"summary":null})");
  repeat("temperature", "1");
  repeat("text", R"({"format":{"type":"text"}})");
  repeat("tool_choice", R"("auto")");
  repeat("tools", "[]");
  repeat("top_p", "1");
  out.end_object();
  auto text = out.take();
  return text.substr(1, text.size() - 2);
}

} // namespace

caf::expected<client_request> parse_client_responses(std::string_view body,
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
  if (auto text = from.text("instructions"); !text.empty())
    chat.messages.push_back(text_message(role::system, std::move(text)));
  const auto* input = from.at("input");
  if (input == nullptr) {
    if (!count_only)
      from.wrong("input", "is missing");
  } else if (input->is_string()) {
    append(chat.messages.edit(), role::user,
           {text_part{std::string{view(*input)}}});
  } else if (input->is_array() && !input->get_array().empty()) {
    item_reader items{chat.messages.edit(), out};
    from.each("input", [&](const json::value& item, const std::string& at) {
      items.read(item, at);
    });
  } else {
    from.wrong("input", "must be a string or an array with at least one item");
  }
  from.each("tools", [&](const json::value& item, const std::string& at) {
    chat.tools.push_back(read_tool(item, at, out));
  });
  read_choice(from, chat);
  chat.max_output = from.count("max_output_tokens");
  chat.temperature = from.number("temperature");
  chat.top_p = from.number("top_p");
  chat.stream = from.flag("stream");
  auto reasoning = from.object("reasoning");
  chat.reasoning =
    effort_from(reasoning.text("effort"), reasoning.place("effort"), out);
  auto summary = reasoning.text("summary");
  chat.show_thoughts = !summary.empty() && summary != "none";
  chat.cache_key = from.text("prompt_cache_key");
  auto format = from.object("text").object("format");
  if (format.text("type") == "json_schema")
    chat.output_schema = format.object_text("schema");
  chat.json_output = format.text("type") == "json_object";
  check_unsupported(from);
  if (auto bad = out.fault())
    return bad;
  result.losses = out.take_losses();
  result.head.show_thoughts = chat.show_thoughts;
  result.head.echo = echo_of(**root);
  return result;
}

} // namespace smart_agents::codecs
