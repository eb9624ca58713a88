#include "actors/front/mcp_protocol.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace smart_agents {

namespace json = boost::json;

namespace {

constexpr const char* modern_version = "2026-07-28";
constexpr std::array legacy_versions{"2025-11-25", "2025-06-18", "2025-03-26",
                                     "2024-11-05"};

constexpr const char* key_version = "io.modelcontextprotocol/protocolVersion";
constexpr const char* key_capabilities =
  "io.modelcontextprotocol/clientCapabilities";
constexpr const char* key_server = "io.modelcontextprotocol/serverInfo";
constexpr const char* key_subscription =
  "io.modelcontextprotocol/subscriptionId";

/// How long clients may keep our lists, which change with the program only.
constexpr int64_t list_ttl_ms = 3'600'000;

/// Deeper nesting is nobody's tool call.
constexpr size_t max_depth = 64;

std::string_view text_of(const json::object& from, std::string_view key) {
  const auto* x = from.if_contains({key.data(), key.size()});
  if (x == nullptr || !x->is_string())
    return {};
  return {x->get_string().data(), x->get_string().size()};
}

json::object object_of(const json::object& from, std::string_view key) {
  const auto* x = from.if_contains({key.data(), key.size()});
  return x && x->is_object() ? x->get_object() : json::object{};
}

bool is_id(const json::value& x) {
  return x.is_string() || x.is_int64() || x.is_uint64();
}

std::string notification(const char* method, json::object params) {
  return json::serialize(json::object{
    {"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
}

} // namespace

mcp_protocol::mcp_protocol(mcp_server_info info, std::vector<mcp_tool> tools)
  : info_{std::move(info)}, tools_{std::move(tools)} {
  for (const auto& x : tools_) {
    json::object tool{{"name", x.name},
                      {"title", x.title},
                      {"description", x.description},
                      {"inputSchema", x.schema}};
    if (!x.annotations.empty())
      tool["annotations"] = x.annotations;
    if (!x.meta.empty())
      tool["_meta"] = x.meta;
    tool_list_.push_back(std::move(tool));
  }
}

mcp_step mcp_protocol::handle(std::string_view line) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos)
    return {};
  json::parse_options options;
  options.max_depth = max_depth;
  boost::system::error_code bad;
  auto root = json::parse({line.data(), line.size()}, bad, {}, options);
  if (bad)
    return error(nullptr, mcp_error::parse, "not JSON: " + bad.message());
  const auto* fields = root.if_object();
  if (fields == nullptr)
    return error(nullptr, mcp_error::invalid_request,
                 "a message must be a JSON object; batches are not taken");
  const auto* id = fields->if_contains("id");
  auto method = text_of(*fields, "method");
  if (id != nullptr && !is_id(*id))
    return error(nullptr, mcp_error::invalid_request,
                 "id must be a string or an integer");
  if (text_of(*fields, "jsonrpc") != "2.0")
    return error(id ? *id : json::value{}, mcp_error::invalid_request,
                 "jsonrpc must be \"2.0\"");
  if (method.empty()) {
    // We ask clients nothing, so a response is nobody's.
    auto response =
      fields->if_contains("result") || fields->if_contains("error");
    if (response)
      return {};
    return error(id ? *id : json::value{}, mcp_error::invalid_request,
                 "method is missing");
  }
  const auto* params = fields->if_contains("params");
  if (params != nullptr && !params->is_object())
    return error(id ? *id : json::value{}, mcp_error::invalid_params,
                 "params must be an object");
  auto arguments = params ? params->get_object() : json::object{};
  if (id == nullptr)
    return notified(method, arguments);
  request x{*id, std::string{method}, std::move(arguments), false};
  auto meta = object_of(x.params, "_meta");
  x.modern = meta.contains(key_version);
  if (x.modern) {
    if (auto version = text_of(meta, key_version); version != modern_version)
      return error(
        x.id, mcp_error::no_version, "unsupported protocol version",
        {{"supported", json::array{modern_version}}, {"requested", version}});
    if (!meta.contains(key_capabilities))
      return error(x.id, mcp_error::invalid_params,
                   std::string{"_meta."} + key_capabilities + " is missing");
  }
  return answer(x);
}

mcp_step mcp_protocol::answer(const request& x) {
  if (x.method == "tools/call")
    return call(x);
  if (x.method == "tools/list")
    return list_tools(x);
  if (x.modern) {
    if (x.method == "server/discover")
      return discover(x);
    if (x.method == "subscriptions/listen")
      return listen(x);
  } else {
    if (x.method == "initialize")
      return initialize(x);
    if (x.method == "ping")
      return reply(x, {});
    if (x.method == "server/discover")
      return error(x.id, mcp_error::invalid_params,
                   std::string{"_meta."} + key_version + " is missing");
  }
  return error(x.id, mcp_error::no_method, "unknown method '" + x.method + "'");
}

mcp_step mcp_protocol::notified(std::string_view method,
                                const json::object& params) {
  if (method != "notifications/cancelled")
    return {};
  const auto* id = params.if_contains("requestId");
  if (id == nullptr || !is_id(*id))
    return {};
  if (listening_.erase(json::serialize(*id)) > 0)
    return {};
  return mcp_cancel{*id};
}

mcp_step mcp_protocol::call(const request& x) const {
  auto name = text_of(x.params, "name");
  auto known =
    std::any_of(tools_.begin(), tools_.end(),
                [name](const auto& tool) { return tool.name == name; });
  if (!known)
    return error(x.id, mcp_error::invalid_params,
                 "unknown tool '" + std::string{name} + "'");
  const auto* arguments = x.params.if_contains("arguments");
  if (arguments && !arguments->is_object() && !arguments->is_null())
    return error(x.id, mcp_error::invalid_params,
                 "arguments must be an object");
  mcp_call result;
  result.id = x.id;
  result.tool = name;
  result.arguments = object_of(x.params, "arguments");
  auto meta = object_of(x.params, "_meta");
  if (const auto* token = meta.if_contains("progressToken");
      token && is_id(*token))
    result.progress_token = *token;
  result.modern = x.modern;
  return result;
}

std::string mcp_protocol::discover(const request& x) const {
  return reply(x,
               {{"supportedVersions", json::array{modern_version}},
                {"capabilities", capabilities()},
                {"instructions", info_.instructions}},
               true);
}

std::string mcp_protocol::initialize(const request& x) const {
  auto asked = text_of(x.params, "protocolVersion");
  auto known = std::find(legacy_versions.begin(), legacy_versions.end(), asked);
  return reply(
    x, {{"protocolVersion",
         known == legacy_versions.end() ? legacy_versions.front() : *known},
        {"capabilities", capabilities()},
        {"serverInfo", server_info()},
        {"instructions", info_.instructions}});
}

std::string mcp_protocol::list_tools(const request& x) const {
  if (auto cursor = text_of(x.params, "cursor"); !cursor.empty())
    return error(x.id, mcp_error::invalid_params,
                 "unknown cursor '" + std::string{cursor} + "'");
  return reply(x, {{"tools", tool_list_}}, true);
}

/// Our lists never change while we run, so no wish is honoured; the client
/// hears that at once.
std::string mcp_protocol::listen(const request& x) {
  listening_.insert(json::serialize(x.id));
  return notification("notifications/subscriptions/acknowledged",
                      {{"notifications", json::object{}},
                       {"_meta", json::object{{key_subscription, x.id}}}});
}

std::string mcp_protocol::result(const mcp_call& call, std::string_view text,
                                 bool is_error) const {
  request x{call.id, {}, {}, call.modern};
  json::object content{{"type", "text"}, {"text", text}};
  json::object result{{"content", json::array{std::move(content)}}};
  if (is_error)
    result["isError"] = true;
  return reply(x, std::move(result));
}

std::string mcp_protocol::progress(const json::value& token, double progress,
                                   std::string_view message) {
  return notification(
    "notifications/progress",
    {{"progressToken", token}, {"progress", progress}, {"message", message}});
}

std::string mcp_protocol::error(const json::value& id, int code,
                                std::string_view message,
                                const json::object& data) {
  json::object error{{"code", code}, {"message", message}};
  if (!data.empty())
    error["data"] = data;
  return json::serialize(
    json::object{{"jsonrpc", "2.0"}, {"id", id}, {"error", std::move(error)}});
}

std::string mcp_protocol::reply(const request& x, json::object result,
                                bool cacheable) const {
  if (x.modern) {
    result["resultType"] = "complete";
    if (cacheable) {
      result["ttlMs"] = list_ttl_ms;
      result["cacheScope"] = "public";
    }
    result["_meta"] = json::object{{key_server, server_info()}};
  }
  return json::serialize(json::object{
    {"jsonrpc", "2.0"}, {"id", x.id}, {"result", std::move(result)}});
}

json::object mcp_protocol::capabilities() const {
  return {{"tools", json::object{}}};
}

json::object mcp_protocol::server_info() const {
  return {{"name", info_.name}, {"version", info_.version}};
}

} // namespace smart_agents
