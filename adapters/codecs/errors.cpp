#include "adapters/codecs/errors.hpp"

#include "adapters/codecs/retry_delay.hpp"
#include "adapters/limit_signals.hpp"
#include "adapters/log.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>

namespace smart_agents::codecs {

namespace {

/// Longest message of a provider that is shown, in bytes.
constexpr size_t max_message = 400;

bool contains_any(std::string_view lower,
                  std::initializer_list<std::string_view> needles) {
  return std::any_of(needles.begin(), needles.end(), [lower](auto x) {
    return lower.find(x) != std::string_view::npos;
  });
}

bool is_any(std::string_view x, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), x) != names.end();
}

/// One line, bounded, UTF-8, without anything that looks like a key.
std::string presentable(std::string_view text) {
  if (text.size() > max_message) {
    text = text.substr(0, max_message);
    // Not in the middle of a character.
    while (!text.empty() && (text.back() & 0xC0) == 0x80)
      text.remove_suffix(1);
    if (!text.empty() && (text.back() & 0x80) != 0)
      text.remove_suffix(1);
  }
  auto result = redact(text);
  if (!simdjson::validate_utf8(result.data(), result.size()))
    for (auto& c : result)
      if ((c & 0x80) != 0)
        c = '?';
  for (auto& c : result)
    if (static_cast<unsigned char>(c) < 0x20)
      c = ' ';
  while (!result.empty() && (result.back() == ' ' || result.back() == '.'))
    result.pop_back();
  return result;
}

void read_details(const json::array& details, error_facts& out) {
  for (const auto& item : details) {
    const auto& detail = as_object(item);
    if (auto reason = text_at(detail, "reason"); !reason.empty())
      out.reason = reason;
    if (auto delay = text_at(detail, "retryDelay"); !delay.empty())
      out.retry_delay = parse_duration(delay);
    for (const auto& violation : array_at(detail, "violations"))
      if (auto id = text_at(as_object(violation), "quotaId");
          out.quota_id.empty() || id.find("PerDay") != std::string_view::npos)
        out.quota_id = id;
  }
}

failure_class class_of_status(int status) {
  using enum failure_class;
  switch (status) {
  case 401: return auth;
  case 402: return billing;
  case 403: return forbidden;
  case 404: return model_not_found;
  case 413: return too_large;
  case 408:
  case 409: return server_error;
  case 429: return rate_limited;
  case 498: // Groq: flex capacity
  case 503:
  case 529: return overloaded;
  default: break;
  }
  if (status >= 500)
    return server_error;
  return status >= 400 ? bad_request : broken_answer;
}

bool is_billing(int status, const error_facts& x, std::string_view message) {
  return status == 402
         || is_any(x.code, {"credit_balance_exhausted", "insufficient_quota"})
         || is_any(x.type, {"billing_error", "insufficient_quota"})
         || contains_any(
           message, {"credit balance is too low", "specified api usage limits",
                     "have any credits", "all available credits",
                     "insufficient balance", "requires more credits"});
}

bool is_quota(int status, const error_facts& x, std::string_view message) {
  if (is_any(x.code,
             {"enforced_spend_limit_reached", "contract_spend_limit_reached",
              "organization_usage_limit_exceeded",
              "organization_spend_limit_exceeded",
              "project_spend_limit_exceeded"}))
    return true;
  if (status != 429)
    return false;
  return x.code == "1308" // Z.ai: the plan is used up
         || x.quota_id.find("PerDay") != std::string::npos
         || contains_any(message,
                         {"monthly spending limit", "session usage limit",
                          "weekly usage limit", "monthly usage limit",
                          "free-models-per-day"});
}

/// Sentences of servers that have no code for it; docs/PROVIDERS.md lists
/// whose.
bool is_context(const error_facts& x, std::string_view message) {
  return x.code == "context_length_exceeded"
         || x.type == "exceed_context_size_error"
         || contains_any(message,
                         {"prompt is too long", "maximum prompt length is",
                          "input token count (", "maximum context length",
                          "prompt is longer than the context length",
                          "exceeds the available context size",
                          "greater than the context length",
                          "reduce the length of the messages"});
}

/// The class that a code names, whatever the status; none for codes that say
/// no more than the status does.
std::optional<failure_class> class_of_code(int status, const error_facts& x) {
  using enum failure_class;
  if (x.reason == "API_KEY_INVALID"
      || is_any(x.code, {"invalid_api_key", "authentication_error"})
      || is_any(x.type, {"authentication_error", "UNAUTHENTICATED"}))
    return auth;
  // xAI answers 400 for a wrong key, and tells only in words.
  if (status == 400 && x.message.find("Incorrect API key") != std::string::npos)
    return auth;
  if (is_any(x.type,
             {"permission_error", "PERMISSION_DENIED", "FAILED_PRECONDITION"}))
    return forbidden;
  if (x.code == "model_not_found"
      || is_any(x.type, {"not_found_error", "NOT_FOUND"}))
    return model_not_found;
  if (is_any(x.type, {"request_too_large"}))
    return too_large;
  if (is_any(x.code, {"server_is_overloaded"})
      || is_any(x.type,
                {"overloaded_error", "UNAVAILABLE", "unavailable_error"}))
    return overloaded;
  if (status == 413)
    return too_large; // Groq: one request over the limit of a minute
  if (is_any(x.code,
             {"rate_limit_exceeded", "slow_down", "ramp_limit_exceeded"})
      || is_any(x.type, {"rate_limit_error", "RESOURCE_EXHAUSTED"}))
    return rate_limited;
  if (status >= 400 && status < 500)
    return std::nullopt;
  if (is_any(x.code, {"server_error"})
      || is_any(x.type, {"api_error", "server_error", "INTERNAL",
                         "timeout_error", "DEADLINE_EXCEEDED"}))
    return server_error;
  if (is_any(x.type, {"invalid_request_error", "INVALID_ARGUMENT"}))
    return bad_request;
  return std::nullopt;
}

const char* remedy(failure_class x) {
  using enum failure_class;
  switch (x) {
  case auth: return "set a valid key";
  case forbidden: return "check the key's permissions, the plan and the region";
  case model_not_found: return "choose a model that the provider has";
  case too_large:
  case context_too_long:
    return "shorten the conversation or use a model with a larger context";
  case quota_exhausted: return "wait for the reset or raise the limit";
  case billing: return "add credit or raise the spending limit";
  default: return "";
  }
}

/// A numeric code is the status that the provider would have sent.
int status_in(const error_facts& x) {
  int result = 0;
  std::from_chars(x.code.data(), x.code.data() + x.code.size(), result);
  return result >= 400 && result < 600 ? result : 0;
}

failure make_failure(failure_class what, int status, const error_facts& x) {
  failure result;
  result.what = what;
  result.status = status;
  // Words tell more than a status repeated as a number.
  for (const auto* code :
       {&x.reason, status_in(x) == 0 ? &x.code : &x.type, &x.type, &x.code})
    if (result.code.empty())
      result.code = *code;
  result.message = presentable(x.message);
  if (result.message.empty())
    result.message = "status " + std::to_string(status)
                     + (result.code.empty() ? "" : " (" + result.code + ")");
  if (std::string_view hint = remedy(what); !hint.empty())
    result.message.append("; ").append(hint);
  return result;
}

/// `status` 0 stands for none: an error in mid-stream.
failure_class class_of(int status, const error_facts& x, bool& by_status) {
  auto message = boost::algorithm::to_lower_copy(x.message);
  by_status = false;
  if (is_billing(status, x, message))
    return failure_class::billing;
  if (is_quota(status, x, message))
    return failure_class::quota_exhausted;
  if (is_context(x, message))
    return failure_class::context_too_long;
  if (auto known = class_of_code(status, x))
    return *known;
  by_status = true;
  return status == 0 ? failure_class::server_error : class_of_status(status);
}

} // namespace

error_facts read_error(const json::object& body) {
  error_facts result;
  const auto* error = find(body, "error");
  result.known = error != nullptr;
  if (error && error->is_string()) {
    result.message = view(*error);
    result.code = code_at(body, "code");
    return result;
  }
  const auto& x = error ? as_object(*error) : body;
  result.known = result.known || find(x, "message") != nullptr;
  result.message = text_at(x, "message");
  result.type = text_at(x, "type");
  if (auto status = text_at(x, "status"); !status.empty())
    result.type = status;
  result.code = code_at(x, "code");
  if (const auto* details = find(x, "details")) {
    if (auto finer = text_at(as_object(*details), "error_code"); !finer.empty())
      result.code = finer;
    read_details(array_at(x, "details"), result);
  }
  return result;
}

error_facts read_error(std::string_view body) {
  json_reader reader;
  const auto* root = reader.parse(body);
  // Gemini wraps it in an array when a stream was asked for.
  if (root && root->is_array() && !root->get_array().empty())
    root = &root->get_array().front();
  if (root && root->is_object())
    return read_error(root->get_object());
  error_facts result;
  result.message = body.substr(0, max_message);
  return result;
}

namespace {

/// True when a plan's windows, 5 hours and 7 days, all let requests pass: then
/// a refusal is about the models alone that were asked for.
bool windows_have_room(const http_headers& headers) {
  auto seen = false;
  for (const auto* window : {"5h", "7d"}) {
    auto status =
      find_header(headers, std::string{"anthropic-ratelimit-unified-"} + window
                             + "-status");
    if (status == "rejected")
      return false;
    seen |= status.starts_with("allowed");
  }
  return seen;
}

} // namespace

failure classify_answer(const http_head& head, std::string_view body) {
  using enum failure_class;
  auto facts = read_error(body);
  bool by_status = false;
  auto what = class_of(head.status, facts, by_status);
  // A subscription's window is spent: no limit per minute, although it says so.
  if (what == rate_limited
      && find_header(head.headers, "anthropic-ratelimit-unified-status")
           == "rejected") {
    what = quota_exhausted;
    if (windows_have_room(head.headers))
      facts.code = family_code;
  }
  if (auto advice = find_header(head.headers, "x-should-retry"); by_status) {
    if (advice == "true" && !may_retry(what))
      what = server_error;
    else if (advice == "false" && what == rate_limited)
      what = quota_exhausted;
  }
  auto result = make_failure(what, head.status, facts);
  if (!facts.known && head.status == 404)
    result.message =
      "nothing answers at this address; check the provider's base_url";
  result.retry_after = retry_delay(head.headers);
  // A daily quota comes with a delay of seconds: the quota's name is right.
  if (!result.retry_after && what == rate_limited)
    result.retry_after = facts.retry_delay;
  return result;
}

failure classify_error(const error_facts& facts) {
  bool by_status = false;
  auto what = class_of(status_in(facts), facts, by_status);
  auto result = make_failure(what, 200, facts);
  if (what == failure_class::rate_limited)
    result.retry_after = facts.retry_delay;
  return result;
}

failure broken(std::string_view what) {
  failure result;
  result.what = failure_class::broken_answer;
  result.message = what;
  result.status = 200;
  return result;
}

} // namespace smart_agents::codecs
