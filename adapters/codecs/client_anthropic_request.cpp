#include "adapters/codecs/client_anthropic.hpp"
#include "adapters/codecs/client_request.hpp"

#include <algorithm>

namespace smart_agents::codecs {

namespace {

constexpr std::string_view format_name = "anthropic";
constexpr std::string_view family = "claude";

cache_mark mark_at(const fields& x) {
  if (x.at("cache_control") == nullptr)
    return cache_mark::none;
  return x.object("cache_control").text("ttl") == "1h"
           ? cache_mark::one_hour
           : cache_mark::five_minutes;
}

/// A block of the format's own, kept whole but for its cache mark: those are
/// counted.
opaque_part keep(const fields& x) {
  auto copy = x.raw();
  if (copy.erase("cache_control") > 0)
    x.out().lost(x.place("cache_control"));
  return {std::string{format_name}, text_of_json(copy)};
}

/// An image or document; those by file id, or made of blocks, are kept.
part read_media(const fields& x, media_part::kind what) {
  auto source = x.object("source");
  auto type = source.text("type", true);
  media_part result;
  result.what = what;
  result.cache = mark_at(x);
  result.name = x.text("title");
  if (type == "base64") {
    result.mime_type = source.text("media_type", true);
    result.base64 = source.text("data", true);
    return result;
  }
  if (type == "url") {
    auto by_url = media_from_url(what, source.text("url", true));
    result.url = by_url.url;
    result.mime_type = by_url.mime_type;
    result.base64 = by_url.base64;
    return result;
  }
  // Every model reads plain text.
  if (type == "text" && what == media_part::kind::document)
    return text_part{source.text("data", true), result.cache};
  return keep(x);
}

tool_result_part read_result(const fields& x) {
  tool_result_part result;
  result.call_id = x.text("tool_use_id", true);
  result.is_error = x.flag("is_error");
  result.cache = mark_at(x);
  const auto* content = x.at("content");
  if (content == nullptr)
    return result;
  if (content->is_string()) {
    result.content.emplace_back(text_part{std::string{view(*content)}});
    return result;
  }
  x.each("content", [&](const json::value& item, const std::string& where) {
    fields block{item, where, x.out()};
    auto type = block.text("type", true);
    if (type == "text") {
      result.content.emplace_back(text_part{block.text("text", true)});
    } else if (type == "image" || type == "document") {
      auto media =
        read_media(block, type == "image" ? media_part::kind::image
                                          : media_part::kind::document);
      std::visit(
        [&](auto& y) {
          using kind = std::decay_t<decltype(y)>;
          if constexpr (
            std::is_same_v<
              kind,
              text_part> || std::is_same_v<kind, media_part> || std::is_same_v<kind, opaque_part>)
            result.content.emplace_back(std::move(y));
        },
        media);
    } else {
      result.content.emplace_back(keep(block));
    }
  });
  return result;
}

/// Reads the blocks of one message.
class block_reader {
public:
  explicit block_reader(findings& out) : out_{out} {}

  void read(const json::value& item, const std::string& where) {
    fields x{item, where, out_};
    auto type = x.text("type", true);
    if (type == "text") {
      text_part text{x.text("text", true), mark_at(x)};
      if (const auto* citations = x.at("citations");
          citations && citations->is_array() && !citations->get_array().empty())
        out_.lost("citations");
      parts_.emplace_back(std::move(text));
    } else if (type == "image") {
      parts_.push_back(read_media(x, media_part::kind::image));
    } else if (type == "document") {
      parts_.push_back(read_media(x, media_part::kind::document));
    } else if (type == "tool_use") {
      read_call(x);
    } else if (type == "tool_result") {
      parts_.emplace_back(read_result(x));
    } else if (type == "thinking") {
      read_thinking(x.text("thinking"), x.text("signature"), false);
    } else if (type == "redacted_thinking") {
      read_thinking({}, x.text("data", true), true);
    } else if (!type.empty()) {
      parts_.emplace_back(keep(x));
    }
  }

  std::vector<part> take() {
    return std::move(parts_);
  }

private:
  /// The state of a call that another provider made comes as a thought before
  /// it: blocks of calls have no place for it.
  void read_thinking(std::string text, const std::string& sealed,
                     bool redacted) {
    auto opened = unseal(sealed, format_name, family);
    if (opened.what == signed_thing::call) {
      for_call_ = std::move(opened);
      return;
    }
    parts_.emplace_back(thinking_part{std::move(text), opened.text, redacted,
                                      opened.origin, opened.signer});
  }

  void read_call(const fields& x) {
    tool_call_part call;
    call.id = x.text("id", true);
    call.name = x.text("name", true);
    call.arguments = x.object_text("input");
    if (call.arguments.empty())
      call.arguments = "{}";
    auto state = std::exchange(for_call_, {});
    call.signature = std::move(state.text);
    call.signer = std::move(state.signer);
    parts_.emplace_back(std::move(call));
  }

  findings& out_;
  std::vector<part> parts_;
  signature for_call_;
};

std::vector<part> read_content(const fields& from, std::string_view key) {
  const auto* content = from.at(key);
  if (content == nullptr)
    return {};
  if (content->is_string())
    return {text_part{std::string{view(*content)}}};
  block_reader blocks{from.out()};
  if (content->is_array())
    from.each(key, [&](const json::value& item, const std::string& where) {
      blocks.read(item, where);
    });
  else
    from.wrong(key, "must be a string or an array of blocks");
  return blocks.take();
}

void read_message(const json::value& item, const std::string& where,
                  findings& out, std::vector<message>& to) {
  fields x{item, where, out};
  auto from = x.text("role");
  if (x.at("content") == nullptr)
    x.wrong("content", "is missing");
  auto parts = read_content(x, "content");
  if (from == "assistant") {
    append(to, role::assistant, std::move(parts));
  } else if (from == "system") {
    to.push_back({role::system, std::move(parts)});
  } else if (from == "user") {
    // Results are a message of their own here.
    std::vector<part> results;
    std::vector<part> rest;
    for (auto& part : parts)
      (std::holds_alternative<tool_result_part>(part) ? results : rest)
        .push_back(std::move(part));
    if (!results.empty())
      append(to, role::tool, std::move(results));
    if (!rest.empty())
      append(to, role::user, std::move(rest));
  } else {
    x.wrong("role", "must be user, assistant or system");
  }
}

tool_definition read_tool(const json::value& item, const std::string& where,
                          findings& out) {
  fields x{item, where, out};
  tool_definition result;
  auto type = x.text("type");
  result.name = x.text("name");
  if (!type.empty() && type != "custom") {
    auto kept = keep(x);
    result.format = std::move(kept.format);
    result.json = std::move(kept.json);
    return result;
  }
  if (result.name.empty())
    x.wrong("name", "is missing");
  result.description = x.text("description");
  result.schema = x.object_text("input_schema");
  if (result.schema.empty())
    x.wrong("input_schema", "is missing");
  result.strict = x.flag("strict");
  result.defer_loading = x.flag("defer_loading");
  result.cache = mark_at(x);
  x.lose({"allowed_callers", "eager_input_streaming", "input_examples"});
  return result;
}

void read_choice(const fields& from, tool_choice& choice) {
  if (from.at("tool_choice") == nullptr)
    return;
  auto x = from.object("tool_choice");
  auto type = x.text("type", true);
  choice.parallel = !x.flag("disable_parallel_tool_use");
  if (type == "any")
    choice.how = tool_choice::mode::required;
  else if (type == "none")
    choice.how = tool_choice::mode::none;
  else if (type == "tool") {
    choice.how = tool_choice::mode::named;
    choice.name = x.text("name", true);
  } else if (type != "auto")
    x.wrong("type", "must be auto, any, tool or none");
}

void read_thinking(const fields& from, client_request& to) {
  if (from.at("thinking") != nullptr) {
    auto x = from.object("thinking");
    auto type = x.text("type", true);
    if (type == "disabled") {
      to.chat.reasoning = effort::none;
    } else if (type == "enabled" || type == "adaptive"
               || type == "between_tools") {
      to.chat.show_thoughts = x.text("display") != "omitted";
      if (type == "enabled")
        to.chat.thinking_budget = x.count("budget_tokens", 1024);
      // For providers that do not count in budgets.
      if (auto budget = to.chat.thinking_budget)
        to.chat.reasoning = *budget < 4096    ? effort::low
                            : *budget < 16384 ? effort::medium
                                              : effort::high;
    } else {
      x.wrong("type", "must be adaptive, enabled, disabled or between_tools");
    }
  }
  auto config = from.object("output_config");
  if (auto name = config.text("effort"); !name.empty())
    to.chat.reasoning = effort_from(name, config.place("effort"), from.out());
  if (auto format = config.object("format");
      format.text("type") == "json_schema")
    to.chat.output_schema = format.object_text("schema");
  config.lose({"task_budget"});
  to.head.show_thoughts = to.chat.show_thoughts;
}

/// A mark for the whole request stands for one behind its last block.
void mark_end(cache_mark mark, chat_request& chat) {
  if (mark == cache_mark::none || chat.messages.empty()
      || chat.messages.back().parts.empty())
    return;
  auto& last = chat.messages.edit().back().parts.back();
  if (auto* text = std::get_if<text_part>(&last))
    text->cache = mark;
  else if (auto* media = std::get_if<media_part>(&last))
    media->cache = mark;
  else if (auto* result = std::get_if<tool_result_part>(&last))
    result->cache = mark;
}

} // namespace

caf::expected<client_request> parse_client_anthropic(std::string_view body,
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
  chat.max_output = from.count("max_tokens");
  if (!chat.max_output && !count_only)
    from.wrong("max_tokens", "is missing");
  if (auto system = read_content(from, "system"); !system.empty())
    chat.messages.push_back({role::system, std::move(system)});
  auto none = true;
  from.each("messages", [&](const json::value& item, const std::string& at) {
    none = false;
    read_message(item, at, out, chat.messages.edit());
  });
  if (none)
    out.wrong("messages", "must be an array with at least one message");
  from.each("tools", [&](const json::value& item, const std::string& at) {
    chat.tools.push_back(read_tool(item, at, out));
  });
  read_choice(from, chat.choice);
  chat.temperature = from.number("temperature");
  chat.top_p = from.number("top_p");
  chat.stop = from.texts("stop_sequences");
  chat.stream = from.flag("stream");
  read_thinking(from, result);
  mark_end(mark_at(from), chat);
  from.lose({"container", "context_management", "inference_geo", "mcp_servers",
             "service_tier", "speed", "top_k"});
  if (auto bad = out.fault())
    return bad;
  result.losses = out.take_losses();
  return result;
}

} // namespace smart_agents::codecs
