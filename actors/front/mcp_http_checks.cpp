#include "actors/front/mcp_http_checks.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace smart_agents {

namespace json = boost::json;

namespace {

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(
    result.begin(), result.end(), result.begin(),
    [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// `host`, `host:port`, `[v6]` or `[v6]:port` without the port.
std::string host_of(std::string_view authority) {
  auto end =
    authority.starts_with('[') ? authority.find(']') : authority.find(':');
  if (authority.starts_with('[') && end != std::string_view::npos)
    ++end;
  return lower(authority.substr(0, end));
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

std::string_view trimmed(std::string_view x) {
  auto from = x.find_first_not_of(" \t");
  if (from == std::string_view::npos)
    return {};
  return x.substr(from, x.find_last_not_of(" \t") - from + 1);
}

bool has_header(const http_headers& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [name](const auto& x) {
    return lower(x.first) == lower(name);
  });
}

/// One header against one value of the body.
std::string compare(const http_headers& headers, const std::string& name,
                    const std::string& value) {
  if (!has_header(headers, name))
    return "the header " + name + " is missing";
  auto said = decode_header(trimmed(find_header(headers, name)));
  if (!said)
    return "the header " + name + " is no base64";
  if (*said != value)
    return "the header " + name + " says '" + *said + "' and the body '" + value
           + "'";
  return {};
}

/// The parameter that `Mcp-Name` repeats; null where there is none.
const char* named_by(std::string_view method) {
  if (method == "tools/call" || method == "prompts/get")
    return "name";
  if (method == "resources/read")
    return "uri";
  if (method == "tasks/get" || method == "tasks/update"
      || method == "tasks/cancel")
    return "taskId";
  return nullptr;
}

std::string text_of_value(const json::value& x) {
  return x.is_string() ? std::string{x.get_string()} : json::serialize(x);
}

/// Arguments that their schema wants repeated in headers.
std::string check_arguments(const http_headers& headers, const mcp_message& x,
                            const mcp_offer& offer) {
  const auto* tool = offer.find_tool(text_field(x.params, "name"));
  if (tool == nullptr)
    return {};
  const auto& given = object_field(x.params, "arguments");
  for (const auto& [name, schema] : object_field(tool->schema, "properties")) {
    auto suffix = schema.is_object()
                    ? text_field(schema.get_object(), "x-mcp-header")
                    : std::string_view{};
    if (suffix.empty())
      continue;
    auto header = "Mcp-Param-" + std::string{suffix};
    const auto* value = given.if_contains(name);
    if (value == nullptr || value->is_null()) {
      if (has_header(headers, header))
        return "the header " + header + " is not in the body";
      continue;
    }
    if (auto wrong = compare(headers, header, text_of_value(*value));
        !wrong.empty())
      return wrong;
  }
  return {};
}

} // namespace

std::string check_origin(const http_headers& headers,
                         const std::vector<std::string>& names) {
  auto allowed = [&names](const std::string& host) {
    return is_loopback(host)
           || std::any_of(names.begin(), names.end(), [&host](const auto& x) {
                return host_of(x) == host;
              });
  };
  auto any = std::find(names.begin(), names.end(), "*") != names.end();
  auto host = host_of(trimmed(find_header(headers, "Host")));
  if (host.empty() || !(any || allowed(host)))
    return "host '" + host + "' is not served here";
  if (!has_header(headers, "Origin"))
    return {};
  auto origin = trimmed(find_header(headers, "Origin"));
  auto scheme = origin.find("://");
  auto from = scheme == std::string_view::npos
                ? std::string{}
                : host_of(origin.substr(scheme + 3));
  if (!from.empty() && (allowed(from) || (any && from == host)))
    return {};
  return "origin '" + std::string{origin} + "' is not allowed";
}

std::string check_mirrors(const http_headers& headers, const mcp_message& x,
                          const mcp_offer& offer) {
  auto version = text_field(object_field(x.params, "_meta"),
                            "io.modelcontextprotocol/protocolVersion");
  if (!version.empty())
    if (auto wrong =
          compare(headers, "MCP-Protocol-Version", std::string{version});
        !wrong.empty())
      return wrong;
  if (auto wrong = compare(headers, "Mcp-Method", x.method); !wrong.empty())
    return wrong;
  if (const auto* field = named_by(x.method); field != nullptr)
    if (auto name = text_field(x.params, field); !name.empty())
      if (auto wrong = compare(headers, "Mcp-Name", std::string{name});
          !wrong.empty())
        return wrong;
  return x.method == "tools/call" ? check_arguments(headers, x, offer)
                                  : std::string{};
}

std::optional<std::string> decode_header(std::string_view value) {
  constexpr std::string_view open = "=?base64?";
  constexpr std::string_view close = "?=";
  if (value.size() < open.size() + close.size() || !value.starts_with(open)
      || !value.ends_with(close))
    return std::string{value};
  value.remove_prefix(open.size());
  value.remove_suffix(close.size());
  if (value.size() % 4 != 0)
    return std::nullopt;
  auto padding = value.ends_with("==") ? 2u : value.ends_with("=") ? 1u : 0u;
  std::string result;
  uint32_t held = 0;
  int bits = 0;
  for (char c : value.substr(0, value.size() - padding)) {
    constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    auto digit = digits.find(c);
    if (digit == std::string_view::npos)
      return std::nullopt;
    held = (held << 6 | static_cast<uint32_t>(digit)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      result += static_cast<char>(held >> bits & 255);
    }
  }
  return result;
}

} // namespace smart_agents
