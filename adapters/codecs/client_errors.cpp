#include "adapters/codecs/client_errors.hpp"

#include "adapters/codecs/json_writer.hpp"

namespace smart_agents::codecs {

int openai_status(failure_class what) {
  using enum failure_class;
  switch (what) {
  case bad_request:
  case context_too_long: return 400;
  case too_large: return 413;
  case model_not_found: return 404;
  case cancelled: return 499;
  case rate_limited:
  case quota_exhausted:
  case over_quota:
  case queue_full: return 429;
  case timeout: return 504;
  case internal: return 500;
  // Clients give up at once on 403. On 401 they ask for a log-in or retry for a
  // minute, on 400 they take their own request apart, on 5xx they ask again.
  case auth:
  case forbidden:
  case billing: return 403;
  case server_error:
  case network:
  case broken_answer: return 502;
  case overloaded:
  case resting: return 503;
  }
  return 500;
}

std::string_view openai_error_type(failure_class what) {
  using enum failure_class;
  switch (what) {
  case bad_request:
  case context_too_long:
  case too_large:
  case model_not_found:
  case cancelled: return "invalid_request_error";
  case rate_limited:
  case queue_full: return "rate_limit_error";
  case quota_exhausted:
  case over_quota: return "insufficient_quota";
  case auth:
  case forbidden:
  case billing: return "permission_error";
  default: return "server_error";
  }
}

std::string openai_error_code(const failure& why) {
  using enum failure_class;
  switch (why.what) {
  case context_too_long: return "context_length_exceeded";
  case model_not_found: return "model_not_found";
  case rate_limited:
  case queue_full: return "rate_limit_exceeded";
  case overloaded:
  case resting: return "server_is_overloaded";
  default: return why.code.empty() ? to_string(why.what) : why.code;
  }
}

std::string openai_error(const failure& why) {
  json_writer out;
  out.begin_object().key("error").begin_object();
  out.field("message", why.message);
  out.field("type", openai_error_type(why.what)).key("param").null();
  out.field("code", openai_error_code(why)).end_object().end_object();
  return out.take();
}

std::string openai_unauthorized(std::string_view message) {
  json_writer out;
  out.begin_object().key("error").begin_object();
  out.field("message", message).field("type", "invalid_request_error");
  out.key("param").null().field("code", "invalid_api_key");
  out.end_object().end_object();
  return out.take();
}

} // namespace smart_agents::codecs
