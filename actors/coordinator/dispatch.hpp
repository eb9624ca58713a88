#pragma once

#include "actors/coordinator/attempt_plan.hpp"
#include "actors/coordinator/continuation.hpp"
#include "actors/events/event_bus.hpp"
#include "actors/router/routing_board.hpp"
#include "actors/storage/ledger_desk.hpp"
#include "actors/storage/ledger_outbox.hpp"
#include "adapters/catalogue.hpp"
#include "adapters/model_experience.hpp"
#include "adapters/token_ratios.hpp"
#include "messages/error.hpp"
#include "messages/services.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spdlog {
class logger;
} // namespace spdlog

namespace smart_agents {

/// What dispatch has to know of a provider.
struct provider_facts {
  /// The catalogue's vendor, for prices and limits.
  std::string vendor;
  /// True for one of the simulator's: answers say so.
  bool simulated = false;
  /// True when it takes clients' own log-ins.
  bool passes_logins = false;
  /// How many credentials it has.
  uint32_t credentials = 1;
};

/// What all dispatches share; immutable while they run.
struct dispatch_settings {
  std::map<std::string, provider_facts, std::less<>> providers;
  /// Prices and limits; null takes the built-in catalogue.
  std::shared_ptr<const catalogue> models;
  /// Learns how models count tokens; may be null.
  std::shared_ptr<token_ratios> ratios;
  /// Learns from every attempt; may be null.
  std::shared_ptr<model_experience> experience;
  /// Largest prompt taken, in bytes.
  uint64_t max_prompt = 32u << 20;
  /// Output cap when the caller names none, in tokens.
  uint32_t default_output = 8192;
  /// Longest wait for a provider that asks for one, before the second round.
  caf::timespan longest_wait = std::chrono::seconds{30};
  /// May be null.
  std::shared_ptr<spdlog::logger> log;
  /// The router's view, to decide by; null asks the router itself.
  std::shared_ptr<const routing_board> routing;
  /// Who hears events; null takes it that somebody does.
  std::shared_ptr<const listener_table> listeners;
  /// Where rows for the ledger are laid down; null sends each to the storage.
  std::shared_ptr<ledger_desk> desk;
};

/// How far a task has come, for whoever looks after a dispatch that died.
struct task_progress {
  /// Something went to the sink.
  std::atomic<bool> sent = false;
  /// The task's last message went to the sink.
  std::atomic<bool> ended = false;
};

/// What one dispatch needs.
struct dispatch_options {
  task_ptr what;
  sink_actor sink;
  services_ptr peers;
  std::shared_ptr<const dispatch_settings> settings;
  std::shared_ptr<task_progress> progress;
  /// The task's, or an earlier one.
  instant deadline = instant::max();
};

/// Owns one task from decision to bill.
///
///     deciding -> reserving -> calling -> ended
///        ^            ^ ^         |
///        |            | +---------+  failed before the first content
///        |            +-- waiting    once, when a provider asks for it
///     (a peer that died is asked again when its successor is announced)
///
/// No step has a timer of its own: the coordinator's `deadline_passed` bounds
/// them all, and its `peer_lost` tells when an answer can not come any more.
///
/// Sources: dispatch.cpp (the way to an answer), dispatch_end.cpp (peers that
/// die, and every way out), dispatch_resume.cpp (a text that broke),
/// dispatch_bill.cpp (settlement, ledger, story).
class dispatch_state {
public:
  static constexpr const char* name = "dispatch";

  explicit dispatch_state(task_actor::pointer self)
    : self_{self}, rows_{self, [this] { quit_when_done(); }} {}
  dispatch_state(const dispatch_state&) = delete;
  dispatch_state& operator=(const dispatch_state&) = delete;
  /// Closes the upstream of a dispatch that was killed.
  ~dispatch_state();

  task_actor::behavior_type make_behavior(dispatch_options options);

private:
  enum class stage : uint8_t {
    /// Before the first step, and between two rounds.
    waiting,
    deciding,
    reserving,
    calling,
    ended,
  };

  /// A settlement on its way to quota, with the row that follows it.
  struct bill {
    settle what;
    /// Unset for a reservation that was never used.
    std::optional<ledger_row> row;
    /// Where it was sent; null while no quota manager lives.
    caf::actor_addr at;
    int tries = 0;
  };

  /// The next step of a task that waits; the first one, too.
  void go_on();
  void decide();
  void take_decision(const routed& x);
  void next();
  void reserve_for(size_t index);
  void take_reservation(const reserved& x, uint64_t step);
  void call();
  void take_started(const call_started& x);
  void take_progress(call_progress& x);
  void take_finished(const call_finished& x);
  void take_failed(const call_failed& x);
  /// Ends the attempt under way: bill, story, and what comes next.
  void attempt_failed(failure why, usage tokens, bool served,
                      limit_signals signals);
  /// True when the same candidate may be asked with another credential.
  bool another_credential(failure_class what);
  /// Writes the attempt under way, that failed, into the story and the bill.
  void close_attempt(const failure& why, usage tokens, bool served,
                     limit_signals signals);
  /// The failure of a provider whose actor died in the middle of a call.
  failure provider_died() const;
  /// An actor died; it may be one that this task waits for.
  void lost(const caf::actor_addr& who);
  /// A request was not taken: its receiver is dead, or says why not.
  void step_refused(const caf::error& why);
  void take_services(const services_ptr& now);
  /// Repeats the step that waits for a peer, now that there is a new one.
  void repeat_step();
  void answer_with(const call_finished& x);
  /// Ends the task from outside: cancelled, too late, shut down.
  void stop_for(failure why);
  void end_with(failure why);
  void deadline_over();

  // Going on with a text that broke (dispatch_resume.cpp).

  /// True when the next candidate shall go on with the answer that broke.
  bool goes_on(const failure& why);
  /// The end of an answer that broke and that nobody could go on with.
  failure nobody_goes_on() const;
  /// What the reader gets of a piece of the rest; false when it cannot be
  /// joined.
  bool join(std::vector<stream_event>& events, uint32_t& kept_here);
  /// The answer as its reader has it, when several wrote it.
  bool complete_joined(chat_response& response);

  void flush();
  void grant(uint32_t events);
  void deliver_end();
  void close_upstream();

  void send_bill(settle what, std::optional<ledger_row> row);
  void post(uint64_t number);
  void bill_refused(uint64_t number, const caf::error& why);
  void billed(uint64_t number);
  void write(ledger_row row);
  bool is_done() const;
  void quit_when_done();

  /// The story so far, priced.
  answer story() const;
  ledger_row row_of(const attempt& x, bool served) const;
  void learn(const ledger_row& row) const;
  usage estimate() const;
  /// Estimated input tokens of the attempt under way.
  uint64_t input_estimate() const;
  /// Of all attempts together.
  usage used_by_all() const;
  const candidate& current() const;
  const provider_facts& facts_of(const candidate& who) const;
  /// The client's own log-in, where the candidate may see it; else null.
  const client_login* login_for(const candidate& who) const;
  model_info model_of(const candidate& who) const;
  /// What the strongest model would have cost.
  double baseline(const usage& tokens) const;
  /// True when somebody hears what is told.
  bool is_heard() const;
  void tell(event::kind what, const candidate* who, std::string text);
  instant now() const;
  void log_losses() const;
  void log_warning(const std::string& text) const;

  task_actor::pointer self_;
  dispatch_options options_;
  services_ptr peers_;
  stage stage_ = stage::waiting;
  /// The behavior is not there yet, so that nothing would come of quitting.
  bool starting_ = true;
  /// Numbers the steps, so that a late reply to an earlier one is known.
  uint64_t step_ = 0;
  /// Whom the step waits for; null when it waits for a successor.
  caf::actor_addr waits_for_;
  /// Deaths of router and quota under this task: it may be what kills them.
  int deaths_ = 0;

  decision_ptr decision_;
  std::optional<attempt_plan> plan_;
  size_t index_ = 0;
  /// The model of the attempt under way.
  model_info model_;
  std::vector<attempt> attempts_;

  uint64_t reservation_ = 0;
  /// Step whose reservation quota has not answered yet, or 0.
  uint64_t pending_reserve_ = 0;
  uint32_t output_cap_ = 0;
  /// The one to use, where the provider has several; how many have failed.
  std::string credential_;
  uint32_t credentials_tried_ = 0;
  call_id call_ = 0;
  upstream_call_ptr upstream_;
  bool call_begun_ = false;
  instant begun_{};
  instant attempt_begun_{};
  instant first_content_{};
  wall_time attempt_at_{};

  /// What the provider under way was not told, and whether it got the client's
  /// own body.
  std::vector<std::string> losses_;
  bool verbatim_ = false;
  response_builder builder_;
  /// Set when others began this answer and broke off.
  std::optional<text_joint> joint_;
  /// Index of the text that is gone on with.
  uint32_t joint_index_ = 0;
  /// Who broke off, for people.
  std::string broke_off_;
  bool content_ = false;
  std::vector<stream_event> held_;
  std::deque<stream_event> outbox_;
  uint32_t credit_ = initial_credit;
  uint32_t owed_grant_ = 0;
  /// Waits until the outbox is empty.
  std::variant<std::monostate, answer_finished, answer_failed> end_;
  bool delivered_ = false;
  /// Reminders of the deadline that came after the end.
  int overdue_ = 0;

  std::map<uint64_t, bill> bills_;
  uint64_t last_bill_ = 0;
  ledger_outbox<task_actor::pointer> rows_;
};

/// Starts a dispatch.
task_actor::behavior_type dispatch(self_of<task_actor, dispatch_state> self,
                                   dispatch_options options);

} // namespace smart_agents
