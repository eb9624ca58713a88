#include "adapters/genai_attributes.hpp"

#include "messages/trace_parent.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/sha.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

namespace smart_agents {

namespace {

namespace json = boost::json;

/// Our providers under the conventions' names (`gen_ai.provider.name`).
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> vendors{{
  {"chatgpt", "openai"},
  {"claude", "anthropic"},
  {"gemini", "gcp.gemini"},
  {"grok", "x_ai"},
}};

std::string_view vendor_of(std::string_view provider) {
  for (const auto& [ours, theirs] : vendors)
    if (provider == ours)
      return theirs;
  return provider;
}

double seconds(caf::timespan x) {
  return std::chrono::duration<double>(x).count();
}

/// The first bytes of a digest as hexadecimal digits.
std::string digits_of(std::string_view text, size_t bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         digest.data());
  constexpr char digits[] = "0123456789abcdef";
  std::string result;
  for (size_t i = 0; i < bytes; ++i) {
    result += digits[digest[i] >> 4];
    result += digits[digest[i] & 15];
  }
  return result;
}

/// A value as OTLP's JSON has it; its integers are strings.
json::object any_value(const json::value& x) {
  if (x.is_bool())
    return {{"boolValue", x.get_bool()}};
  if (x.is_double())
    return {{"doubleValue", x.get_double()}};
  if (x.is_string())
    return {{"stringValue", x.get_string()}};
  return {{"intValue", std::to_string(x.to_number<int64_t>())}};
}

json::array attribute_list(const json::object& from) {
  json::array result;
  for (const auto& x : from)
    result.emplace_back(
      json::object{{"key", x.key()}, {"value", any_value(x.value())}});
  return result;
}

std::string nanoseconds(wall_time at) {
  return std::to_string(
    std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch())
      .count());
}

json::object attempt_span(const ledger_row& x) {
  auto end = x.at + std::chrono::duration_cast<wall_time::duration>(x.elapsed);
  json::object status{{"code", x.outcome == "answered" ? 1 : 2}};
  if (x.outcome != "answered")
    status["message"] = x.outcome;
  json::object result{
    {"traceId", trace_id_of(x)},
    {"spanId", digits_of(x.task_id + "#" + std::to_string(x.attempt), 8)},
    {"name", "chat " + x.model},
    {"kind", 3}, // client
    {"startTimeUnixNano", nanoseconds(x.at)},
    {"endTimeUnixNano", nanoseconds(end)},
    {"attributes", attribute_list(genai_attributes(x))},
    {"status", std::move(status)},
  };
  if (!x.traceparent.empty())
    result["parentSpanId"] = span_of(x.traceparent);
  return result;
}

} // namespace

json::object genai_attributes(const ledger_row& x) {
  auto count = [](uint64_t n) { return static_cast<int64_t>(n); };
  json::object result{
    {"gen_ai.operation.name", "chat"},
    {"gen_ai.provider.name", vendor_of(x.provider)},
    {"gen_ai.request.model", x.model},
    {"gen_ai.usage.input_tokens", count(x.tokens.input())},
    {"gen_ai.usage.output_tokens", count(x.tokens.output)},
    {"gen_ai.usage.cache_read.input_tokens", count(x.tokens.cache_read)},
    {"smart_agents.request.id", x.task_id},
    {"smart_agents.provider", x.provider},
    {"smart_agents.attempt", x.attempt},
    {"smart_agents.outcome", x.outcome},
    {"smart_agents.origin", x.origin},
    {"smart_agents.task.type", x.type},
    {"smart_agents.task.complexity", x.complexity},
    {"smart_agents.cost_usd", x.cost_usd},
    {"smart_agents.saved_usd", x.saved_usd},
    {"smart_agents.duration_seconds", seconds(x.elapsed)},
    {"smart_agents.usage.estimated", x.tokens.estimated},
  };
  if (x.first_byte > caf::timespan{0})
    result["smart_agents.time_to_first_token_seconds"] = seconds(x.first_byte);
  if (x.outcome != "answered")
    result["error.type"] = x.outcome;
  if (!x.key.empty())
    result["smart_agents.client.key"] = x.key;
  if (!x.credential.empty())
    result["smart_agents.credential"] = x.credential;
  return result;
}

std::string attempt_line(const ledger_row& x) {
  char numbers[64];
  std::snprintf(numbers, sizeof numbers, " after %.3f s, $%.6f",
                seconds(x.elapsed), x.cost_usd);
  return x.task_id + " attempt " + std::to_string(x.attempt) + ": " + x.provider
         + "/" + x.model + " " + x.outcome + numbers;
}

std::string trace_id_of(const ledger_row& x) {
  if (!x.traceparent.empty())
    return std::string{trace_of(x.traceparent)};
  std::string_view request = x.task_id;
  return digits_of(request.substr(0, request.find('/')), 16);
}

std::string otlp_traces(const std::vector<ledger_row>& rows,
                        std::string_view version) {
  json::array spans;
  for (const auto& x : rows)
    spans.emplace_back(attempt_span(x));
  json::object scope{
    {"scope", json::object{{"name", "smart-agents"}, {"version", version}}},
    {"spans", std::move(spans)}};
  json::object resource{
    {"resource",
     json::object{
       {"attributes", attribute_list({{"service.name", "smart-agents"},
                                      {"service.version", version}})}}},
    {"scopeSpans", json::array{std::move(scope)}}};
  return json::serialize(
    json::object{{"resourceSpans", json::array{std::move(resource)}}});
}

} // namespace smart_agents
