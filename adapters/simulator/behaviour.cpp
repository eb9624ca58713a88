#include "adapters/simulator/behaviour.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

namespace smart_agents::sim {

namespace {

constexpr std::array<std::string_view, fault_count> fault_names{
  "ok",
  "rate_limited",
  "quota_exhausted",
  "billing",
  "auth",
  "server_error",
  "overloaded",
  "model_not_found",
  "context_too_long",
  "hang",
  "reset",
  "stall",
  "truncate",
  "cut",
  "stream_error",
  "slow_body",
  "garbage"};

boost::json::object to_object(const counts& x) {
  boost::json::object refused;
  for (const auto& [what, n] : x.refused)
    refused[to_string(what)] = n;
  return {{"received", x.received},
          {"answered", x.answered},
          {"refused", std::move(refused)},
          {"cut_off", x.cut_off},
          {"cancelled", x.cancelled},
          {"input_tokens", x.input_tokens},
          {"output_tokens", x.output_tokens},
          {"broken_input_tokens", x.broken_input_tokens},
          {"broken_output_tokens", x.broken_output_tokens},
          {"running", x.running},
          {"max_concurrent", x.max_concurrent}};
}

} // namespace

std::string to_string(vendor x) {
  switch (x) {
  case vendor::anthropic: return "anthropic";
  case vendor::openai: return "openai";
  case vendor::xai: return "xai";
  case vendor::gemini: return "gemini";
  case vendor::ollama: return "ollama";
  case vendor::compatible: return "compatible";
  }
  return "unknown";
}

std::string to_string(fault x) {
  return std::string{fault_names[static_cast<size_t>(x)]};
}

bool from_string(std::string_view name, fault& x) {
  auto i = std::find(fault_names.begin(), fault_names.end(), name);
  if (i == fault_names.end())
    return false;
  x = static_cast<fault>(i - fault_names.begin());
  return true;
}

behaviour default_behaviour(vendor whose) {
  behaviour x;
  switch (whose) {
  case vendor::anthropic:
    x.models = {{"claude-fable-5-2", 1'000'000, 128'000},
                {"claude-opus-5-5", 1'000'000, 128'000},
                {"claude-sonnet-5-5", 1'000'000, 128'000},
                {"claude-haiku-5-5", 1'000'000, 128'000},
                {"claude-opus-4-8", 1'000'000, 128'000},
                {"claude-haiku-4-5", 200'000, 64'000}};
    break;
  case vendor::openai:
    x.models = {{"gpt-6-astra", 1'050'000, 128'000},
                {"gpt-6.1-sol", 1'050'000, 128'000},
                {"gpt-6.1-terra", 1'050'000, 128'000},
                {"gpt-6-luna", 1'050'000, 128'000},
                {"gpt-5.6-sol", 1'050'000, 128'000},
                {"gpt-4o", 128'000, 16'384}};
    break;
  case vendor::xai:
    x.models = {{"grok-4.7", 500'000, 500'000},
                {"grok-4.6", 500'000, 500'000},
                {"grok-4.3", 1'000'000, 30'000}};
    break;
  case vendor::gemini:
    x.models = {{"gemini-4-argon", 1'048'576, 32'768},
                {"gemini-3.8-flash", 1'048'576, 65'536},
                {"gemini-3.1-pro-preview", 1'048'576, 65'536}};
    break;
  case vendor::ollama:
    // Those that were pulled.
    x.models = {{"qwen3:8b", 40'960, 40'960}};
    break;
  case vendor::compatible: break;
  }
  return x;
}

std::string to_json(const stats& x) {
  boost::json::object models;
  for (const auto& [name, n] : x.models)
    models[name] = to_object(n);
  boost::json::object result{{"total", to_object(x.total)},
                             {"models", std::move(models)},
                             {"other_requests", x.other_requests}};
  return boost::json::serialize(result);
}

} // namespace smart_agents::sim
