#include "actors/front/mcp_protocol.hpp"

#include "actors/coordinator/validate.hpp"
#include "messages/trace_parent.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace smart_agents {

namespace json = boost::json;

namespace {

constexpr std::array legacy_versions{"2025-11-25", "2025-06-18", "2025-03-26",
                                     "2024-11-05"};

constexpr const char* key_version = "io.modelcontextprotocol/protocolVersion";
constexpr const char* key_capabilities =
  "io.modelcontextprotocol/clientCapabilities";
constexpr const char* key_server = "io.modelcontextprotocol/serverInfo";
constexpr const char* key_log_level = "io.modelcontextprotocol/logLevel";

/// How long clients may keep our lists, which change with the program only.
constexpr int64_t list_ttl_ms = 3'600'000;

/// Deeper nesting is nobody's tool call.
constexpr size_t max_depth = 64;

/// Bytes of a line that an error quotes.
constexpr size_t max_excerpt = 80;

/// Addresses and tasks that one subscription may name.
constexpr size_t max_wishes = 256;

/// Takes an object out of another; empty when there is none.
json::object take_object(json::object& from, std::string_view key) {
  auto* x = from.if_contains({key.data(), key.size()});
  return x && x->is_object() ? std::move(x->get_object()) : json::object{};
}

bool is_id(const json::value& x) {
  return x.is_string() || x.is_int64() || x.is_uint64();
}

bool flag(const json::object& from, std::string_view key) {
  const auto* x = from.if_contains({key.data(), key.size()});
  return x && x->is_bool() && x->get_bool();
}

std::vector<std::string> texts(const json::object& from, std::string_view key) {
  std::vector<std::string> result;
  const auto* x = from.if_contains({key.data(), key.size()});
  if (x && x->is_array())
    for (const auto& each : x->get_array())
      if (each.is_string() && result.size() < max_wishes)
        result.emplace_back(each.get_string());
  return result;
}

constexpr std::array level_names{"debug", "info",     "notice", "warning",
                                 "error", "critical", "alert",  "emergency"};

std::optional<mcp_level> level_of(std::string_view name) {
  auto i = std::find(level_names.begin(), level_names.end(), name);
  if (i == level_names.end())
    return std::nullopt;
  return static_cast<mcp_level>(i - level_names.begin());
}

mcp_step notified(const mcp_message& x) {
  if (x.method != "notifications/cancelled")
    return {};
  const auto* id = x.params.if_contains("requestId");
  if (id == nullptr || !is_id(*id))
    return {};
  return mcp_cancel{*id};
}

mcp_reply wrong_params(const mcp_message& x, std::string_view why) {
  return mcp_protocol::refuse(x.id, x.modern, mcp_error::invalid_params, why);
}

/// What every call may bring. Fails with what is wrong.
std::string fill(mcp_call& call, mcp_message& x) {
  call.id = x.id;
  call.modern = x.modern;
  // Moved: they can be as long as a line.
  call.arguments = take_object(x.params, "arguments");
  auto meta = take_object(x.params, "_meta");
  if (const auto* token = meta.if_contains("progressToken");
      token && is_id(*token))
    call.progress_token = *token;
  call.traceparent = checked_traceparent(text_field(meta, "traceparent"));
  if (!x.modern)
    return {};
  call.log_level = level_of(text_field(meta, key_log_level));
  call.capabilities = take_object(meta, key_capabilities);
  if (const auto* given = x.params.if_contains("inputResponses");
      given && !given->is_object())
    return "inputResponses must be an object";
  // What cannot be an answer is asked for again.
  for (auto& [key, value] : take_object(x.params, "inputResponses"))
    if (value.is_object())
      call.answers.emplace(key, std::move(value));
  if (const auto* state = x.params.if_contains("requestState")) {
    if (!state->is_string())
      return "requestState must be a string";
    call.sealed = std::string{state->get_string()};
  }
  return {};
}

} // namespace

bool is_legacy_version(std::string_view version) {
  return std::find(legacy_versions.begin(), legacy_versions.end(), version)
         != legacy_versions.end();
}

bool has_tasks(const json::object& capabilities) {
  return object_field(capabilities, "extensions").contains(mcp_tasks_extension);
}

std::string clean_text(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    auto bad = find_bad_byte(text);
    result += text.substr(0, bad);
    if (bad == std::string_view::npos)
      break;
    // JSON can carry a NUL.
    result += text[bad] == '\0' ? std::string_view{"\0", 1} : "\uFFFD";
    text.remove_prefix(bad + 1);
  }
  return result;
}

json::object mcp_text(std::string_view text) {
  return {{"type", "text"}, {"text", clean_text(text)}};
}

json::object json_contents(std::string_view uri, std::string_view text) {
  json::object one{
    {"uri", uri}, {"mimeType", "application/json"}, {"text", clean_text(text)}};
  return {{"contents", json::array{std::move(one)}}};
}

json::object missing_capability(std::string_view name) {
  json::object one{{name, json::object{}}};
  if (name.find('/') != std::string_view::npos)
    one = json::object{{"extensions", std::move(one)}};
  return {{"requiredCapabilities", std::move(one)}};
}

mcp_protocol::mcp_protocol(mcp_server_info info, mcp_offer offer)
  : info_{std::move(info)}, offer_{std::move(offer)} {}

mcp_protocol::parsed mcp_protocol::parse(std::string_view line) {
  if (line.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return {};
  auto refused = [](const json::value& id, int code, const std::string& why) {
    return refuse(id, true, code, why);
  };
  json::parse_options options;
  options.max_depth = max_depth;
  boost::system::error_code bad;
  auto root = json::parse({line.data(), line.size()}, bad, {}, options);
  if (bad)
    return refused(nullptr, mcp_error::parse,
                   "not JSON (" + bad.message()
                     + "): " + std::string{line.substr(0, max_excerpt)});
  auto* fields = root.if_object();
  if (fields == nullptr)
    return refused(nullptr, mcp_error::invalid_request,
                   "a message must be a JSON object; batches are not taken");
  const auto* given = fields->if_contains("id");
  if (given != nullptr && !is_id(*given))
    return refused(nullptr, mcp_error::invalid_request,
                   "id must be a string or an integer");
  mcp_message result;
  result.id = given ? *given : json::value{};
  if (text_field(*fields, "jsonrpc") != "2.0")
    return refused(result.id, mcp_error::invalid_request,
                   "jsonrpc must be \"2.0\"");
  result.method = text_field(*fields, "method");
  if (result.method.empty()) {
    auto* good = fields->if_contains("result");
    auto* error = fields->if_contains("error");
    if (good == nullptr && error == nullptr)
      return refused(result.id, mcp_error::invalid_request,
                     "method is missing");
    result.what = mcp_message::kind::response;
    result.failed = error != nullptr;
    result.outcome = std::move(error ? *error : *good);
    return result;
  }
  const auto* params = fields->if_contains("params");
  if (params != nullptr && !params->is_object()) {
    // Nobody waits for the answer to a notification.
    if (given == nullptr)
      return {};
    return refused(result.id, mcp_error::invalid_params,
                   "params must be an object");
  }
  result.params = take_object(*fields, "params");
  if (given == nullptr)
    result.what = mcp_message::kind::notification;
  const auto& meta = object_field(result.params, "_meta");
  result.modern = meta.contains(key_version) || meta.contains(key_capabilities);
  return result;
}

mcp_step mcp_protocol::handle(std::string_view line) const {
  auto x = parse(line);
  if (auto* message = std::get_if<mcp_message>(&x))
    return handle(std::move(*message));
  if (auto* reply = std::get_if<mcp_reply>(&x))
    return std::move(*reply);
  return {};
}

mcp_step mcp_protocol::handle(mcp_message x) const {
  switch (x.what) {
  case mcp_message::kind::request: return answer(x);
  case mcp_message::kind::notification: return notified(x);
  case mcp_message::kind::response: break;
  }
  return mcp_response{std::move(x.id), std::move(x.outcome), x.failed};
}

mcp_step mcp_protocol::answer(mcp_message& x) const {
  auto malformed = [&x](std::string_view why) {
    auto reply = wrong_params(x, why);
    reply.status = 400;
    return reply;
  };
  if (x.modern) {
    const auto& meta = object_field(x.params, "_meta");
    const auto* version = meta.if_contains(key_version);
    const auto* can = meta.if_contains(key_capabilities);
    if (!version || !version->is_string())
      return malformed(std::string{"_meta."} + key_version
                       + " must be a string");
    if (version->get_string() != mcp_modern_version)
      return refuse(x.id, true, mcp_error::no_version,
                    "unsupported protocol version",
                    {{"supported", json::array{mcp_modern_version}},
                     {"requested", *version}});
    if (!can || !can->is_object())
      return malformed(std::string{"_meta."} + key_capabilities
                       + " must be an object");
  }
  if (x.method == "tools/call")
    return call(x);
  if (x.method == "tools/list")
    return list(x, list_of(offer_.tools));
  if (x.method == "resources/read")
    return read(x);
  if (x.method == "resources/list")
    return list(x, list_of(offer_.resources));
  if (x.method == "resources/templates/list")
    return list(x, list_of(offer_.templates));
  if (x.method == "prompts/list")
    return list(x, list_of(offer_.prompts));
  if (x.method == "prompts/get")
    return prompt(x);
  if (x.method == "completion/complete")
    return outcome(x, completion_of(offer_, x.params));
  return x.modern ? answer_modern(x) : answer_legacy(x);
}

mcp_step mcp_protocol::answer_modern(mcp_message& x) const {
  if (x.method == "server/discover")
    return discover(x);
  if (x.method == "subscriptions/listen")
    return listen(x);
  if (offer_.tasks && x.method.starts_with("tasks/"))
    return task(x);
  return refuse(x.id, true, mcp_error::no_method,
                "unknown method '" + x.method + "'");
}

mcp_step mcp_protocol::answer_legacy(mcp_message& x) const {
  if (x.method == "initialize")
    return initialize(x);
  if (x.method == "ping")
    return mcp_reply{reply(x.id, false, {})};
  if (x.method == "logging/setLevel")
    return set_level(x);
  if (x.method == "resources/subscribe" || x.method == "resources/unsubscribe")
    return watch(x);
  if (x.method == "server/discover")
    return wrong_params(x, std::string{"_meta."} + key_version + " is missing");
  return refuse(x.id, false, mcp_error::no_method,
                "unknown method '" + x.method + "'");
}

mcp_step mcp_protocol::call(mcp_message& x) const {
  auto name = text_field(x.params, "name");
  if (name.empty())
    return wrong_params(x, "name must be the name of a tool");
  if (!offer_.has_tool(name))
    return wrong_params(x, "unknown tool '" + std::string{name} + "'");
  const auto* arguments = x.params.if_contains("arguments");
  if (arguments && !arguments->is_object() && !arguments->is_null())
    return wrong_params(x, "arguments must be an object");
  mcp_call result;
  result.tool = name;
  if (auto wrong = fill(result, x); !wrong.empty())
    return wrong_params(x, wrong);
  return result;
}

mcp_step mcp_protocol::read(mcp_message& x) const {
  mcp_call result;
  result.uri = text_field(x.params, "uri");
  if (auto wrong = fill(result, x); !wrong.empty())
    return wrong_params(x, wrong);
  if (!offer_.has_resource(result.uri))
    return mcp_reply{no_contents(result)};
  return result;
}

mcp_step mcp_protocol::prompt(mcp_message& x) const {
  const auto* known = offer_.find_prompt(text_field(x.params, "name"));
  if (known == nullptr || known->text)
    return outcome(x, prompt_of(offer_, x.params));
  if (auto wrong = check_prompt(*known, x.params); !wrong.empty())
    return wrong_params(x, wrong);
  mcp_call result;
  result.prompt = known->name;
  if (auto wrong = fill(result, x); !wrong.empty())
    return wrong_params(x, wrong);
  return result;
}

mcp_step mcp_protocol::set_level(const mcp_message& x) const {
  auto name = text_field(x.params, "level");
  auto level = level_of(name);
  if (!level)
    return wrong_params(x, "level: unknown level '" + std::string{name} + "'");
  return mcp_set_level{*level, {reply(x.id, false, {})}};
}

mcp_step mcp_protocol::watch(const mcp_message& x) const {
  mcp_call named;
  named.id = x.id;
  named.uri = text_field(x.params, "uri");
  if (!offer_.has_resource(named.uri))
    return mcp_reply{no_contents(named)};
  return mcp_watch{std::move(named.uri),
                   x.method == "resources/subscribe",
                   {reply(x.id, false, {})}};
}

mcp_step mcp_protocol::listen(mcp_message& x) const {
  const auto& wished = object_field(x.params, "notifications");
  mcp_listen result;
  result.id = x.id;
  result.tools = offer_.tools_change && flag(wished, "toolsListChanged");
  result.prompts = offer_.prompts_change && flag(wished, "promptsListChanged");
  if (offer_.resources_change)
    for (auto& uri : texts(wished, "resourceSubscriptions"))
      if (offer_.has_resource(uri))
        result.uris.push_back(std::move(uri));
  if (offer_.tasks)
    result.tasks = texts(wished, "taskIds");
  return result;
}

mcp_step mcp_protocol::task(mcp_message& x) const {
  mcp_task_request result;
  if (x.method == "tasks/get")
    result.what = mcp_task_request::kind::get;
  else if (x.method == "tasks/update")
    result.what = mcp_task_request::kind::update;
  else if (x.method == "tasks/cancel")
    result.what = mcp_task_request::kind::cancel;
  else
    return refuse(x.id, true, mcp_error::no_method,
                  "unknown method '" + x.method + "'");
  const auto& meta = object_field(x.params, "_meta");
  if (!has_tasks(object_field(meta, key_capabilities)))
    return refuse(x.id, true, mcp_error::no_capability,
                  x.method + " is for clients that declare the extension "
                    + mcp_tasks_extension,
                  missing_capability(mcp_tasks_extension));
  result.id = x.id;
  result.task = text_field(x.params, "taskId");
  for (auto& [key, value] : take_object(x.params, "inputResponses"))
    if (value.is_object())
      result.answers.emplace(key, std::move(value));
  return result;
}

mcp_reply mcp_protocol::discover(const mcp_message& x) const {
  return {reply(x.id, true,
                {{"supportedVersions", json::array{mcp_modern_version}},
                 {"capabilities", capabilities(true)},
                 {"instructions", info_.instructions}},
                caching::list)};
}

mcp_step mcp_protocol::initialize(mcp_message& x) const {
  auto asked = text_field(x.params, "protocolVersion");
  std::string version{is_legacy_version(asked) ? asked
                                               : legacy_versions.front()};
  mcp_hello result;
  result.reply.text = reply(x.id, false,
                            {{"protocolVersion", version},
                             {"capabilities", capabilities(false)},
                             {"serverInfo", server_info()},
                             {"instructions", info_.instructions}});
  result.version = std::move(version);
  result.capabilities = take_object(x.params, "capabilities");
  return result;
}

mcp_reply mcp_protocol::list(const mcp_message& x, json::object result) const {
  // There is one page, and the empty cursor is its start.
  const auto* cursor = x.params.if_contains("cursor");
  if (cursor && (!cursor->is_string() || !cursor->get_string().empty()))
    return wrong_params(x, "unknown cursor " + json::serialize(*cursor));
  return {reply(x.id, x.modern, std::move(result), caching::list)};
}

mcp_reply mcp_protocol::outcome(const mcp_message& x, mcp_outcome what) const {
  if (const auto* why = std::get_if<std::string>(&what))
    return wrong_params(x, *why);
  return {reply(x.id, x.modern, std::move(std::get<json::object>(what)))};
}

std::string mcp_protocol::result(const mcp_call& call, std::string_view text,
                                 bool is_error) const {
  // Reading a resource has no result that could be an error.
  if (is_error && call.tool.empty() && !call.uri.empty())
    return error(call.id, mcp_error::internal, text);
  json::object result{{"content", json::array{mcp_text(text)}}};
  if (is_error)
    result["isError"] = true;
  return complete(call, std::move(result));
}

std::string mcp_protocol::complete(const mcp_call& call,
                                   json::object result) const {
  return reply(call.id, call.modern, std::move(result),
               call.uri.empty() ? caching::none : caching::live);
}

std::string mcp_protocol::complete(const json::value& id, bool modern,
                                   json::object result,
                                   const char* kind) const {
  return reply(id, modern, std::move(result), caching::none, kind);
}

std::string mcp_protocol::no_contents(const mcp_call& call) {
  return error(call.id,
               call.modern ? mcp_error::invalid_params : mcp_error::no_resource,
               "there is no resource '" + call.uri + "'", {{"uri", call.uri}});
}

std::string mcp_protocol::notification(std::string_view method,
                                       json::object params) {
  return json::serialize(json::object{
    {"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
}

std::string mcp_protocol::request(std::string_view id, std::string_view method,
                                  json::object params) {
  return json::serialize(json::object{{"jsonrpc", "2.0"},
                                      {"id", id},
                                      {"method", method},
                                      {"params", std::move(params)}});
}

std::string mcp_protocol::log(mcp_level level, const json::value& data,
                              std::string_view logger) {
  return notification("notifications/message",
                      {{"level", level_names.at(static_cast<size_t>(level))},
                       {"logger", logger},
                       {"data", data}});
}

std::string mcp_protocol::progress(const json::value& token, double progress,
                                   std::string_view message, double total) {
  json::object params{{"progressToken", token},
                      {"progress", progress},
                      {"message", clean_text(message)}};
  if (total > 0)
    params["total"] = total;
  return notification("notifications/progress", std::move(params));
}

std::string mcp_protocol::error(const json::value& id, int code,
                                std::string_view message,
                                const json::object& data) {
  json::object error{{"code", code}, {"message", clean_text(message)}};
  if (!data.empty())
    error["data"] = data;
  return json::serialize(
    json::object{{"jsonrpc", "2.0"}, {"id", id}, {"error", std::move(error)}});
}

mcp_reply mcp_protocol::refuse(const json::value& id, bool modern, int code,
                               std::string_view message,
                               const json::object& data) {
  auto status = 200;
  if (modern && code == mcp_error::no_method)
    status = 404;
  else if (modern && code != mcp_error::invalid_params
           && code != mcp_error::internal)
    status = 400;
  return {error(id, code, message, data), status};
}

std::string mcp_protocol::reply(const json::value& id, bool modern,
                                json::object result, caching how,
                                const char* kind) const {
  if (modern) {
    result["resultType"] = kind;
    if (how != caching::none) {
      auto lasts = how == caching::list;
      result["ttlMs"] = lasts ? list_ttl_ms : 0;
      result["cacheScope"] = lasts ? "public" : "private";
    }
    auto meta = take_object(result, "_meta");
    meta[key_server] = server_info();
    result["_meta"] = std::move(meta);
  }
  return json::serialize(json::object{
    {"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}});
}

json::object mcp_protocol::server_info() const {
  return {{"name", info_.name}, {"version", info_.version}};
}

json::object mcp_protocol::capabilities(bool modern) const {
  auto changes = [](bool x) {
    return x ? json::object{{"listChanged", true}} : json::object{};
  };
  json::object resources;
  if (offer_.resources_change)
    resources["subscribe"] = true;
  json::object result{{"tools", changes(offer_.tools_change)},
                      {"resources", std::move(resources)},
                      {"prompts", changes(offer_.prompts_change)},
                      {"completions", json::object{}},
                      {"logging", json::object{}}};
  if (modern && offer_.tasks)
    result["extensions"] = json::object{{mcp_tasks_extension, json::object{}}};
  return result;
}

} // namespace smart_agents
