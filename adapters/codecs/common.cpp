#include "adapters/codecs/common.hpp"

#include "messages/error.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>

namespace smart_agents::codecs {

namespace {

/// A code may be a string or a number.
std::string code_at(const json::object& from, std::string_view key) {
  const auto* x = find(from, key);
  if (x == nullptr)
    return {};
  if (x->is_string())
    return std::string{view(x->get_string())};
  if (x->is_int64())
    return std::to_string(x->get_int64());
  return {};
}

bool contains_any(std::string_view text,
                  std::initializer_list<const char*> needles) {
  auto lower = boost::algorithm::to_lower_copy(std::string{text});
  return std::any_of(needles.begin(), needles.end(), [&lower](const char* x) {
    return lower.find(x) != std::string::npos;
  });
}

std::optional<std::time_t> parse_http_date(std::string_view text) {
  std::tm parts{};
  auto copy = std::string{text};
  if (strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr)
    return std::nullopt;
  return timegm(&parts);
}

caf::timespan seconds(double x) {
  return std::chrono::duration_cast<caf::timespan>(
    std::chrono::duration<double>{x});
}

} // namespace

error_facts read_error(std::string_view body) {
  error_facts result;
  boost::system::error_code bad;
  auto root = json::parse({body.data(), body.size()}, bad);
  // Gemini wraps its error in an array when a stream was asked for.
  if (!bad && root.is_array() && !root.get_array().empty())
    root = json::value(root.get_array().front());
  if (bad || !root.is_object()) {
    result.message = body.substr(0, 300);
    return result;
  }
  const auto& fields = root.get_object();
  const auto* error = find(fields, "error");
  if (error && error->is_string()) {
    result.message = view(error->get_string());
    result.code = code_at(fields, "code");
    return result;
  }
  const auto& inner = error ? as_object(*error) : fields;
  result.message = string_at(inner, "message");
  result.type = string_at(inner, "type");
  if (result.type.empty())
    result.type = string_at(inner, "status");
  result.code = code_at(inner, "code");
  if (auto detail = string_at(object_at(inner, "details"), "error_code");
      !detail.empty())
    result.code = detail;
  return result;
}

failure_class class_of_status(int status) {
  using enum failure_class;
  switch (status) {
  case 401: return auth;
  case 402: return billing;
  case 403: return forbidden;
  case 404: return model_not_found;
  case 408: return timeout;
  case 413: return too_large;
  case 409:
  case 425: return overloaded;
  case 429: return rate_limited;
  case 503:
  case 529: return overloaded;
  case 504: return timeout;
  default: break;
  }
  if (status >= 500)
    return server_error;
  if (status >= 400)
    return bad_request;
  return broken_answer;
}

bool says_context_too_long(std::string_view message) {
  return contains_any(
    message,
    {"prompt is too long", "maximum prompt length is", "input token count (",
     "prompt is longer than the context length",
     "exceeds the available context size", "exceeds the context window",
     "reduce the length of the messages", "maximum context length",
     "greater than the context length", "context_length_exceeded"});
}

bool says_no_credit(std::string_view message) {
  return contains_any(message,
                      {"credit balance is too low", "doesn't have any credits",
                       "used all available credits", "insufficient balance",
                       "requires more credits", "credits are depleted",
                       "no credits remaining"});
}

std::optional<caf::timespan> parse_duration(std::string_view text) {
  double total = 0;
  const char* at = text.data();
  const char* end = at + text.size();
  if (at == end)
    return std::nullopt;
  while (at < end) {
    double value = 0;
    auto [next, bad] = std::from_chars(at, end, value);
    if (bad != std::errc{} || value < 0)
      return std::nullopt;
    at = next;
    auto unit = std::string_view{at, static_cast<size_t>(end - at)};
    if (unit.substr(0, 2) == "ms") {
      total += value / 1000;
      at += 2;
    } else if (unit.empty() || unit.front() == 's') {
      total += value;
      at += unit.empty() ? 0 : 1;
    } else if (unit.front() == 'm') {
      total += value * 60;
      at += 1;
    } else if (unit.front() == 'h') {
      total += value * 3600;
      at += 1;
    } else {
      return std::nullopt;
    }
  }
  // A provider that asks for years means "never"; the circuit bounds it.
  return std::isfinite(total) ? std::optional{seconds(std::min(total, 1e8))}
                              : std::nullopt;
}

std::optional<caf::timespan> retry_after(const http_headers& headers) {
  if (auto ms = find_header(headers, "retry-after-ms"); !ms.empty())
    if (auto x = parse_duration(ms))
      return *x / 1000;
  if (auto text = find_header(headers, "retry-after"); !text.empty()) {
    if (auto x = parse_duration(text))
      return x;
    auto then = parse_http_date(text);
    auto now = parse_http_date(find_header(headers, "date"));
    if (then && now)
      return seconds(std::max(0.0, std::difftime(*then, *now)));
  }
  // OpenAI tells how long until a limit is whole again.
  std::optional<caf::timespan> longest;
  for (const char* kind : {"requests", "tokens"}) {
    auto left =
      find_header(headers, std::string{"x-ratelimit-remaining-"} + kind);
    auto reset = parse_duration(
      find_header(headers, std::string{"x-ratelimit-reset-"} + kind));
    if (left == "0" && reset && (!longest || *reset > *longest))
      longest = reset;
  }
  return longest;
}

failure make_failure(failure_class what, const http_head& head,
                     const error_facts& facts) {
  failure result;
  result.what = what;
  result.status = head.status;
  result.code = facts.code.empty() ? facts.type : facts.code;
  result.message = facts.message.empty()
                     ? "status " + std::to_string(head.status)
                     : facts.message;
  result.retry_after = retry_after(head.headers);
  return result;
}

failure broken(std::string_view what) {
  failure result;
  result.what = failure_class::broken_answer;
  result.message = what;
  return result;
}

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

} // namespace

caf::expected<http_request> post(const endpoint& to, std::string_view path,
                                 const json::value& body,
                                 http_headers headers) {
  headers.emplace_back("Content-Type", "application/json");
  auto result = request_to(to, "POST", path, std::move(headers));
  if (result)
    result->body = json::serialize(body);
  return result;
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

caf::expected<json::value> parse_embedded(std::string_view text,
                                          std::string_view what) {
  boost::system::error_code bad;
  auto result = json::parse({text.data(), text.size()}, bad);
  if (bad)
    return make_error(ec::bad_input,
                      std::string{what} + ": not JSON (" + bad.message() + ")");
  return result;
}

caf::error check_texts(const chat_request& request) {
  for (size_t i = 0; i < request.messages.size(); ++i)
    for (const auto& x : request.messages[i].parts) {
      const auto* text = std::get_if<text_part>(&x);
      if (text == nullptr)
        continue;
      auto where = "messages[" + std::to_string(i) + "]: ";
      if (auto nul = text->text.find('\0'); nul != std::string::npos)
        return make_error(ec::bad_input,
                          where + "NUL at byte " + std::to_string(nul));
      if (!simdjson::validate_utf8(text->text.data(), text->text.size()))
        return make_error(ec::bad_input, where + "the text is not UTF-8");
    }
  return {};
}

bool has_quirk(const endpoint& to, std::string_view name) {
  return std::find(to.quirks.begin(), to.quirks.end(), name) != to.quirks.end();
}

std::string leading_system(const chat_request& request, size_t& next) {
  std::string result;
  for (next = 0; next < request.messages.size()
                 && request.messages[next].from == role::system;
       ++next) {
    if (!result.empty())
      result += "\n\n";
    result += text_of(request.messages[next].parts);
  }
  return result;
}

} // namespace smart_agents::codecs
