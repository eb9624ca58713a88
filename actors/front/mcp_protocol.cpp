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
constexpr const char* key_log_level = "io.modelcontextprotocol/logLevel";
constexpr const char* key_subscription =
  "io.modelcontextprotocol/subscriptionId";

/// How long clients may keep our lists, which change with the program only.
constexpr int64_t list_ttl_ms = 3'600'000;

/// Deeper nesting is nobody's tool call.
constexpr size_t max_depth = 64;

/// Bytes of a line that an error quotes.
constexpr size_t max_excerpt = 80;

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

constexpr std::array level_names{"debug", "info",     "notice", "warning",
                                 "error", "critical", "alert",  "emergency"};

std::optional<mcp_level> level_of(std::string_view name) {
  auto i = std::find(level_names.begin(), level_names.end(), name);
  if (i == level_names.end())
    return std::nullopt;
  return static_cast<mcp_level>(i - level_names.begin());
}

json::object capabilities() {
  return {{"tools", json::object{}},
          {"resources", json::object{}},
          {"prompts", json::object{}},
          {"completions", json::object{}},
          {"logging", json::object{}}};
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

mcp_protocol::mcp_protocol(mcp_server_info info, mcp_offer offer)
  : info_{std::move(info)}, offer_{std::move(offer)} {}

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
  if (text_field(*fields, "jsonrpc") != "2.0")
    return error(id, mcp_error::invalid_request, "jsonrpc must be \"2.0\"");
  auto method = text_field(*fields, "method");
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
    return outcome(x, prompt_of(offer_, x.params));
  if (x.method == "completion/complete")
    return outcome(x, completion_of(offer_, x.params));
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
    if (x.method == "logging/setLevel")
      return set_level(x);
    if (x.method == "server/discover")
      return error(x.id, mcp_error::invalid_params,
                   std::string{"_meta."} + key_version + " is missing");
  }
  return error(x.id, mcp_error::no_method, "unknown method '" + x.method + "'");
}

mcp_step mcp_protocol::call(request& x) const {
  auto name = text_field(x.params, "name");
  if (name.empty())
    return error(x.id, mcp_error::invalid_params,
                 "name must be the name of a tool");
  if (!offer_.has_tool(name))
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
  if (x.modern)
    result.log_level = level_of(text_field(meta, key_log_level));
  result.modern = x.modern;
  return result;
}

mcp_step mcp_protocol::read(request& x) const {
  mcp_call result;
  result.id = std::move(x.id);
  result.uri = text_field(x.params, "uri");
  result.modern = x.modern;
  if (!offer_.has_resource(result.uri))
    return no_contents(result);
  return result;
}

mcp_step mcp_protocol::set_level(const request& x) const {
  auto name = text_field(x.params, "level");
  auto level = level_of(name);
  if (!level)
    return error(x.id, mcp_error::invalid_params,
                 "level: unknown level '" + std::string{name} + "'");
  return mcp_set_level{*level, reply(x, {})};
}

std::string mcp_protocol::discover(const request& x) const {
  return reply(x,
               {{"supportedVersions", json::array{modern_version}},
                {"capabilities", capabilities()},
                {"instructions", info_.instructions}},
               caching::list);
}

std::string mcp_protocol::initialize(const request& x) const {
  auto asked = text_field(x.params, "protocolVersion");
  auto known = std::find(legacy_versions.begin(), legacy_versions.end(), asked);
  return reply(
    x, {{"protocolVersion",
         known == legacy_versions.end() ? legacy_versions.front() : *known},
        {"capabilities", capabilities()},
        {"serverInfo", server_info()},
        {"instructions", info_.instructions}});
}

std::string mcp_protocol::list(const request& x, json::object result) const {
  // There is one page, and the empty cursor is its start.
  const auto* cursor = x.params.if_contains("cursor");
  if (cursor && (!cursor->is_string() || !cursor->get_string().empty()))
    return error(x.id, mcp_error::invalid_params,
                 "unknown cursor " + json::serialize(*cursor));
  return reply(x, std::move(result), caching::list);
}

std::string mcp_protocol::outcome(const request& x, mcp_outcome what) const {
  if (const auto* why = std::get_if<std::string>(&what))
    return error(x.id, mcp_error::invalid_params, *why);
  return reply(x, std::move(std::get<json::object>(what)));
}

std::string mcp_protocol::result(const mcp_call& call, std::string_view text,
                                 bool is_error) const {
  // Reading a resource has no result that could be an error.
  if (is_error && !call.uri.empty())
    return error(call.id, mcp_error::internal, text);
  request x{call.id, {}, {}, call.modern};
  json::object content{{"type", "text"}, {"text", clean(text)}};
  json::object result{{"content", json::array{std::move(content)}}};
  if (is_error)
    result["isError"] = true;
  return reply(x, std::move(result));
}

std::string mcp_protocol::contents(const mcp_call& call,
                                   std::string_view text) const {
  request x{call.id, {}, {}, call.modern};
  json::object one{
    {"uri", call.uri}, {"mimeType", "application/json"}, {"text", clean(text)}};
  return reply(x, {{"contents", json::array{std::move(one)}}}, caching::live);
}

std::string mcp_protocol::no_contents(const mcp_call& call) {
  return error(call.id,
               call.modern ? mcp_error::invalid_params : mcp_error::no_resource,
               "there is no resource '" + call.uri + "'", {{"uri", call.uri}});
}

std::string mcp_protocol::log(mcp_level level, std::string_view text) {
  return notification("notifications/message",
                      {{"level", level_names.at(static_cast<size_t>(level))},
                       {"logger", "smart-agents"},
                       {"data", clean(text)}});
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
                                caching how) const {
  if (x.modern) {
    result["resultType"] = "complete";
    if (how != caching::none) {
      auto lasts = how == caching::list;
      result["ttlMs"] = lasts ? list_ttl_ms : 0;
      result["cacheScope"] = lasts ? "public" : "private";
    }
    result["_meta"] = json::object{{key_server, server_info()}};
  }
  return json::serialize(json::object{
    {"jsonrpc", "2.0"}, {"id", x.id}, {"result", std::move(result)}});
}

json::object mcp_protocol::server_info() const {
  return {{"name", info_.name}, {"version", info_.version}};
}

} // namespace smart_agents
