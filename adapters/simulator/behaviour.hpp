#pragma once

#include "messages/dialect.hpp"
#include "messages/failure.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace smart_agents::sim {

/// Whose habits a simulated provider has: paths, headers, errors, usage.
enum class vendor : uint8_t {
  anthropic,
  openai,
  xai,
  gemini,
  ollama,
  /// Any OpenAI-compatible server: Chat Completions only.
  compatible,
};

std::string to_string(vendor x);

/// What can go wrong with one request.
enum class fault : uint8_t {
  /// Nothing.
  ok,
  /// 429, per minute.
  rate_limited,
  /// 429, the day's or plan's quota is spent.
  quota_exhausted,
  /// No money left.
  billing,
  /// The key is refused.
  auth,
  /// 500.
  server_error,
  /// 503, for Anthropic 529.
  overloaded,
  /// 404, as if the model were unknown or not pulled.
  model_not_found,
  /// 400, as if the prompt were too long.
  context_too_long,
  /// No answer ever.
  hang,
  /// The connection is reset before an answer.
  reset,
  /// The answer begins and then nothing more comes.
  stall,
  /// The answer ends in the middle, cleanly for HTTP.
  truncate,
  /// The connection is reset in the middle of the answer.
  cut,
  /// The format's error event in the middle of a stream; 500 when not
  /// streaming.
  stream_error,
  /// The answer dribbles, `behaviour::slow_ms` between two pieces.
  slow_body,
  /// 200 with a body that is no JSON.
  garbage,
};

constexpr size_t fault_count = static_cast<size_t>(fault::garbage) + 1;

std::string to_string(fault x);

/// Finds a fault by name; false when there is none of that name.
bool from_string(std::string_view name, fault& x);

/// What a provider allows; 0 means no limit. Minutes are continuously
/// refilled token buckets, days are calendar days.
struct limits {
  uint64_t requests_per_minute = 0;
  uint64_t input_tokens_per_minute = 0;
  uint64_t output_tokens_per_minute = 0;
  /// Input and output together.
  uint64_t tokens_per_minute = 0;
  uint64_t requests_per_day = 0;
  uint64_t tokens_per_day = 0;
  /// IANA name of the zone in which days end; empty takes the vendor's own
  /// (Gemini: America/Los_Angeles, others UTC).
  std::string time_zone;
  bool operator==(const limits&) const = default;
};

/// One step of a script: what happens to the next `times` requests.
struct script_step {
  fault what = fault::ok;
  uint32_t times = 1;
  bool operator==(const script_step&) const = default;
};

/// A model that a provider has.
struct model {
  std::string name;
  /// Window in tokens.
  uint64_t context = 1'000'000;
  uint64_t max_output = 128'000;
  bool operator==(const model&) const = default;
};

/// How a simulated provider behaves. The defaults answer at once and never
/// fail.
struct behaviour {
  /// Time to the first byte, in milliseconds.
  uint32_t latency_ms = 0;
  /// Speed of writing; 0 is as fast as the client reads.
  double tokens_per_second = 0;
  /// Length of an answer in tokens; 0 lets the prompt decide (20 to 60, or N
  /// when it says "write N tokens").
  uint32_t output_tokens = 0;
  /// Tokens in one stream event.
  uint32_t chunk_tokens = 4;
  /// Share of the input that is reported as read from the prompt cache.
  double cached_share = 0;
  /// Probability of each fault, by the seed; the sum is at most 1.
  std::map<fault, double> faults;
  /// Happens to the next requests, in order, before `faults` apply.
  std::vector<script_step> script;
  sim::limits limits;
  /// How long an injected 429 or 503 asks to wait, in milliseconds.
  uint32_t retry_after_ms = 2000;
  /// Pause between pieces of a slow body, in milliseconds.
  uint32_t slow_ms = 1000;
  /// Requests at once; more are refused as overloaded. 0 means no limit.
  uint32_t max_concurrent = 0;
  /// Window of every model, in tokens; 0 leaves each its own.
  uint64_t context_length = 0;
  /// What there is to ask. Empty accepts any name.
  std::vector<model> models;
  /// The only key that is accepted; empty accepts any that is not empty.
  std::string key;
  /// The credit is used up.
  bool credit_exhausted = false;
  /// Connections are refused.
  bool down = false;
  bool operator==(const behaviour&) const = default;
};

/// How a provider of that vendor behaves at first: its models, no faults, no
/// limits.
behaviour default_behaviour(vendor whose);

/// Changes `x` by the keys of a JSON object; those not named stay. Fails with
/// `ec::bad_input`, naming the key and what it takes, and then leaves `x` as
/// it was.
caf::error update(behaviour& x, std::string_view json);

/// The behaviour as `update` reads it, without the key.
std::string to_json(const behaviour& x);

/// What happened to the requests for one model. At every instant `received`
/// is the sum of `answered`, all `refused`, `cut_off`, `cancelled` and
/// `running`.
struct counts {
  uint64_t received = 0;
  /// Answered to the end.
  uint64_t answered = 0;
  /// Refused with an error answer, by class.
  std::map<failure_class, uint64_t> refused;
  /// Broken off by the simulator: reset, cut, truncated, garbage, mid-stream
  /// error.
  uint64_t cut_off = 0;
  /// The client left before the end.
  uint64_t cancelled = 0;
  /// Tokens of the answered ones, as the provider bills them.
  uint64_t input_tokens = 0;
  uint64_t output_tokens = 0;
  /// What was reported to the client in those cut off or cancelled.
  uint64_t broken_input_tokens = 0;
  uint64_t broken_output_tokens = 0;
  uint32_t running = 0;
  uint32_t max_concurrent = 0;
  bool operator==(const counts&) const = default;
};

/// What a simulated provider counted.
struct stats {
  /// All models together.
  counts total;
  /// By the name that was asked for; at most `max_models`, the rest is under
  /// "(other)".
  std::map<std::string, counts, std::less<>> models;
  /// Requests that were no completions: listings, token counts, wrong paths.
  uint64_t other_requests = 0;

  static constexpr size_t max_models = 256;
};

std::string to_json(const stats& x);

} // namespace smart_agents::sim
