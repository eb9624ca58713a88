#pragma once

#include "messages/dialect.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace smart_agents {

/// What went wrong with one provider call; each class has one remedy. The
/// classes follow docs/PROVIDERS.md: billing is not a rate
/// limit, and a status code alone does not tell.
enum class failure_class : uint8_t {
  /// The request itself is wrong: fix it, never retry it.
  bad_request,
  /// The key is missing, wrong or disabled: rest the provider, tell the user.
  auth,
  /// The key is right but may not: region, plan, permission.
  forbidden,
  /// The provider does not have the model (Ollama: pull it): next candidate.
  model_not_found,
  /// The body is larger than the provider takes: next candidate.
  too_large,
  /// The prompt is longer than the model's context: a larger model.
  context_too_long,
  /// Too fast: wait as long as asked, meanwhile the next candidate.
  rate_limited,
  /// The plan or window is spent: rest until it resets.
  quota_exhausted,
  /// No money left: rest, tell the user.
  billing,
  /// The provider broke (5xx).
  server_error,
  /// The provider is too busy (503, 529).
  overloaded,
  /// A deadline passed: connect, first byte, idle or total.
  timeout,
  /// No connection, reset, name or TLS failure.
  network,
  /// The answer broke the wire format or ended without its terminal event.
  broken_answer,
  /// Refused on our side before a call was made: breaker open.
  resting,
  /// Refused on our side: the provider's queue is full.
  queue_full,
  /// Refused on our side: a quota limit of ours is reached.
  over_quota,
  /// The client went away or asked to stop.
  cancelled,
  /// A fault of ours; the log has more.
  internal,
};

/// One failed attempt, ready to be shown.
struct failure {
  failure_class what = failure_class::internal;
  /// One sentence for people: names the cause and, where there is one, the
  /// remedy. Never holds a secret.
  std::string message;
  /// HTTP status, or 0 when there was no answer.
  int status = 0;
  /// The provider's own code, for example `insufficient_quota`.
  std::string code;
  /// How long the provider asks us to wait.
  std::optional<caf::timespan> retry_after;
};

/// Snake-case name, as logs, metrics and the ledger spell it.
std::string to_string(failure_class x);

/// True when another provider may succeed where this one failed. A bad
/// request fails everywhere, and a cancelled one must not go on.
bool may_fail_over(failure_class x);

/// True when waiting and asking the same provider again may help.
bool may_retry(failure_class x);

/// True when the provider itself is unwell, so that its breaker counts it;
/// our own refusals and the user's mistakes say nothing about its health.
bool counts_against_provider(failure_class x);

} // namespace smart_agents
