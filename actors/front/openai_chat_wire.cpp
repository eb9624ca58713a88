#include "actors/front/openai_chat_wire.hpp"

#include "messages/error.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <array>

namespace smart_agents::openai_chat_wire {

namespace json = boost::json;

namespace {

caf::error wrong(std::string what) {
  return make_error(ec::bad_input, std::move(what));
}

std::string_view view(json::string_view x) {
  return {x.data(), x.size()};
}

/// The text of a `content` field: a string, null, or text parts.
caf::expected<std::string> content_text(const json::value& content,
                                        const std::string& where) {
  if (content.is_null())
    return std::string{};
  if (const auto* text = content.if_string())
    return std::string{view(*text)};
  const auto* parts = content.if_array();
  if (parts == nullptr)
    return wrong(where + ": must be a string or an array of parts");
  std::string result;
  for (size_t i = 0; i < parts->size(); ++i) {
    const auto* part = (*parts)[i].if_object();
    const auto* type = part ? part->if_contains("type") : nullptr;
    const auto* text = part ? part->if_contains("text") : nullptr;
    if (type == nullptr || *type != "text" || text == nullptr
        || !text->is_string())
      return wrong(where + "[" + std::to_string(i)
                   + "]: only text parts are taken here");
    result += view(text->get_string());
  }
  return result;
}

caf::expected<role> parse_role(const json::object& message,
                               const std::string& where) {
  const auto* name = message.if_contains("role");
  if (name != nullptr && name->is_string()) {
    auto text = view(name->get_string());
    if (text == "system" || text == "developer")
      return role::system;
    if (text == "user")
      return role::user;
    if (text == "assistant")
      return role::assistant;
  }
  return wrong(where + ".role: must be system, developer, user or assistant");
}

json::object chunk(const std::string& id, const std::string& model,
                   int64_t created) {
  return {{"id", id},
          {"object", "chat.completion.chunk"},
          {"created", created},
          {"model", model}};
}

json::object usage_object(const usage& x) {
  return {{"prompt_tokens", x.input()},
          {"completion_tokens", x.output},
          {"total_tokens", x.total()},
          {"prompt_tokens_details", {{"cached_tokens", x.cache_read}}},
          {"completion_tokens_details", {{"reasoning_tokens", x.reasoning}}}};
}

const char* finish_name(finish_reason x) {
  switch (x) {
  case finish_reason::length:
  case finish_reason::context_full: return "length";
  case finish_reason::tool_calls: return "tool_calls";
  case finish_reason::filtered: return "content_filter";
  default: return "stop";
  }
}

std::string as_event(const json::object& x) {
  return "data: " + json::serialize(x) + "\n\n";
}

} // namespace

caf::expected<chat_request> parse_request(std::string_view body) {
  boost::system::error_code bad;
  auto root = json::parse({body.data(), body.size()}, bad);
  if (bad)
    return wrong("body: not JSON (" + bad.message() + ")");
  const auto* fields = root.if_object();
  if (fields == nullptr)
    return wrong("body: must be a JSON object");
  chat_request result;
  if (const auto* model = fields->if_contains("model");
      model != nullptr && model->is_string())
    result.model = view(model->get_string());
  else
    return wrong("model: must be a string, for example \"auto\"");
  const auto* messages = fields->if_contains("messages");
  if (messages == nullptr || !messages->is_array()
      || messages->get_array().empty())
    return wrong("messages: must be an array with at least one message");
  const auto& list = messages->get_array();
  for (size_t i = 0; i < list.size(); ++i) {
    auto where = "messages[" + std::to_string(i) + "]";
    const auto* entry = list[i].if_object();
    if (entry == nullptr)
      return wrong(where + ": must be an object");
    auto from = parse_role(*entry, where);
    if (!from)
      return from.error();
    const auto* content = entry->if_contains("content");
    if (content == nullptr)
      return wrong(where + ".content: is missing");
    auto text = content_text(*content, where + ".content");
    if (!text)
      return text.error();
    result.messages.push_back(text_message(*from, std::move(*text)));
  }
  if (const auto* stream = fields->if_contains("stream");
      stream != nullptr && stream->is_bool())
    result.stream = stream->get_bool();
  for (const char* name : {"max_completion_tokens", "max_tokens"}) {
    const auto* cap = fields->if_contains(name);
    if (cap == nullptr || cap->is_null())
      continue;
    boost::system::error_code no_number;
    auto value = cap->to_number<uint32_t>(no_number);
    if (no_number || value == 0)
      return wrong(std::string{name} + ": must be a positive integer");
    result.max_output = value;
    break;
  }
  if (const auto* heat = fields->if_contains("temperature");
      heat != nullptr && heat->is_number())
    result.temperature = heat->to_number<double>();
  return result;
}

std::string write_response(const std::string& id, const std::string& model,
                           int64_t created, const chat_response& response) {
  json::object message{{"role", "assistant"},
                       {"content", text_of(response.parts)}};
  json::object choice{{"index", 0},
                      {"message", std::move(message)},
                      {"finish_reason", finish_name(response.finish)}};
  json::object result{{"id", id},
                      {"object", "chat.completion"},
                      {"created", created},
                      {"model", model},
                      {"choices", json::array{std::move(choice)}},
                      {"usage", usage_object(response.tokens)}};
  return json::serialize(result);
}

std::string write_event(const std::string& id, const std::string& model,
                        int64_t created, const stream_event& event) {
  auto result = chunk(id, model, created);
  json::object choice{{"index", 0}, {"finish_reason", nullptr}};
  if (std::holds_alternative<stream_start>(event)) {
    choice["delta"] = {{"role", "assistant"}, {"content", ""}};
  } else if (const auto* text = std::get_if<text_delta>(&event)) {
    choice["delta"] = {{"content", text->text}};
  } else if (const auto* end = std::get_if<stream_end>(&event)) {
    choice["delta"] = json::object{};
    choice["finish_reason"] = finish_name(end->finish);
    result["usage"] = usage_object(end->tokens);
  } else {
    return {};
  }
  result["choices"] = json::array{std::move(choice)};
  return as_event(result);
}

std::string write_done() {
  return "data: [DONE]\n\n";
}

namespace {

json::object error_object(const failure& why) {
  return {{"error",
           {{"message", why.message},
            {"type", to_string(why.what)},
            {"param", nullptr},
            {"code", why.code.empty() ? json::value{nullptr}
                                      : json::value(why.code)}}}};
}

} // namespace

std::string write_error(const failure& why) {
  return json::serialize(error_object(why));
}

std::string write_error_event(const failure& why) {
  return as_event(error_object(why));
}

int status_of(failure_class what) {
  using enum failure_class;
  switch (what) {
  case bad_request: return 400;
  case too_large: return 413;
  case context_too_long: return 400;
  case model_not_found: return 404;
  case cancelled: return 499;
  case rate_limited:
  case quota_exhausted:
  case over_quota:
  case queue_full: return 429;
  case timeout: return 504;
  case internal: return 500;
  // What is wrong upstream is not the client's fault: never 401 or 403.
  case auth:
  case forbidden:
  case billing:
  case server_error:
  case network:
  case broken_answer: return 502;
  case overloaded:
  case resting: return 503;
  }
  return 500;
}

} // namespace smart_agents::openai_chat_wire
