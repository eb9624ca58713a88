#pragma once

#include "adapters/http_client.hpp"
#include "tests/support/fixtures.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

/// Compares answers with the recorded ones of tests/wire by their structure:
/// which keys, in which events, in which order.

namespace smart_agents::sim::test {

using smart_agents::test::fixture;

/// The structure of a JSON value: objects by their sorted keys, arrays by the
/// different structures in them, everything else a dot. What the user defines
/// (tools) is left out.
inline std::string shape(const boost::json::value& x) {
  std::string result;
  if (x.is_object()) {
    std::set<std::string> fields;
    for (const auto& [key, value] : x.get_object())
      fields.insert(std::string{key}
                    + (key == "tools" ? ":*" : ":" + shape(value)));
    for (const auto& field : fields)
      result += (result.empty() ? "" : ",") + field;
    return "{" + result + "}";
  }
  if (x.is_array()) {
    std::set<std::string> items;
    for (const auto& item : x.get_array())
      items.insert(shape(item));
    for (const auto& item : items)
      result += (result.empty() ? "" : ",") + item;
    return "[" + result + "]";
  }
  return ".";
}

inline std::string shape(std::string_view text) {
  boost::json::error_code bad;
  auto x = boost::json::parse(text, bad);
  return bad ? "no JSON: " + std::string{text} : shape(x);
}

/// The payloads of a stream in order: `data:` of SSE, or lines of NDJSON, each
/// with its event's name before it where it has one.
inline std::vector<std::string> payloads(std::string_view stream) {
  std::vector<std::string> result;
  std::string event;
  std::istringstream in{std::string{stream}};
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    if (line.rfind("event: ", 0) == 0)
      event = line.substr(7) + " ";
    else if (line.rfind("data: ", 0) == 0)
      result.push_back(std::exchange(event, "") + line.substr(6));
    else if (!line.empty() && line.front() == '{')
      result.push_back(line);
  }
  return result;
}

/// The structures of a stream's events; neighbours that are alike are one.
inline std::vector<std::string> shapes(std::string_view stream) {
  std::vector<std::string> result;
  for (const auto& x : payloads(stream)) {
    auto at = x.find('{');
    auto item = at == std::string::npos
                  ? x
                  : x.substr(0, at) + shape(std::string_view{x}.substr(at));
    if (result.empty() || result.back() != item)
      result.push_back(item);
  }
  return result;
}

/// A recorded answer with its head.
struct recorded {
  int status = 0;
  http_headers headers;
  std::string body;
};

inline recorded read_http(const std::string& name) {
  recorded result;
  std::istringstream in{fixture(name)};
  std::string line;
  std::getline(in, line);
  result.status = std::stoi(line.substr(9, 3));
  while (std::getline(in, line) && line != "\r") {
    auto colon = line.find(':');
    result.headers.emplace_back(
      line.substr(0, colon), line.substr(colon + 2, line.size() - colon - 3));
  }
  std::ostringstream rest;
  rest << in.rdbuf();
  result.body = rest.str();
  return result;
}

} // namespace smart_agents::sim::test
