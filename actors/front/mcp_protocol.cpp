#include "actors/front/mcp_protocol.hpp"

#include "actors/coordinator/validate.hpp"

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

/// Bytes of a line that an error quotes.
constexpr size_t max_excerpt = 80;

std::string_view text_of(const json::object& from, std::string_view key) {
  const auto* x = from.if_contains({key.data(), key.size()});
  if (x == nullptr || !x->is_string())
    return {};
  return {x->get_string().data(), x->get_string().size()};
}

/// Takes an object out of another; empty when there is none.
json::object take_object(json::object& from, std::string_view key) {
  auto* x = from.if_contains({key.data(), key.size()});
  return x && x->is_object() ? std::move(x->get_object()) : json::object{};
}

bool is_id(const json::value& x) {
  return x.is_string() || x.is_int64() || x.is_uint64();
}

/// The text as JSON can carry it. Models and providers are not bound to UTF-8,
/// and one bad byte would cost the client the whole line.
std::string clean(std::string_view text) {
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

std::string notification(const char* method, json::object params) {
  return json::serialize(json::object{
    {"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
}

mcp_step notified(std::string_view method, const json::object& params) {
  if (method != "notifications/cancelled")
    return {};
  const auto* id = params.if_contains("requestId");
  if (id == nullptr || !is_id(*id))
    return {};
  return mcp_cancel{*id};
}

/// Our lists never change while we run, so no wish is honoured, and there is
/// nothing to remember of a subscription; the client hears that at once.
std::string listen(const json::value& id) {
  return notification("notifications/subscriptions/acknowledged",
                      {{"notifications", json::object{}},
                       {"_meta", json::object{{key_subscription, id}}}});
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

mcp_step mcp_protocol::handle(std::string_view line) const {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos)
    return {};
  json::parse_options options;
  options.max_depth = max_depth;
  boost::system::error_code bad;
  auto root = json::parse({line.data(), line.size()}, bad, {}, options);
  if (bad)
    return error(nullptr, mcp_error::parse,
                 "not JSON (" + bad.message()
                   + "): " + std::string{line.substr(0, max_excerpt)});
  auto* fields = root.if_object();
  if (fields == nullptr)
    return error(nullptr, mcp_error::invalid_request,
                 "a message must be a JSON object; batches are not taken");
  const auto* given = fields->if_contains("id");
  if (given != nullptr && !is_id(*given))
    return error(nullptr, mcp_error::invalid_request,
                 "id must be a string or an integer");
  auto id = given ? *given : json::value{};
  if (text_of(*fields, "jsonrpc") != "2.0")
    return error(id, mcp_error::invalid_request, "jsonrpc must be \"2.0\"");
  auto method = text_of(*fields, "method");
  if (method.empty()) {
    // We ask clients nothing, so a response is nobody's.
    if (fields->contains("result") || fields->contains("error"))
      return {};
    return error(id, mcp_error::invalid_request, "method is missing");
  }
  const auto* params = fields->if_contains("params");
  if (params != nullptr && !params->is_object()) {
    // Nobody waits for the answer to a notification.
    if (given == nullptr)
      return {};
    return error(id, mcp_error::invalid_params, "params must be an object");
  }
  request x{std::move(id), std::string{method}, take_object(*fields, "params"),
            false};
  if (given == nullptr)
    return notified(x.method, x.params);
  return answer(x);
}

mcp_step mcp_protocol::answer(request& x) const {
  if (const auto* found = x.params.if_contains("_meta");
      found && found->is_object()) {
    const auto& meta = found->get_object();
    const auto* version = meta.if_contains(key_version);
    const auto* capabilities = meta.if_contains(key_capabilities);
    x.modern = version || capabilities;
    if (x.modern && (!version || !version->is_string()))
      return error(x.id, mcp_error::invalid_params,
                   std::string{"_meta."} + key_version + " must be a string");
    if (x.modern && version->get_string() != modern_version)
      return error(
        x.id, mcp_error::no_version, "unsupported protocol version",
        {{"supported", json::array{modern_version}}, {"requested", *version}});
    if (x.modern && (!capabilities || !capabilities->is_object()))
      return error(x.id, mcp_error::invalid_params,
                   std::string{"_meta."} + key_capabilities
                     + " must be an object");
  }
  if (x.method == "tools/call")
    return call(x);
  if (x.method == "tools/list")
    return list_tools(x);
  if (x.modern) {
    if (x.method == "server/discover")
      return discover(x);
    if (x.method == "subscriptions/listen")
      return listen(x.id);
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

mcp_step mcp_protocol::call(request& x) const {
  auto name = text_of(x.params, "name");
  if (name.empty())
    return error(x.id, mcp_error::invalid_params,
                 "name must be the name of a tool");
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
  // Moved: they can be as long as a line.
  result.arguments = take_object(x.params, "arguments");
  auto meta = take_object(x.params, "_meta");
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
  // There is one page, and the empty cursor is its start.
  const auto* cursor = x.params.if_contains("cursor");
  if (cursor && (!cursor->is_string() || !cursor->get_string().empty()))
    return error(x.id, mcp_error::invalid_params,
                 "unknown cursor " + json::serialize(*cursor));
  return reply(x, {{"tools", tool_list_}}, true);
}

std::string mcp_protocol::result(const mcp_call& call, std::string_view text,
                                 bool is_error) const {
  request x{call.id, {}, {}, call.modern};
  json::object content{{"type", "text"}, {"text", clean(text)}};
  json::object result{{"content", json::array{std::move(content)}}};
  if (is_error)
    result["isError"] = true;
  return reply(x, std::move(result));
}

std::string mcp_protocol::progress(const json::value& token, double progress,
                                   std::string_view message) {
  return notification("notifications/progress", {{"progressToken", token},
                                                 {"progress", progress},
                                                 {"message", clean(message)}});
}

std::string mcp_protocol::error(const json::value& id, int code,
                                std::string_view message,
                                const json::object& data) {
  json::object error{{"code", code}, {"message", clean(message)}};
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
