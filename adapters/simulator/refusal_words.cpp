#include "adapters/simulator/refusal_text.hpp"
#include "adapters/simulator/refusals.hpp"

namespace smart_agents::sim {

using enum failure_class;

namespace {

std::string with_commas(uint64_t x) {
  auto result = std::to_string(x);
  for (auto at = static_cast<int>(result.size()) - 3; at > 0; at -= 3)
    result.insert(static_cast<size_t>(at), ",");
  return result;
}

std::string limit_words(vendor whose, const refusal_facts& facts) {
  auto limit = facts.limit.value_or(
    limit_refusal{limit_kind::requests_minute, 10, 10, 1, facts.retry_after});
  auto tokens = limit.which != limit_kind::requests_minute
                && limit.which != limit_kind::requests_day;
  auto day = per_day(facts);
  auto wait = decimal(seconds_of(limit.retry_after)) + "s";
  auto numbers = "Limit " + std::to_string(limit.limit) + ", Used "
                 + std::to_string(limit.used) + ", Requested "
                 + std::to_string(limit.requested);
  switch (whose) {
  case vendor::anthropic: {
    auto what = limit.which == limit_kind::input_minute    ? "input tokens"
                : limit.which == limit_kind::output_minute ? "output tokens"
                : tokens                                   ? "tokens"
                                                           : "requests";
    return "This request would exceed your organization's rate limit of "
           + with_commas(limit.limit) + " " + what + " per "
           + (day ? "day." : "minute.");
  }
  case vendor::xai:
    return "Too many requests for team "
           "00000000-0000-4000-8000-000000000000 and model "
           + facts.model + ". Your team's rate limit is - "
           + (tokens ? "Tokens" : "Requests") + " per "
           + (day ? "Day" : "Minute")
           + " (actual/limit): " + std::to_string(limit.used + limit.requested)
           + "/" + std::to_string(limit.limit) + ".";
  case vendor::gemini: {
    auto metric = std::string{"generativelanguage.googleapis.com/"}
                  + (tokens ? "generate_content_free_tier_input_token_count"
                            : "generate_content_free_tier_requests");
    return "You exceeded your current quota, please check your plan and "
           "billing details. For more information on this error, head to: "
           "https://ai.google.dev/gemini-api/docs/rate-limits.\n* Quota "
           "exceeded for metric: "
           + metric + ", limit: " + std::to_string(limit.limit)
           + ", model: " + facts.model + "\nPlease retry in "
           + (day ? std::string{"41s"} : wait) + ".";
  }
  case vendor::ollama:
    return "you (simulated) have reached your session usage limit, please "
           "wait or upgrade to continue";
  case vendor::openai:
  case vendor::compatible:
    return "Rate limit reached for " + facts.model
           + " in organization org-simulated on "
           + (tokens ? "tokens" : "requests")
           + (day ? " per day (" : " per min (") + (tokens ? "TP" : "RP")
           + (day ? "D): " : "M): ") + numbers + ". Please try again in " + wait
           + ".";
  }
  return {};
}

std::string quota_words(vendor whose, const refusal_facts& facts) {
  switch (whose) {
  case vendor::anthropic:
    return "You have reached your API usage limits: your organization has "
           "crossed its monthly API usage threshold.";
  case vendor::xai:
    return "Your team 00000000-0000-4000-8000-000000000000 has either used "
           "all available credits or reached its monthly spending limit.";
  case vendor::gemini: return limit_words(whose, facts);
  case vendor::ollama:
    return "you (simulated) have reached your weekly usage limit, upgrade "
           "for higher limits: https://ollama.com/upgrade";
  case vendor::openai:
  case vendor::compatible:
    return "Your organization has reached its usage limit.";
  }
  return {};
}

std::string billing_words(vendor whose) {
  switch (whose) {
  case vendor::anthropic:
    return "Your credit balance is too low to access the Anthropic API. "
           "Please go to Plans & Billing to upgrade or purchase credits.";
  case vendor::xai:
    return "Your newly created team doesn't have any credits or licenses "
           "yet. You can purchase those on https://console.x.ai.";
  case vendor::gemini:
    return "Your prepayment credits are depleted. Please go to AI Studio to "
           "manage your project and billing.";
  case vendor::ollama: return "you have no credit left";
  case vendor::openai:
    return "You have no credits remaining. Add credits to continue using the "
           "API.";
  case vendor::compatible: return "Insufficient Balance";
  }
  return {};
}

std::string context_words(vendor whose, const refusal_facts& facts) {
  auto tokens = std::to_string(facts.tokens);
  auto context = std::to_string(facts.context);
  switch (whose) {
  case vendor::anthropic:
    return "prompt is too long: " + tokens + " tokens > " + context
           + " maximum";
  case vendor::openai:
    return "Your input exceeds the context window of this model. Please "
           "adjust your input and try again.";
  case vendor::xai:
    return "This model's maximum prompt length is " + context
           + " but the request contains " + tokens + " tokens.";
  case vendor::gemini:
    return "The input token count (" + tokens
           + ") exceeds the maximum number of tokens allowed (" + context
           + ").";
  case vendor::ollama:
    return "the prompt is longer than the context length (" + tokens + " > "
           + context + " tokens)";
  case vendor::compatible:
    return "This model's maximum context length is " + context
           + " tokens. However, your messages resulted in " + tokens
           + " tokens. Please reduce the length of the messages.";
  }
  return {};
}

std::string model_words(vendor whose, const refusal_facts& facts) {
  switch (whose) {
  case vendor::anthropic: return "model: " + facts.model;
  case vendor::gemini:
    return "models/" + facts.model
           + " is not found for API version v1beta, or is not supported for "
             "generateContent. Call ListModels to see the list of available "
             "models and their supported methods.";
  case vendor::ollama: return "model '" + facts.model + "' not found";
  case vendor::xai:
    return "The model " + facts.model
           + " does not exist or your team "
             "00000000-0000-4000-8000-000000000000 does not have access to "
             "it.";
  default:
    return "The model `" + facts.model
           + "` does not exist or you do not have access to it.";
  }
}

std::string auth_words(vendor whose) {
  switch (whose) {
  case vendor::anthropic: return "invalid x-api-key";
  case vendor::gemini: return "API key not valid. Please pass a valid API key.";
  case vendor::xai:
    return "Incorrect API key provided. You can obtain an API key from "
           "https://console.x.ai.";
  case vendor::ollama: return "unauthorized";
  default:
    return "Incorrect API key provided. You can find your API key at "
           "https://platform.openai.com/account/api-keys.";
  }
}

std::string overload_words(vendor whose) {
  switch (whose) {
  case vendor::anthropic: return "Overloaded";
  case vendor::gemini:
    return "The model is overloaded. Please try again later.";
  case vendor::ollama:
    return "server busy, please try again.  maximum pending requests "
           "exceeded";
  default:
    return "Our servers are currently overloaded. Please try again later.";
  }
}

std::string server_words(vendor whose) {
  switch (whose) {
  case vendor::anthropic: return "Internal server error";
  case vendor::gemini:
    return "An internal error has occurred. Please retry or report in "
           "https://developers.generativeai.google/guide/troubleshooting";
  case vendor::ollama: return "llama runner process has terminated";
  default:
    return "The server had an error while processing your request. Sorry "
           "about that!";
  }
}

} // namespace

refusal refusal_of(failure_class what, vendor whose,
                   const refusal_facts& facts) {
  auto openai = whose == vendor::openai || whose == vendor::compatible
                || facts.format == wire::chat;
  auto code = [openai](const char* x) { return std::string{openai ? x : ""}; };
  switch (what) {
  case rate_limited:
    return {what, limit_words(whose, facts), {}, code("rate_limit_exceeded")};
  case quota_exhausted:
    if (per_day(facts))
      return {what, limit_words(whose, facts), {}, code("rate_limit_exceeded")};
    return {what,
            quota_words(whose, facts),
            {},
            whose == vendor::anthropic
              ? "enforced_spend_limit_reached"
              : code("organization_usage_limit_exceeded")};
  case billing:
    return {what, billing_words(whose), {}, code("credit_balance_exhausted")};
  case context_too_long:
    return {what, context_words(whose, facts),
            code(facts.format == wire::responses ? "input" : "messages"),
            code("context_length_exceeded")};
  case model_not_found:
    return {what, model_words(whose, facts), {}, code("model_not_found")};
  case auth: return {what, auth_words(whose), {}, code("invalid_api_key")};
  case overloaded:
    return {what, overload_words(whose), {}, code("server_is_overloaded")};
  case too_large: return {what, "Request exceeds the maximum size", {}, {}};
  default: return {what, server_words(whose), {}, {}};
  }
}

} // namespace smart_agents::sim
