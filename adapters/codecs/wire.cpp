#include "adapters/codecs/wire.hpp"

#include "adapters/codecs/json_reader.hpp"
#include "messages/error.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cmath>

namespace smart_agents::codecs {

namespace {

caf::expected<http_request> request_to(const endpoint& to, const char* method,
                                       std::string_view path,
                                       http_headers headers) {
  auto base = url::parse(to.base_url);
  if (!base)
    return make_error(ec::bad_config, "base_url: " + render(base.error()));
  http_request result;
  result.method = method;
  result.to = std::move(*base);
  auto& target = result.to.target;
  while (!target.empty() && target.back() == '/')
    target.pop_back();
  target += path;
  result.headers = std::move(headers);
  result.headers.insert(result.headers.end(), to.extra_headers.begin(),
                        to.extra_headers.end());
  return result;
}

template <class Piece, class Visitor>
void for_each_text(const Piece& x, const Visitor& visit);

/// The texts of those parts that a tool's result cannot hold.
template <class Visitor>
void for_each_other_text(const part& x, const Visitor& visit) {
  if (const auto* thinking = std::get_if<thinking_part>(&x)) {
    visit(thinking->text, "thinking");
    visit(thinking->signature, "signature");
  } else if (const auto* call = std::get_if<tool_call_part>(&x)) {
    visit(call->id, "call id");
    visit(call->name, "tool name");
    visit(call->arguments, "arguments");
    visit(call->signature, "signature");
  } else if (const auto* result = std::get_if<tool_result_part>(&x)) {
    visit(result->call_id, "call id");
    visit(result->name, "tool name");
    for (const auto& piece : result->content)
      for_each_text(piece, visit);
  }
}

/// Calls `visit(text, name)` with all that a part writes into a body.
template <class Piece, class Visitor>
void for_each_text(const Piece& x, const Visitor& visit) {
  if (const auto* text = std::get_if<text_part>(&x)) {
    visit(text->text, "text");
  } else if (const auto* media = std::get_if<media_part>(&x)) {
    visit(media->mime_type, "media type");
    visit(media->base64, "base64 data");
    visit(media->url, "URL");
    visit(media->name, "file name");
    visit(media->detail, "detail");
  } else if (const auto* opaque = std::get_if<opaque_part>(&x)) {
    visit(opaque->json, "block");
  }
  if constexpr (std::is_same_v<Piece, part>)
    for_each_other_text(x, visit);
}

/// Where the first byte stands that is no UTF-8; `validate_utf8` only says that
/// there is one. Only called when there is, so it may be slow.
size_t first_bad_byte(std::string_view text) {
  size_t good = 0;
  while (good < text.size()) {
    size_t length = 1;
    while (length < 4 && good + length < text.size()
           && (text[good + length] & 0xC0) == 0x80)
      ++length;
    if (!simdjson::validate_utf8(text.data() + good, length))
      break;
    good += length;
  }
  return good;
}

/// Remembers the first text that no format carries. NUL would be good JSON, but
/// providers refuse it in words that help nobody.
class text_check {
public:
  void operator()(std::string_view text, std::string_view what,
                  std::string_view where) {
    if (error_)
      return;
    if (auto nul = text.find('\0'); nul != std::string_view::npos)
      error_ = make_error(ec::bad_input, std::string{where} + ": NUL at byte "
                                           + std::to_string(nul));
    else if (!simdjson::validate_utf8(text.data(), text.size()))
      error_ = make_error(ec::bad_input,
                          std::string{where} + ": the " + std::string{what}
                            + " is not UTF-8 at byte "
                            + std::to_string(first_bad_byte(text)));
  }

  caf::error take() {
    return std::move(error_);
  }

private:
  caf::error error_;
};

} // namespace

caf::expected<http_request> post(const endpoint& to, std::string_view path,
                                 http_body body, http_headers headers) {
  headers.emplace_back("Content-Type", "application/json");
  auto result = request_to(to, "POST", path, std::move(headers));
  if (result)
    result->body = std::move(body);
  return result;
}

caf::expected<http_request> passing(caf::expected<http_request> request) {
  if (request)
    request->verbatim = true;
  return request;
}

caf::expected<http_request> get(const endpoint& to, std::string_view path,
                                http_headers headers) {
  return request_to(to, "GET", path, std::move(headers));
}

http_headers bearer(const endpoint& to) {
  if (to.api_key.empty())
    return {};
  return {{"Authorization", "Bearer " + to.api_key}};
}

std::string_view below(const endpoint& to, std::string_view prefix,
                       std::string_view path) {
  std::string_view base = to.base_url;
  while (!base.empty() && base.back() == '/')
    base.remove_suffix(1);
  auto there = base.size() >= prefix.size()
               && base.substr(base.size() - prefix.size()) == prefix;
  return there ? path.substr(prefix.size()) : path;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      result += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result;
}

bool has_quirk(const std::vector<std::string>& quirks, std::string_view name) {
  return std::find(quirks.begin(), quirks.end(), name) != quirks.end();
}

caf::error check_quirks(const endpoint& to, std::string_view format) {
  if (to.quirks.empty())
    return {};
  auto known = codec_quirks(format);
  for (const auto& x : to.quirks)
    if (std::find(known.begin(), known.end(), x) == known.end()) {
      std::string names;
      for (const auto& name : known)
        names.append(names.empty() ? "" : ", ").append(name);
      return make_error(ec::bad_config,
                        "quirks: '" + x + "' is not known to this format"
                          + (names.empty() ? std::string{", which has none"}
                                           : "; it knows " + names));
    }
  return {};
}

caf::error check_request(const chat_request& request) {
  text_check check;
  check(request.model, "name", "model");
  check(request.output_schema, "schema", "output_schema");
  check(request.cache_key, "text", "cache_key");
  for (const auto& x : request.stop)
    check(x, "text", "stop");
  check(request.choice.name, "name", "tool_choice");
  for (size_t i = 0; i < request.messages.size(); ++i) {
    auto where = "messages[" + std::to_string(i) + "]";
    for (const auto& x : request.messages[i].parts)
      for_each_text(x, [&](std::string_view text, std::string_view what) {
        check(text, what, where);
      });
  }
  for (size_t i = 0; i < request.tools.size(); ++i) {
    const auto& x = request.tools[i];
    auto where = "tools[" + std::to_string(i) + "]";
    check(x.name, "name", where);
    check(x.description, "description", where);
    check(x.schema, "schema", where);
    check(x.json, "definition", where);
    if (!x.format.empty() && !is_json_object(x.json))
      return make_error(ec::bad_input,
                        where + ": the definition is not a JSON object");
    if (!is_json_object(x.schema))
      return make_error(ec::bad_input,
                        where + ": the schema is not a JSON object");
  }
  if (auto bad = check.take())
    return bad;
  if (!request.output_schema.empty() && !is_json_object(request.output_schema))
    return make_error(ec::bad_input, "output_schema: not a JSON object");
  for (const auto& [name, x] : {std::pair{"temperature", request.temperature},
                                {"top_p", request.top_p}})
    if (x && !std::isfinite(*x))
      return make_error(ec::bad_input, std::string{name} + ": not a number");
  return {};
}

caf::error unsupported(std::string_view format, std::string_view what) {
  return make_error(ec::unsupported,
                    std::string{format} + " cannot carry " + std::string{what});
}

size_t body_size(const chat_request& request) {
  size_t result = 1024;
  for (const auto& message : request.messages) {
    result += 64;
    for (const auto& x : message.parts)
      for_each_text(x, [&result](std::string_view text, std::string_view) {
        result += 32 + text.size() + text.size() / 32;
      });
  }
  for (const auto& x : request.tools)
    result += 128 + x.name.size() + x.description.size() + x.schema.size()
              + x.json.size();
  return result;
}

caf::expected<std::string_view> arguments_of(const tool_call_part& call) {
  if (call.arguments.empty())
    return std::string_view{"{}"};
  if (!is_json_object(call.arguments))
    return make_error(ec::bad_input, "arguments of call " + call.id + " to "
                                       + call.name + ": not a JSON object");
  return std::string_view{call.arguments};
}

std::string text_of_result(const tool_result_part& result) {
  std::string text;
  for (const auto& piece : result.content)
    if (const auto* x = std::get_if<text_part>(&piece))
      text.append(text.empty() ? "" : "\n").append(x->text);
    else if (const auto* opaque = std::get_if<opaque_part>(&piece))
      text.append(text.empty() ? "" : "\n").append(opaque->json);
  return text;
}

std::string_view tool_name_of(const chat_request& request,
                              const tool_result_part& result) {
  if (!result.name.empty())
    return result.name;
  for (const auto& message : request.messages)
    for (const auto& x : message.parts)
      if (const auto* call = std::get_if<tool_call_part>(&x);
          call && call->id == result.call_id)
        return call->name;
  return "unknown";
}

size_t leading_systems(const chat_request& request) {
  auto first = std::find_if(request.messages.begin(), request.messages.end(),
                            [](auto& x) { return x.from != role::system; });
  return static_cast<size_t>(first - request.messages.begin());
}

std::string leading_system_text(const chat_request& request) {
  std::string result;
  for (size_t i = 0; i < leading_systems(request); ++i) {
    auto text = text_of(request.messages[i].parts);
    if (!text.empty())
      result.append(result.empty() ? "" : "\n\n").append(text);
  }
  return result;
}

void write_stops(json_writer& out, std::string_view key,
                 const std::vector<std::string>& stops, size_t most) {
  if (stops.empty())
    return;
  out.key(key).begin_array();
  for (size_t i = 0; i < stops.size() && i < most; ++i)
    out.value(stops[i]);
  out.end_array();
}

bool takes_sampling(std::string_view vendor, const chat_request& request) {
  if (!request.temperature && !request.top_p)
    return false;
  auto model = catalogue::built_in().find(vendor, request.model);
  return !model.known || model.sampling_params;
}

std::string_view effort_name(effort x) {
  switch (x) {
  case effort::unset: return {};
  case effort::none: return "none";
  case effort::minimal: return "minimal";
  case effort::low: return "low";
  case effort::medium: return "medium";
  case effort::high: return "high";
  case effort::max: return "max";
  }
  return {};
}

std::string_view openai_effort(const chat_request& request) {
  if (request.reasoning == effort::unset)
    return {};
  auto model = catalogue::built_in().find({}, request.model);
  if (model.known && !model.reasoning)
    return {};
  auto lowest =
    request.reasoning == effort::none || request.reasoning == effort::minimal;
  if (lowest && request.model.find("gpt-6.1") != std::string::npos)
    return effort_name(effort::low);
  return effort_name(request.reasoning);
}

} // namespace smart_agents::codecs
