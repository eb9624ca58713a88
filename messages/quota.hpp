#pragma once

#include "messages/actors.hpp"
#include "messages/chat.hpp"
#include "messages/failure.hpp"
#include "messages/lease.hpp"
#include "messages/provider.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smart_agents {

/// Asks to hold an upper bound of what one attempt may use. Whoever sends it
/// owns the reservation: when the owner dies, it is settled as served with the
/// whole bound, because the work may have been done, and the quota manager
/// writes its ledger row (outcome `internal`, usage estimated).
struct reserve {
  std::string task_id;
  std::string provider;
  std::string model;
  /// Upper bounds in tokens.
  uint64_t input_tokens = 0;
  uint64_t output_tokens = 0;
  /// Dollars at most.
  double cost_usd = 0;
  /// False for gateway traffic: our default limits warn and do not refuse.
  bool limits_bind = true;
  /// One of the provider's credentials; empty lets quota choose the one with
  /// the most room.
  std::string credential = {};
  /// The client's key, by name; empty for none.
  std::string key = {};
  /// Where less output would do: the bound may be lowered so far to fit; 0 for
  /// not at all.
  uint64_t least_output = 0;
  /// What the cheapest candidate of this task would cost: a limit that
  /// downgrades lets only that pass once it is used up.
  double cheapest_usd = 0;
};

/// A granted reservation, or why not.
struct reserved {
  /// Never 0 when granted.
  uint64_t id = 0;
  /// The credential to use; empty for the provider's only one.
  std::string credential = {};
  /// The output bound that was granted, in tokens.
  uint64_t output_tokens = 0;
  /// Set when refused: `over_quota` or `resting`, with the limit, its reset
  /// and `retry_after`.
  std::optional<failure> refused;
  /// Providers that still have room, most first; filled on refusal.
  std::vector<std::string> alternatives;
  /// Limits that are nearly or (when they do not bind) wholly used up.
  std::vector<std::string> warnings;
};

/// Ends a reservation with what was really used.
struct settle {
  uint64_t id = 0;
  /// Repeated, so that a quota manager that lost the id still counts it.
  std::string provider;
  /// False when the provider did no work that counts: the bound is released.
  bool served = true;
  usage tokens;
  double cost_usd = 0;
  /// What the provider told about its own limits.
  limit_signals signals;
  /// Why the attempt failed, unless it did not.
  std::optional<failure> failed = {};
};

/// Rests a provider for some time, whoever asks. Of two rests the longer one
/// counts; a rest of zero ends it.
struct mark_unavailable {
  std::string provider;
  caf::timespan rest{0};
  std::string reason;
  /// Only one of its credentials, or only one of its models; empty for all.
  std::string credential = {};
  std::string model = {};
};

/// One limit as it stands.
struct limit_status {
  /// Whom it is about; empty names mean any.
  std::string provider;
  /// `requests`, `input_tokens`, `output_tokens`, `total_tokens`; `usd` in
  /// billionths of a dollar; `plan` in thousandths of a subscription's window.
  std::string kind;
  /// `second`, `minute`, `5h` and its like, `day`, `week`, `month`.
  std::string window;
  uint64_t limit = 0;
  uint64_t used = 0;
  /// Held for what is under way, by any process.
  uint64_t reserved = 0;
  wall_time resets_at{};
  std::string credential = {};
  std::string model = {};
  std::string key = {};
  /// `default`, `user`, or `provider` when it was learned from its answers.
  std::string source = {};
  /// `block`, `warn`, `downgrade`.
  std::string action = {};
  /// Spent an hour, lately.
  double per_hour = 0;
  /// When it is used up at that rate, unless it resets before.
  std::optional<wall_time> runs_out_at = {};
};

/// All limits, and the providers marked unavailable.
struct quota_report {
  std::vector<limit_status> limits;
  struct rest {
    std::string provider;
    std::string reason;
    wall_time until{};
    std::string credential = {};
    std::string model = {};
  };
  std::vector<rest> resting;
  /// Refusals by a provider (429) that we did not foresee, since the start.
  uint64_t misses = 0;
  /// Attempts that were granted, since the start.
  uint64_t granted = 0;
  /// Refusals of our own, since the start.
  uint64_t refused = 0;
  /// Attempts that used more than was reserved for them, since the start.
  uint64_t beyond_bound = 0;
};

struct get_quota {};

/// The quota manager's reminder to itself at the next reset.
struct next_window {};

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::reserve)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::reserved)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::settle)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::mark_unavailable)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::quota_report)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::get_quota)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::next_window)
