#include "adapters/verbatim.hpp"

#include "adapters/codecs/wire.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

namespace smart_agents {

namespace {

namespace ondemand = simdjson::ondemand;

/// FNV-1a over everything that a request says, lengths included; what a body
/// may have replaced (model, cap, stream) is left out.
class digest {
public:
  void add(std::string_view text) {
    add(uint64_t{text.size()});
    // Eight bytes a step: prompts are long.
    while (text.size() >= 8) {
      uint64_t word = 0;
      std::memcpy(&word, text.data(), 8);
      mix(word);
      text.remove_prefix(8);
    }
    for (char c : text)
      mix(static_cast<unsigned char>(c));
  }
  void add(uint64_t x) {
    mix(x);
  }
  void add(const std::optional<double>& x) {
    uint64_t bits = 0;
    if (x)
      std::memcpy(&bits, &*x, 8);
    mix(bits);
    mix(x.has_value());
  }

  void add(const text_part& x) {
    add(x.text);
    add(static_cast<uint64_t>(x.cache));
  }
  void add(const media_part& x) {
    add(static_cast<uint64_t>(x.what));
    for (const auto* text :
         {&x.mime_type, &x.base64, &x.url, &x.name, &x.detail})
      add(*text);
    add(static_cast<uint64_t>(x.cache));
  }
  void add(const thinking_part& x) {
    for (const auto* text : {&x.text, &x.signature, &x.origin, &x.signer})
      add(*text);
    add(uint64_t{x.redacted});
  }
  void add(const tool_call_part& x) {
    for (const auto* text :
         {&x.id, &x.name, &x.arguments, &x.signature, &x.signer})
      add(*text);
  }
  void add(const opaque_part& x) {
    add(x.format);
    add(x.json);
  }
  void add(const tool_result_part& x) {
    add(x.call_id);
    add(x.name);
    add(uint64_t{x.content.size()});
    for (const auto& piece : x.content) {
      add(uint64_t{piece.index()});
      std::visit([this](const auto& y) { add(y); }, piece);
    }
    add(uint64_t{x.is_error});
    add(static_cast<uint64_t>(x.cache));
  }
  void add(const tool_definition& x) {
    for (const auto* text :
         {&x.name, &x.description, &x.schema, &x.format, &x.json})
      add(*text);
    add(uint64_t{x.strict} * 2 + x.defer_loading);
    add(static_cast<uint64_t>(x.cache));
  }

  uint64_t value() const {
    return hash_;
  }

private:
  void mix(uint64_t x) {
    hash_ = (hash_ ^ x) * 0x100000001b3;
    hash_ ^= hash_ >> 29;
  }

  uint64_t hash_ = 0xcbf29ce484222325;
};

uint64_t digest_of(const chat_request& x) {
  digest out;
  out.add(uint64_t{x.messages.size()});
  for (const auto& message : x.messages) {
    out.add(static_cast<uint64_t>(message.from));
    out.add(uint64_t{message.parts.size()});
    for (const auto& part : message.parts) {
      out.add(uint64_t{part.index()});
      std::visit([&out](const auto& y) { out.add(y); }, part);
    }
  }
  out.add(uint64_t{x.tools.size()});
  for (const auto& tool : x.tools)
    out.add(tool);
  out.add(static_cast<uint64_t>(x.choice.how));
  out.add(x.choice.name);
  out.add(uint64_t{x.choice.parallel});
  out.add(x.temperature);
  out.add(x.top_p);
  out.add(uint64_t{x.stop.size()});
  for (const auto& text : x.stop)
    out.add(text);
  out.add(static_cast<uint64_t>(x.reasoning));
  out.add(uint64_t{x.thinking_budget.value_or(0)});
  out.add(uint64_t{x.show_thoughts} * 2 + x.json_output);
  out.add(x.cache_key);
  out.add(x.output_schema);
  return out.value();
}

/// Anything that only our own rendering puts right.
bool needs_rendering(std::string_view format, const chat_request& x) {
  std::optional<chat_request> room;
  if (&codecs::mended(x, room) != &x)
    return true;
  for (const auto& message : x.messages)
    for (const auto& part : message.parts) {
      const auto* thinking = std::get_if<thinking_part>(&part);
      if (thinking && thinking->origin != format)
        return true;
      const auto* call = std::get_if<tool_call_part>(&part);
      if (call && !call->signature.empty())
        return true;
    }
  return false;
}

/// One outermost field.
struct span {
  std::string_view key;
  /// From the key's quote to the end of the value.
  size_t begin = 0;
  size_t end = 0;
  size_t value = 0;
};

std::optional<std::vector<span>>
fields_of(const simdjson::padded_string& text) {
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object object;
  if (parser.iterate(text).get(document) || document.get_object().get(object))
    return std::nullopt;
  std::vector<span> result;
  for (auto item : object) {
    ondemand::field field;
    if (std::move(item).get(field))
      return std::nullopt;
    span x;
    const char* key = field.key().raw();
    // Escapes in a key we look for are not worth their trouble: such a field is
    // taken for another, as a provider may take it, too.
    x.begin = static_cast<size_t>(key - text.data()) - 1;
    auto length =
      std::string_view{text.data(), text.size()}.find('"', x.begin + 1);
    while (length != std::string_view::npos && text.data()[length - 1] == '\\')
      length = std::string_view{text.data(), text.size()}.find('"', length + 1);
    if (length == std::string_view::npos)
      return std::nullopt;
    x.key = {key, length - x.begin - 1};
    ondemand::value value = field.value();
    std::string_view raw;
    if (simdjson::to_json_string(value).get(raw))
      return std::nullopt;
    x.value = static_cast<size_t>(raw.data() - text.data());
    while (!raw.empty()
           && std::string_view{" \t\r\n"}.find(raw.back())
                != std::string_view::npos)
      raw.remove_suffix(1);
    x.end = x.value + raw.size();
    result.push_back(x);
  }
  return result;
}

} // namespace

std::shared_ptr<const client_body>
keep_body(std::string_view format, std::shared_ptr<const std::string> json,
          http_headers headers, const chat_request& parsed) {
  if (!json || needs_rendering(format, parsed))
    return nullptr;
  auto result = std::make_shared<client_body>();
  result->format = format;
  result->json = std::move(json);
  result->headers = std::move(headers);
  result->digest = digest_of(parsed);
  return result;
}

std::optional<std::string> splice(std::string_view body,
                                  const std::vector<body_change>& changes) {
  simdjson::padded_string text{body};
  auto fields = fields_of(text);
  if (!fields)
    return std::nullopt;
  std::string out;
  out.reserve(body.size() + 256);
  out += '{';
  auto write = [&out](std::string_view piece) {
    if (out.size() > 1)
      out += ',';
    out += piece;
  };
  for (const auto& x : *fields) {
    auto change = std::find_if(changes.begin(), changes.end(),
                               [&](auto& c) { return c.key == x.key; });
    if (change == changes.end())
      write(body.substr(x.begin, x.end - x.begin));
    else if (change->json)
      write(std::string{body.substr(x.begin, x.value - x.begin)}
            + *change->json);
  }
  for (const auto& change : changes) {
    auto there = std::any_of(fields->begin(), fields->end(),
                             [&](auto& x) { return x.key == change.key; });
    if (!there && change.add && change.json)
      write("\"" + std::string{change.key} + "\":" + *change.json);
  }
  out += '}';
  return out;
}

std::string json_string(std::string_view text) {
  codecs::json_writer out{text.size() + 16};
  out.value(text);
  return out.take();
}

std::vector<body_change> common_changes(const chat_request& request,
                                        std::string_view vendor) {
  std::vector<body_change> result;
  result.push_back({"model", json_string(request.model)});
  result.push_back(
    {"stream", std::string{request.stream ? "true" : "false"}, request.stream});
  auto model = catalogue::built_in().find(vendor, request.model);
  if (model.known && !model.sampling_params)
    for (std::string_view key : {"temperature", "top_p", "top_k"})
      result.push_back({key, std::nullopt});
  return result;
}

bool may_pass(const chat_request& request, std::string_view format) {
  const auto* body = request.verbatim.get();
  if (body == nullptr || body->format != format)
    return false;
  simdjson::padded_string text{*body->json};
  ondemand::parser parser;
  ondemand::document document;
  std::string_view model;
  if (parser.iterate(text).get(document)
      || document["model"].get_string().get(model))
    return false;
  return !model.empty() && codecs::same_model(model, request.model)
         && digest_of(request) == body->digest;
}

} // namespace smart_agents
