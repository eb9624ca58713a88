#include "adapters/codecs/openai_errors.hpp"

#include "adapters/catalogue.hpp"
#include "adapters/codecs/common.hpp"

namespace smart_agents::codecs {

namespace {

failure_class class_of(int status, const error_facts& facts) {
  using enum failure_class;
  const auto& code = facts.code;
  if (code == "credit_balance_exhausted" || code == "insufficient_quota"
      || facts.type == "insufficient_quota" || says_no_credit(facts.message))
    return billing;
  if (code == "organization_usage_limit_exceeded"
      || code == "organization_spend_limit_exceeded"
      || code == "project_spend_limit_exceeded")
    return quota_exhausted;
  if (code == "context_length_exceeded"
      || facts.type == "exceed_context_size_error"
      || says_context_too_long(facts.message))
    return context_too_long;
  if (code == "invalid_api_key")
    return auth;
  if (code == "model_not_found")
    return model_not_found;
  if (code == "rate_limit_exceeded" || code == "slow_down")
    return rate_limited;
  if (code == "server_is_overloaded")
    return overloaded;
  if (code == "server_error" || facts.type == "server_error")
    return server_error;
  // xAI answers 400 for a wrong key, and names it only in the text.
  if (status == 400
      && facts.message.find("Incorrect API key") != std::string::npos)
    return auth;
  // Errors in a stream carry no status but, at OpenRouter, a numeric code.
  if (status == 200) {
    auto number = code.size() == 3 ? std::atoi(code.c_str()) : 0;
    return number >= 400 ? class_of_status(number) : server_error;
  }
  return class_of_status(status);
}

} // namespace

failure classify_openai(const http_head& head, std::string_view body) {
  auto facts = read_error(body);
  return make_failure(class_of(head.status, facts), head, facts);
}

const char* openai_effort(effort x) {
  switch (x) {
  case effort::unset: return nullptr;
  case effort::none: return "none";
  case effort::minimal: return "minimal";
  case effort::low: return "low";
  case effort::medium: return "medium";
  case effort::high: return "high";
  case effort::max: return "xhigh";
  }
  return nullptr;
}

void add_openai_sampling(const chat_request& request, json::object& body) {
  auto model = catalogue::built_in().find({}, request.model);
  if (model.known && model.reasoning)
    return;
  if (request.temperature)
    body["temperature"] = *request.temperature;
  if (request.top_p)
    body["top_p"] = *request.top_p;
}

} // namespace smart_agents::codecs
