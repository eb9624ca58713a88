#include "messages/failure.hpp"

namespace smart_agents {

std::string to_string(failure_class x) {
  using enum failure_class;
  switch (x) {
  case bad_request: return "bad_request";
  case auth: return "auth";
  case forbidden: return "forbidden";
  case model_not_found: return "model_not_found";
  case too_large: return "too_large";
  case context_too_long: return "context_too_long";
  case rate_limited: return "rate_limited";
  case quota_exhausted: return "quota_exhausted";
  case billing: return "billing";
  case server_error: return "server_error";
  case overloaded: return "overloaded";
  case timeout: return "timeout";
  case network: return "network";
  case broken_answer: return "broken_answer";
  case resting: return "resting";
  case queue_full: return "queue_full";
  case over_quota: return "over_quota";
  case cancelled: return "cancelled";
  case internal: return "internal";
  }
  return "unknown";
}

bool may_fail_over(failure_class x) {
  return x != failure_class::bad_request && x != failure_class::cancelled;
}

bool may_retry(failure_class x) {
  using enum failure_class;
  switch (x) {
  case rate_limited:
  case server_error:
  case overloaded:
  case timeout:
  case network:
  case broken_answer:
  case resting:
  case queue_full:
  case internal: return true;
  default: return false;
  }
}

bool counts_against_provider(failure_class x) {
  using enum failure_class;
  switch (x) {
  case auth:
  case forbidden:
  case rate_limited:
  case quota_exhausted:
  case billing:
  case server_error:
  case overloaded:
  case timeout:
  case network:
  case broken_answer: return true;
  default: return false;
  }
}

} // namespace smart_agents
