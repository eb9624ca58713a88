#pragma once

#include "actors/provider/call_queue.hpp"
#include "actors/provider/circuit.hpp"
#include "adapters/http_client.hpp"
#include "adapters/metrics.hpp"
#include "adapters/provider_codec.hpp"
#include "adapters/told_limits.hpp"
#include "messages/actors.hpp"
#include "messages/provider.hpp"
#include "messages/services.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace smart_agents {

class exchange;

/// What one provider is.
struct provider_options {
  std::string name;
  codec_ptr codec;
  endpoint to;
  std::shared_ptr<http_client> client;
  /// True: a client's own log-in goes along instead of our key.
  bool pass_logins = false;
  /// True for a server on this machine, for better advice.
  bool local = false;
  /// Calls at once; more wait.
  uint32_t max_concurrent = 16;
  /// Calls that wait; more are refused.
  uint32_t max_queue = 256;
  /// Time-outs of each call.
  http_limits limits;
  circuit_options breaker;
  /// Keys by the name of their credential, where there are several; then what
  /// is wrong with one of them rests it (quota), and not the provider.
  std::map<std::string, std::string, std::less<>> keys = {};
  /// Counts how long calls waited; may be null.
  std::shared_ptr<metrics> counters = nullptr;
  /// Hears what the provider tells about its limits; may be null.
  std::shared_ptr<told_limits> told = {};
};

/// Speaks to one provider: one breaker, one concurrency limit, one queue,
/// whatever the number of threads.
class provider_state {
public:
  static constexpr const char* name = "provider";

  explicit provider_state(provider_actor::pointer self) : self_{self} {}

  /// Ends what is under way, so that nobody waits for a dead provider.
  ~provider_state();

  provider_actor::behavior_type make_behavior(provider_options options);

private:
  void take(const start_call& call);
  void start(const start_call& call);
  /// The endpoint with the key of a client's log-in or of a call's credential;
  /// `room` may be needed to hold it. Null for a credential that there is not.
  const endpoint* endpoint_for(const start_call& call,
                               const client_login* login,
                               std::optional<endpoint>& room) const;
  bool concerns_credential(const failure& why, bool by_login) const;
  void fit_window(const chat_request& request);
  void withdraw(call_id id);
  caf::result<counted_input> count(const count_input& x);
  void counted(const count_over& x);
  void over(const call_over& x);
  void fill(instant now);
  bool has_slot(instant now);
  void begin(const start_call& call, caf::timespan waited);
  void wake(instant now);
  void expire();
  void refuse(const start_call& call, failure_class what, std::string message);
  void refuse_resting(const start_call& call);
  void tell_health();
  void circuit_changed();
  void schedule_tick();
  provider_status status() const;

  provider_actor::pointer self_;
  provider_options options_;
  circuit circuit_{circuit_options{}};
  call_queue waiting_{0};
  std::unordered_map<call_id, std::shared_ptr<exchange>> running_;
  /// False where the configuration names the window.
  bool fits_windows_ = true;
  /// The largest window that each model was asked for, where that matters.
  std::unordered_map<std::string, uint64_t> windows_;
  /// Counts under way.
  std::unordered_map<uint64_t, caf::typed_response_promise<counted_input>>
    counts_;
  uint64_t last_count_ = 0;
  services_ptr services_;
  bool ticking_ = false;
  uint64_t answered_ = 0;
  uint64_t failed_ = 0;
  double first_byte_seconds_ = 0;
};

/// Spawn with this: a PROVIDER.
provider_actor::behavior_type
provider(self_of<provider_actor, provider_state> self,
         provider_options options);

} // namespace smart_agents
