#pragma once

#include "messages/actors.hpp"
#include "messages/chat.hpp"
#include "messages/failure.hpp"
#include "messages/login.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smart_agents {

/// A call under way at a provider. Thread-safe; dropping it does not cancel.
class upstream_call {
public:
  virtual ~upstream_call() = default;

  /// Lets the upstream read go on after `events` more stream events. An
  /// exchange starts with `initial_credit` (messages/task.hpp).
  virtual void grant(uint32_t events) = 0;

  /// Closes the upstream connection; at most one `call_failed` with
  /// `failure_class::cancelled` follows.
  virtual void cancel() = 0;
};

using upstream_call_ptr = std::shared_ptr<upstream_call>;

/// Identifies one attempt of one dispatch; unique in the process.
using call_id = uint64_t;

/// Asks a provider for one completion. Progress goes to `to` as the messages
/// below; exactly one of `call_finished` and `call_failed` ends it, unless
/// the provider's actor dies first (monitor it).
struct start_call {
  call_id id = 0;
  std::shared_ptr<const chat_request> request;
  /// 1-10, higher first in the provider's queue.
  int priority = 5;
  /// Bounds everything: waiting in the queue, connecting, answering.
  instant deadline = instant::max();
  dispatch_actor to;
  /// Which of the provider's credentials to use; empty for its only one.
  std::string credential = {};
  /// Used instead of the provider's key; null for none.
  std::shared_ptr<const client_login> login = {};
  /// The client's key, by name: those that wait are served in turn. Empty for
  /// nobody's.
  std::string key = {};
};

/// Withdraws a call, waiting or under way.
struct cancel_call {
  call_id id = 0;
};

/// The call left the queue and its request is on its way.
struct call_started {
  call_id id = 0;
  upstream_call_ptr upstream;
  /// What of the request the provider's format has no place for, by short
  /// names.
  std::vector<std::string> losses = {};
  /// True when the client's own body went, in which nothing is lost.
  bool verbatim = false;
};

/// A piece of a streamed answer, in order.
struct call_progress {
  call_id id = 0;
  std::vector<stream_event> events;
};

/// What a provider told about its limits with an answer, raw: lower-case
/// header names with values (docs: facts on quota signals).
using limit_signals = std::vector<std::pair<std::string, std::string>>;

/// A good end. For a stream `response` holds no parts, only id, model, finish
/// and usage; the parts went as `call_progress`.
struct call_finished {
  call_id id = 0;
  std::shared_ptr<const chat_response> response;
  limit_signals signals;
};

/// A bad end.
struct call_failed {
  call_id id = 0;
  failure why;
  /// What the provider reported before it failed, if anything.
  usage tokens;
  /// True when the provider may have done (and will bill) the work.
  bool maybe_billed = false;
  limit_signals signals;
};

/// Asks a provider's own endpoint to count the input tokens of a request, which
/// is not run.
struct count_input {
  std::shared_ptr<const chat_request> request;
};

/// The provider's count.
struct counted_input {
  uint64_t tokens = 0;
};

/// A count's notice to its provider.
struct count_over {
  uint64_t id = 0;
  /// Unset when it failed.
  std::optional<uint64_t> tokens;
  /// Why it failed, for people.
  std::string why;
};

/// Breaker states; see actors/provider/circuit.hpp for the machine.
enum class circuit_state : uint8_t { closed, open, half_open };

std::string to_string(circuit_state x);

/// A provider as status pages show it.
struct provider_status {
  std::string name;
  std::string format;
  circuit_state circuit = circuit_state::closed;
  /// Why the circuit is not closed.
  std::string reason;
  /// Until when it rests; meaningful while open.
  instant until{};
  uint32_t running = 0;
  uint32_t waiting = 0;
  uint64_t answered = 0;
  uint64_t failed = 0;
  /// Smoothed time to first byte of good answers, in seconds.
  double first_byte_seconds = 0;
};

/// Asks a provider for its status.
struct get_provider_status {};

/// The provider's reminder to itself: expire waiters, half-open the circuit.
struct provider_tick {};

/// An exchange's notice to its provider that a slot is free again.
struct call_over {
  call_id id = 0;
  /// Unset for a good end.
  std::optional<failure> failed;
  /// Time to first byte, zero when none came.
  caf::timespan first_byte{0};
};

} // namespace smart_agents

SMART_AGENTS_LOCAL_MESSAGE(smart_agents::start_call)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::cancel_call)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::call_started)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::call_progress)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::call_finished)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::call_failed)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::provider_status)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::get_provider_status)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::provider_tick)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::call_over)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::count_input)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::counted_input)
SMART_AGENTS_LOCAL_MESSAGE(smart_agents::count_over)
