#include "adapters/simulator/refusals.hpp"

#include "adapters/simulator/json_text.hpp"
#include "adapters/simulator/refusal_text.hpp"

#include <cmath>

namespace smart_agents::sim {

namespace {

using enum failure_class;

constexpr auto json_type = "application/json";

uint64_t whole_seconds(caf::timespan x) {
  return static_cast<uint64_t>(std::ceil(seconds_of(x)));
}

/// As Go prints a duration: 6m2.88s, 59.662s, 78ms.
std::string go_duration(caf::timespan x) {
  auto seconds = seconds_of(x);
  if (seconds < 1)
    return std::to_string(static_cast<uint64_t>(std::ceil(seconds * 1000)))
           + "ms";
  auto minutes = static_cast<uint64_t>(seconds / 60);
  auto rest = decimal(seconds - static_cast<double>(minutes) * 60) + "s";
  if (minutes == 0)
    return rest;
  if (minutes < 60)
    return std::to_string(minutes) + "m" + rest;
  return std::to_string(minutes / 60) + "h" + std::to_string(minutes % 60) + "m"
         + rest;
}

std::string in_quotes(std::string_view x) {
  std::string result;
  append_json(result, x);
  return result;
}

int64_t nanoseconds_of(wall_time x) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           x.time_since_epoch())
    .count();
}

// -- headers ------------------------------------------------------------------

void anthropic_limits(const limit_states& limits, wall_time now,
                      http_headers& to) {
  auto add = [&](const std::string& name, limit_kind which) {
    const auto& x = limits[static_cast<size_t>(which)];
    if (x.limit == 0)
      return;
    auto prefix = "anthropic-ratelimit-" + name + "-";
    to.emplace_back(prefix + "limit", std::to_string(x.limit));
    to.emplace_back(prefix + "remaining", std::to_string(x.remaining));
    to.emplace_back(prefix + "reset",
                    rfc3339(nanoseconds_of(now) + x.reset.count()));
  };
  add("requests", limit_kind::requests_minute);
  add("input-tokens", limit_kind::input_minute);
  add("output-tokens", limit_kind::output_minute);
  add("tokens", limit_kind::tokens_minute);
}

void openai_limits(const limit_states& limits, bool with_reset,
                   http_headers& to) {
  auto add = [&](const std::string& name, const limit_state& x) {
    if (x.limit == 0)
      return;
    to.emplace_back("x-ratelimit-limit-" + name, std::to_string(x.limit));
    to.emplace_back("x-ratelimit-remaining-" + name,
                    std::to_string(x.remaining));
    if (with_reset)
      to.emplace_back("x-ratelimit-reset-" + name, go_duration(x.reset));
  };
  auto at = [&limits](limit_kind x) { return limits[static_cast<size_t>(x)]; };
  auto requests = at(limit_kind::requests_minute);
  add("requests",
      requests.limit != 0 ? requests : at(limit_kind::requests_day));
  add("tokens", at(limit_kind::tokens_minute));
}

/// 429 and 503 say when to come back, where the vendor does.
void retry_headers(vendor whose, const refusal& why, const refusal_facts& facts,
                   http_headers& to) {
  if (facts.retry_after.count() <= 0)
    return;
  auto seconds = std::to_string(whole_seconds(facts.retry_after));
  auto limited = why.what == rate_limited || per_day(facts);
  switch (whose) {
  case vendor::anthropic:
    // Overload has none, and a spend cap none either.
    if (limited)
      to.emplace_back("retry-after", seconds);
    break;
  case vendor::openai:
  case vendor::compatible:
    if (!limited && why.what != overloaded)
      break;
    to.emplace_back("retry-after", seconds);
    if (whose == vendor::openai && why.what == rate_limited)
      to.emplace_back("retry-after-ms",
                      std::to_string(static_cast<uint64_t>(
                        std::ceil(seconds_of(facts.retry_after) * 1000))));
    break;
  case vendor::xai:
  case vendor::gemini:
  case vendor::ollama: break;
  }
}

// -- bodies -------------------------------------------------------------------

int status_of(vendor whose, failure_class what) {
  switch (what) {
  case auth:
    // Gemini and xAI call a wrong key a bad request.
    return whose == vendor::gemini || whose == vendor::xai ? 400 : 401;
  case forbidden: return 403;
  case model_not_found: return 404;
  case too_large: return 413;
  case rate_limited:
  case quota_exhausted: return 429;
  case billing:
    switch (whose) {
    case vendor::anthropic: return 400;
    case vendor::gemini:
    case vendor::compatible: return 402;
    case vendor::xai: return 403;
    default: return 429;
    }
  case server_error: return 500;
  case overloaded: return whose == vendor::anthropic ? 529 : 503;
  default: return 400;
  }
}

std::string_view anthropic_type(const refusal& why) {
  switch (why.what) {
  case auth: return "authentication_error";
  case forbidden: return "permission_error";
  case model_not_found: return "not_found_error";
  case too_large: return "request_too_large";
  case rate_limited:
  case quota_exhausted: return "rate_limit_error";
  case server_error: return "api_error";
  case overloaded: return "overloaded_error";
  default: return "invalid_request_error";
  }
}

std::string anthropic_body(const refusal& why, const refusal_facts& facts) {
  auto details = why.what == quota_exhausted && !per_day(facts)
                   ? R"(,"details":{"error_code":)" + in_quotes(why.code) + "}"
                   : std::string{};
  return R"({"type":"error","error":{"type":")"
         + std::string{anthropic_type(why)} + R"(","message":)"
         + in_quotes(why.message) + details + R"(},"request_id":"req_011Sim)"
         + facts.id + "\"}";
}

std::string_view openai_type(const refusal& why, const refusal_facts& facts) {
  switch (why.what) {
  case rate_limited:
    return facts.limit && facts.limit->which != limit_kind::requests_minute
             ? "tokens"
             : "requests";
  case quota_exhausted:
    return per_day(facts) ? "requests" : "usage_limit_exceeded";
  case billing: return "insufficient_quota";
  case server_error: return "server_error";
  case overloaded: return "service_unavailable_error";
  default: return "invalid_request_error";
  }
}

std::string openai_body(const refusal& why, const refusal_facts& facts) {
  return R"({"error":{"message":)" + in_quotes(why.message) + R"(,"type":")"
         + std::string{openai_type(why, facts)} + R"(","param":)"
         + (why.param.empty() ? "null" : in_quotes(why.param)) + R"(,"code":)"
         + (why.code.empty() ? "null" : in_quotes(why.code)) + "}}";
}

std::string xai_body(const refusal& why) {
  std::string_view code;
  switch (why.what) {
  case billing:
  case forbidden:
    code = "The caller does not have permission to execute the specified "
           "operation";
    break;
  case rate_limited:
  case quota_exhausted: code = "Some resource has been exhausted"; break;
  case model_not_found: code = "Some requested entity was not found"; break;
  case server_error: code = "Internal error"; break;
  case overloaded: code = "The service is currently unavailable"; break;
  default: code = "Client specified an invalid argument";
  }
  return R"({"code":)" + in_quotes(code) + R"(,"error":)"
         + in_quotes(why.message) + "}";
}

std::string gemini_limit_details(const refusal_facts& facts) {
  auto day = per_day(facts);
  auto tokens = facts.limit && facts.limit->which != limit_kind::requests_minute
                && facts.limit->which != limit_kind::requests_day;
  auto limit = facts.limit ? facts.limit->limit : 10;
  std::string metric = "generativelanguage.googleapis.com/";
  metric += tokens ? "generate_content_free_tier_input_token_count"
                   : "generate_content_free_tier_requests";
  std::string id = "Generate";
  id += tokens ? "ContentInputTokens" : "Requests";
  id += day ? "PerDay" : "PerMinute";
  id += "PerProjectPerModel-FreeTier";
  // Daily ones carry a short delay too.
  auto delay =
    day ? std::string{"41s"} : decimal(seconds_of(facts.retry_after)) + "s";
  return R"([{"@type":"type.googleapis.com/google.rpc.Help","links":[)"
         R"({"description":"Learn more about Gemini API quotas",)"
         R"("url":"https://ai.google.dev/gemini-api/docs/rate-limits"}]},)"
         R"({"@type":"type.googleapis.com/google.rpc.QuotaFailure",)"
         R"("violations":[{"quotaMetric":)"
         + in_quotes(metric) + R"(,"quotaId":)" + in_quotes(id)
         + R"(,"quotaDimensions":{"location":"global","model":)"
         + in_quotes(facts.model) + R"(},"quotaValue":")"
         + std::to_string(limit)
         + R"("}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo",)"
           R"("retryDelay":)"
         + in_quotes(delay) + "}]";
}

std::string gemini_body(int status, const refusal& why,
                        const refusal_facts& facts) {
  std::string_view name = "INVALID_ARGUMENT";
  std::string details;
  switch (why.what) {
  case auth:
    details = R"([{"@type":"type.googleapis.com/google.rpc.ErrorInfo",)"
              R"("reason":"API_KEY_INVALID","domain":"googleapis.com",)"
              R"("metadata":{"service":"generativelanguage.googleapis.com"}}])";
    break;
  case forbidden: name = "PERMISSION_DENIED"; break;
  case model_not_found: name = "NOT_FOUND"; break;
  case rate_limited:
  case quota_exhausted:
    details = gemini_limit_details(facts);
    name = "RESOURCE_EXHAUSTED";
    break;
  case billing: name = "RESOURCE_EXHAUSTED"; break;
  case server_error: name = "INTERNAL"; break;
  case overloaded: name = "UNAVAILABLE"; break;
  default: break;
  }
  return R"({"error":{"code":)" + std::to_string(status) + R"(,"message":)"
         + in_quotes(why.message) + R"(,"status":")" + std::string{name} + "\""
         + (details.empty() ? "" : R"(,"details":)" + details) + "}}";
}

} // namespace

http_headers common_headers(vendor whose, const std::string& id,
                            const limit_states& limits, wall_time now) {
  http_headers result;
  result.reserve(16);
  switch (whose) {
  case vendor::anthropic:
    result.emplace_back("request-id", "req_011Sim" + id);
    result.emplace_back("anthropic-organization-id",
                        "00000000-0000-4000-8000-000000000000");
    anthropic_limits(limits, now, result);
    break;
  case vendor::openai:
    result.emplace_back("x-request-id", "req_" + id);
    result.emplace_back("openai-organization", "org-simulated");
    result.emplace_back("openai-processing-ms", "8");
    result.emplace_back("openai-version", "2020-10-01");
    openai_limits(limits, true, result);
    break;
  case vendor::xai:
    result.emplace_back("x-request-id", id);
    openai_limits(limits, false, result);
    break;
  case vendor::gemini:
    result.emplace_back("server", "scaffolding on HTTPServer2");
    result.emplace_back("x-xss-protection", "0");
    result.emplace_back("server-timing", "gfet4t7; dur=61");
    break;
  case vendor::ollama: break;
  case vendor::compatible:
    result.emplace_back("x-request-id", "req_" + id);
    openai_limits(limits, true, result);
    break;
  }
  return result;
}

reply refuse(vendor whose, const refusal& why, const refusal_facts& facts) {
  reply result;
  result.status = status_of(whose, why.what);
  result.headers = common_headers(whose, facts.id, facts.limits, facts.now);
  retry_headers(whose, why, facts, result.headers);
  auto type = std::string{json_type};
  switch (whose) {
  case vendor::anthropic:
    // Says what the official clients do by themselves, too.
    result.headers.emplace_back("x-should-retry",
                                may_retry(why.what) ? "true" : "false");
    result.body = anthropic_body(why, facts);
    break;
  case vendor::openai:
  case vendor::compatible: result.body = openai_body(why, facts); break;
  case vendor::xai: result.body = xai_body(why); break;
  case vendor::gemini:
    type += "; charset=UTF-8";
    result.body = gemini_body(result.status, why, facts);
    break;
  case vendor::ollama:
    type += "; charset=utf-8";
    result.body = facts.format == wire::chat
                    ? openai_body(why, facts)
                    : R"({"error":)" + in_quotes(why.message) + "}";
    break;
  }
  result.headers.emplace_back("content-type", std::move(type));
  return result;
}

} // namespace smart_agents::sim
